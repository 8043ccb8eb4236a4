"""Both comparisons of a release's answers, and what is said of them."""

import json

from digit_pipeline.drift import DriftSettings, report_drift, word_drift
from tests.drift.samples import LABELS, make, make_answers

VERSION = "000001-20261120T231949Z"
SETTINGS = DriftSettings(window=100, least=50, first=200, permutations=399)


def test_before_its_first_answers_are_there_only_its_own_images_count():
    latest = make_answers(120, 2)
    report = report_drift(VERSION, make(300, 1), latest, latest, SETTINGS)
    assert (report.from_checked.state, report.in_use.state) == ("none", "too_few")
    assert (report.state, report.answers) == ("none", 120)


def test_the_first_answers_are_what_later_ones_are_compared_with():
    first, later = make_answers(200, 2), make_answers(200, 3, thickness=3.0)
    report = report_drift(VERSION, None, first, later, SETTINGS)
    assert report.from_checked is None
    assert (report.in_use.state, report.in_use.reference) == ("confirmed", 200)
    assert report.state == "confirmed"


def test_how_people_draw_from_the_first_day_differs_only_from_its_own_images():
    pen = {"thickness": 3.0}
    first, later = make_answers(200, 2, **pen), make_answers(200, 3, **pen)
    report = report_drift(VERSION, make(300, 1), first, later, SETTINGS)
    assert (report.from_checked.state, report.in_use.state) == ("confirmed", "none")
    # Or whoever acts upon drift would do so for ever.
    assert report.state == "none"
    assert word_drift(report, SETTINGS).startswith(
        "People draw as before: like the first 200 pictures this model read. People "
        "draw differently from the digits this model was checked with: strokes are "
        "thicker (3.0 instead of 2.4 pixels)"
    )


def test_a_release_nobody_has_asked_says_nothing():
    report = report_drift(VERSION, make(300, 1), [], [], SETTINGS)
    assert report.state == "too_few"
    assert word_drift(report, SETTINGS) == (
        "Nothing can be said yet: 0 of 100 answers."
    )


def test_it_says_what_differs_in_words():
    first = make_answers(200, 2)
    later = make_answers(200, 3, thickness=1.8, labels=LABELS[:4])
    said = word_drift(report_drift(VERSION, None, first, later, SETTINGS), SETTINGS)
    assert "differently from the first 200 pictures" in said
    assert "strokes are thinner (1.8 instead of 2.4 pixels)" in said
    assert "2 is read more often (30.0 % instead of 12.0 %)" in said


def test_nothing_new_is_said_in_one_sentence():
    report = report_drift(
        VERSION, make(300, 1), make_answers(200, 2), make_answers(200, 3), SETTINGS
    )
    assert word_drift(report, SETTINGS) == (
        "People draw as before: like the digits this model was checked with and like "
        "the first 200 pictures this model read."
    )


def test_a_suspicion_is_called_one():
    later = [*make_answers(100, 3), *make_answers(100, 4, thickness=3.0)]
    report = report_drift(VERSION, None, make_answers(200, 2), later, SETTINGS)
    assert report.state == "suspected"
    assert "Only the latest 100 answers say so" in word_drift(report, SETTINGS)


def test_it_is_json():
    report = report_drift(
        VERSION, make(300, 1), make_answers(200, 2), make_answers(200, 3), SETTINGS
    )
    written = json.loads(json.dumps(report.to_json()))
    assert written["state"] == "none"
    distances = written["in_use"]["measured"]["ink"]["distances"]
    assert set(distances["thickness"]) >= {"value", "chance", "p_value", "before"}
