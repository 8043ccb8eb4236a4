"""The records: one object that the app and the pipelines talk to."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, text
from sqlalchemy.dialects import postgresql, sqlite

from digit_pipeline.atomic import write_atomically
from digit_pipeline.records import feedback, predictions, retention
from digit_pipeline.records.engine import Database
from digit_pipeline.records.errors import disk_full, translated
from digit_pipeline.records.feedback import FeedbackRecord, State
from digit_pipeline.records.kept_images import KeptImages, encode_image
from digit_pipeline.records.page import Page
from digit_pipeline.records.predictions import (
    EVERY_PREDICTION,
    PredictionFilter,
    PredictionRecord,
)
from digit_pipeline.records.retention import Forgotten
from digit_pipeline.records.schema import upgrade_schema
from digit_pipeline.records.statistics import Statistics, compute_statistics
from digit_pipeline.records.tables import checks

# With less than this the next checkpoint or image may already fail.
SPARE_BYTES = 8 << 20
# Seconds in which other writers get their turn.
PRUNE_PAUSE = 0.02
# Any number that no other program locks on the same server.
DELETION_LOCK = 0x64656C65


class Records:
    """Predictions, corrections and kept images; safe to share between threads.

    Opening upgrades the schema; several processes may open the same records at once.

    Args:
        url: ``sqlite:///<file>`` on a local disk, or
            ``postgresql+psycopg://<user>@<host>/<database>``.
        images: folder of the kept images.

    Raises:
        RecordsError: ``bad_url``, ``newer_schema``, ``no_space``, ``unavailable``.
            What comes later raises the last two, and ``bad_record``.
    """

    def __init__(self, url: str, images: Path):
        self.database = Database(url)
        self.images = KeptImages(images)
        try:
            upgrade_schema(self.database)
        except BaseException:
            self.database.close()
            raise

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def add_predictions(
        self, rows: Sequence[PredictionRecord], images: Sequence[bytes | None] = ()
    ) -> None:
        """Add predictions, all or none.

        Args:
            rows: what is added; each id only once.
            images: per row the picture to keep with it, or None; nothing for no row.

        Raises:
            ImageError: when a picture cannot be opened.
        """
        contents = [encode_image(body) if body else None for body in images]
        contents += [None] * (len(rows) - len(contents))
        self._save(contents)
        with self.database.writing() as connection:
            self._keep_deletions_out(connection)
            # Once more: a deletion may just have taken the same picture away.
            names = self._save(contents)
            named = [
                replace(row, image=name) if name else row
                for row, name in zip(rows, names, strict=True)
            ]
            predictions.insert_predictions(connection, named)

    def predictions(
        self,
        filter: PredictionFilter = EVERY_PREDICTION,
        page: int = 1,
        page_size: int = 50,
    ) -> Page[PredictionRecord]:
        """Give a page of predictions, newest first.

        Args:
            filter: which.
            page: from 1.
            page_size: 1 to 1000.
        """
        with self.database.reading() as connection:
            return predictions.select_page(connection, filter, page, page_size)

    def iterate_predictions(
        self, filter: PredictionFilter = EVERY_PREDICTION
    ) -> Iterator[PredictionRecord]:
        """Give every prediction, newest first, without holding them all in memory."""
        below = None
        while True:
            with self.database.reading() as connection:
                chunk, below = predictions.select_chunk(connection, filter, below)
            yield from chunk
            if below is None:
                return

    def prediction(self, id: str) -> PredictionRecord | None:
        """Find a prediction."""
        with self.database.reading() as connection:
            return predictions.select_prediction(connection, id)

    def statistics(self, since: datetime | None = None) -> Statistics:
        """Count predictions not older than ``since`` (with its zone)."""
        with self.database.reading() as connection:
            return compute_statistics(connection, since, datetime.now(UTC))

    def add_feedback(
        self, record: FeedbackRecord, image: bytes | None = None
    ) -> tuple[FeedbackRecord, bool]:
        """Store a correction; it is on the disk when this returns.

        Args:
            record: what was said.
            image: the picture it is about, to be kept.

        Returns:
            what is stored, and whether it is new: the same label for the same
            prediction is stored once.

        Raises:
            ImageError: when the picture cannot be opened.
        """
        content = encode_image(image) if image else None
        with self.database.reading() as connection:
            stored = feedback.find_feedback(
                connection, record.prediction_id, record.label
            )
        if stored:
            return stored, False
        self._save([content])
        with self.database.writing(durable=True) as connection:
            self._keep_deletions_out(connection)
            [name] = self._save([content])
            if name:
                record = replace(record, image=name)
            return feedback.insert_feedback(connection, record)

    def feedback(
        self, page: int = 1, page_size: int = 50, state: State | None = None
    ) -> Page[FeedbackRecord]:
        """Give a page of corrections, newest first."""
        with self.database.reading() as connection:
            return feedback.select_page(connection, page, page_size, state)

    def iterate_feedback(self) -> Iterator[FeedbackRecord]:
        """Give every correction, newest first, without holding them all in memory."""
        below = None
        while True:
            with self.database.reading() as connection:
                chunk, below = feedback.select_chunk(connection, below)
            yield from chunk
            if below is None:
                return

    def count_feedback(self, client: str, since: datetime) -> int:
        """Count the corrections of a client not before a time."""
        with self.database.reading() as connection:
            return feedback.count_of_client(connection, client, since)

    def forget(self, session: str) -> Forgotten:
        """Delete everything that came from a session."""
        with self.database.writing(durable=True) as connection:
            self._wait_for_additions(connection)
            return retention.forget_session(connection, self.images, session)

    def prune(self, before: datetime, stop: Callable[[], bool] = lambda: False) -> int:
        """Delete what is older; give the number of rows.

        Predictions go, with their images, and rejected corrections. Corrections that
        may still be learned from stay, without their client and session.

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
            total += retention.prune_feedback(connection, self.images, before)
            retention.delete_orphans(connection, self.images)
        return total

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

    def _save(self, contents: Sequence[bytes | None]) -> list[str | None]:
        return [self.images.save(c) if c is not None else None for c in contents]

    def _keep_deletions_out(self, connection: Connection) -> None:
        """Share a lock that deletions want alone; SQLite has one writer anyway."""
        if self.database.file is None:
            connection.execute(
                text(f"SELECT pg_advisory_xact_lock_shared({DELETION_LOCK})")
            )

    def _wait_for_additions(self, connection: Connection) -> None:
        if self.database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({DELETION_LOCK})"))
