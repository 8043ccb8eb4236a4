"""What a release did in a span of time."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from digit_pipeline.records import Decision, Saying, VersionFigures
from tests.records.samples import (
    NOW,
    make_feedback,
    make_items,
    make_prediction,
    make_upload,
)

MINUTE = timedelta(minutes=1)
VERSION = make_prediction(1).model_version
OTHER = "000001-20261119T120000Z"


def test_counts_one_release_in_a_span(records):
    records.add_predictions(
        [
            make_prediction(1, confidence=0.9),
            make_prediction(2, confidence=0.5, verdict="unsure"),
            make_prediction(3, confidence=0, verdict="empty", label=None),
            make_prediction(4, time=NOW - MINUTE),
            make_prediction(5, time=NOW + MINUTE),
            make_prediction(6, model_version=OTHER),
        ]
    )
    for number, changes in enumerate(
        [
            {"client": "a"},
            {"client": "a"},
            {"client": "b"},
            {"agrees": True},
            {"time": NOW - MINUTE},
            {"time": NOW + MINUTE},
            {"model_version": OTHER},
            {"model_version": None},
        ]
    ):
        records.add_feedback(make_feedback(number, **changes))
    assert records.figures_of(VERSION, NOW, NOW + MINUTE) == VersionFigures(
        predictions=3,
        by_verdict={"empty": 1, "recognised": 1, "unsure": 1},
        mean_confidence=pytest.approx(0.7),
        corrections=4,
        disagreements=3,
        disagreeing_clients=2,
    )
    assert records.figures_of(VERSION, NOW).predictions == 4
    assert records.figures_of(VERSION, NOW).disagreements == 4


def test_nothing_happened(records):
    assert records.figures_of(VERSION, NOW) == VersionFigures(0, {}, None, 0, 0, 0)


def test_only_drawings_without_ink(records):
    records.add_predictions([make_prediction(1, verdict="empty", confidence=0)])
    assert records.figures_of(VERSION, NOW).mean_confidence is None


def test_uploads_and_what_was_not_meant_say_nothing_of_a_release(records):
    upload = make_upload("u", 3)
    records.add_upload(upload, make_items(upload))
    rows = [records.add_feedback(make_feedback(n))[0] for n in range(3)]
    records.review([Decision(rows[0].id, "reject")], "ada")
    records.withdraw(ids=[rows[1].id], reason="r")
    figures = records.figures_of(VERSION, NOW)
    assert (figures.corrections, figures.disagreements) == (1, 1)


def test_says_what_people_said_and_what_a_reviewer_made_of_it(records):
    rows = [records.add_feedback(make_feedback(n, client="a"))[0] for n in range(4)]
    records.review(
        [Decision(rows[0].id, "reject"), Decision(rows[1].id, "relabel", "8")], "ada"
    )
    records.add_feedback(make_feedback(4, time=NOW - MINUTE))
    records.add_feedback(make_feedback(5, model_version=OTHER))
    said = records.sayings_of(VERSION, NOW)
    assert sorted(said, key=lambda one: one.prediction_id) == [
        Saying(rows[1].prediction_id, "8", "a"),
        Saying(rows[2].prediction_id, rows[2].label, "a"),
        Saying(rows[3].prediction_id, rows[3].label, "a"),
    ]


def test_a_long_past_is_not_read(sqlite_records):
    """The index by time is taken: it leads to the span, others to everything."""
    seen = []

    def look(connection, cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    engine = sqlite_records.database.engine
    event.listen(engine, "before_cursor_execute", look)
    sqlite_records.figures_of(VERSION, NOW)
    event.remove(engine, "before_cursor_execute", look)
    [statement, parameters] = next(s for s in seen if "FROM predictions" in s[0])
    with sqlite_records.database.reading() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        assert "INDEX predictions_by_time" in str(plan.all())
