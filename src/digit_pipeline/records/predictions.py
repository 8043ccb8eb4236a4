"""What is kept of a prediction, and how it is found again."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from operator import attrgetter, itemgetter
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    asc,
    desc,
    func,
    select,
)

from digit_pipeline.door import Door
from digit_pipeline.drift import DriftSettings
from digit_pipeline.records.bulk import insert_many
from digit_pipeline.records.page import CHUNK, Page, check_page
from digit_pipeline.records.tables import predictions as table
from digit_pipeline.records.tallies import (
    KINDS,
    add_tallies,
    count_tallied,
    count_tallies,
)

KEPT_PROBABILITIES = 3
# Rows that are looked through for each that is kept, where a session may have many.
SCANNED = 10


@dataclass(frozen=True, slots=True)
class PredictionRecord:
    """One answer, without anything that names who asked.

    Attributes:
        id: the prediction's signed id.
        time: when it was given, with its zone.
        door: where it came in.
        model_version: the release that answered.
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
        label: the best guess for ``recognised`` and ``unsure``, otherwise None.
        probabilities: by label; the three largest are stored.
        confidence: probability of the best guess in [0, 1]; 0 for ``empty``.
        energy: of the refusal rule, if the release has one.
        elapsed_ms: time from bytes to answer.
        latency: its parts in ms: ``decode_ms``, ``contract_ms``, ``inference_ms``.
        ink: what the ink measures: ``share``, ``width``, ``height`` and so on.
        session: random id of the browser's session; None for programs.
        image: sha256 of the kept image, if one was kept.
    """

    id: str
    time: datetime
    door: Door
    model_version: str
    verdict: str
    label: str | None
    probabilities: dict[str, float]
    confidence: float
    energy: float | None
    elapsed_ms: float
    latency: dict[str, float]
    ink: dict[str, float]
    session: str | None = None
    image: str | None = None


@dataclass(frozen=True)
class PredictionFilter:
    """Which predictions; None means any.

    Attributes:
        session: id of the session.
        door: where they came in.
        verdict: what was answered.
        label: the best guess.
        model_version: the release that answered.
        since: not older, with its zone.
        until: older, with its zone.
    """

    session: str | None = None
    door: Door | None = None
    verdict: str | None = None
    label: str | None = None
    model_version: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY_PREDICTION = PredictionFilter()
NAMES = tuple(field.name for field in fields(PredictionRecord))
COLUMNS = [table.c[name] for name in NAMES]
PROBABILITIES = NAMES.index("probabilities")
get_values = attrgetter(*NAMES)


def insert_predictions(
    connection: Connection, rows: Sequence[PredictionRecord]
) -> None:
    """Add rows and count them."""
    if rows:
        insert_many(connection, table, NAMES, [_to_row(row) for row in rows])
        add_tallies(connection, count_tallies(rows))


def select_page(
    connection: Connection, wanted: PredictionFilter, page: int, page_size: int
) -> Page[PredictionRecord]:
    """Read a page, newest first.

    That is the order of writing, which no clock disturbs; of a span of time it is the
    order of the times, which an index knows.
    """
    check_page(page, page_size)
    conditions = _conditions(wanted)
    in_time = bool(wanted.since or wanted.until)
    rows = connection.execute(
        select(*COLUMNS)
        .where(*conditions)
        .order_by(*([table.c.time.desc()] if in_time else []), table.c.number.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    items = tuple(_from_row(row) for row in rows.mappings())
    return Page(items, page, page_size, _count(connection, wanted))


@dataclass(frozen=True)
class Ends:
    """Which of a release's answers stand for how people draw.

    Attributes:
        door: where they came in.
        first: so many from its first on.
        latest: so many to its last.
        per_session: of one session at most so many in each, so that no one visitor
            weighs much; answers without a session stand for themselves.
    """

    door: Door
    first: int
    latest: int
    per_session: int

    @classmethod
    def of(cls, settings: DriftSettings) -> "Ends":
        """Give those in which drift is looked for: the latest make two windows."""
        window = 2 * settings.window
        return cls(settings.door, settings.first, window, settings.per_session)


def select_ends(
    connection: Connection, version: str, wanted: Ends
) -> tuple[list[PredictionRecord], list[PredictionRecord]]:
    """Read a release's first answers and its latest ones, both oldest first.

    None of the latest is among the first, unless these are not yet as many as wanted.
    """
    of_version = [table.c.door == wanted.door, table.c.model_version == version]
    most = wanted.per_session
    begun = _read_spread(connection, of_version, asc, wanted.first, most)
    if len(begun) == wanted.first:
        of_version.append(table.c.number > begun[-1][0])
    recent = _read_spread(connection, of_version, desc, wanted.latest, most)
    return [one for _, one in begun], [one for _, one in reversed(recent)]


def select_prediction(connection: Connection, id: str) -> PredictionRecord | None:
    """Find a prediction by its id."""
    row = connection.execute(select(*COLUMNS).where(table.c.id == id)).mappings()
    found = row.one_or_none()
    return _from_row(found) if found else None


def select_chunk(
    connection: Connection, wanted: PredictionFilter, below: int | None
) -> tuple[list[PredictionRecord], int | None]:
    """Read the next rows, newest first, below a row number; and where to go on."""
    conditions = _conditions(wanted)
    if below is not None:
        conditions.append(table.c.number < below)
    found = _read(connection, conditions, table.c.number.desc(), CHUNK)
    records = [record for _, record in found]
    return records, (found[-1][0] if len(found) == CHUNK else None)


def _read(
    connection: Connection,
    conditions: list[ColumnElement[bool]],
    order: ColumnElement[int],
    limit: int,
) -> list[tuple[int, PredictionRecord]]:
    """Read rows with their numbers."""
    rows = connection.execute(
        select(table.c.number, *COLUMNS).where(*conditions).order_by(order).limit(limit)
    ).mappings()
    return [(row["number"], _from_row(row)) for row in rows]


def _read_spread(
    connection: Connection,
    conditions: list[ColumnElement[bool]],
    order: Callable[[ColumnElement[int]], ColumnElement[int]],
    limit: int,
    per_session: int,
) -> list[tuple[int, PredictionRecord]]:
    """Read rows with their numbers, of each session only the first in the order."""
    hand = func.coalesce(table.c.session, table.c.id)
    scanned = (
        select(table.c.number, hand.label("hand"))
        .where(*conditions)
        .order_by(order(table.c.number))
        .limit(SCANNED * limit)
        .subquery()
    )
    place = func.row_number().over(
        partition_by=scanned.c.hand, order_by=order(scanned.c.number)
    )
    placed = select(scanned.c.number, place.label("place")).subquery()
    kept = select(placed.c.number).where(placed.c.place <= per_session)
    return _read(connection, [table.c.number.in_(kept)], order(table.c.number), limit)


def _count(connection: Connection, wanted: PredictionFilter) -> int:
    given = {name: value for name, value in asdict(wanted).items() if value is not None}
    if len(given) <= 1 and given.keys() <= set(KINDS):
        return count_tallied(connection, *given.items())
    statement = select(func.count()).select_from(table).where(*_conditions(wanted))
    return connection.execute(statement).scalar_one()


def _conditions(wanted: PredictionFilter) -> list[ColumnElement[bool]]:
    conditions = [
        table.c[name] == value
        for name, value in asdict(wanted).items()
        if value is not None and name not in {"since", "until"}
    ]
    if wanted.since:
        conditions.append(table.c.time >= wanted.since)
    if wanted.until:
        conditions.append(table.c.time < wanted.until)
    return conditions


def _to_row(record: PredictionRecord) -> list[Any]:
    values = list(get_values(record))
    named = values[PROBABILITIES]
    if len(named) > KEPT_PROBABILITIES:
        best = sorted(named.items(), key=itemgetter(1), reverse=True)
        values[PROBABILITIES] = dict(best[:KEPT_PROBABILITIES])
    return values


def _from_row(row: RowMapping) -> PredictionRecord:
    return PredictionRecord(**{c.name: row[c] for c in COLUMNS})
