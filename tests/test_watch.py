"""The watch's policy, on made-up figures of two releases."""

from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from digit_pipeline.watch import Faults, WatchSettings, decide


@dataclass(frozen=True)
class Used:
    """Figures as the records give them."""

    predictions: int = 400
    by_verdict: dict = field(default_factory=dict)
    mean_confidence: float | None = 0.95
    disagreements: int = 0
    disagreeing_clients: int = 0


def use(answers=400, unsure=0, unfamiliar=0, empty=0, **others):
    verdicts = {"unsure": unsure, "unfamiliar": unfamiliar, "empty": empty}
    return Used(answers + empty, verdicts, **others)


BEFORE = use(1000, unsure=50, unfamiliar=30, disagreements=20)


@pytest.mark.parametrize(
    ("after", "rule", "said"),
    [
        (use(unsure=20, unfamiliar=12), None, "Nothing is wrong in 400 answers."),
        # 95 of 400 less 5 %: 18.75 points.
        (use(unsure=95), "unsure", "23.75 % of 400 answers were unsure, 5.00 % of"),
        (use(unfamiliar=80), "unfamiliar", "20.00 % of 400 answers were unfamiliar"),
        # 9.75 points more: too unlikely for chance, and few enough to live with.
        (use(unsure=59), None, "Nothing is wrong"),
        (use(mean_confidence=0.7), "confidence", "is 70.00 %, and was 95.00 %"),
        (use(mean_confidence=0.86), None, "Nothing is wrong"),
        (use(mean_confidence=None), None, "Nothing is wrong"),
        (
            use(disagreements=60, disagreeing_clients=5),
            "corrections",
            "15.00 % of 400 answers were corrected, 2.00 % of the 1000 before",
        ),
        # One visitor alone, or two, may say what they like.
        (use(disagreements=400, disagreeing_clients=2), None, "Nothing is wrong"),
    ],
)
def test_each_rule_against_the_release_before(after, rule, said):
    found = decide(BEFORE, after)
    assert (found.broken, found.rule) == (rule is not None, rule)
    assert said in found.sentence
    if rule:
        assert found.figure > found.limit


def test_few_answers_are_no_ground_for_anything():
    bad = use(60, unsure=25)
    assert decide(BEFORE, bad).rule == "unsure"
    for before, after in (
        (BEFORE, use(49, unsure=49)),
        (use(49), bad),
        (None, bad),
        # Pictures without ink are nobody's answers.
        (BEFORE, use(49, unsure=49, empty=400)),
    ):
        found = decide(before, after)
        assert not found.broken
        assert "at least 50 of each are needed" in found.sentence


def test_a_rise_that_chance_explains_is_none():
    # 12 points more, but of 50 answers each.
    assert not decide(use(50, unsure=3), use(50, unsure=9)).broken


@pytest.mark.parametrize(
    ("faults", "rule"),
    [
        (Faults(problem="model.onnx is damaged", problem_seconds=3.0), "load"),
        # It may be on its way still.
        (Faults(problem="model.onnx is damaged", problem_seconds=2.9), None),
        (Faults(errors=5, requests=60), "errors"),
        (Faults(errors=4, requests=4), None),
        # One bug in a thousand requests is none of the release's.
        (Faults(errors=5, requests=1000), None),
    ],
)
def test_faults_need_no_release_before(faults, rule):
    found = decide(None, use(0), faults=faults)
    assert (found.broken, found.rule) == (rule is not None, rule)


def test_every_sentence_is_one_and_says_its_numbers():
    found = decide(BEFORE, use(unsure=95))
    assert found.sentence.endswith(".")
    assert found.sentence.count(". ") == 0
    assert "18.75 points more, where 10.00 points may be (p = " in found.sentence


def test_equal_releases_are_not_broken_off_though_asked_every_two_seconds():
    random = np.random.default_rng(3)
    shares = np.array([0.2, 0.1, 0.03])
    broken = 0
    for _ in range(60):
        unsure, unfamiliar, corrected = random.binomial(100, shares).tolist()
        before = use(100, unsure, unfamiliar, disagreements=corrected)
        steps = random.binomial(10, np.tile(shares, (200, 1))).cumsum(axis=0)
        broken += any(
            decide(
                before,
                use(10 * (n + 1), int(u), int(f), disagreements=int(c)),
                replace(WatchSettings(), min_clients=0),
            ).broken
            for n, (u, f, c) in enumerate(steps)
        )
    assert broken == 0
