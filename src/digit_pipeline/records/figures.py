"""What a release did in a span of time, for those who watch it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Connection, Table, func, literal_column, select
from sqlalchemy.sql.elements import ColumnElement

from digit_pipeline.records.tables import feedback, predictions


@dataclass(frozen=True)
class VersionFigures:
    """A release's predictions and what people said of them.

    Attributes:
        predictions: how many.
        by_verdict: predictions by verdict.
        mean_confidence: of those with ink, in [0, 1]; None when there is none.
        corrections: what was said of its answers, neither rejected nor withdrawn.
        disagreements: corrections that say something else than the answer.
        disagreeing_clients: how many clients these came from.
    """

    predictions: int
    by_verdict: dict[str, int]
    mean_confidence: float | None
    corrections: int
    disagreements: int
    disagreeing_clients: int


@dataclass(frozen=True)
class Saying:
    """What somebody said that one answer should have been.

    Attributes:
        prediction_id: the answer's.
        label: what it should have been; a reviewer's, where one has changed it.
        client: keyed hash of who said so; None where it is not known.
    """

    prediction_id: str
    label: str
    client: str | None


def select_sayings(
    connection: Connection, version: str, since: datetime
) -> list[Saying]:
    """Give what was said of a release's answers, neither rejected nor withdrawn."""
    label = func.coalesce(feedback.c.reviewed_label, feedback.c.label)
    rows = connection.execute(
        select(feedback.c.prediction_id, label, feedback.c.client).where(
            *_said_of_answers(version, since, None)
        )
    )
    return [Saying(*row) for row in rows]


def compute_figures(
    connection: Connection, version: str, since: datetime, until: datetime | None
) -> VersionFigures:
    """Count a release's predictions and corrections in a span of time."""
    kind = _unindexed(predictions.c.verdict)
    rows = connection.execute(
        select(kind, func.count(), func.sum(predictions.c.confidence))
        .where(*_conditions(predictions, version, since, until))
        .group_by(kind)
    ).all()
    by_verdict = {verdict: count for verdict, count, _ in sorted(rows)}
    inked = [(count, total) for verdict, count, total in rows if verdict != "empty"]
    counted = sum(count for count, _ in inked)
    agreed = connection.execute(
        select(
            feedback.c.agrees,
            func.count(),
            func.count(func.distinct(feedback.c.client)),
        )
        .where(*_said_of_answers(version, since, until))
        .group_by(feedback.c.agrees)
    ).all()
    against = [(count, clients) for agrees, count, clients in agreed if not agrees]
    disagreements, clients = against[0] if against else (0, 0)
    return VersionFigures(
        predictions=sum(by_verdict.values()),
        by_verdict=by_verdict,
        mean_confidence=sum(t for _, t in inked) / counted if counted else None,
        corrections=sum(count for _, count, _ in agreed),
        disagreements=disagreements,
        disagreeing_clients=clients,
    )


def _said_of_answers(
    version: str, since: datetime, until: datetime | None
) -> list[ColumnElement[bool]]:
    return [
        *_conditions(feedback, version, since, until),
        feedback.c.origin == "answer",
        feedback.c.state.not_in(["rejected", "withdrawn"]),
    ]


def _conditions(
    table: Table, version: str, since: datetime, until: datetime | None
) -> list[ColumnElement[bool]]:
    of_version = _unindexed(table.c.model_version) == version
    conditions = [of_version, table.c.time >= since]
    if until is not None:
        conditions.append(table.c.time < until)
    return conditions


def _unindexed(column: Column[str]) -> ColumnElement[str]:
    """Keep SQLite from the column's own index, which leads through the whole past."""
    return func.coalesce(column, literal_column("''"))
