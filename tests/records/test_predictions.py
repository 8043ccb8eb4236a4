"""Predictions: stored whole, found again, in the order of their writing."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest
from sqlalchemy import text

from digit_pipeline.records import PredictionFilter, RecordsError
from digit_pipeline.records.predictions import Ends
from tests.records.samples import NOW, draw_picture, make_prediction

HOUR = timedelta(hours=1)


def test_comes_back_as_it_went(records):
    rows = [
        make_prediction(1),
        make_prediction(2, door="draw", session="a" * 32, energy=None),
        make_prediction(
            3, verdict="empty", label=None, confidence=0.0, probabilities={}, ink={}
        ),
        make_prediction(4, label="木", probabilities={"木": 1.0}, image="0" * 64),
    ]
    records.add_predictions(rows)
    assert [records.prediction(row.id) for row in rows] == rows
    assert records.predictions().items == tuple(reversed(rows))
    assert records.prediction("unknown") is None


def test_times_keep_their_instant(records):
    elsewhere = NOW.astimezone(timezone(timedelta(hours=-7)))
    records.add_predictions([make_prediction(1, time=elsewhere)])
    [found] = records.predictions().items
    assert found.time == NOW
    assert found.time.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_refused(records):
    with pytest.raises(RecordsError, match="time with its zone") as caught:
        records.add_predictions([make_prediction(1, time=NOW.replace(tzinfo=None))])
    assert caught.value.code == "bad_record"
    assert records.statistics().total == 0


def test_only_the_three_largest_probabilities_stay(records):
    named = {"a": 0.1, "b": 0.3, "c": 0.2, "d": 0.4}
    records.add_predictions([make_prediction(1, probabilities=named)])
    [found] = records.predictions().items
    assert list(found.probabilities.items()) == [("d", 0.4), ("b", 0.3), ("c", 0.2)]


def test_an_id_is_stored_once_and_the_batch_stands_or_falls_together(records):
    records.add_predictions([make_prediction(1)])
    with pytest.raises(RecordsError) as caught:
        records.add_predictions([make_prediction(2), make_prediction(1)])
    assert caught.value.code == "bad_record"
    assert make_prediction(1).id not in caught.value.sentence
    assert records.predictions().total == records.statistics().total == 1


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (PredictionFilter(), [6, 5, 4, 3, 2, 1]),
        (PredictionFilter(session="s"), [5, 2]),
        (PredictionFilter(door="draw"), [4]),
        (PredictionFilter(verdict="unsure"), [6, 3]),
        (PredictionFilter(label="3"), [3]),
        (PredictionFilter(model_version="old"), [1]),
        (PredictionFilter(since=NOW - 2 * HOUR), [6, 5, 4, 3, 2]),
        (PredictionFilter(until=NOW - HOUR), [2, 1]),
        (PredictionFilter(since=NOW - 2 * HOUR, until=NOW - HOUR), [2]),
        (PredictionFilter(session="s", verdict="unsure"), []),
    ],
)
def test_filters(records, wanted, numbers):
    rows = [
        make_prediction(1, model_version="old", time=NOW - 3 * HOUR),
        make_prediction(2, session="s", time=NOW - 2 * HOUR),
        make_prediction(3, verdict="unsure", time=NOW - HOUR),
        make_prediction(4, door="draw"),
        make_prediction(5, session="s"),
        make_prediction(6, verdict="unsure"),
    ]
    records.add_predictions(rows)
    page = records.predictions(wanted)
    expected = [make_prediction(number).id for number in numbers]
    assert [row.id for row in page.items] == expected
    assert page.total == len(numbers)
    assert [row.id for row in records.iterate_predictions(wanted)] == expected


def test_pages_divide_the_whole(records):
    rows = [make_prediction(number) for number in range(7)]
    records.add_predictions(rows)
    pages = [records.predictions(page=page, page_size=3) for page in (1, 2, 3, 4)]
    assert [len(page.items) for page in pages] == [3, 3, 1, 0]
    seen = [row for page in pages for row in page.items]
    assert seen == rows[::-1]
    assert {(page.total, page.pages) for page in pages} == {(7, 3)}


@pytest.mark.parametrize(("page", "size"), [(0, 10), (1, 0), (1, 1001), (-1, 5)])
def test_impossible_pages_are_refused(records, page, size):
    with pytest.raises(ValueError, match="expected a page from 1"):
        records.predictions(page=page, page_size=size)


def test_all_are_gone_through_in_chunks(records):
    rows = [make_prediction(number) for number in range(2345)]
    records.add_predictions(rows)
    assert [r.id for r in records.iterate_predictions()] == [r.id for r in rows[::-1]]


def test_a_clock_that_goes_back_changes_no_order(records):
    records.add_predictions([make_prediction(1, time=NOW)])
    records.add_predictions([make_prediction(2, time=NOW - HOUR)])
    newest = records.predictions().items[0]
    assert newest.id == make_prediction(2).id


def test_pictures_are_kept_with_their_predictions(records):
    records.add_predictions(
        [make_prediction(1), make_prediction(2)], [None, draw_picture()]
    )
    second, first = records.predictions().items
    assert first.image is None
    assert records.images.read(second.image).startswith(b"\x89PNG")


def test_several_processes_open_the_same_records(open_records):
    first, second = open_records(), open_records()
    first.add_predictions([make_prediction(1)])
    assert second.prediction(make_prediction(1).id) == make_prediction(1)


def test_text_is_data(records):
    name = "'; DROP TABLE predictions; --"
    records.add_predictions([make_prediction(1, session=name)])
    assert records.predictions(PredictionFilter(session=name)).total == 1


def test_a_reader_can_not_write(records):
    with (
        pytest.raises(RecordsError, match=r"read-?only"),
        records.database.reading() as connection,
    ):
        connection.execute(text("DELETE FROM predictions"))


@pytest.mark.parametrize("count", [0, 3, 4, 5, 7, 12])
def test_the_latest_begin_after_the_first(records, count):
    """What drift compares with is never in what it compares."""
    rows = [make_prediction(n, model_version="a", door="draw") for n in range(count)]
    others = [make_prediction(100 + n, model_version="b") for n in range(5)]
    records.add_predictions([*rows[:2], *others, *rows[2:]])
    begun, latest = records.ends("a", Ends("draw", 4, 3, 3))
    assert begun == rows[:4]
    # Before the first are all there, the latest are the latest of them.
    assert latest == (rows[4:] if count >= 4 else rows)[-3:]


def test_of_one_session_a_few_count_at_each_end_and_other_doors_not(records):
    """Neither a busy visitor nor a program says how people draw."""
    sessions = ["a"] * 9 + ["b", "a", None, None, None, None, "c"] + ["d"] * 9
    rows = [
        replace(make_prediction(n, model_version="a"), session=session, door="draw")
        for n, session in enumerate(sessions)
    ]
    program = [
        replace(make_prediction(100 + n, model_version="a"), door="rest")
        for n in range(50)
    ]
    records.add_predictions([*program[:25], *rows, *program[25:]])
    begun, latest = records.ends("a", Ends("draw", 5, 4, 2))
    assert begun == [*rows[:2], rows[9], *rows[11:13]]
    assert latest == [rows[14], rows[15], *rows[-2:]]
    programs = records.ends("a", Ends("rest", 30, 10, 2))
    assert programs == (program[:30], program[-10:])
