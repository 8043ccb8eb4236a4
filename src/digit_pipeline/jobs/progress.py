"""How far a retraining is, as its process tells everybody else."""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from digit_pipeline.atomic import write_atomically
from digit_pipeline.jobs.names import PROGRESS


@dataclass(frozen=True)
class Progress:
    """One look at a retraining.

    Attributes:
        stage: the node that runs, in words; None before the first one.
        stages_done: nodes that have ended.
        stages: nodes in all; 0 as long as that is not known.
        epoch: of the training that runs or ran last, from 1; None before the first
            one has ended.
        epochs: at most so many.
        curve: a row per epoch: epoch, loss, accuracy, val_loss, val_accuracy,
            seconds; what is no finite number is None.
        seconds: since the process began, by a clock that is never set.
        seconds_left: estimated; None if unknown.
        attempt: 1, and one more each time that the process was killed.
        pid: the process.
        memory_mb: megabytes that the process holds; None where that is not known.
        timings: seconds by node, of those that have ended.
    """

    stage: str | None = None
    stages_done: int = 0
    stages: int = 0
    epoch: int | None = None
    epochs: int | None = None
    curve: tuple[Mapping[str, float | None], ...] = ()
    seconds: float = 0.0
    seconds_left: float | None = None
    attempt: int = 1
    pid: int = 0
    memory_mb: float | None = None
    timings: Mapping[str, float] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give what JSON can hold."""
        return {**asdict(self), "curve": [dict(row) for row in self.curve]}

    @classmethod
    def from_json(cls, content: object) -> "Progress | None":
        """Read what ``to_json`` gave; None for anything else."""
        known = {one.name for one in fields(cls)}
        if not isinstance(content, dict) or not set(content) <= known:
            return None
        return cls(**{**content, "curve": tuple(content.get("curve", ()))})


def write_progress(folder: Path, progress: Progress) -> None:
    """Replace the folder's progress file; readers see the old one or the new.

    Raises:
        OSError: when the disk is full or can't be written.
    """
    with write_atomically(folder / PROGRESS) as file:
        file.write(json.dumps(progress.to_json(), allow_nan=False).encode())


def read_progress(folder: Path) -> Progress | None:
    """Read the folder's progress file; None when there is none, or it is garbage."""
    try:
        return Progress.from_json(json.loads((folder / PROGRESS).read_bytes()))
    except (OSError, ValueError):
        return None


def finite(value: float) -> float | None:
    """Give a number that JSON knows: None for what is none, or without end."""
    return value if math.isfinite(value) else None
