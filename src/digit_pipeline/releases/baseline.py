"""The frozen release that every retrained challenger is held to: baseline.json.

The champion moves with every promotion, so a limit on what may be lost against it
allows as much again next time. The baseline stays where a person has put it.
"""

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from digit_pipeline.atomic import write_atomically
from digit_pipeline.releases.pointer import Promotion, read_record
from digit_pipeline.releases.release import VERSION

BASELINE = "baseline.json"

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Baseline:
    """What baseline.json says.

    Attributes:
        version: the frozen release.
        manifest_sha256: hex digest of its manifest.
        when: UTC time at which it became the baseline, ISO 8601.
        why: one sentence.
    """

    version: str
    manifest_sha256: str
    when: str
    why: str


def read_baseline(folder: Path) -> Baseline | None:
    """Read the baseline of a store.

    A store without the file, or with a broken one, has the release that was promoted
    first: never a newer one, which would let the baseline drift.

    Returns:
        None when nothing was ever promoted.
    """
    path = folder / BASELINE
    try:
        found = _parse(path.read_bytes())
    except FileNotFoundError:
        found = None
    record = read_record(folder)
    if found or not record:
        return found
    if path.exists():
        logger.warning(
            "%s is broken, so the baseline is the release that was promoted first, "
            "%s: name another with `python -m digit_pipeline.releases baseline --to "
            "VERSION`",
            path,
            record[0].version,
        )
    return _freeze(record[0], "the release that was promoted first")


def freeze_first(folder: Path, promotion: Promotion) -> None:
    """Write the baseline of a store that has none: what was promoted first."""
    if not (folder / BASELINE).exists():
        first = next(iter(read_record(folder)), promotion)
        write_baseline(folder, _freeze(first, "the release that was promoted first"))


def write_baseline(folder: Path, baseline: Baseline) -> None:
    """Replace the baseline.

    Raises:
        OSError: when it cannot be written; the old one is still there.
    """
    content = json.dumps(asdict(baseline), ensure_ascii=False).encode() + b"\n"
    with write_atomically(folder / BASELINE) as file:
        file.write(content)


def _freeze(promotion: Promotion, why: str) -> Baseline:
    return Baseline(promotion.version, promotion.manifest_sha256, promotion.when, why)


def _parse(content: bytes) -> Baseline | None:
    try:
        found = Baseline(**json.loads(content))
    except (ValueError, TypeError, RecursionError):
        return None
    sound = all(isinstance(value, str) for value in asdict(found).values())
    return found if sound and VERSION.fullmatch(found.version) else None
