"""Releases that were champion until somebody, or the watch, went back from them."""

from collections.abc import Iterable
from dataclasses import dataclass

from digit_pipeline.releases.pointer import Promotion


@dataclass(frozen=True)
class TakenBack:
    """A release that was rolled back from, and that nobody has used since.

    Attributes:
        version: its name.
        when: UTC time, ISO 8601.
        manifest: digest of what it was trained from.
    """

    version: str
    when: str
    manifest: str


def find_taken_back(record: Iterable[Promotion]) -> dict[str, str]:
    """Find what was rolled back from, and when.

    Args:
        record: every promotion and roll-back, oldest first.

    Returns:
        times by version. A release that is champion again is not among them, nor one
        that somebody has left for a later release.
    """
    found: dict[str, str] = {}
    champion: str | None = None
    for line in record:
        found.pop(line.version, None)
        # Versions are numbered, so that their names are in the order of their making.
        if line.action == "rollback" and champion and line.version < champion:
            found[champion] = line.when
        champion = line.version
    return found
