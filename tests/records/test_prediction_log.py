"""The log: answers never wait for it, and what it loses is counted."""

import threading
import time
from contextlib import contextmanager

import pytest
from sqlalchemy import text

from digit_pipeline.records import PredictionLog, prediction_log
from tests.records.samples import draw_picture, make_prediction
from tests.waiting import wait_until

SECONDS = 60


@pytest.fixture
def log(records):
    log = PredictionLog(records)
    yield log
    log.close(SECONDS)


@contextmanager
def locked(records):
    """Hold the lock that every writer of a SQLite file needs."""
    with records.database.writing() as connection:
        connection.execute(text("DELETE FROM checks"))
        yield


def test_everything_is_written_in_order(records, log):
    rows = [make_prediction(number) for number in range(2500)]
    for row in rows:
        log.add(row)
    assert log.flush(SECONDS)
    assert (log.written, log.dropped, log.failed) == (2500, 0, 0)
    assert [r.id for r in records.iterate_predictions()] == [r.id for r in rows[::-1]]


def test_close_writes_what_waits(records, log):
    for number in range(50):
        log.add(make_prediction(number))
    assert log.close(SECONDS)
    assert records.predictions().total == log.written == 50
    log.add(make_prediction(51))
    assert log.dropped == 1
    assert log.flush(SECONDS)
    assert log.close(SECONDS)


def test_flush_of_an_empty_log_returns_at_once(log, monkeypatch):
    # Gathering would take longer than it is waited for.
    monkeypatch.setattr(prediction_log, "GATHER_SECONDS", 10 * SECONDS)
    assert log.flush(SECONDS)
    assert log.flush(SECONDS)


def test_rows_are_seen_soon_without_flushing(records, log):
    log.add(make_prediction(1))
    wait_until(lambda: records.predictions().total, SECONDS)


def test_a_full_queue_drops_and_counts_and_keeps_nobody_waiting(
    sqlite_records, monkeypatch
):
    log = PredictionLog(sqlite_records, capacity=100)
    add, writing = sqlite_records.add_predictions, threading.Event()

    def add_and_tell(*given):
        writing.set()
        add(*given)

    monkeypatch.setattr(sqlite_records, "add_predictions", add_and_tell)
    with locked(sqlite_records):
        log.add(make_prediction(0))
        assert writing.wait(SECONDS)
        start = time.monotonic()
        for number in range(1, 1001):
            log.add(make_prediction(number))
        # Who waited 20 ms for each, or once for the lock, would have taken longer.
        assert time.monotonic() - start < 20
        assert log.dropped == 900
        assert not log.flush(timeout=0.05)
    assert log.close(SECONDS)
    assert log.written == 101
    assert sqlite_records.predictions().total == 101


def test_many_threads_lose_nothing(records, log):
    def add(first):
        for number in range(first, first + 500):
            log.add(make_prediction(number))

    threads = [threading.Thread(target=add, args=(n * 500,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.flush(SECONDS)
    assert records.predictions().total == log.written == 4000
    assert log.dropped == 0


@pytest.mark.parametrize(
    "bad",
    [
        make_prediction(3),
        make_prediction(99, door=None),
        make_prediction(99, time="yesterday"),
        make_prediction(99, confidence="much"),
        make_prediction(99, latency={"decode_ms": object()}),
        make_prediction(99, ink={"share": float("nan")}),
        make_prediction(99, session="\ud800"),
        "no record at all",
    ],
    ids=[
        "twice",
        "no door",
        "time",
        "confidence",
        "latency",
        "nan",
        "surrogate",
        "text",
    ],
)
def test_a_bad_row_takes_no_other_with_it(records, log, bad):
    for number in range(5):
        log.add(make_prediction(number))
    log.add(bad)
    log.add(make_prediction(5))
    assert log.flush(SECONDS)
    assert (log.written, log.dropped) == (6, 1)
    assert {row.label for row in records.predictions().items} == set("012345")
    assert records.statistics().total == 6


def test_pictures_are_kept_and_a_broken_one_costs_only_itself(records, log):
    log.add(make_prediction(1), draw_picture())
    log.add(make_prediction(2), b"broken")
    log.add(make_prediction(3))
    assert log.flush(SECONDS)
    names = [row.image for row in records.predictions().items]
    assert names[:2] == [None, None]
    assert records.images.read(names[2])
    assert (log.written, log.dropped) == (3, 0)


def test_a_database_that_comes_back_gets_every_row(records, log, monkeypatch):
    monkeypatch.setattr(prediction_log, "RETRY_SECONDS", (0.2,) * 5 * SECONDS)
    rename(records, "predictions", "elsewhere")
    log.add(make_prediction(1))
    wait_until(lambda: log.failed, SECONDS)
    assert not log.flush(timeout=0.05)
    rename(records, "elsewhere", "predictions")
    assert log.flush(SECONDS)
    assert (log.written, log.dropped) == (1, 0)


def test_a_database_that_stays_away_costs_rows_but_no_answer(
    records, log, monkeypatch, caplog
):
    monkeypatch.setattr(prediction_log, "RETRY_SECONDS", (0.01,))
    # All three rows are in one batch, which flush hurries.
    monkeypatch.setattr(prediction_log, "GATHER_SECONDS", 10 * SECONDS)
    rename(records, "predictions", "elsewhere")
    for number in range(3):
        log.add(make_prediction(number))
    assert log.flush(SECONDS)
    assert (log.written, log.dropped, log.failed) == (0, 3, 2)
    assert "predictions are not recorded, 3 so far: Expected a database" in caplog.text
    rename(records, "elsewhere", "predictions")
    log.add(make_prediction(9))
    assert log.flush(SECONDS)
    assert log.written == 1


def rename(records, old, new):
    with records.database.writing() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))
