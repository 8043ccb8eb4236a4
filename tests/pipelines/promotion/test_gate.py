"""The gate's policy, on paired tables made up for each case."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from digit_pipeline.pipelines.promotion.gate import (
    Evidence,
    Limits,
    Meeting,
    decide_promotion,
)
from digit_pipeline.pipelines.promotion.paired_tests import (
    count_discordant,
    holm,
    loss_p_value,
)

CLASSES = ("0", "1", "2")
LIMITS = Limits(
    min_gate_images=100,
    min_accuracy=0.9,
    max_calibration_error=0.1,
    max_latency_ms=10,
    alpha=0.01,
    max_class_drop=0.02,
)


def meet(
    name: str = "challenger",
    *,
    images: int = 300,
    champion_alone: int = 0,
    challenger_alone: int = 0,
    in_class: int | None = None,
) -> Meeting:
    """A paired table: who alone is right, over all classes in turn or in one."""
    labels = np.arange(images) % len(CLASSES)
    order = np.arange(images)
    if in_class is not None:
        order = np.flatnonzero(labels == in_class)
    champion, challenger = np.ones((2, images), bool)
    challenger[order[:champion_alone]] = False
    champion[order[champion_alone : champion_alone + challenger_alone]] = False
    return Meeting(name, labels, challenger, champion)


def make_evidence(*meetings: Meeting, **changes: Any) -> Evidence:
    evidence = Evidence(
        class_names=CLASSES,
        champion_class_names=CLASSES if meetings else None,
        gate_images=300,
        accuracy=0.97,
        calibration_error=0.02,
        latency_ms=0.1,
        meetings=meetings,
    )
    return replace(evidence, **changes)


def failed_rules(evidence: Evidence) -> list[str]:
    decision = decide_promotion(evidence, LIMITS)
    failed = [rule["name"] for rule in decision["rules"] if not rule["passed"]]
    assert decision["promoted"] == (not failed)
    assert decision["outcome"] == ("refused" if failed else "promoted")
    return failed


def test_first_champion_meets_the_absolute_rules_only() -> None:
    decision = decide_promotion(make_evidence(), LIMITS)
    assert decision["promoted"]
    assert [rule["name"] for rule in decision["rules"]] == [
        *("gate_images", "accuracy", "calibration", "latency")
    ]
    assert "there was none to meet" in decision["reason"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"gate_images": 99}, "gate_images"),
        ({"gate_images": 0}, "gate_images"),
        ({"accuracy": 0.899}, "accuracy"),
        ({"accuracy": float("nan")}, "accuracy"),
        ({"calibration_error": 0.101}, "calibration"),
        ({"calibration_error": float("nan")}, "calibration"),
        ({"latency_ms": 10.1}, "latency"),
        ({"champion_class_names": ("1", "0", "2")}, "class_names"),
        ({"champion_class_names": ("cat", "dog")}, "class_names"),
    ],
)
def test_each_absolute_rule_refuses(changes: dict[str, Any], rule: str) -> None:
    assert failed_rules(make_evidence(**changes)) == [rule]


@pytest.mark.parametrize(
    "changes",
    [
        {"gate_images": 100},
        {"accuracy": 0.9},
        {"calibration_error": 0.1},
        {"latency_ms": 10.0},
    ],
)
def test_limits_themselves_pass(changes: dict[str, Any]) -> None:
    assert not failed_rules(make_evidence(**changes))


@pytest.mark.parametrize(
    ("champion_alone", "challenger_alone", "passes"),
    [
        (0, 0, True),  # never differ
        (5, 5, True),
        (6, 0, True),  # 1/64 = 0.016: may be chance at the level of 0.01
        (7, 0, False),  # 1/128 = 0.008
        (0, 50, True),  # better is no reason to refuse
        (20, 8, True),  # p = 0.018
        (21, 8, True),  # p = 0.012
        (22, 8, False),  # p = 0.008
        (40, 40, True),
    ],
)
@pytest.mark.parametrize("whose", ["challenger", "champion"])
def test_paired_test_on_either_gate_set(
    champion_alone: int, challenger_alone: int, passes: bool, whose: str
) -> None:
    other = "champion" if whose == "challenger" else "challenger"
    table = meet(
        whose, champion_alone=champion_alone, challenger_alone=challenger_alone
    )
    failed = failed_rules(make_evidence(table, meet(other)))
    assert (f"paired.{whose}" not in failed) == passes
    assert f"paired.{other}" not in failed


def test_one_class_may_not_fall_while_the_sum_holds() -> None:
    lost = meet(champion_alone=12, in_class=1)
    challenger, champion = lost.challenger.copy(), lost.champion.copy()
    champion[np.flatnonzero(lost.labels == 2)[:12]] = False  # won back elsewhere
    table = replace(lost, challenger=challenger, champion=champion)
    assert failed_rules(make_evidence(table)) == ["classes.challenger"]
    [rule] = [
        rule
        for rule in decide_promotion(make_evidence(table), LIMITS)["rules"]
        if rule["name"] == "classes.challenger"
    ]
    assert rule["figure"] == pytest.approx(0.12)
    assert rule["details"]["fallen"] == ["1"]
    # Holm: three classes, so three times 2 ** -12.
    assert rule["details"]["adjusted_p_values"]["1"] == pytest.approx(3 / 4096)
    assert rule["sentence"].endswith("1 by 12.00 points (p = 0.00073).")


def test_a_class_that_lost_by_chance_has_not_fallen() -> None:
    table = meet(champion_alone=5, in_class=1)  # 5 points, 2 ** -5 = 0.03
    assert not failed_rules(make_evidence(table))
    # The reason claims no more than that.
    reason = decide_promotion(make_evidence(table), LIMITS)["reason"]
    assert "no class fell by more than the limit and chance allow" in reason


def test_a_significant_but_tiny_drop_is_tolerated() -> None:
    table = meet(images=3000, champion_alone=15, challenger_alone=0, in_class=1)
    challenger, champion = table.challenger, table.champion.copy()
    champion[np.flatnonzero(table.labels == 0)[:15]] = False
    evidence = make_evidence(replace(table, challenger=challenger, champion=champion))
    assert not failed_rules(evidence)  # 1.5 points of class 1


def test_class_without_images_is_passed_over() -> None:
    table = meet()
    labels = np.zeros_like(table.labels)
    assert not failed_rules(make_evidence(replace(table, labels=labels)))


def test_missing_gate_set_of_the_champion_refuses() -> None:
    failed = failed_rules(make_evidence(meet(), meet("champion", images=0)))
    assert failed == ["gate_images.champion"]


def test_the_champion_itself_is_not_published_again() -> None:
    evidence = make_evidence(meet(), meet("champion"), same_model=True, accuracy=0.1)
    decision = decide_promotion(evidence, LIMITS)
    assert decision["outcome"] == "already_champion"
    assert not decision["promoted"]


def withstand(
    challenger: float, champion: float | None, *meetings: Meeting
) -> dict[str, Any]:
    """The decision with one floor of 90 %."""
    evidence = make_evidence(
        *meetings,
        robustness={"pen_width": challenger, "blur": 0.2},
        champion_robustness=None if champion is None else {"pen_width": champion},
    )
    return decide_promotion(
        evidence, replace(LIMITS, robustness_floors={"pen_width": 0.9})
    )


@pytest.mark.parametrize(
    ("challenger", "champion", "passes", "said"),
    [
        (0.9, 0.99, True, "at least 90.00 % wanted"),  # the floor itself
        (0.95, 0.8, True, "at least 90.00 % wanted"),
        (0.89, 0.9, False, "which the champion keeps (90.00 %)"),
        (0.89, 0.99, False, "which the champion keeps (99.00 %)"),
        (0.5, 0.89, True, "which the champion does not keep either (89.00 %)"),
        (0.5, None, True, "no champion keeps it"),
        (0.95, None, True, "at least 90.00 % wanted"),
    ],
)
def test_a_floor_refuses_only_if_the_champion_keeps_it(
    challenger: float, champion: float | None, passes: bool, said: str
) -> None:
    meetings = () if champion is None else (meet(),)
    decision = withstand(challenger, champion, *meetings)
    assert decision["promoted"] == passes
    [rule] = [one for one in decision["rules"] if "robustness" in one["name"]]
    assert rule["name"] == "robustness.pen_width"
    assert rule["passed"] == passes
    assert (rule["figure"], rule["threshold"]) == (challenger, 0.9)
    assert rule["details"] == {"champion": champion}
    assert (
        f"{100 * challenger:.2f} % of the gate images corrupted by pen width"
        in (rule["sentence"])
    )
    assert rule["sentence"].endswith(f"{said}.")
    if not passes:
        assert rule["sentence"] in decision["reason"]


def test_the_reason_warns_of_a_floor_that_nobody_keeps() -> None:
    warning = " Below a floor that no champion keeps: pen width."
    assert withstand(0.5, None)["reason"].endswith(warning)
    assert withstand(0.5, 0.6, meet())["reason"].endswith(warning)
    assert "Below" not in withstand(0.9, None)["reason"]


def test_a_floor_without_a_score_refuses() -> None:
    limits = replace(LIMITS, robustness_floors={"pen_widht": 0.9})
    decision = decide_promotion(make_evidence(), limits)
    assert not decision["promoted"]
    assert "corrupted by pen widht, got none" in decision["reason"]


def test_every_rule_says_its_figure_and_threshold() -> None:
    decision = decide_promotion(make_evidence(meet(), meet("champion")), LIMITS)
    for rule in decision["rules"]:
        if rule["name"] != "class_names":
            assert isinstance(rule["figure"], float | int)
            assert isinstance(rule["threshold"], float | int)
        assert rule["sentence"].endswith(".")
        assert rule["sentence"].count(". ") == 0


def simulate(
    random: np.random.Generator, images: int, champion: float, challenger: float
) -> Meeting:
    """Two models whose mistakes overlap by half, as those of digit models do."""
    labels = random.integers(0, len(CLASSES), images)
    hard = random.random(images)
    own = random.random((2, images))
    shared = random.random(images) < 0.5
    draws = np.where(shared, hard, own)
    return Meeting("challenger", labels, draws[0] < challenger, draws[1] < champion)


def refusals(
    champion: float, challenger: float, images: int, rounds: int = 300
) -> float:
    random = np.random.default_rng(20)
    refused = [
        not decide_promotion(
            make_evidence(simulate(random, images, champion, challenger)), LIMITS
        )["promoted"]
        for _ in range(rounds)
    ]
    return float(np.mean(refused))


@pytest.mark.parametrize("images", [180, 2000])
def test_equals_are_rarely_refused(images: int) -> None:
    """Two rules at a level of 1 % each: 2 % at most, and sampling noise on 300."""
    assert refusals(0.98, 0.98, images) <= 0.04


def test_a_clearly_worse_model_is_refused() -> None:
    assert refusals(0.99, 0.94, 2000) == 1.0
    assert refusals(0.99, 0.90, 180) >= 0.9


def test_a_better_model_is_never_refused() -> None:
    assert refusals(0.95, 0.99, 2000) == 0.0


@pytest.mark.parametrize(
    ("lost", "won", "p_value"),
    [
        (0, 0, 1.0),
        (0, 3, 1.0),
        (1, 0, 0.5),
        (2, 1, 0.5),
        (10, 0, 2**-10),
        (3, 1, 5 / 16),
    ],
)
def test_loss_p_value_by_hand(lost: int, won: int, p_value: float) -> None:
    assert loss_p_value(lost, won) == pytest.approx(p_value)


def test_holm_by_hand() -> None:
    assert holm({"a": 0.04, "b": 0.01, "c": 0.03}) == pytest.approx(
        {"a": 0.06, "b": 0.03, "c": 0.06}
    )
    assert holm({"a": 0.9, "b": 0.8}) == {"a": 1.0, "b": 1.0}
    assert holm({}) == {}


def test_discordant_pairs_by_hand() -> None:
    first = np.array([True, True, False, False, True])
    second = np.array([True, False, True, False, False])
    assert count_discordant(first, second) == (2, 1)
