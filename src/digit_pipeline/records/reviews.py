"""Reviews: what is decided about corrections, and the history of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection, RowMapping, bindparam, insert, select, update

from digit_pipeline.records.dialects import is_one_of
from digit_pipeline.records.errors import RecordsError
from digit_pipeline.records.feedback import (
    COLUMNS,
    FeedbackRecord,
    State,
    to_feedback,
)
from digit_pipeline.records.tables import feedback
from digit_pipeline.records.tables import reviews as table

Action = Literal["accept", "reject", "relabel"]
ACTIONS: tuple[Action, ...] = ("accept", "reject", "relabel")
# The reviewer's name of the automatic rules.
RULES = "rules"


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to become of a correction.

    Attributes:
        id: the correction's.
        action: ``accept`` takes it with the label that counts, ``relabel`` takes it
            with another one, ``reject`` does not take it.
        label: what it shows, for ``relabel`` only.
        reason: why, one sentence for the history.

    Raises:
        ValueError: when action and label do not fit together.
    """

    id: str
    action: Action
    label: str | None = None
    reason: str | None = None

    def __post_init__(self) -> None:
        """Refuse what nobody can mean."""
        if self.action not in ACTIONS:
            raise ValueError(
                f"expected one of {', '.join(ACTIONS)}, got {self.action!r}: "
                "choose one of them"
            )
        if (self.action == "relabel") != bool(self.label):
            raise ValueError(
                "expected a label with relabel and none with accept or reject, got "
                f"{self.label!r} with {self.action}: correct one of the two"
            )


@dataclass(frozen=True, slots=True)
class ReviewRecord:
    """One line of a correction's history.

    Attributes:
        correction: its id.
        time: when, with its zone.
        reviewer: who decided.
        action: ``accept``, ``reject``, ``relabel`` or ``withdraw``.
        from_state: what it was.
        to_state: what it became.
        label: the label that counts since.
        reason: why, if somebody said so.
    """

    correction: str
    time: datetime
    reviewer: str
    action: str
    from_state: State
    to_state: State
    label: str
    reason: str | None


# What a review changes of a correction.
REVIEWED = ("state", "reviewed_label", "reviewer", "reviewed", "reason")
REVIEW_COLUMNS = [table.c[f.name] for f in fields(ReviewRecord)]


def store_review(
    connection: Connection,
    decisions: Sequence[Decision],
    reviewer: str,
    only: Collection[State] | None,
) -> tuple[FeedbackRecord, ...]:
    """Carry out decisions in their order; give what each correction is in the end."""
    now = datetime.now(UTC)
    known = _select_alone(connection, {decision.id for decision in decisions})
    missing = [decision.id for decision in decisions if decision.id not in known]
    if missing:
        raise unknown_correction(missing[0])
    history = []
    for decision in decisions:
        before = known[decision.id]
        if before.state == "withdrawn" or (only and before.state not in only):
            continue
        after = _decide(before, decision, reviewer, now)
        known[decision.id] = after
        history.append(to_history(before, after, decision.action))
    _save(connection, [known[id] for id in {line.correction for line in history}])
    add_history(connection, history)
    return tuple(known[decision.id] for decision in decisions)


def to_history(
    before: FeedbackRecord, after: FeedbackRecord, action: str
) -> ReviewRecord:
    """Say what changed, from two states of a correction."""
    return ReviewRecord(
        correction=after.id,
        time=after.reviewed or datetime.now(UTC),
        reviewer=after.reviewer or "",
        action=action,
        from_state=before.state,
        to_state=after.state,
        label=after.final_label,
        reason=after.reason,
    )


def add_history(connection: Connection, history: Sequence[ReviewRecord]) -> None:
    """Append lines to the history."""
    if history:
        names = [f.name for f in fields(ReviewRecord)]
        rows = [{name: getattr(line, name) for name in names} for line in history]
        connection.execute(insert(table), rows)


def select_reviews(connection: Connection, correction: str) -> tuple[ReviewRecord, ...]:
    """Read a correction's history, oldest first."""
    rows = connection.execute(
        select(*REVIEW_COLUMNS)
        .where(table.c.correction == correction)
        .order_by(table.c.number)
    )
    return tuple(_from_row(row) for row in rows.mappings())


def unknown_correction(id: str) -> RecordsError:
    """Give the error for a correction that is not there, or no longer."""
    return RecordsError(
        "unknown_correction",
        f"Expected the id of a correction, but there is none with {id!r}; reload the "
        "list and choose again.",
    )


def _select_alone(
    connection: Connection, ids: Collection[str]
) -> dict[str, FeedbackRecord]:
    """Read corrections and keep other reviews of them waiting."""
    rows = connection.execute(
        select(*COLUMNS)
        .where(is_one_of(connection, feedback.c.id, ids))
        # In one order, or two reviewers could wait for each other on a server.
        .order_by(feedback.c.number)
        .with_for_update()
    )
    return {row["id"]: to_feedback(row) for row in rows.mappings()}


def _decide(
    before: FeedbackRecord, decision: Decision, reviewer: str, now: datetime
) -> FeedbackRecord:
    label = before.reviewed_label
    if decision.action == "relabel":
        label = None if decision.label == before.label else decision.label
    return replace(
        before,
        state="rejected" if decision.action == "reject" else "accepted",
        reviewed_label=label,
        reviewer=reviewer,
        reviewed=now,
        reason=decision.reason,
    )


def _save(connection: Connection, records: Sequence[FeedbackRecord]) -> None:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in REVIEWED}
    rows = [
        {"row": record.id, **{f"new_{n}": getattr(record, n) for n in REVIEWED}}
        for record in records
    ]
    if rows:
        statement = update(feedback).where(feedback.c.id == bindparam("row"))
        connection.execute(statement.values(values), rows)


def _from_row(row: RowMapping) -> ReviewRecord:
    return ReviewRecord(**{column.name: row[column] for column in REVIEW_COLUMNS})
