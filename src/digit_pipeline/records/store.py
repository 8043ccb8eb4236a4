"""The records: one object that the app and the pipelines talk to."""

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.dialects import postgresql, sqlite

from digit_pipeline.atomic import write_atomically
from digit_pipeline.records import correction_retention, retention
from digit_pipeline.records.correction_store import CorrectionStore
from digit_pipeline.records.engine import Database
from digit_pipeline.records.errors import disk_full, translated
from digit_pipeline.records.jobs import Jobs
from digit_pipeline.records.kept_images import KeptImages
from digit_pipeline.records.manifest_store import ManifestStore
from digit_pipeline.records.prediction_store import PredictionStore
from digit_pipeline.records.retention import Forgotten
from digit_pipeline.records.schema import upgrade_schema
from digit_pipeline.records.tables import checks
from digit_pipeline.records.trace import Trace, find_trace
from digit_pipeline.records.upload_store import UploadStore

# With less than this the next checkpoint or image may already fail.
SPARE_BYTES = 8 << 20
# Seconds in which other writers get their turn.
PRUNE_PAUSE = 0.02


class Records(PredictionStore, CorrectionStore, UploadStore, ManifestStore):
    """Predictions, corrections and kept images; safe to share between threads.

    Opening upgrades the schema; several processes may open the same records at once.

    Args:
        url: ``sqlite:///<file>`` on a local disk, or
            ``postgresql+psycopg://<user>@<host>/<database>``.
        images: folder of the kept images.

    Attributes:
        jobs: the retrainings.

    Raises:
        RecordsError: ``bad_url``, ``newer_schema``, ``no_space``, ``unavailable``.
            What comes later raises the last two, and ``bad_record``.
    """

    def __init__(self, url: str, images: Path):
        super().__init__(Database(url), KeptImages(images))
        self.jobs = Jobs(self.database)
        try:
            upgrade_schema(self.database)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def trace(self, id: str) -> Trace | None:
        """Follow the chain from an answer to the corrections behind it, or back.

        Args:
            id: of a correction, a prediction, a release or a training manifest.

        Returns:
            None when the records know nothing by that id.
        """
        with self.database.reading() as connection:
            return find_trace(connection, id)

    def forget(self, session: str) -> Forgotten:
        """Delete everything that came from a session.

        Corrections that a training saw stay as withdrawn ones, without anything that
        tells whose they were.
        """
        with self.database.writing(durable=True) as connection:
            self._wait_for_additions(connection)
            gone, names = correction_retention.forget_session(connection, session)
        return replace(gone, images=self._delete_unused(names))

    def prune(self, before: datetime, stop: Callable[[], bool] = lambda: False) -> int:
        """Delete what is older; give the number of rows.

        Predictions go, with their images, and rejected and withdrawn corrections.
        Corrections that may still be learned from stay, and those that a training
        saw, without their client, their session and the name of their file.

        Args:
            before: with its zone.
            stop: asked between transactions; True leaves the rest for another time.
        """
        total = 0
        while not stop():
            with self.database.writing() as connection:
                self._wait_for_additions(connection)
                gone = retention.prune_predictions(connection, self.images, before)
            if not gone:
                break
            total += gone
            time.sleep(PRUNE_PAUSE)
        with self.database.writing(durable=True) as connection:
            self._wait_for_additions(connection)
            gone, names = correction_retention.prune_feedback(connection, before)
        self._delete_unused(names)
        with self.database.writing() as connection:
            self._wait_for_additions(connection)
            retention.delete_orphans(connection, self.images)
        return total + gone

    def check(self) -> None:
        """Write a row and a file, as readiness wants to know that it works.

        Raises:
            RecordsError: ``no_space`` or ``unavailable``.
        """
        row = {"number": 1, "time": datetime.now(UTC)}
        with self.database.writing() as connection:
            dialect = sqlite if self.database.file else postgresql
            connection.execute(
                dialect.insert(checks)
                .values(row)
                .on_conflict_do_update(index_elements=["number"], set_=row)
            )
        with translated():
            probe = self.images.folder / "check"
            with write_atomically(probe) as file:
                file.write(b"written to see that writing works\n")
            free = shutil.disk_usage(self.images.folder).free
            if free < SPARE_BYTES:
                raise disk_full(f"only {free >> 20} MB are free")
