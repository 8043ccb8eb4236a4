"""How much was asked, what was answered and how fast."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from sqlalchemy import Connection, Row, case, func, select

from digit_pipeline.records.tables import predictions, tallies
from digit_pipeline.records.tallies import BORDERS, CONFIDENCE_BINS

MINUTES = 60
LATEST = 10_000
PERCENTILES = (50, 95, 99)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Latency:
    """Time from bytes to answer of the latest predictions, in ms.

    Attributes:
        p50: half took no longer.
        p95: 95 of 100 took no longer.
        p99: 99 of 100 took no longer.
    """

    p50: float
    p95: float
    p99: float


@dataclass(frozen=True)
class Statistics:
    """What was predicted.

    Attributes:
        total: predictions.
        by_label: predictions by best guess; those without one are in none.
        by_verdict: predictions by verdict.
        by_door: predictions by door.
        by_version: predictions by release.
        per_minute: the last 60 minutes, oldest first, the present one last: its
            start (UTC) and its predictions.
        latency: of the latest 10,000; None when there is none.
        confidence: predictions by confidence, in ten bins from 0 to 1; drawings
            without ink are in none.
    """

    total: int
    by_label: dict[str, int]
    by_verdict: dict[str, int]
    by_door: dict[str, int]
    by_version: dict[str, int]
    per_minute: tuple[tuple[datetime, int], ...]
    latency: Latency | None
    confidence: tuple[int, ...]


def compute_statistics(
    connection: Connection, since: datetime | None, now: datetime
) -> Statistics:
    """Compute statistics of predictions not older than ``since``.

    Whole days and hours come from the tallies; only what ``since`` cuts off an hour is
    counted anew.
    """
    counts = _count_whole_hours(connection, since)
    if since is not None:
        _add_begun_hour(connection, since, counts)
    confidence = counts["confidence"]
    return Statistics(
        total=sum(counts["verdict"].values()),
        by_label=_sorted(counts["label"]),
        by_verdict=_sorted(counts["verdict"]),
        by_door=_sorted(counts["door"]),
        by_version=_sorted(counts["model_version"]),
        per_minute=_count_minutes(connection, now),
        latency=_measure_latency(connection, since),
        confidence=tuple(confidence[str(b)] for b in range(CONFIDENCE_BINS)),
    )


Counts = defaultdict[str, Counter[str]]


def _count_whole_hours(connection: Connection, since: datetime | None) -> Counts:
    """Take the days that are whole, and the whole hours before them."""
    days = tallies.c.span == "day"
    if since is not None:
        hour = _next(since, HOUR)
        day = _next(hour, DAY)
        hours = (tallies.c.start >= hour) & (tallies.c.start < day)
        days = (days & (tallies.c.start >= day)) | (tallies.c.span == "hour") & hours
    statement = (
        select(tallies.c.kind, tallies.c.value, func.sum(tallies.c.predictions))
        .where(days)
        .group_by(tallies.c.kind, tallies.c.value)
    )
    counts: Counts = defaultdict(Counter)
    for kind, value, number in connection.execute(statement):
        counts[kind][value] = int(number)
    return counts


def _add_begun_hour(connection: Connection, since: datetime, counts: Counts) -> None:
    confidence = predictions.c.confidence
    bins = case(
        *((confidence < border, number) for number, border in enumerate(BORDERS)),
        else_=len(BORDERS),
    )
    kinds = [predictions.c[n] for n in ("door", "model_version", "verdict", "label")]
    statement = (
        select(*kinds, bins.label("confidence"), func.count().label("predictions"))
        .where(predictions.c.time >= since, predictions.c.time < _next(since, HOUR))
        .group_by(*kinds, bins)
    )
    for row in connection.execute(statement):
        _add_group(row, counts)


def _add_group(row: Row, counts: Counts) -> None:
    for kind in ("door", "model_version", "verdict", "label", "confidence"):
        value = row._mapping[kind]
        if value is None or (kind == "confidence" and row.verdict == "empty"):
            continue
        counts[kind][str(value)] += row.predictions


def _next(time: datetime, span: timedelta) -> datetime:
    """Give the first start of an hour or a day that is not before a time."""
    return time + (EPOCH - time) % span


def _count_minutes(
    connection: Connection, now: datetime
) -> tuple[tuple[datetime, int], ...]:
    last = now.astimezone(UTC).replace(second=0, microsecond=0)
    minutes = [last - timedelta(minutes=m) for m in reversed(range(MINUTES))]
    rows = connection.execute(
        select(tallies.c.start, tallies.c.predictions).where(
            tallies.c.span == "minute",
            tallies.c.start.between(minutes[0], last),
        )
    )
    counted = {start: count for start, count in rows}
    return tuple((minute, counted.get(minute, 0)) for minute in minutes)


def _measure_latency(connection: Connection, since: datetime | None) -> Latency | None:
    """Take percentiles by nearest rank: the time that so many did not exceed."""
    statement = select(predictions.c.elapsed_ms)
    if since is not None:
        statement = statement.where(predictions.c.time >= since)
    latest = statement.order_by(predictions.c.time.desc()).limit(LATEST).subquery()
    # Counted apart: a window that counts too takes half as long again.
    count = connection.execute(select(func.count()).select_from(latest)).scalar_one()
    if not count:
        return None
    ranks = [ceil(count * percent / 100) for percent in PERCENTILES]
    ranked = select(
        latest.c.elapsed_ms,
        func.row_number().over(order_by=latest.c.elapsed_ms).label("rank"),
    ).subquery()
    rows = connection.execute(
        select(ranked.c.rank, ranked.c.elapsed_ms).where(ranked.c.rank.in_(ranks))
    )
    times = {rank: elapsed for rank, elapsed in rows}
    return Latency(*(times[rank] for rank in ranks))


def _sorted(counter: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counter.items()))
