"""Published files: found in place or downloaded, and verified every time.

What is verified is the decompressed content, because mirrors compress the same content
in different ways. It is verified at every read rather than once: whoever reads a file
needs the whole content anyway, hashing MNIST's 47 MB takes 0.1 s, and a mark saying
"was verified" would still be there after the file had changed.

urllib rather than a client library: plain GETs need none, and it honours proxies.
"""

import hashlib
import http.client
import socket
import ssl
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import HTTPError, URLError
from urllib.parse import unquote, urldefrag
from urllib.request import Request, urlopen

from filelock import FileLock
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from digit_pipeline.atomic import NO_SPACE, move_durably, write_atomically
from digit_pipeline.lzw import MAGIC as LZW_MAGIC
from digit_pipeline.lzw import decompress_lzw

TIMEOUT = 20.0  # seconds without a byte
ATTEMPTS = 5  # per mirror
BACK_OFF = 1.0  # seconds before the second attempt, doubled for each further one
CHUNK = 1 << 16

GZIP_MAGIC = b"\x1f\x8b"
SUFFIXES = ("", ".gz", ".Z")
RETRIED_STATUSES = frozenset({408, 425, 429})
# Asking again right away would bring the same.
LASTING = (socket.gaierror, ConnectionRefusedError, ssl.SSLCertVerificationError)


class DownloadError(Exception):
    """A published file is neither in place nor to be had: one sentence says why."""


class _BreakError(Exception):
    """The transfer broke off: the same mirror is worth another attempt."""


class _RefusalError(Exception):
    """This mirror hasn't got the file: the next one may."""


@dataclass(frozen=True)
class PublishedFile:
    """A file that others publish.

    Attributes:
        name: its name without the suffix of any compression.
        sha256: of the decompressed content, in hex.
        folder: where it is kept, as it comes: ``name``, ``name.gz`` or ``name.Z``.
        urls: mirrors, the first that works is used. ``archive.zip#member`` names a
            file inside a zip archive.
    """

    name: str
    sha256: str
    folder: Path
    urls: tuple[str, ...]

    def find(self) -> Path | None:
        """Find the file in its folder, whichever way it is compressed."""
        paths = (self.folder / (self.name + suffix) for suffix in SUFFIXES)
        return next((path for path in paths if path.is_file()), None)


def read_published(file: PublishedFile) -> bytes:
    """Give the verified, decompressed content; download it when it isn't in place.

    Several processes may ask at once: one downloads, the others wait for it.

    Raises:
        DownloadError: when the file in place is another one, no mirror has it, there
            is no network or the disk is full.
    """
    if file.find() is None:
        file.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(file.folder / f".{file.name}.lock"):
            if file.find() is None:
                return _download(file)
    return _read_in_place(file)


def _read_in_place(file: PublishedFile) -> bytes:
    path = file.find()
    if path is None:
        raise DownloadError(f"{file.name} vanished from {file.folder}: run again.")
    try:
        return _verify(path.read_bytes(), file)
    except _RefusalError as error:
        # What we put there was verified: this is another's file, or a failing disk.
        raise DownloadError(
            f"{path} is not the published file ({error}): move it away to have it "
            "downloaded again."
        ) from error


def _download(file: PublishedFile) -> bytes:
    """Try every mirror, each several times."""
    reasons = []
    for url in file.urls:
        try:
            return _download_from(url, file)
        except _RefusalError as error:
            reasons.append(f"{url}: {error}")
        except OSError as error:
            _forget_parts(file)
            if error.errno in NO_SPACE:
                raise DownloadError(
                    f"The disk is full: free some space in {file.folder} for "
                    f"{file.name} and run again."
                ) from error
            raise
    raise DownloadError(
        f"{file.name} could not be downloaded, so get it from one of these addresses "
        f"on a machine that reaches them and put it into {file.folder.resolve()} as "
        f"{file.name}, {file.name}.gz or {file.name}.Z (sha256 of the decompressed "
        f"content: {file.sha256}): {'; '.join(reasons)}."
    )


def _download_from(url: str, file: PublishedFile) -> bytes:
    address, member = urldefrag(url)
    if not address.startswith(("http://", "https://")):
        raise _RefusalError("expected an address beginning with http:// or https://")
    part = _part_path(file, url)
    reason = ""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(BACK_OFF * 2 ** (attempt - 1))
        resumed = part.exists()
        try:
            _transfer(address, part, file.name)
            return _keep(part, unquote(member), file)
        except _BreakError as error:
            reason = str(error)
        except _RefusalError as error:
            part.unlink(missing_ok=True)
            if not resumed:
                raise
            # The first piece may be of an older edition: once more from the start.
            reason = str(error)
    raise _RefusalError(f"{reason} ({ATTEMPTS} attempts)")


