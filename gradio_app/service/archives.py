"""Read zips from strangers: images by name, in memory, nothing unpacked to a disk."""

import stat
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from pathlib import PurePosixPath, PureWindowsPath

from digit_pipeline.image_errors import ImageError
from gradio_app.service.errors import ServiceError

# Each entry of a zip starts so in its directory: counted before any is parsed.
ENTRY = b"PK\x01\x02"
# Bytes before a file's own name and content, at least.
HEADER = 30
MAX_NAME = 255
LOCKED = 0x1
METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
# What macOS and file managers put beside the pictures.
LITTER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")


@dataclass(frozen=True)
class ZipLimits:
    """How much a zip may hold.

    Attributes:
        entries: files and folders.
        unpacked: bytes of all files together.
        ratio: unpacked bytes by packed bytes, of files above ``free``.
        free: bytes up to which a file may be packed as well as it likes.
    """

    entries: int = 2_000
    unpacked: int = 256 << 20
    ratio: int = 100
    free: int = 1 << 20


LIMITS = ZipLimits()


class MemberError(ImageError):
    """A file of a zip that is not even looked at; status 422."""

    def __init__(self, code: str, sentence: str):
        ValueError.__init__(self, sentence)
        self.code = code
        self.sentence = sentence
        self.status = 422


@dataclass(frozen=True)
class Member:
    """A file of a zip.

    Attributes:
        name: as the zip says, shortened; for showing, never for opening a file.
        content: the file, or why it is not read.
    """

    name: str
    content: bytes | ImageError


def any_name(_: str) -> bool:
    """Want every file."""
    return True


def is_zip(body: bytes) -> bool:
    """Tell whether a body is a zip, by how it starts."""
    return body.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def read_zip(
    body: bytes,
    limits: ZipLimits = LIMITS,
    wanted: Callable[[str], bool] = any_name,
) -> Iterator[Member]:
    """Read the files of a zip, one at a time, in its order.

    Folders and what file managers leave behind are passed over.

    Args:
        body: the zip.
        limits: how much it may hold.
        wanted: tells by its name whether a file is read.

    Raises:
        ServiceError: ``too_large`` (413) beyond a limit, ``corrupt_zip`` (422) for
            what is no zip; both before the first file is read.
    """
    if body.count(ENTRY) > limits.entries:
        raise _too_large(f"at most {limits.entries} files in a zip", "more")
    try:
        archive = zipfile.ZipFile(BytesIO(body))
    except Exception as error:
        # Hostile bytes are answered with whatever error; none may get further.
        raise corrupt_zip() from error
    _check_places(archive.infolist())
    _check_sizes(archive.infolist(), limits)
    return _read_members(archive, wanted)


def _check_places(entries: list[zipfile.ZipInfo]) -> None:
    """Refuse files that lie in one another: a little could be unpacked endlessly."""
    places = sorted((one.header_offset, one.compress_size) for one in entries)
    for (start, packed), (following, _) in pairwise(places):
        if start + HEADER + packed > following:
            raise corrupt_zip()


def _check_sizes(entries: list[zipfile.ZipInfo], limits: ZipLimits) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked:
        limit = f"at most {limits.unpacked >> 20} MB of images in a zip"
        raise _too_large(limit, f"{unpacked >> 20} MB")
    for entry in entries:
        ratio = entry.file_size / max(1, entry.compress_size)
        if entry.file_size > limits.free and ratio > limits.ratio:
            raise _too_large(
                f"files packed at most {limits.ratio} to 1", f"one of {ratio:.0f} to 1"
            )


def _read_members(
    archive: zipfile.ZipFile, wanted: Callable[[str], bool]
) -> Iterator[Member]:
    for entry in archive.infolist():
        name = entry.filename
        if entry.is_dir() or name.startswith(LITTER[0]) or name.endswith(LITTER[1:]):
            continue
        if wanted(name):
            yield Member(name[:MAX_NAME], _read_member(archive, entry))


def _read_member(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo
) -> bytes | ImageError:
    if not _is_plain(entry.orig_filename):
        return MemberError(
            "unsafe_name",
            "Expected the name of a file inside the zip, but this one leads out of "
            "it; pack the image again without its folders.",
        )
    if not _is_file(entry):
        return MemberError(
            "not_a_file",
            "Expected an image file, but this entry is a link or something else; "
            "pack the file itself.",
        )
    if entry.flag_bits & LOCKED or entry.compress_type not in METHODS:
        return MemberError(
            "unsupported_zip",
            "Expected a file packed the usual way (deflate, no password), but this "
            "one is not; pack the images anew.",
        )
    try:
        # Asked for so much, it unpacks no more, whatever is in there.
        with archive.open(entry) as file:
            return file.read(max(1, entry.file_size))
    except Exception:
        # As above: a checksum, a method, a flag, a header that is not what it says.
        return MemberError(
            "corrupt_zip",
            "Expected a sound file, but this one was damaged in the zip; pack the "
            "images anew and send it again.",
        )


def _is_plain(name: str) -> bool:
    """Tell whether a name stays inside the folder it would be unpacked in."""
    windows, posix = PureWindowsPath(name), PurePosixPath(name)
    rooted = bool(windows.drive or windows.root) or posix.is_absolute()
    return not rooted and ".." not in windows.parts and "\0" not in name


def _is_file(entry: zipfile.ZipInfo) -> bool:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    return kind in {0, stat.S_IFREG}


def corrupt_zip() -> ServiceError:
    """Say that a body is no zip, or a broken one."""
    return ServiceError(
        422,
        "corrupt_zip",
        "Expected a sound zip of images, but this is no zip, or a broken one; pack "
        "the images anew and send it again.",
    )


def _too_large(limit: str, what: str) -> ServiceError:
    return ServiceError(
        413,
        "too_large",
        f"Expected {limit}, but {what} came; send the images in several smaller zips.",
    )
