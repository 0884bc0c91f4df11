"""What an archive must not be, before anything in it is read."""

import io
import struct
import zipfile

import pytest

from cvae.core.errors import BadCheckpoint, BadRun, TenseLabError
from cvae.runs.bundle import README, zipped
from cvae.runs.run import MODEL
from cvae.runs.unzip import END, unzip
from cvae.runs.upload import LIMITS, read_upload


@pytest.mark.parametrize("name", ["../config.json", "/etc/passwd", "run/../../config.json", "/config.json"])
def test_a_path_out_of_the_folder_is_refused(name):
    with pytest.raises(BadRun, match="belongs to no run"):
        read_upload(zipped({name: b"x"}))


@pytest.mark.parametrize("name", ["config.json/", "state.safetensors", "x.pkl", "", ".", "..\\config.json"])
def test_only_files_of_a_run_are_unpacked(name):
    assert unzip(zipped({name: b"x", README: b"y"}), LIMITS) == {README: b"y"}


def test_a_zip_whose_first_bytes_are_damaged_is_called_a_zip():
    with pytest.raises(BadRun, match="This ZIP is damaged"):
        read_upload(b"XX" + zipped({README: b"x"})[2:], "mine.ZIP")
    with pytest.raises(BadRun, match="This ZIP can't be read"):
        read_upload(b"hello", "mine.zip")


def test_a_bomb_is_refused_by_its_declared_size():
    with pytest.raises(BadRun, match=r"README.txt is larger than 128 KB unpacked"):
        read_upload(zipped({README: bytes(LIMITS[README] + 1)}))


def test_a_bomb_that_lies_about_its_size_is_refused_too():
    size = LIMITS[README] + 1000
    content = zipped({README: b"A" * size})
    lying = content.replace(struct.pack("<L", size), struct.pack("<L", 10))
    assert lying != content
    with pytest.raises(BadRun):
        read_upload(lying)


def test_a_long_directory_is_not_read():
    many = zipped({f"{i}": b"" for i in range(2000)})
    with pytest.raises(BadRun, match="has more in it"):
        read_upload(many)
    end = list(END.unpack(many[-END.size :]))
    end[5] = 10  # says that its directory is short
    with pytest.raises(BadRun):
        read_upload(many[: -END.size] + END.pack(*end))


def test_a_doubled_member_is_refused():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr(README, "a")
        archive.writestr(README, "b")
    with pytest.raises(BadRun, match="twice"):
        read_upload(content.getvalue())


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions_are_refused(method):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        archive.writestr(README, "a")
    with pytest.raises(BadRun, match="compressed in a way"):
        read_upload(content.getvalue())


def test_an_encrypted_member_is_refused():
    content = bytearray(zipped({README: b"a"}))
    content[content.rindex(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(BadRun, match="encrypted"):
        read_upload(bytes(content))


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"hello", b"\x80\x04\x95pickle."])
def test_what_is_neither_is_refused(content):
    with pytest.raises(TenseLabError):
        read_upload(content)


def test_too_large_a_file_is_not_looked_at(monkeypatch):
    monkeypatch.setenv("TENSE_LAB_UPLOAD_MB", "1")
    with pytest.raises(BadCheckpoint, match="larger than 1 MB"):
        read_upload(bytes(2**20 + 1))
    with pytest.raises(BadRun, match=r"model\.safetensors is larger than 1,024 KB unpacked"):
        read_upload(zipped({MODEL: bytes(2**20 + 1)}))
