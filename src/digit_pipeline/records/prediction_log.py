"""Records predictions behind the answers' back: never waits, never fails."""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.predictions import PredictionRecord
from digit_pipeline.records.store import Records

# Seconds that rows gather before they are written together, for a commit with its
# counts costs as much as many rows. Whoever reads them hurries the writer.
GATHER_SECONDS = 0.25
BATCH = 1000
# A busy or restarting database gets these many seconds more before rows are dropped.
RETRY_SECONDS = (0.2, 1.0, 3.0)
# Seconds between two complaints.
QUIET_SECONDS = 10.0

logger = logging.getLogger(__name__)


class Entry(NamedTuple):
    """A prediction on its way, and the picture to keep with it."""

    record: PredictionRecord
    image: bytes | None


class PredictionLog:
    """A bounded queue before the records, and one thread that writes.

    Args:
        records: where to.
        capacity: predictions that may wait; more are dropped and counted.

    Attributes:
        dropped: predictions that were not stored: the queue was full, or the database
            did not take them.
        written: predictions that were stored.
        failed: writes that failed; those tried again with success count too.
    """

    def __init__(self, records: Records, capacity: int = 10_000):
        self.records = records
        self.capacity = capacity
        self.dropped = 0
        self.written = 0
        self.failed = 0
        self._complained = -QUIET_SECONDS
        self._queue: queue.SimpleQueue[Entry | threading.Event | None]
        self._queue = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._hurry = threading.Event()
        self._closing = threading.Event()
        self._thread = threading.Thread(
            target=self._run, name="prediction-log", daemon=True
        )
        self._thread.start()

    def add(self, record: PredictionRecord, image: bytes | None = None) -> None:
        """Record a prediction, soon; returns at once and never raises.

        Args:
            record: what was answered.
            image: the picture to keep with it, as it came.
        """
        if self._queue.qsize() >= self.capacity or self._closing.is_set():
            self._drop(1)
        else:
            self._queue.put(Entry(record, image))

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until what was added before is written or dropped.

        Args:
            timeout: seconds.

        Returns:
            False when the time was not enough.
        """
        if not self._thread.is_alive():
            return True
        done = threading.Event()
        self._queue.put(done)
        self._hurry.set()
        return done.wait(timeout)

    def close(self, timeout: float = 10.0) -> bool:
        """Write what waits and stop; what does not get written is counted as dropped.

        Args:
            timeout: seconds.

        Returns:
            False when the time was not enough.
        """
        self._closing.set()
        self._queue.put(None)
        self._hurry.set()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _drop(self, count: int) -> None:
        with self._lock:
            self.dropped += count

    def _run(self) -> None:
        running = True
        while running:
            first = self._queue.get()
            if isinstance(first, Entry) and self._queue.qsize() < BATCH:
                self._hurry.wait(GATHER_SECONDS)
            self._hurry.clear()
            running = self._take(first)

    def _take(self, item: Entry | threading.Event | None) -> bool:
        """Write what waits, a batch at most; False when it was the end."""
        batch: list[Entry] = []
        while True:
            if isinstance(item, Entry):
                batch.append(item)
            else:
                self._write(batch)
                batch = []
                if item is None:
                    return False
                item.set()
            if len(batch) == BATCH or self._queue.empty():
                self._write(batch)
                return True
            item = self._queue.get()

    def _write(self, batch: Sequence[Entry]) -> None:
        if not batch:
            return
        try:
            self._store(batch)
        except Exception as error:
            if _is_about_a_row(error) and len(batch) > 1:
                for entry in batch:
                    self._write([entry])
            elif any(entry.image for entry in batch):
                logger.warning("pictures were not kept: %s", error)
                self._write([Entry(entry.record, None) for entry in batch])
            else:
                self._drop(len(batch))
                self._complain(error)

    def _complain(self, error: Exception) -> None:
        """Log a loss, but not ten times a second while the disk is full."""
        now = time.monotonic()
        if now - self._complained >= QUIET_SECONDS:
            self._complained = now
            logger.warning(
                "predictions are not recorded, %d so far: %s", self.dropped, error
            )

    def _store(self, batch: Sequence[Entry]) -> None:
        """Add a batch, again after a while when the database is away."""
        rows = [entry.record for entry in batch]
        images = [entry.image for entry in batch]
        for pause in (*RETRY_SECONDS, None):
            try:
                self.records.add_predictions(rows, images)
            except Exception as error:
                self.failed += 1
                away = isinstance(error, RecordsError) and error.code == "unavailable"
                if pause is None or not away or self._closing.is_set():
                    raise
                self._closing.wait(pause)
            else:
                self.written += len(batch)
                return


def _is_about_a_row(error: Exception) -> bool:
    """Tell whether the other rows of a batch may fare better."""
    return not isinstance(error, RecordsError) or error.code == "bad_record"
