"""Keeps retention: deletes old records while the app runs."""

import logging
import threading
from datetime import UTC, datetime, timedelta

from digit_pipeline.records.store import Records

EVERY_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class Pruner:
    """A thread that prunes at the start and every hour.

    Several processes may each run one. A failure is logged and tried again.

    Args:
        records: what is pruned.
        keep: age that is still kept.
        every: seconds between two rounds.
    """

    def __init__(
        self, records: Records, keep: timedelta, every: float = EVERY_SECONDS
    ) -> None:
        self.records = records
        self.keep = keep
        self.every = every
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pruner", daemon=True)
        self._thread.start()

    def close(self, timeout: float = 10.0) -> bool:
        """Stop, between two chunks; False when it took longer than ``timeout`` s."""
        self._closing.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                gone = self.records.prune(
                    datetime.now(UTC) - self.keep, self._closing.is_set
                )
                if gone:
                    logger.info("%d old records deleted", gone)
            except Exception as error:
                logger.warning("old records could not be deleted: %s", error)
            self._closing.wait(self.every)
