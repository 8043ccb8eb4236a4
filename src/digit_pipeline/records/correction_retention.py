"""Delete corrections that are of no use, and what tells whose the others are.

A correction that a training saw is never deleted: without its row nobody could say
which releases learned from it.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    or_,
    select,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from digit_pipeline.records.dialects import is_one_of
from digit_pipeline.records.feedback import find_bucket
from digit_pipeline.records.manifests import find_affected
from digit_pipeline.records.retention import Forgotten, delete_predictions
from digit_pipeline.records.reviews import ReviewRecord, add_history
from digit_pipeline.records.tables import (
    feedback,
    manifest_corrections,
    predictions,
    reviews,
    uploads,
)

FORGETTER = "session"
FORGOTTEN = "its session was forgotten"


def forget_session(connection: Connection, session: str) -> tuple[Forgotten, set[str]]:
    """Delete everything that came from a session but its images; give their names."""
    gone, names = delete_predictions(connection, predictions.c.session == session)
    its_uploads = select(uploads.c.id).where(uploads.c.session == session)
    its = or_(feedback.c.session == session, feedback.c.upload.in_(its_uploads))
    deleted, unused = _delete_corrections(connection, its)
    withdrawn, taken = _withdraw_without_trace(connection, its)
    _, releases = find_affected(connection, withdrawn)
    connection.execute(delete(uploads).where(uploads.c.session == session))
    forgotten = Forgotten(gone, deleted + len(withdrawn), 0, releases)
    return forgotten, names | unused | taken


def prune_feedback(connection: Connection, before: datetime) -> tuple[int, set[str]]:
    """Delete old corrections that nothing can be learned from.

    Of the others goes what could tell whose they are, and the names of their files.
    Give the number of the deleted, and the names of images that they need no more.
    """
    old = feedback.c.time < before
    useless = old & feedback.c.state.in_(["rejected", "withdrawn"])
    gone, names = _delete_corrections(connection, useless)
    rows = connection.execute(
        select(feedback.c.image).where(useless, feedback.c.image.is_not(None))
    )
    names |= set(rows.scalars())
    connection.execute(update(feedback).where(useless).values(image=None))
    _forget_clients(connection, old)
    connection.execute(
        update(uploads)
        .where(uploads.c.time < before, _names_somebody(uploads.c))
        .values(client=None, session=None, name=None, report=[])
    )
    return gone, names


def _delete_corrections(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[int, set[str]]:
    """Delete those that no training saw; say how many, and their images' names."""
    used = exists().where(manifest_corrections.c.correction == feedback.c.id)
    rows = connection.execute(
        delete(feedback)
        .where(condition, ~used)
        .returning(feedback.c.id, feedback.c.image)
    ).all()
    _delete_history(connection, [row.id for row in rows])
    return len(rows), {row.image for row in rows if row.image}


def _delete_history(connection: Connection, ids: Collection[str]) -> None:
    if ids:
        connection.execute(
            delete(reviews).where(is_one_of(connection, reviews.c.correction, ids))
        )


def _withdraw_without_trace(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[list[str], set[str]]:
    """Leave of corrections only that they were; give their ids and images' names."""
    now = datetime.now(UTC)
    rows = connection.execute(select(feedback).where(condition)).all()
    connection.execute(
        update(feedback)
        .where(is_one_of(connection, feedback.c.id, [row.id for row in rows]))
        .values(
            state="withdrawn",
            reviewer=FORGETTER,
            reviewed=now,
            reason=FORGOTTEN,
            **dict.fromkeys(("client", "session", "upload", "name", "image")),
        )
    )
    history = [
        ReviewRecord(
            correction=row.id,
            time=now,
            reviewer=FORGETTER,
            action="withdraw",
            from_state=row.state,
            to_state="withdrawn",
            label=row.reviewed_label or row.label,
            reason=FORGOTTEN,
        )
        for row in rows
        if row.state != "withdrawn"
    ]
    add_history(connection, history)
    return [row.id for row in rows], {row.image for row in rows if row.image}


def _forget_clients(connection: Connection, condition: ColumnElement[bool]) -> None:
    """Let nothing tell whose corrections are; what is chosen by it stays the same."""
    columns = feedback.c
    rows = connection.execute(
        select(columns.number, columns.client, columns.bucket).where(
            condition, _names_somebody(columns)
        )
    ).all()
    statement = (
        update(feedback)
        .where(columns.number == bindparam("row"))
        .values(client=None, session=None, name=None, bucket=bindparam("place"))
    )
    places = [
        {"row": row.number, "place": find_bucket(row.client) if row.client else None}
        for row in rows
    ]
    if places:
        connection.execute(statement, places)


def _names_somebody(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[bool]:
    named = (columns.client, columns.session, columns.name)
    return or_(*(column.is_not(None) for column in named))
