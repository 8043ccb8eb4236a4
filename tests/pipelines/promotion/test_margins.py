"""What a retrained challenger has to show, on paired answers made up for each case."""

from dataclasses import replace
from math import sqrt

import numpy as np
import pytest

from digit_pipeline.pipelines.promotion.frozen_images import pool_images
from digit_pipeline.pipelines.promotion.margins import (
    Answered,
    Margins,
    PooledTrial,
    apply_margins,
    read_margins,
)
from digit_pipeline.pipelines.promotion.paired_tests import difference_bound
from tests.stub_release import make_images

MARGINS = Margins(
    max_loss=0.01,
    alpha=0.04,
    min_images=1000,
    max_refused_rise=0.02,
    max_recognised_rise=0.02,
    non_digits_per_family=100,
    field_sha256="frozen",
)
IMAGES = 1200


def answer(wrong=0, refused=0, passed=0, *, first=0):
    """Answers to 1,200 images and 700 non-digits; the mistakes begin at ``first``."""
    places, others = np.arange(IMAGES), np.arange(700)
    mistaken = (places >= first) & (places < first + wrong)
    return Answered(~mistaken, places < refused, others < passed)


def meet(challenger=None, champion=None, baseline=None, **changes):
    trial = PooledTrial(
        images={"challenger": 200, "champion": 0, "field": 1000},
        field_sha256="frozen",
        challenger=challenger or answer(),
        opponents={
            "champion": champion or answer(),
            "baseline": baseline or champion or answer(),
        },
    )
    return replace(trial, **changes)


def failed(trial, margins=MARGINS):
    return [rule.name for rule in apply_margins(trial, margins) if not rule.passed]


def test_bound_by_hand():
    # One is added to both counts: 1/100 each, and a deviation of sqrt(0.02 / 100).
    expected = -1.6448536 * sqrt(0.02 / 100)
    assert difference_bound(0, 0, 98, 0.05) == pytest.approx(expected)
    # 10 lost, 4 won: (5 - 11) / 202.
    change, spread = -6 / 202, sqrt((16 / 202 - (6 / 202) ** 2) / 202)
    bound = difference_bound(10, 4, 200, 0.05)
    assert bound == pytest.approx(change - 1.6448536 * spread)
    assert difference_bound(3, 0, 3, 0.01) == -1.0


def test_of_challengers_that_lost_the_margin_itself_few_are_promoted():
    """20,000 tables of the base environment's size; sampling noise is 0.14 points."""
    random = np.random.default_rng(7)
    tables = random.multinomial(1178, [0.02, 0.01, 0.97], size=20_000)
    passed = [
        difference_bound(int(lost), int(won), 1178, MARGINS.alpha) >= -0.01
        for lost, won, _ in tables
    ]
    assert 0.025 <= np.mean(passed) <= 0.045


def test_equals_pass_every_rule_and_each_is_named():
    rules = list(apply_margins(meet(), MARGINS))
    assert [rule.name for rule in rules] == [
        "field_set",
        "frozen_images",
        *("margin.champion", "refused.champion", "non_digits.champion"),
        *("margin.baseline", "refused.baseline", "non_digits.baseline"),
    ]
    assert all(rule.passed for rule in rules)
    for rule in rules:
        assert rule.sentence.endswith(".")
        assert rule.sentence.count(". ") == 0


@pytest.mark.parametrize(
    ("lost", "won", "passes"),
    [
        (0, 0, True),
        (4, 0, True),  # -0.33 points; no worse than -0.81
        (8, 0, False),  # -0.67; no worse than -1.16
        (10, 10, True),  # 0; no worse than -0.66
        (30, 30, False),  # nobody can tell: 0, but no worse than -1.14 only
        (30, 36, True),
    ],
)
def test_the_burden_of_proof_is_the_challengers(lost, won, passes):
    champion = answer(won, first=lost)
    assert ("margin.champion" not in failed(meet(answer(lost), champion))) == passes


