"""Two windows have to agree, and small differences are none."""

import numpy as np
import pytest

from digit_pipeline.drift import (
    Distance,
    DriftSettings,
    Family,
    Observations,
    findings,
    look,
    observe,
)
from tests.drift.samples import LABELS, make, make_answers

SETTINGS = DriftSettings(window=150, least=50, permutations=399)


def join(*parts: list) -> Observations:
    return observe([answer for part in parts for answer in part])


def test_too_few_answers_say_nothing():
    found = look(make(300, 1), make(99, 2, thickness=9), SETTINGS)
    assert (found.state, found.window, dict(found.measured)) == ("too_few", 49, {})
    assert look(make(40, 1), make(300, 2), SETTINGS).state == "too_few"


def test_the_same_population_has_not_drifted():
    found = look(make(400, 1), make(300, 2), SETTINGS)
    assert (found.state, found.families) == ("none", ())
    assert found.window == 150
    assert set(found.measured) == {"ink", "answers", "labels"}


def test_two_windows_confirm():
    found = look(make(400, 1), make(300, 2, thickness=3.0), SETTINGS)
    assert (found.state, found.families) == ("confirmed", ("ink",))
    assert found.differing == ("thickness",)


def test_what_only_the_latest_window_says_is_not_told_with_what_is_confirmed():
    answers = join(
        make_answers(150, 2, thickness=3.0),
        make_answers(150, 3, thickness=3.0, labels=LABELS[:5]),
    )
    found = look(make(400, 1), answers, SETTINGS)
    assert (found.state, found.families) == ("confirmed", ("ink",))
    assert found.differing == ("thickness",)


def test_windows_that_differ_to_opposite_sides_confirm_nothing():
    answers = join(
        make_answers(150, 2, thickness=1.8), make_answers(150, 3, thickness=3)
    )
    found = look(make(400, 1), answers, SETTINGS)
    assert (found.state, found.families) == ("suspected", ("ink",))


def test_the_farthest_apart_comes_first():
    answers = make(300, 2, thickness=4.0, labels=LABELS[:8])
    found = look(make(400, 1), answers, SETTINGS)
    assert found.families == ("ink", "labels")
    assert found.differing == ("thickness", "label")


def test_one_window_is_a_suspicion():
    answers = join(make_answers(150, 2), make_answers(150, 3, thickness=3.0))
    found = look(make(400, 1), answers, SETTINGS)
    assert (found.state, found.families) == ("suspected", ("ink",))


def test_drift_that_is_over_is_none():
    answers = join(make_answers(150, 2, thickness=3.0), make_answers(150, 3))
    assert look(make(400, 1), answers, SETTINGS).state == "none"


def test_other_digits_are_a_drift_of_labels_alone():
    found = look(make(400, 1), make(300, 2, labels=LABELS[:5]), SETTINGS)
    assert (found.state, found.families) == ("confirmed", ("labels",))


def test_less_sure_answers_are_a_drift_of_answers():
    found = look(make(400, 1), make(300, 2, confidence=0.9), SETTINGS)
    assert found.families == ("answers",)


def test_a_difference_too_small_to_act_upon_is_none():
    before, now = make(4000, 1), make(4000, 2, thickness=2.43)
    settings = DriftSettings(window=2000, permutations=399)
    found = look(before, now, settings)
    assert found.measured["ink"].p_value < 0.01
    assert found.measured["ink"].distances["thickness"].value < settings.smallest
    assert found.state == "none"


@pytest.mark.parametrize("count", [100, 299, 300, 1000])
def test_windows_are_the_latest_and_none_is_in_both(count):
    answers = make(count, 2)
    answers.numbers["thickness"][:] = np.arange(count)
    found = look(make(400, 1), answers, SETTINGS)
    size = min(150, count // 2)
    assert found.window == size
    median = found.measured["ink"].distances["thickness"].now
    assert median == pytest.approx(count - (size + 1) / 2)


@pytest.mark.parametrize(
    ("p_value", "state"), [(2 / 600, "confirmed"), (3 / 600, "none")]
)
def test_all_families_share_the_false_alarms(monkeypatch, p_value, state):
    """Of three families each may err in a third of 1 % of the windows."""
    column = Distance(0.5, 0.1, p_value, None, 2.4, 1.8)
    measured = {
        name: Family(p_value, {"thickness": column})
        for name in ("ink", "answers", "labels")
    }
    monkeypatch.setattr(findings, "compare", lambda *_, **__: measured)
    assert look(make(400, 1), make(300, 2), SETTINGS).state == state
