"""Statistics: hand-counted, the same after deletions, from tallies as from rows."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from digit_pipeline.records import Latency, Records
from digit_pipeline.records.statistics import compute_statistics
from tests.records.samples import NOW, make_prediction

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def compute(records: Records, since=None, now=NOW):
    with records.database.reading() as connection:
        return compute_statistics(connection, since, now)


def test_nothing_yet(records):
    statistics = records.statistics()
    assert statistics.total == 0
    assert statistics.latency is None
    assert statistics.by_label == statistics.by_verdict == {}
    assert statistics.confidence == (0,) * 10
    assert [count for _, count in statistics.per_minute] == [0] * 60


def test_counted_by_hand(records):
    records.add_predictions(
        [
            make_prediction(7, confidence=1.0, elapsed_ms=1.0),
            make_prediction(17, confidence=0.7, elapsed_ms=2.0, door="draw"),
            make_prediction(3, confidence=0.3, elapsed_ms=3.0, verdict="unsure"),
            make_prediction(4, confidence=0.29, verdict="unfamiliar", label=None),
            make_prediction(5, confidence=0.0, verdict="empty", label=None),
        ]
    )
    statistics = compute(records)
    assert statistics.total == 5
    assert statistics.by_label == {"3": 1, "7": 2}
    assert statistics.by_verdict == {
        "empty": 1,
        "recognised": 2,
        "unfamiliar": 1,
        "unsure": 1,
    }
    assert statistics.by_door == {"draw": 1, "rest": 4}
    assert statistics.by_version == {"000002-20261120T120000Z": 5}
    # The empty one is in no bin; 1.0 is in the last one, 0.3 in its own.
    assert statistics.confidence == (0, 0, 1, 1, 0, 0, 0, 1, 0, 1)
    assert statistics.latency == Latency(p50=1.5, p95=3.0, p99=3.0)


def test_percentiles_are_those_that_so_many_did_not_exceed(records):
    times = [float(number) for number in range(1, 201)]
    random.Random(5).shuffle(times)  # noqa: S311 - the same order each time
    records.add_predictions(
        [make_prediction(n, elapsed_ms=ms) for n, ms in enumerate(times)]
    )
    assert compute(records).latency == Latency(p50=100.0, p95=190.0, p99=198.0)


def test_only_the_latest_count_for_latency(records, monkeypatch):
    monkeypatch.setattr("digit_pipeline.records.statistics.LATEST", 3)
    records.add_predictions(
        [
            make_prediction(n, elapsed_ms=1000.0 - n, time=NOW + n * MINUTE)
            for n in range(10)
        ]
    )
    assert compute(records).latency == Latency(p50=992.0, p95=993.0, p99=993.0)


def test_minutes_cover_the_last_hour(records):
    ages = {"now": 0, "same": 0, "before": 1, "first": 59, "too old": 60, "future": -2}
    records.add_predictions(
        [
            make_prediction(n, time=NOW - age * MINUTE)
            for n, age in enumerate(ages.values())
        ]
    )
    per_minute = compute(records).per_minute
    assert len(per_minute) == 60
    assert per_minute[-1] == (NOW.replace(second=0, microsecond=0), 2)
    assert [count for _, count in per_minute[-3:]] == [0, 1, 2]
    assert per_minute[0][1] == 1
    assert sum(count for _, count in per_minute) == 4


@pytest.mark.parametrize("age", [0, 7, 34, 35, 60, 95, 100, 154, 155, 400])
def test_since_counts_to_the_moment(records, age):
    chance = random.Random(3)  # noqa: S311 - the same rows each time
    rows = [random_prediction(number, chance) for number in range(300)]
    records.add_predictions(rows)
    since = NOW - age * MINUTE
    assert_counts(compute(records, since), [row for row in rows if row.time >= since])


def test_deletions_are_uncounted(records):
    chance = random.Random(4)  # noqa: S311 - the same rows each time
    rows = [random_prediction(number, chance) for number in range(300)]
    records.add_predictions(rows)
    records.prune(NOW - 100 * MINUTE)
    rows = [row for row in rows if row.time >= NOW - 100 * MINUTE]
    assert_counts(compute(records), rows)
    records.forget("s1")
    assert_counts(compute(records), [row for row in rows if row.session != "s1"])


def test_more_predictions_are_no_more_work(sqlite_records, monkeypatch):
    """SQLite counts the steps: all but those of the latest 100 are in the tallies."""
    monkeypatch.setattr("digit_pipeline.records.statistics.LATEST", 100)
    rows = [make_prediction(n, elapsed_ms=float(n)) for n in range(5000)]
    sqlite_records.add_predictions(rows[:500])
    before = count_steps(sqlite_records)
    sqlite_records.add_predictions(rows[500:])
    assert count_steps(sqlite_records) < 1.5 * before


def count_steps(records):
    steps = 0

    def count():
        nonlocal steps
        steps += 1

    with records.database.reading() as connection:
        driver = connection.connection.driver_connection
        driver.set_progress_handler(count, 10)
        compute_statistics(connection, None, NOW)
        driver.set_progress_handler(None, 0)
    return steps


def test_now_is_the_present(records):
    records.add_predictions([make_prediction(1, time=datetime.now(UTC))])
    statistics = records.statistics(datetime.now(UTC) - HOUR)
    assert statistics.total == sum(count for _, count in statistics.per_minute) == 1


def random_prediction(number, chance):
    verdict = chance.choice(["recognised", "unsure", "unfamiliar", "empty"])
    has_label = verdict in {"recognised", "unsure"}
    return make_prediction(
        number,
        time=NOW - timedelta(seconds=chance.uniform(0, 4 * 3600)),
        verdict=verdict,
        label=str(chance.randrange(10)) if has_label else None,
        confidence=chance.choice([0.0, 0.1, 0.3, 0.6, 0.7, 0.9, 1.0, chance.random()]),
        door=chance.choice(["draw", "rest"]),
        model_version=chance.choice(["1", "2"]),
        session=chance.choice([None, "s1", "s2"]),
        elapsed_ms=chance.uniform(1, 9),
    )


def assert_counts(statistics, rows):
    assert statistics.total == len(rows)
    for counted, name in [
        (statistics.by_verdict, "verdict"),
        (statistics.by_door, "door"),
        (statistics.by_version, "model_version"),
        (statistics.by_label, "label"),
    ]:
        values = (getattr(row, name) for row in rows)
        expected = Counter(value for value in values if value is not None)
        assert counted == dict(expected)
    bins = Counter(
        min(int(row.confidence * 10), 9) for row in rows if row.verdict != "empty"
    )
    assert statistics.confidence == tuple(bins[number] for number in range(10))
    assert (statistics.latency is None) == (not rows)
