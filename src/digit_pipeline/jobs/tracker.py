"""Turns what happens in a run into its progress."""

import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from digit_pipeline.jobs.forecast import Position, estimate_seconds
from digit_pipeline.jobs.progress import Progress, finite

MEGABYTE = 1 << 20
COLUMNS = ("loss", "accuracy", "val_loss", "val_accuracy", "seconds")


class Tracker:
    """Keeps how far a run is; several threads may tell and ask.

    Args:
        nodes: names of the run's nodes.
        before: seconds by node of the last retraining; may be empty.
        attempt: from 1.
    """

    def __init__(
        self, nodes: Sequence[str], before: Mapping[str, float], attempt: int
    ) -> None:
        self._nodes = tuple(nodes)
        self._before = before
        self._attempt = attempt
        self._lock = threading.Lock()
        self._began = time.monotonic()
        self._current: str | None = None
        self._stage: str | None = None
        self._since = self._began
        self._timings: dict[str, float] = {}
        self._curve: list[dict[str, float | None]] = []
        self._epochs: int | None = None
        self._trains = False
        self._epoch_ended = self._began

    def begin(self, node: str, stage: str) -> None:
        """Note that a node begins, and that the one before it has ended.

        Args:
            node: its name.
            stage: the same in words.
        """
        with self._lock:
            self._close()
            self._current, self._stage = node, stage
            self._since = time.monotonic()

    def end(self) -> None:
        """Note that the last node has ended."""
        with self._lock:
            self._close()

    def add_epoch(self, row: Mapping[str, float], epochs: int) -> None:
        """Add an epoch to the curve; the first one of a training begins a new curve.

        Args:
            row: epoch (from 1), loss, accuracy, val_loss, val_accuracy, seconds.
            epochs: at most so many will there be.
        """
        with self._lock:
            if row["epoch"] == 1:
                self._curve = []
            figures = {name: finite(float(row[name])) for name in COLUMNS}
            self._curve.append({"epoch": int(row["epoch"]), **figures})
            self._epochs, self._trains = epochs, True
            self._epoch_ended = time.monotonic()

    def look(self) -> Progress:
        """Give how far it is at this moment."""
        with self._lock:
            now = time.monotonic()
            ahead = set(self._nodes) - self._timings.keys() - {self._current}
            position = Position(
                done=self._timings,
                ahead=ahead,
                current=self._current,
                elapsed=now - self._since,
                epochs_left=self._epochs_left(now),
            )
            left = estimate_seconds(self._before, position)
            last = self._curve[-1]["epoch"] if self._curve else None
            return Progress(
                stage=self._stage,
                stages_done=len(self._timings),
                stages=len(self._nodes),
                epoch=None if last is None else int(last),
                epochs=self._epochs,
                curve=tuple(dict(row) for row in self._curve),
                seconds=round(now - self._began, 1),
                seconds_left=None if left is None else round(left, 1),
                attempt=self._attempt,
                pid=os.getpid(),
                memory_mb=measure_memory(),
                timings=dict(self._timings),
            )

    def _close(self) -> None:
        if self._current is not None:
            self._timings[self._current] = round(time.monotonic() - self._since, 3)
        self._current, self._trains = None, False

    def _epochs_left(self, now: float) -> float | None:
        """Give the seconds that the epochs take which are still to come."""
        if not self._trains or self._epochs is None:
            return None
        taken = [row["seconds"] or 0.0 for row in self._curve]
        # The first epoch also builds the network's functions; later ones tell more.
        each = sum(taken[1:] or taken) / len(taken[1:] or taken)
        spent = min(now - self._epoch_ended, each)
        return max(0.0, each * (self._epochs - len(taken)) - spent)


def measure_memory() -> float | None:
    """Give the megabytes that this process holds; None where Linux does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return round(pages * os.sysconf("SC_PAGE_SIZE") / MEGABYTE, 1)
    except (OSError, ValueError, IndexError):
        return None
