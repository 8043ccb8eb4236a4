"""A stopwatch that stands still while a network is validated."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

TARGETS = (0.98, 0.99, 0.992)

Reading = dict[str, float]


class Clocks(NamedTuple):
    """The two clocks that are read: wall time and this process's processor time, s."""

    wall: Callable[[], float] = time.perf_counter
    processor: Callable[[], float] = time.process_time

    def read(self) -> tuple[float, float]:
        """Read both."""
        return self.wall(), self.processor()


class Stopwatch:
    """Measures training alone; it runs from the moment it is made.

    Args:
        clocks: what it reads; tests turn them by hand.
    """

    def __init__(self, clocks: Clocks | None = None) -> None:
        self._clocks = clocks or Clocks()
        self._spent = (0.0, 0.0)
        self._since: tuple[float, float] | None = self._clocks.read()

    def pause(self) -> None:
        """Stand still."""
        self._spent, self._since = self._read(), None

    def resume(self) -> None:
        """Go on."""
        self._since = self._clocks.read()

    def reading(self) -> Reading:
        """Give what was measured so far: ``wall`` and ``processor``, in seconds."""
        wall, processor = self._read()
        return {"wall": wall, "processor": processor}

    def _read(self) -> tuple[float, float]:
        if self._since is None:
            return self._spent
        now = self._clocks.read()
        wall, processor = (
            spent + later - earlier
            for spent, later, earlier in zip(self._spent, now, self._since, strict=True)
        )
        return wall, processor


def find_first(log: Sequence[Mapping[str, float]], target: float) -> Any:
    """Find the first validation that reached an accuracy.

    Args:
        log: a row per validation, in order: wall, processor (s), accuracy.
        target: the accuracy, as a share.

    Returns:
        the row, or None when it was never reached.
    """
    # 5,952 of 6,000 is 0.992, but not in the float32 that Keras reports.
    return next((row for row in log if row["accuracy"] >= target - 1e-6), None)