def _part_path(file: PublishedFile, url: str) -> Path:
    """Name the unfinished download; pieces of different mirrors are never mixed."""
    mirror = hashlib.sha256(url.encode()).hexdigest()[:8]
    return file.folder / f".{file.name}.{mirror}.part"


def _forget_parts(file: PublishedFile) -> None:
    for url in file.urls:
        _part_path(file, url).unlink(missing_ok=True)


def _keep(part: Path, member: str, file: PublishedFile) -> bytes:
    """Verify a finished download, then put it in place."""
    stored = _member(part, member) if member else part.read_bytes()
    content = _verify(stored, file)
    target = file.folder / (file.name + _suffix(stored))
    if member:
        with write_atomically(target) as output:
            output.write(stored)
    else:
        move_durably(part, target)
    _forget_parts(file)
    return content


def _member(archive: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(archive) as opened:
            return opened.read(name)
    except (zipfile.BadZipFile, KeyError, zlib.error) as error:
        raise _RefusalError(f"expected a zip archive that holds {name}") from error


def _suffix(stored: bytes) -> str:
    return {GZIP_MAGIC: ".gz", LZW_MAGIC: ".Z"}.get(stored[:2], "")


def _verify(stored: bytes, file: PublishedFile) -> bytes:
    """Decompress and compare with the published checksum."""
    try:
        content = _decompress(stored)
    except (ValueError, zlib.error) as error:
        raise _RefusalError(
            f"expected compressed data, got damaged: {error}"
        ) from error
    checksum = hashlib.sha256(content).hexdigest()
    if checksum != file.sha256:
        raise _RefusalError(
            f"expected decompressed content of sha256 {file.sha256}, got {checksum}"
        )
    return content


def _decompress(stored: bytes) -> bytes:
    if stored.startswith(LZW_MAGIC):
        return decompress_lzw(stored)
    if stored.startswith(GZIP_MAGIC):
        return _gunzip(stored)
    return stored


def _gunzip(stored: bytes) -> bytes:
    decoder = zlib.decompressobj(wbits=31)
    content = decoder.decompress(stored)
    if not decoder.eof:
        raise ValueError("the gzip file ends too early")
    return content


def _transfer(address: str, part: Path, name: str) -> None:
    """Fetch what is missing of ``part``.

    Raises:
        _BreakError: when another attempt may go on.
        _RefusalError: when this mirror is no use.
    """
    have = part.stat().st_size if part.exists() else 0
    headers = {"User-Agent": "digit-pipeline", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    # The scheme was checked: http or https.
    request = Request(address, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=TIMEOUT) as response:  # noqa: S310
            _receive(response, part, have, name)
    except HTTPError as error:
        error.close()
        _judge_status(error, part)
    except URLError as error:
        _judge(error.reason)
    except (
        http.client.HTTPException,
        ConnectionError,
        TimeoutError,
        ssl.SSLError,
    ) as error:
        _judge(error)


def _judge_status(error: HTTPError, part: Path) -> None:
    reason = f"HTTP {error.code} {error.reason}"
    if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE:
        part.unlink(missing_ok=True)
        raise _BreakError(reason) from error
    if error.code in RETRIED_STATUSES or error.code >= 500:
        raise _BreakError(reason) from error
    raise _RefusalError(reason) from error


def _judge(reason: BaseException | str) -> None:
    text = str(reason) or type(reason).__name__
    if isinstance(reason, LASTING):
        raise _RefusalError(text)
    raise _BreakError(text)


def _receive(
    response: http.client.HTTPResponse, part: Path, have: int, name: str
) -> None:
    """Append to ``part``, or begin anew where the server can't go on."""
    start = have if _continues(response, have) else 0
    length = response.headers.get("Content-Length")
    total = start + int(length) if length and length.isdigit() else None
    with part.open("ab" if start else "wb") as file, _bar(name, total) as (bar, task):
        bar.update(task, completed=start)
        for chunk in _chunks(response):
            file.write(chunk)
            bar.advance(task, len(chunk))
    received = part.stat().st_size
    # A connection that closes early is no error to http.client.
    if total is not None and received < total:
        raise _BreakError(f"the connection closed after {received} of {total} bytes")


def _continues(response: http.client.HTTPResponse, have: int) -> bool:
    content_range = response.headers.get("Content-Range", "")
    is_partial = response.status == http.client.PARTIAL_CONTENT
    return is_partial and content_range.startswith(f"bytes {have}-")


def _chunks(response: IO[bytes]) -> Iterator[bytes]:
    while chunk := response.read(CHUNK):
        yield chunk


@contextmanager
def _bar(name: str, total: int | None) -> Iterator[tuple[Progress, TaskID]]:
    """Open a bar on stderr that counts bytes, and is silent where no one watches."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar, bar.add_task(f"Downloading {name}", total=total)
