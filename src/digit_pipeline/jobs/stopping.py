"""Signals that ask a process to end become an orderly end of its run."""

import signal
import threading
from types import FrameType
from typing import Any

from digit_pipeline.jobs.endings import StoppedError, end_by_leaving, end_by_wish
from digit_pipeline.jobs.lease import LeaseKeeper
from digit_pipeline.jobs.names import STOPPING


class StopSignals:
    """While the block lasts, such a signal raises ``StoppedError`` in the main thread.

    Only the first one does: asked again, the process ends as it would have anyway.

    Args:
        keeper: hears how the run is to end; what it has decided before counts.
    """

    def __init__(self, keeper: LeaseKeeper) -> None:
        self._keeper = keeper
        self._before: dict[int, Any] = {}

    def __enter__(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return
        for name in STOPPING:
            number = getattr(signal, name, None)
            # What `nohup` has asked for holds.
            if number and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._stop)

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    def _stop(self, number: int, _: FrameType | None) -> None:
        self.__exit__()
        by_hand = number == signal.SIGINT.value
        told = f"it was told to stop ({signal.Signals(number).name})"
        self._keeper.ask_to_stop(end_by_wish() if by_hand else end_by_leaving(told))
        if self._keeper.wanted:
            raise StoppedError(self._keeper.wanted)
