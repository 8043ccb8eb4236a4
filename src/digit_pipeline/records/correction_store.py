"""Corrections: taken, found, reviewed and withdrawn."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from digit_pipeline.records import (
    corrections,
    feedback,
    reviews,
)
from digit_pipeline.records.base import Store
from digit_pipeline.records.corrections import (
    EVERY_CORRECTION,
    CorrectionFilter,
    Plain,
)
from digit_pipeline.records.feedback import FeedbackRecord, Origin, State
from digit_pipeline.records.kept_images import encode_image
from digit_pipeline.records.page import Page
from digit_pipeline.records.reviews import Decision, ReviewRecord
from digit_pipeline.records.withdrawal import Withdrawal, withdraw_corrections


class CorrectionStore(Store):
    """The part of the records that holds corrections."""

    def add_feedback(
        self, record: FeedbackRecord, image: bytes | None = None
    ) -> tuple[FeedbackRecord, bool]:
        """Store a correction; it is on the disk when this returns.

        Args:
            record: what was said.
            image: the picture it is about, to be kept.

        Returns:
            what is stored, and whether it is new: the same label for the same
            prediction is stored once. While that waits without a picture, one that
            comes later is kept with it.

        Raises:
            ImageError: when the picture cannot be opened.
        """
        content = encode_image(image) if image else None
        stored = self.find_feedback(record.prediction_id, record.label)
        if stored and not (content and feedback.lacks_picture(stored)):
            return stored, False
        self._save([content])
        with self.database.writing(durable=True) as connection:
            self._keep_deletions_out(connection)
            [name] = self._save([content])
            if name:
                record = replace(record, image=name)
            stored, is_new = feedback.insert_feedback(connection, record)
            if name and not is_new:
                stored = feedback.add_picture(connection, record)
            return stored, is_new

    def find_feedback(self, prediction_id: str, label: str) -> FeedbackRecord | None:
        """Find what was said of a prediction before."""
        with self.database.reading() as connection:
            return feedback.find_feedback(connection, prediction_id, label)

    def feedback(
        self, page: int = 1, page_size: int = 50, state: State | None = None
    ) -> Page[FeedbackRecord]:
        """Give a page of corrections, newest first."""
        return self.corrections(CorrectionFilter(state=state), page, page_size)

    def iterate_feedback(self) -> Iterator[FeedbackRecord]:
        """Give every correction, newest first, without holding them all in memory."""
        return self._iterate(EVERY_CORRECTION, oldest_first=False)

    def count_feedback(
        self, client: str, since: datetime, origin: Origin | None = None
    ) -> int:
        """Count the corrections of a client not before a time, of one origin or any."""
        with self.database.reading() as connection:
            return feedback.count_of_client(connection, client, since, origin)

    def corrections(
        self,
        filter: CorrectionFilter = EVERY_CORRECTION,
        page: int = 1,
        page_size: int = 50,
        oldest_first: bool = False,
    ) -> Page[FeedbackRecord]:
        """Give a page of corrections.

        Args:
            filter: which.
            page: from 1.
            page_size: 1 to 1000.
            oldest_first: as they came; otherwise the newest first.
        """
        with self.database.reading() as connection:
            return corrections.select_page(
                connection, filter, page, page_size, oldest_first
            )

    def iterate_corrections(
        self, filter: CorrectionFilter = EVERY_CORRECTION
    ) -> Iterator[FeedbackRecord]:
        """Give corrections, oldest first, without holding them all in memory."""
        return self._iterate(filter, oldest_first=True)

    def count_states(
        self, column: Plain, values: Collection[str]
    ) -> dict[str, dict[str, int]]:
        """Count corrections, like each client's or each upload's, by their state.

        Args:
            column: what tells them apart.
            values: of the column: those that are counted.

        Returns:
            by value, then by state; a value without corrections is left out.
        """
        with self.database.reading() as connection:
            return corrections.count_states(connection, column, values)

    def correction(self, id: str) -> FeedbackRecord | None:
        """Find a correction."""
        with self.database.reading() as connection:
            return corrections.select_correction(connection, id)

    def image(self, sha256: str) -> bytes | None:
        """Give a kept picture as PNG; None when it is not kept, or no longer."""
        return self.images.read(sha256)

    def review(
        self,
        decisions: Sequence[Decision],
        reviewer: str,
        *,
        only: Collection[State] | None = None,
    ) -> tuple[FeedbackRecord, ...]:
        """Carry out decisions, all or none, and write them into the history.

        They are on the disk when this returns. What is withdrawn stays withdrawn.

        Args:
            decisions: in the order in which they were made.
            reviewer: who decides; ``rules`` are no person.
            only: leave corrections in other states as they are: so rules don't
                overrule a person who was faster.

        Returns:
            per decision its correction as it is now.

        Raises:
            RecordsError: ``unknown_correction``; nothing was decided then.
        """
        with self.database.writing(durable=True) as connection:
            self._keep_deletions_out(connection)
            return reviews.store_review(connection, decisions, reviewer, only)

    def reviews(self, correction_id: str) -> tuple[ReviewRecord, ...]:
        """Give a correction's history, oldest first."""
        with self.database.reading() as connection:
            return reviews.select_reviews(connection, correction_id)

    def withdraw(  # noqa: PLR0913 - by whatever is known of them
        self,
        *,
        client: str | None = None,
        session: str | None = None,
        upload: str | None = None,
        ids: Collection[str] | None = None,
        reason: str,
        by: str = "key",
    ) -> Withdrawal:
        """Take corrections back; where several are named, what all of them mean.

        Args:
            client: keyed hash of the address.
            session: id of the session.
            upload: id of the upload.
            ids: corrections.
            reason: why, one sentence for the history.
            by: who wants it.

        Returns:
            what is withdrawn now, and the trainings and releases that saw it.

        Raises:
            ValueError: when nothing says which corrections.
        """
        if client is session is upload is ids is None:
            raise ValueError(
                "expected a client, a session, an upload or ids, got none of them: "
                "say which corrections are to be withdrawn"
            )
        wanted = CorrectionFilter(
            client=client, session=session, upload=upload, ids=ids
        )
        with self.database.writing(durable=True) as connection:
            self._wait_for_additions(connection)
            gone, names = withdraw_corrections(connection, wanted, reason, by)
        self._delete_unused(names)
        return gone

    def _iterate(
        self, wanted: CorrectionFilter, *, oldest_first: bool
    ) -> Iterator[FeedbackRecord]:
        after = None
        while True:
            with self.database.reading() as connection:
                chunk, after = corrections.select_chunk(
                    connection, wanted, after, oldest_first
                )
            yield from chunk
            if after is None:
                return
