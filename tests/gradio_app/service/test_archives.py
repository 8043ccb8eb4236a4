"""Zips that say one thing and hold another cost no memory and no time."""

import io
import struct
import tracemalloc
import zipfile

import pytest

from digit_pipeline.image_errors import ImageError
from gradio_app.service.archives import read_zip
from gradio_app.service.errors import ServiceError

DIRECTORY, END = b"PK\x01\x02", b"PK\x05\x06"
# Where a directory's entry keeps the unpacked size, and its end the counts and places.
SIZE = slice(24, 28)
LARGE = 40 << 20


def pack(*contents: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, content in enumerate(contents):
            archive.writestr(f"{number}.png", content)
    return file.getvalue()


def split(body: bytes) -> tuple[bytes, bytearray]:
    """Give the files of a zip of one, and its directory's entry."""
    start, end = body.index(DIRECTORY), body.index(END)
    return body[:start], bytearray(body[start:end])


def join(files: bytes, entries: list[bytes]) -> bytes:
    directory = b"".join(entries)
    count, size = len(entries), len(directory)
    end = struct.pack("<4s4H2LH", END, 0, 0, count, count, size, len(files), 0)
    return files + directory + end


def test_a_file_larger_than_it_claims_is_not_unpacked():
    files, entry = split(pack(bytes(LARGE)))
    entry[SIZE] = struct.pack("<L", 1000)
    tracemalloc.start()
    try:
        [member] = read_zip(join(files, [bytes(entry)]))
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert isinstance(member.content, ImageError)
    assert most < LARGE / 10


def test_a_file_that_is_listed_again_and_again_is_refused_unread():
    files, entry = split(pack(b"a picture"))
    with pytest.raises(ServiceError) as refused:
        read_zip(join(files, [bytes(entry)] * 20))
    assert refused.value.code == "corrupt_zip"


def test_files_side_by_side_are_read_and_an_empty_one_is_empty():
    members = list(read_zip(pack(b"one", b"", b"three")))
    assert [member.content for member in members] == [b"one", b"", b"three"]
