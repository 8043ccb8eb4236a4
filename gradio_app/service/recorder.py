"""The records behind the service: opened when they can be, never in an answer's way."""

import logging
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from digit_pipeline.door import Door
from digit_pipeline.records import (
    PredictionLog,
    PredictionRecord,
    Records,
    RecordsError,
)
from gradio_app.repeater import Repeater
from gradio_app.service.errors import NoRecordsError
from gradio_app.service.predictions import Reading
from gradio_app.settings import Settings

RETRY_SECONDS = 10.0
PRUNE_SECONDS = 3600.0

logger = logging.getLogger(__name__)


class Recorder:
    """Keep predictions, where there is a place for them.

    Args:
        settings: where the place is, what is kept and for how long.

    Attributes:
        log: the queue before the records; None as long as they are not open.
        missed: predictions that came while the records were not open.
        problem: why they are not open, for the log alone, or None.
        listeners: called with each reading and its door, recorded or not.
    """

    def __init__(self, settings: Settings):
        self.log: PredictionLog | None = None
        self.missed = 0
        self.problem: str | None = "the app has not started yet"
        self.listeners: list[Callable[[Reading, Door], None]] = []
        self._settings = settings
        self._records: Records | None = None
        self._random = random.Random()  # noqa: S311 - a sample, not a secret
        self._repeater = Repeater(
            "records", self._tend, seconds=1.0, failed="Tending the records failed"
        )

    @property
    def lost(self) -> int:
        """Predictions of this process that were not recorded."""
        return self.missed + (self.log.dropped if self.log else 0)

    @property
    def records(self) -> Records:
        """The records.

        Raises:
            NoRecordsError: when they could not be opened.
        """
        if self._records is None:
            raise NoRecordsError
        return self._records

    def start(self) -> None:
        """Open the records, then tend them in the background."""
        self._open()
        self._repeater.start()

    def stop(self) -> None:
        """Write what waits, and close the records."""
        self._repeater.stop()
        if self.log:
            self.log.close()
        if self._records:
            self._records.close()
        self.log = self._records = None

    def add(
        self, reading: Reading, door: Door, session: str | None, body: bytes
    ) -> None:
        """Record a reading, soon; never waits and never fails.

        Args:
            reading: what was answered.
            door: where the picture came in.
            session: random id of the browser's session, None for programs.
            body: the picture's file, kept for a sample of the predictions.
        """
        for listen in self.listeners:
            listen(reading, door)
        log = self.log
        if log is None:
            self.missed += 1
            return
        prediction = reading.prediction
        record = PredictionRecord(
            id=prediction.id,
            time=datetime.now(UTC),
            door=door,
            model_version=prediction.model_version,
            verdict=prediction.verdict,
            label=prediction.label,
            probabilities=prediction.probabilities,
            confidence=prediction.confidence,
            energy=reading.energy,
            elapsed_ms=prediction.elapsed_ms,
            latency=reading.latency,
            ink=reading.ink,
            session=session,
        )
        share = self._settings.keep_images
        kept = share > 0 and self._random.random() < share
        log.add(record, body if kept else None)

    def _open(self) -> None:
        try:
            self._records = Records(
                self._settings.records_address, self._settings.records_images
            )
        except RecordsError as error:
            if str(error) != self.problem:
                logger.warning("Predictions are not recorded: %s", error)
            self.problem = str(error)
            return
        self.log = PredictionLog(self._records)
        self.problem = None

    def _tend(self) -> float:
        """Open what could not be opened; delete what is too old."""
        if self._records is None:
            self._open()
            return RETRY_SECONDS
        self._prune(self._records)
        return PRUNE_SECONDS

    def _prune(self, records: Records) -> None:
        if not self._settings.keep_days:
            return
        before = datetime.now(UTC) - timedelta(days=self._settings.keep_days)
        try:
            gone = records.prune(before, lambda: self._repeater.is_stopping)
        except RecordsError as error:
            logger.warning("Old records were not deleted: %s", error)
            return
        if gone:
            logger.info("%d records older than %s were deleted", gone, before.date())
