"""The simulated tables are what they are said to be, and the committed figures hold."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.gate_power import read_limits, render
from benchmarks.results import load_result
from benchmarks.simulated_tables import Sizes, draw_evidence, share_promoted

SIZES = Sizes(
    gate=400,
    field=600,
    shared=100,
    discordance={"gate": 0.02, "field": 0.04},
    accuracy={"gate": 0.98, "field": 0.95},
)


def count(change, tables=40):
    """Shares of the images that champion and challenger alone get right, by set."""
    random = np.random.default_rng(3)
    found = []
    for _ in range(tables):
        gate, field = draw_evidence(SIZES, change, random).meetings
        assert (len(gate.labels), len(field.labels)) == (400, 600)
        found.append(
            [
                float(np.mean(answers))
                for meeting in (gate, field)
                for answers in (
                    meeting.champion & ~meeting.challenger,
                    meeting.challenger & ~meeting.champion,
                )
            ]
        )
    return np.mean(found, axis=0)


def test_equals_are_each_right_alone_as_often_as_was_measured():
    # 500 own images of the field set at 2 %, 100 shared with the gate set at 1 %.
    assert count(0.0) == pytest.approx([0.01, 0.01, 0.0183, 0.0183], abs=0.003)


def test_what_is_worse_is_so_everywhere():
    assert count(-0.03) == pytest.approx([0.04, 0.01, 0.0483, 0.0183], abs=0.004)


def test_what_is_better_is_so_where_mistakes_are_left():
    assert SIZES.mistakes == pytest.approx((400 * 0.02 + 500 * 0.05) / 900)
    for name in ("gate", "field"):
        lost, won = SIZES.find_rates(name, SIZES.mistakes)
        # Nothing is left to be better at.
        assert won == pytest.approx(1 - SIZES.accuracy[name])
        assert lost == pytest.approx(0.0)
    lost, won = SIZES.find_rates("field", 0.01)
    assert won - lost == pytest.approx(0.01 * 0.05 / SIZES.mistakes)


def test_the_gate_itself_decides():
    limits = read_limits("base")
    margins = replace(limits.margins, min_images=100)
    wide = replace(limits, margins=replace(margins, max_loss=0.5))
    for change, promoted in ((-0.2, 0.0), (0.0, 1.0)):
        random = np.random.default_rng(4)
        loose = replace(wide, alpha=0.0, max_class_drop=1.0)
        assert share_promoted(SIZES, loose, change, 5, random) == 1.0
        assert share_promoted(SIZES, wide, change, 5, random) == promoted
    many = replace(margins, min_images=901)
    few = replace(loose, margins=many)
    assert share_promoted(SIZES, few, 0.0, 5, random) == 0.0


def test_one_point_worse_passes_in_at_most_five_of_a_hundred():
    """The committed figures are those of the limits that are in force."""
    result = load_result("gate_power")
    assert result is not None
    figures = result["figures"]
    assert figures["tables"] >= 10_000
    assert set(figures["environments"]) == {"base", "mnist", "sketch"}
    for environment, one in figures["environments"].items():
        margins = read_limits(environment).margins
        assert (one["max_loss"], one["alpha"]) == (margins.max_loss, margins.alpha)
        assert one["promoted"]["-1"] <= 0.05
        assert one["promoted"]["-3"] == 0.0
        assert one["promoted"]["0.3"] >= one["promoted"]["0"] >= 0.5
    text = render(figures)
    assert text.startswith("| promoted, of 10,000 simulated challengers |")
    assert "real retrainings of the base recipe" in text
