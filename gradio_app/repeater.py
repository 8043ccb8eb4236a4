"""Something that is done again and again in the background."""

import logging
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

LONGEST_SECONDS = 60.0


class Repeater:
    """A thread that looks at something until it is stopped, whatever goes wrong.

    Args:
        name: of the thread.
        look: what is done; gives the seconds until it is done again.
        seconds: until it is done first; after a failure it waits twice as long each
            time, up to a minute.
        failed: what the log says then, with the traceback.
    """

    def __init__(
        self, name: str, look: Callable[[], float], *, seconds: float, failed: str
    ):
        self._look = look
        self._seconds = seconds
        self._failed = failed
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._go_on, name=name, daemon=True)

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop: what takes long asks now and then."""
        return self._stop.is_set()

    def start(self) -> None:
        """Begin, in the background."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, and wait for what is being done; harmless before the start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _go_on(self) -> None:
        pause = self._seconds
        while not self._stop.wait(pause):
            try:
                pause = self._look()
            except Exception:
                # Whatever breaks here, answers do not depend on it.
                log.exception(self._failed)
                pause = min(2 * pause, LONGEST_SECONDS)
