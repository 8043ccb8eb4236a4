"""Files that are replaced whole: readers see the old content or the new, never half."""

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# What the system says when a disk, a quota or a file size limit is full.
NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


@contextmanager
def write_atomically(path: Path) -> Iterator[IO[bytes]]:
    """Open a file whose content takes the place of ``path`` when the block ends well.

    Args:
        path: what is written; missing folders are made.

    Raises:
        OSError: when the disk is full or can't be written. ``path`` is unchanged and
            nothing is left beside it.
    """
    with replace_atomically(path) as temporary, temporary.open("wb") as file:
        yield file


@contextmanager
def replace_atomically(path: Path) -> Iterator[Path]:
    """Name a file to write beside ``path`` that takes its place in the end.

    For libraries that want a name rather than an open file. The name keeps the suffix
    of ``path`` because such libraries choose the format by it.

    Args:
        path: what is replaced; missing folders are made.

    Raises:
        OSError: as ``write_atomically``.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.stem}.{secrets.token_hex(6)}{path.suffix}")
    try:
        yield temporary
        move_durably(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def move_durably(source: Path, target: Path) -> None:
    """Rename a finished file over ``target``, and let no power cut undo it."""
    # Without the first fsync some file systems rename before the content is on disk.
    _sync(source)
    source.replace(target)
    if os.name == "posix":  # Windows has no handle on a folder to sync
        _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
