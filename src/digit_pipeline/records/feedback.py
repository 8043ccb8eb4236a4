"""Corrections: what people say that a picture shows."""

import hashlib
import secrets
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Literal

from sqlalchemy import Connection, RowMapping, func, select, update

from digit_pipeline.records.dialects import insert_into
from digit_pipeline.records.tables import feedback as table

State = Literal["received", "quarantined", "accepted", "rejected", "withdrawn"]
Origin = Literal["answer", "upload"]
BUCKETS = 1000


def _now() -> datetime:
    return datetime.now(UTC)


def _new_id() -> str:
    return secrets.token_hex(12)


@dataclass(frozen=True, slots=True)
class FeedbackRecord:
    """One correction, untrusted until rules or a person have accepted it.

    Attributes:
        prediction_id: the answer that it is about; ``upload:<upload>:<n>`` for the
            n-th picture of an upload.
        label: what the digit was, as the person says.
        agrees: whether that is what the answer said.
        client: keyed hash of the address, for quotas; None once it is old.
        model_version: the release that answered, or looked when it came.
        predicted: what it answered.
        session: random id of the browser's session; None for programs.
        image: sha256 of the kept image, if one was sent.
        state: how far its review is.
        time: when it came, with its zone.
        id: its own random id.
        origin: said of an answer, or taught in bulk.
        upload: id of the upload that it came in.
        name: the file's name as given, cleaned, at most 200 characters; None once it
            is old.
        content: 32 hex digits: what ``LabelledImages.content_hashes`` gives for the
            28 by 28 picture that a model sees of it.
        confidence: of the release when it came, in [0, 1].
        verdict: of the release when it came, like ``recognised``.
        reviewed_label: what a review says that it shows, where that differs.
        reviewer: who decided last; ``rules`` are no person.
        reviewed: when, with its zone.
        reason: why, as the reviewer or the rules say.
        bucket: 0 to 999, in place of its client once that is gone.
    """

    prediction_id: str
    label: str
    agrees: bool
    client: str | None
    model_version: str | None = None
    predicted: str | None = None
    session: str | None = None
    image: str | None = None
    state: State = "quarantined"
    time: datetime = field(default_factory=_now)
    id: str = field(default_factory=_new_id)
    origin: Origin = "answer"
    upload: str | None = None
    name: str | None = None
    content: str | None = None
    confidence: float | None = None
    verdict: str | None = None
    reviewed_label: str | None = None
    reviewer: str | None = None
    reviewed: datetime | None = None
    reason: str | None = None
    bucket: int | None = None

    @property
    def final_label(self) -> str:
        """The label that counts: the review's, otherwise the person's."""
        return self.reviewed_label or self.label

    @property
    def share(self) -> float:
        """Where its client lies among all, in [0, 1): one place for all it sends.

        The same for ever, also when the client itself is no longer known: what is
        chosen by it (like the side of a split) never changes. Without a client the
        correction's own id decides.
        """
        if self.bucket is not None:
            return self.bucket / BUCKETS
        return find_bucket(self.client or self.id) / BUCKETS


def find_bucket(client: str) -> int:
    """Say in which of 1000 buckets a client is: too few to find it again by it."""
    digest = hashlib.blake2b(client.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % BUCKETS


COLUMNS = [table.c[f.name] for f in fields(FeedbackRecord)]


NAMES = tuple(column.name for column in COLUMNS)
get_values = attrgetter(*NAMES)


def find_feedback(
    connection: Connection, prediction_id: str, label: str
) -> FeedbackRecord | None:
    """Find what was said of a prediction before."""
    row = (
        connection.execute(
            select(*COLUMNS).where(
                table.c.prediction_id == prediction_id, table.c.label == label
            )
        )
        .mappings()
        .one_or_none()
    )
    return to_feedback(row) if row else None


def insert_feedback(
    connection: Connection, record: FeedbackRecord
) -> tuple[FeedbackRecord, bool]:
    """Add a row, unless the same was said before: then give that one and False."""
    inserted = connection.execute(
        insert_into(connection, table)
        .values({f.name: getattr(record, f.name) for f in fields(record)})
        .on_conflict_do_nothing(index_elements=["prediction_id", "label"])
        .returning(table.c.id)
    ).one_or_none()
    if inserted:
        return record, True
    stored = find_feedback(connection, record.prediction_id, record.label)
    return stored or record, False


def lacks_picture(record: FeedbackRecord) -> bool:
    """Tell whether a correction waits for its review without a picture."""
    return record.image is None and record.state == "quarantined"


def add_picture(connection: Connection, record: FeedbackRecord) -> FeedbackRecord:
    """Give what was said before the picture that came with it now, if it lacks one.

    Returns:
        what is stored now.
    """
    seen = ("image", "content", "confidence", "verdict")
    connection.execute(
        update(table)
        .where(
            table.c.prediction_id == record.prediction_id,
            table.c.label == record.label,
            table.c.image.is_(None),
            table.c.state == "quarantined",
        )
        .values({name: getattr(record, name) for name in seen})
    )
    return find_feedback(connection, record.prediction_id, record.label) or record


def count_of_client(
    connection: Connection, client: str, since: datetime, origin: Origin | None
) -> int:
    """Count what a client has sent not before a time."""
    statement = (
        select(func.count())
        .select_from(table)
        .where(table.c.client == client, table.c.time >= since)
    )
    if origin:
        statement = statement.where(table.c.origin == origin)
    return connection.execute(statement).scalar_one()


def to_feedback(row: RowMapping) -> FeedbackRecord:
    """Read a row of ``COLUMNS``."""
    return FeedbackRecord(**{column.name: row[column] for column in COLUMNS})