def test_the_sentence_has_every_number():
    trial = meet(answer(9), answer(2, first=9), versions={"champion": "000002-a"})
    rule = next(r for r in apply_margins(trial, MARGINS) if r.name == "margin.champion")
    assert rule.sentence == (
        "Of 1,200 frozen images (200 of the challenger's gate set, 1,000 of the field "
        "set) the champion alone got 9 right, the challenger alone 2: a change of "
        "-0.58 points, with 96 % confidence no worse than -1.11 points (-1.00 points "
        "allowed)."
    )
    assert rule.figure == pytest.approx(-0.0111, abs=1e-4)
    assert rule.threshold == -0.01
    assert rule.details["version"] == "000002-a"
    assert rule.details["challenger_accuracy"] == pytest.approx(1191 / 1200)


def test_small_steps_cannot_add_up():
    """Each step is small enough for the champion before it, and one is too far."""
    champion, baseline = answer(12), answer()
    challenger = answer(16)
    assert failed(meet(challenger, champion, champion)) == []
    assert failed(meet(challenger, champion, baseline)) == ["margin.baseline"]


@pytest.mark.parametrize(
    ("challenger", "rule"),
    [
        (answer(refused=60 + 24), None),  # 2.0 points more
        (answer(refused=60 + 25), "refused"),
        (answer(passed=7 + 14), None),
        (answer(passed=7 + 15), "non_digits"),
    ],
)
def test_refusing_is_part_of_the_bargain(challenger, rule):
    trial = meet(challenger, answer(refused=60, passed=7))
    names = [f"{rule}.champion", f"{rule}.baseline"] if rule else []
    assert failed(trial) == names


def test_few_images_show_nothing_and_the_sentence_says_where_more_are():
    trial = meet(images={"challenger": 179, "champion": 0, "field": 0})
    assert failed(trial) == ["frozen_images"]
    [rule] = [r for r in apply_margins(trial, MARGINS) if not r.passed]
    assert rule.sentence.startswith("179 frozen images, at least 1,000 needed; more ")


def test_no_images_at_all_refuse_without_dividing_by_them():
    none = Answered(*(np.zeros(0, bool) for _ in range(3)))
    trial = meet(none, none, images={"challenger": 0, "champion": 0, "field": 0})
    assert failed(trial) == ["frozen_images"]


def test_a_changed_field_set_refuses():
    assert failed(meet(field_sha256="changed")) == ["field_set"]
    assert failed(meet(field_sha256="any"), replace(MARGINS, field_sha256=None)) == []


def test_a_baseline_that_cannot_answer_refuses():
    opponents = {"champion": answer(), "baseline": None}
    trial = meet(opponents=opponents, baseline_problem="Expected a whole baseline")
    assert failed(trial) == ["margin.baseline"]
    [rule] = [r for r in apply_margins(trial, MARGINS) if not r.passed]
    assert rule.sentence == "Expected a whole baseline."


def test_margins_are_read_only_where_they_are_given():
    assert read_margins({"limits": {}}) is None
    assert read_margins({"margins": vars(MARGINS)}) == MARGINS


def test_an_image_in_several_sets_counts_once():
    first = make_images([1, 2, 3, 3])
    again = first.take(np.array([2, 0, 2]))
    other = first.with_images(255 - first.images)
    counts, pooled = pool_images(
        {"challenger": first, "champion": first, "field": again}
    )
    assert counts == {"challenger": 4, "champion": 0, "field": 0}
    assert pooled.digest() == first.digest()
    counts, pooled = pool_images(
        {"challenger": again, "champion": first, "field": other}
    )
    assert counts == {"challenger": 2, "champion": 2, "field": 4}
    assert len(pooled) == len(set(pooled.content_hashes().tolist())) == 8
    nothing = make_images([])
    assert pool_images({"challenger": nothing, "field": first})[0]["field"] == 4
    assert len(pool_images({"challenger": nothing, "field": nothing})[1]) == 0
