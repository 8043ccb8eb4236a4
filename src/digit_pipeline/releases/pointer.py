"""The two files that say which release answers: champion.json, promotions.jsonl.

The pointer is replaced first and is what counts; the record follows. A crash between
the two leaves a pointer whose line is missing, and the next writer adds it.
"""

import json
import logging
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from digit_pipeline.atomic import write_atomically
from digit_pipeline.releases.crash import reach
from digit_pipeline.releases.release import VERSION

POINTER = "champion.json"
RECORD = "promotions.jsonl"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Promotion:
    """One line of the record; the pointer holds the newest.

    Attributes:
        action: how the release became champion.
        version: the release that answers from then on.
        manifest_sha256: hex digest of its manifest.
        previous: where the next roll-back leads, if anywhere: the release that
            ``version`` replaced when it was first promoted. So a second roll-back
            goes further back and never forward again.
        when: UTC time, ISO 8601.
        why: one sentence.
    """

    action: Literal["promote", "rollback"]
    version: str
    manifest_sha256: str
    previous: str | None
    when: str
    why: str


def read_pointer(folder: Path) -> Promotion | None:
    """Read the pointer; None when it is missing, empty or garbage."""
    try:
        return _parse((folder / POINTER).read_bytes())
    except FileNotFoundError:
        return None


def read_record(folder: Path) -> list[Promotion]:
    """Read the record, oldest first, without lines that a crash has cut."""
    try:
        lines = (folder / RECORD).read_bytes().splitlines()
    except FileNotFoundError:
        return []
    return [promotion for line in lines if (promotion := _parse(line))]


def commit(folder: Path, promotion: Promotion) -> None:
    """Make ``promotion`` the champion: replace the pointer, then add to the record.

    Raises:
        OSError: when the pointer cannot be replaced; the old one is still there.
    """
    content = _format(promotion)
    with write_atomically(folder / POINTER) as file:
        half = len(content) // 2
        file.write(content[:half])
        file.flush()
        reach("pointer_half_written")
        file.write(content[half:])
        file.flush()
        reach("pointer_written")
    reach("pointer_replaced")
    try:
        _append(folder, promotion)
    except OSError as error:
        logger.warning(
            "%s is champion, but %s could not be written (%s): the next promotion "
            "adds the line",
            promotion.version,
            RECORD,
            error.strerror,
        )
    reach("log_written")


def repair_record(folder: Path) -> None:
    """Add the pointer's line when a crash has kept it from the record."""
    pointer = read_pointer(folder)
    if pointer and pointer not in read_record(folder):
        _append(folder, pointer)


def _append(folder: Path, promotion: Promotion) -> None:
    path = folder / RECORD
    content = _format(promotion)
    with path.open("ab") as file:
        if _is_cut(path):
            file.write(b"\n")
        half = len(content) // 2
        file.write(content[:half])
        file.flush()
        reach("log_half_written")
        file.write(content[half:])
        file.flush()
        os.fsync(file.fileno())


def _is_cut(path: Path) -> bool:
    """Whether a crash has left the last line without its end."""
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _format(promotion: Promotion) -> bytes:
    return json.dumps(asdict(promotion), ensure_ascii=False).encode() + b"\n"


def _parse(line: bytes) -> Promotion | None:
    try:
        promotion = Promotion(**json.loads(line))
    except (ValueError, TypeError, RecursionError):
        return None
    return promotion if _is_sound(promotion) else None


def _is_sound(promotion: Promotion) -> bool:
    values: dict[str, Any] = asdict(promotion)
    previous = values.pop("previous")
    return (
        all(isinstance(value, str) for value in values.values())
        and bool(VERSION.fullmatch(promotion.version))
        and (previous is None or bool(VERSION.fullmatch(str(previous))))
    )
