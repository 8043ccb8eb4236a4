"""The rules beside the project's, how windows are chosen, and the table."""

import pytest

from benchmarks.drift import World, count_alarms, render
from benchmarks.drift_peers import (
    PEERS,
    exceeds_psi,
    fails_any_test,
    fails_half_of_tests,
)
from benchmarks.seen_drawings import PER_SESSION, Drawings
from tests.drift.samples import make, make_answers


def test_the_other_rules_see_thick_pens():
    before, thick = make(1000, 1), make(300, 2, thickness=3.2, confidence=0.8)
    thick.numbers["share"][:] *= 2
    assert exceeds_psi(before, thick)
    assert fails_any_test(before, thick)
    assert fails_half_of_tests(before, thick)


def test_the_other_rules_see_nothing_in_the_same_answers():
    before = make(1000, 1)
    assert not exceeds_psi(before, before[:500])
    assert not fails_any_test(before, before)
    assert not fails_half_of_tests(before, before)


@pytest.mark.parametrize("thickness", [2.4, 3.2])
def test_windows_are_counted_by_rule(thickness):
    before = _crowd(500, 1)
    after = before if thickness == 2.4 else _crowd(200, 2, thickness=thickness)
    alarms = count_alarms(World(before, after), 50, 3)
    assert set(alarms) == {"suspected", "confirmed", *PEERS}
    assert alarms["confirmed"] == (0 if after is before else 3)


def test_a_reference_of_single_drawings_takes_one_of_each_session():
    crowd = _crowd(1200, 1)
    alarms = count_alarms(World(crowd, crowd, alone=True), 50, 3)
    assert alarms["confirmed"] == 0
    assert len(set(crowd.choose(range(5), 1).sessions)) == 5
    assert len(crowd.choose(range(5))) == 5 * PER_SESSION


def test_the_table_tells_shares_and_how_sure_they_are():
    row = {"suspected": 2, "confirmed": 0} | dict.fromkeys(PEERS, 100)
    figures = {"windows": 200, "none": {"300": row}, "changes": {"no 9": row}}
    figures["alone"] = row
    text = render(figures)
    assert "| nothing (300) | 1.0 % | 0.0 % | 50.0 % | 50.0 % | 50.0 % |" in text
    assert "| no 9 (300) | 1.0 % |" in text
    assert "(95 % interval of such a share: 0.3 to 3.6 %)" in text


def _crowd(sessions: int, seed: int, **population) -> Drawings:
    answers = make_answers(
        PER_SESSION * sessions, seed, per_session=PER_SESSION, **population
    )
    return Drawings(
        [
            answers[start : start + PER_SESSION]
            for start in range(0, len(answers), PER_SESSION)
        ]
    )
