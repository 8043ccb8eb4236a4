"""Distances are right, and chance alarms as seldom as it is said to."""

import numpy as np
import pytest

from digit_pipeline.drift import Observations, compare
from tests.drift.samples import make

scipy_stats = pytest.importorskip("scipy.stats")


def test_a_distance_of_numbers_is_the_one_of_kolmogorov_and_smirnov():
    before, now = make(150, 1), make(90, 2, thickness=2.6)
    found = compare(before, now)["ink"].distances["thickness"]
    columns = before.numbers["thickness"], now.numbers["thickness"]
    exact = scipy_stats.ks_2samp(*columns)
    assert found.value == pytest.approx(exact.statistic)
    assert found.p_value == pytest.approx(exact.pvalue, abs=0.01)
    assert (found.before, found.now) == tuple(map(np.median, columns))


def test_equal_values_are_one_step():
    rng = np.random.default_rng(3)
    sides = [rng.integers(0, 4, count).astype(float) for count in (120, 80)]
    before, now = (_alone(share=side) for side in sides)
    found = compare(before, now)["ink"].distances["share"]
    assert found.value == pytest.approx(scipy_stats.ks_2samp(*sides).statistic)


def test_a_distance_of_names_is_half_the_summed_differences():
    before, now = make(100, 1), make(100, 2)
    before.names["label"][:] = ["1"] * 60 + ["7"] * 40
    now.names["label"][:] = ["1"] * 30 + ["7"] * 50 + ["9"] * 20
    found = compare(before, now)["labels"].distances["label"]
    assert found.value == pytest.approx(0.3)
    assert (found.name, found.before, found.now) == ("1", 0.6, 0.3)
    assert found.p_value == pytest.approx(1 / 600)


@pytest.mark.parametrize("per_session", [None, 5])
def test_chance_alarms_as_seldom_as_it_says(per_session):
    """Also where one hand gave five answers that are all alike."""
    windows = 150
    p_values = np.array(
        [
            [
                family.p_value
                for family in compare(
                    make(200, 2 * seed, per_session=per_session),
                    make(100, 2 * seed + 1, per_session=per_session),
                    permutations=99,
                    seed=seed,
                ).values()
            ]
            for seed in range(windows)
        ]
    )
    alarms = (p_values <= 0.1).sum(axis=0)
    # Of 150 windows 15 are expected; 25 or more come in 1 of 200 such tests.
    most = scipy_stats.binom.ppf(0.999, windows, 0.1)
    assert (alarms <= most).all(), alarms
    assert (alarms >= 3).all(), alarms


def test_answers_of_one_hand_count_as_one():
    """Twenty hands of 15 answers prove less than 300 hands."""
    families = [
        compare(
            make(300, 1, per_session=size),
            make(300, 5, per_session=size, thickness=2.5),
        )
        for size in (None, 15)
    ]
    alone, together = (f["ink"].distances["thickness"] for f in families)
    assert together.chance > 1.5 * alone.chance


def test_the_order_of_answers_says_nothing():
    """Hands that draw by turns are the same hands as when one follows the other."""
    before, now = make(200, 1, per_session=5), make(200, 2, per_session=5)
    rows = np.random.default_rng(3).permutation(len(now))
    mixed = Observations(
        {name: column[rows] for name, column in now.numbers.items()},
        {name: column[rows] for name, column in now.names.items()},
        now.sessions[rows],
    )
    assert compare(before, mixed) == compare(before, now)


def test_a_column_with_few_values_does_not_drown_another():
    """Its distances by chance are large: columns compare by how unlikely theirs is."""
    before, now = make(300, 1), make(300, 2, thickness=2.6)
    for side in (before, now):
        side.numbers["share"][20:] = np.nan
    family = compare(before, now)["ink"]
    share, thickness = family.distances["share"], family.distances["thickness"]
    assert share.chance > thickness.value
    assert thickness.p_value == family.p_value == pytest.approx(1 / 600)


def test_a_dealing_may_leave_a_side_without_a_value():
    """Two hands know the column: dealt to one side, the other side has none."""
    before, now = make(40, 1), make(40, 2)
    for side in (before, now):
        side.sessions[:20] = 0
        side.numbers["energy"][20:] = np.nan
    found = compare(before, now)["answers"].distances["energy"]
    assert 0 <= found.chance <= 1


def test_a_column_that_one_side_does_not_know_is_left_out():
    before, now = make(50, 1), make(50, 2)
    del before.numbers["share"]
    now.numbers["energy"][5:] = np.nan
    found = compare(before, now)
    assert set(found["ink"].distances) == {"thickness"}
    assert set(found["answers"].distances) == {"confidence", "verdict"}
    assert "width" not in found["ink"].distances


def test_what_has_no_value_in_common_has_no_family():
    before, now = make(50, 1), make(50, 2)
    now.names["label"][:] = ""
    assert set(compare(before, now)) == {"ink", "answers"}


def _alone(**columns) -> Observations:
    count = len(next(iter(columns.values())))
    return Observations(dict(columns), {}, np.arange(count, dtype=np.int64))
