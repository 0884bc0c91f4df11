"""Read a ZIP from an untrusted source: only the files of a run come out, and none that is too large."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from cvae.core.errors import BadRun
from cvae.core.text import quoted

END = struct.Struct("<4s4H2LH")
"""The record that ends a ZIP: signature, disks, numbers of entries, size and place of the directory, comment length."""
SIGNATURE = b"PK\x05\x06"
WIDE = b"PK\x06\x07"
MAX_DIRECTORY = 64 * 1024
ENCRYPTED = 0x1
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError, struct.error)


def unzip(content: bytes, limits: Mapping[str, int]) -> dict[str, bytes]:
    """Return the files of a run by name. limits: the names that are wanted, with their largest sizes in bytes.

    The size of the directory is checked before it is read, the declared sizes before anything is decompressed, and
    the real ones while it is: a member that lies about its size is never decompressed beyond its limit. Raises BadRun.
    """
    check_directory(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = find_members(archive.infolist(), limits)
            return {name: _read(archive, member, limits[name]) for name, member in members.items()}
    except BROKEN as error:
        raise BadRun("This ZIP is damaged: get the file again.") from error


def check_directory(content: bytes) -> None:
    """Refuse an archive whose list of files is too long to be read. Raises BadRun."""
    end = content[-END.size :]
    if len(end) < END.size or not end.startswith(SIGNATURE):
        raise BadRun("This ZIP can't be read, because its end is missing or has a comment: get the file again.")
    size, comment = END.unpack(end)[5], END.unpack(end)[7]
    wide = content[-END.size - 20 : -END.size].startswith(WIDE)
    if wide or comment or size > MAX_DIRECTORY:
        raise BadRun("This ZIP has more in it than a run of Tense Lab.")


def find_members(members: Sequence[zipfile.ZipInfo], limits: Mapping[str, int]) -> dict[str, zipfile.ZipInfo]:
    """Return the members with the wanted names, which lie at the top or in one folder around everything.

    All others are passed over: a run's folder holds more than is needed, and some systems add files of their own.
    Raises BadRun for paths out of the ZIP's own folder, and for doubled, encrypted and overlarge members.
    """
    paths = [(PurePosixPath(member.filename), member) for member in members if member.filename[-1:] != "/"]
    if outside := [member.filename for path, member in paths if path.is_absolute() or ".." in path.parts]:
        raise BadRun(f"This ZIP holds {quoted(outside[0])}, which belongs to no run: use the one you downloaded.")
    wanted = [(path, member) for path, member in paths if path.name in limits]
    if len({path.parent for path, _ in wanted}) > 1:
        raise BadRun("This ZIP holds files of runs in more than one folder: zip the folder of a single run.")
    found = {path.name: member for path, member in wanted}
    if len(found) < len(wanted):
        raise BadRun("This ZIP holds a file twice.")
    for name, member in found.items():
        if member.flag_bits & ENCRYPTED or member.compress_type not in PLAIN:
            raise BadRun(f"{name} is encrypted, or compressed in a way that is not read here.")
        if member.file_size > limits[name]:
            raise _too_large(name, limits[name])
    return found


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(member) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(PurePosixPath(member.filename).name, limit)
    return data


def _too_large(name: str, limit: int) -> BadRun:
    return BadRun(f"{name} is larger than {limit // 2**10:,} KB unpacked.")
