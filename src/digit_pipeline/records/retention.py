"""Delete what is too old, and what somebody wants deleted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, exists, or_, select, update

from digit_pipeline.records.kept_images import NAME, KeptImages
from digit_pipeline.records.tables import feedback, predictions
from digit_pipeline.records.tallies import COUNTED, count_tallies, subtract_tallies

# Rows of one transaction: other writers wait for it.
CHUNK = 2000


@dataclass(frozen=True)
class Forgotten:
    """What was deleted.

    Attributes:
        predictions: rows.
        feedback: rows.
        images: files that nobody else had sent too.
    """

    predictions: int
    feedback: int
    images: int


def forget_session(
    connection: Connection, images: KeptImages, session: str
) -> Forgotten:
    """Delete everything that came from a session."""
    gone, names = delete_predictions(connection, predictions.c.session == session)
    rows = connection.execute(
        delete(feedback)
        .where(feedback.c.session == session)
        .returning(feedback.c.image)
    ).all()
    names |= {row.image for row in rows if row.image}
    return Forgotten(gone, len(rows), delete_unused(connection, images, names))


def prune_predictions(
    connection: Connection, images: KeptImages, before: datetime
) -> int:
    """Delete up to ``CHUNK`` old predictions; 0 when none is left."""
    oldest = (
        select(predictions.c.number)
        .where(predictions.c.time < before)
        .order_by(predictions.c.time)
        .limit(CHUNK)
    )
    gone, names = delete_predictions(
        connection, predictions.c.number.in_(oldest.scalar_subquery())
    )
    delete_unused(connection, images, names)
    return gone


def prune_feedback(connection: Connection, images: KeptImages, before: datetime) -> int:
    """Delete old rejected corrections; let nothing tell whose the others are."""
    old = feedback.c.time < before
    rows = connection.execute(
        delete(feedback)
        .where(old, feedback.c.state == "rejected")
        .returning(feedback.c.image)
    ).all()
    delete_unused(connection, images, {row.image for row in rows if row.image})
    connection.execute(
        update(feedback)
        .where(
            old, or_(feedback.c.client.is_not(None), feedback.c.session.is_not(None))
        )
        .values(client=None, session=None)
    )
    return len(rows)


def delete_predictions(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[int, set[str]]:
    """Delete predictions and uncount them; say how many, and their images' names."""
    columns = [predictions.c[name] for name in (*COUNTED, "image")]
    rows = connection.execute(
        delete(predictions).where(condition).returning(*columns)
    ).all()
    subtract_tallies(connection, count_tallies(rows))
    return len(rows), {row.image for row in rows if row.image}


def delete_unused(
    connection: Connection, images: KeptImages, names: Iterable[str]
) -> int:
    """Delete images that no row names any more."""
    return sum(images.delete(n) for n in names if not _is_used(connection, n))


def delete_orphans(connection: Connection, images: KeptImages) -> int:
    """Delete old files that no row names: a crash came between file and row."""
    gone = 0
    for path in images.find_old():
        if NAME.fullmatch(path.stem) and _is_used(connection, path.stem):
            continue
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _is_used(connection: Connection, name: str) -> bool:
    tables = (predictions, feedback)
    used = or_(*(exists().where(table.c.image == name) for table in tables))
    return bool(connection.execute(select(used)).scalar_one())
