"""Read a ZIP from an untrusted source: only expected files come out, and none that is too large."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

from cvae.core.errors import BadRun

END = struct.Struct("<4s4H2LH")
"""The record that ends a ZIP: signature, disks, numbers of entries, size and place of the directory, comment length."""
SIGNATURE = b"PK\x05\x06"
WIDE = b"PK\x06\x07"
MAX_DIRECTORY = 64 * 1024
ENCRYPTED = 0x1
PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError, struct.error)


def unzip(content: bytes, limits: Mapping[str, int]) -> dict[str, bytes]:
    """Return the members by name. limits: the names that may occur, with their largest sizes in bytes. Raises BadRun.

    The size of the directory is checked before it is read, the declared sizes before anything is decompressed, and
    the real ones while it is: a member that lies about its size is never decompressed beyond its limit.
    """
    check_directory(content)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            check_members(members, limits)
            return {member.filename: _read(archive, member, limits[member.filename]) for member in members}
    except BROKEN as error:
        raise BadRun("This ZIP is damaged: get the file again.") from error


def check_directory(content: bytes) -> None:
    """Refuse an archive whose list of files is too long to be read. Raises BadRun."""
    end = content[-END.size :]
    if len(end) < END.size or not end.startswith(SIGNATURE):
        raise BadRun("This is not a ZIP of Tense Lab: its end is missing, or has a comment.")
    size, comment = END.unpack(end)[5], END.unpack(end)[7]
    wide = content[-END.size - 20 : -END.size].startswith(WIDE)
    if wide or comment or size > MAX_DIRECTORY:
        raise BadRun("This ZIP has more in it than a run of Tense Lab.")


def check_members(members: list[zipfile.ZipInfo], limits: Mapping[str, int]) -> None:
    """Refuse unknown, doubled, encrypted and overlarge members. Raises BadRun."""
    names = [member.filename for member in members]
    if strange := [name for name in names if name not in limits]:
        raise BadRun(f"This ZIP holds {strange[0][:60]!r}, which is no file of a run: use the one that was downloaded.")
    if len(set(names)) < len(names):
        raise BadRun("This ZIP holds a file twice.")
    for member in members:
        if member.flag_bits & ENCRYPTED or member.compress_type not in PLAIN:
            raise BadRun(f"{member.filename} is encrypted, or compressed in a way that is not read here.")
        if member.file_size > limits[member.filename]:
            raise _too_large(member.filename, limits[member.filename])


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, limit: int) -> bytes:
    with archive.open(member) as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise _too_large(member.filename, limit)
    return data


def _too_large(name: str, limit: int) -> BadRun:
    return BadRun(f"{name} is larger than {limit // 2**10:,} KB unpacked.")
