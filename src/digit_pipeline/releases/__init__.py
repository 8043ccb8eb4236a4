"""Publish, resolve, verify and roll back releases of the served model.

The store is a folder: ``releases/<version>/`` holds complete, verified releases,
``champion.json`` points at the one that answers, ``promotions.jsonl`` is the
append-only record of every promotion and roll-back, ``baseline.json`` names the frozen
release that retrained ones are held to, ``lock`` keeps writers apart.
"""

from digit_pipeline.releases.baseline import Baseline
from digit_pipeline.releases.pointer import Promotion
from digit_pipeline.releases.release import (
    DamagedReleaseError,
    NoChampionError,
    Release,
    ReleaseConflictError,
    ReleaseError,
)
from digit_pipeline.releases.staging import ReleaseDraft
from digit_pipeline.releases.store import ReleaseStore
from digit_pipeline.releases.taken_back import TakenBack

__all__ = [
    "Baseline",
    "DamagedReleaseError",
    "NoChampionError",
    "Promotion",
    "Release",
    "ReleaseConflictError",
    "ReleaseDraft",
    "ReleaseError",
    "ReleaseStore",
    "TakenBack",
]
