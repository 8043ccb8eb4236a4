"""What the process of a retraining has said, read from the end."""

import os
import re
from contextlib import suppress
from pathlib import Path

from digit_pipeline.jobs.names import LOG

# As much of the file's end as is looked at.
TAIL_BYTES = 256 * 1024
LONGEST_LINE = 2000
# Colours and what moves a cursor: a page shows text.
CONTROLS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")


def read_tail(folder: Path, lines: int) -> list[str]:
    """Give the last lines, oldest first; nothing when there is no log.

    Args:
        folder: the job's own.
        lines: at most so many.
    """
    try:
        with (folder / LOG).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL_BYTES))
            content = file.read()
    except OSError:
        return []
    text = content.decode("utf-8", "replace").replace("\r\n", "\n").rstrip("\n")
    # A progress line is overwritten by the next one: only the last is of interest.
    shown = [line.rpartition("\r")[2] for line in text.split("\n")] if text else []
    return [CONTROLS.sub("", line)[:LONGEST_LINE] for line in shown[-lines:]]


def add_line(folder: Path, line: str) -> None:
    """Add a line of our own; a full disk costs only that."""
    with suppress(OSError), (folder / LOG).open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")
