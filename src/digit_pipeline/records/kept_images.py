"""Images that are kept: re-encoded, named by what they hold, without metadata."""

import hashlib
import io
import re
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from PIL import Image

from digit_pipeline.atomic import write_atomically
from digit_pipeline.images import Pixels, to_grey
from digit_pipeline.records.errors import translated
from digit_pipeline.uploads import UploadLimits, open_upload

LONGER_SIDE = 400
ANY_SIZE = UploadLimits(body=sys.maxsize, pixels=sys.maxsize, side=sys.maxsize)
NAME = re.compile(r"[0-9a-f]{64}")
# So many images are worth threads: they wait for the disk most of the time, and four
# took a fifth of the time of one.
MANY = 16
THREADS = 4
# What is younger may belong to a row that another process is about to commit.
ORPHAN_SECONDS = 24 * 3600


class Encoded(bytes):
    """A picture as it is kept, written here: nothing has to encode it again."""

    __slots__ = ()


Given = TypeVar("Given")
Made = TypeVar("Made")


def encode_image(body: bytes) -> bytes:
    """Re-encode an upload as a grey PNG of at most 400 px, without metadata.

    Args:
        body: a PNG, JPEG, WebP or BMP file; how large is for those to limit who let
            it in.

    Raises:
        ImageError: when the file cannot be opened.
    """
    if isinstance(body, Encoded):
        return body
    return encode_pixels(open_upload(body, ANY_SIZE).pixels)


def encode_pixels(pixels: Pixels) -> Encoded:
    """Encode an opened picture as it is kept; what was kept before stays the same.

    Args:
        pixels: uint8 ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA.
    """
    image = Image.fromarray(to_grey(pixels))
    image.thumbnail((LONGER_SIDE, LONGER_SIDE), Image.Resampling.BOX)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return Encoded(buffer.getvalue())


def name_image(content: bytes) -> str:
    """Name a PNG by what it holds: its sha256 in hex."""
    return hashlib.sha256(content).hexdigest()


class KeptImages:
    """A folder of images.

    Args:
        folder: made when the first image comes.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, sha256: str) -> Path:
        """Say where an image lies, or would."""
        if not NAME.fullmatch(sha256):
            raise ValueError("expected a sha256 in hex, got something else: correct it")
        return self.folder / sha256[:2] / f"{sha256}.png"

    def save(self, content: bytes) -> str:
        """Store a PNG and give its name; one that is there already stays.

        Raises:
            RecordsError: ``no_space`` or ``unavailable``; nothing is left then.
        """
        sha256 = name_image(content)
        path = self.path(sha256)
        with translated():
            if not path.exists():
                with write_atomically(path) as file:
                    file.write(content)
        return sha256

    def save_all(self, contents: Sequence[bytes | None]) -> list[str | None]:
        """Store PNGs and give their names, None for None.

        Raises:
            RecordsError: as ``save``; others of them may be left then.
        """
        # Most predictions keep no picture: what has nothing to save asks no thread.
        names = iter(_map_fast(self.save, [c for c in contents if c is not None]))
        return [None if c is None else next(names) for c in contents]

    def delete_all(self, names: Collection[str]) -> int:
        """Delete images and give the number of those that were there."""
        return sum(_map_fast(self.delete, sorted(names)))

    def read(self, sha256: str) -> bytes | None:
        """Give an image; None when it is not kept."""
        try:
            return self.path(sha256).read_bytes()
        except FileNotFoundError:
            return None

    def delete(self, sha256: str) -> bool:
        """Delete an image; False when it was not there."""
        with translated():
            try:
                self.path(sha256).unlink()
            except FileNotFoundError:
                return False
        return True

    def find_old(self) -> Iterator[Path]:
        """Find files a day old or older, with what a killed writer left."""
        oldest = time.time() - ORPHAN_SECONDS
        for path in self.folder.glob("??/*"):
            if path.stat().st_mtime < oldest:
                yield path


def _map_fast(work: Callable[[Given], Made], items: Sequence[Given]) -> list[Made]:
    if len(items) < MANY:
        return [work(item) for item in items]
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, items))
