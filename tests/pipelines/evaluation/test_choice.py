"""The choice is a policy: a table of cases."""

import numpy as np
import pytest

from digit_pipeline.pipelines.evaluation.choice import Candidate, choose


def candidate(right: int, of: int, perturbed: float, nll: float = 0.1) -> Candidate:
    """One that got the first ``right`` of ``of`` validation images right."""
    return Candidate(np.arange(of) < right, perturbed, nll)


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        pytest.param(
            {"a": candidate(179, 180, 0.90), "b": candidate(178, 180, 0.97)},
            "b",
            id="tied within noise: the one that reads redrawn digits",
        ),
        pytest.param(
            {"a": candidate(179, 180, 0.90), "b": candidate(160, 180, 0.97)},
            "a",
            id="significantly less accurate: out, however robust",
        ),
        pytest.param(
            {"a": candidate(5, 6, 0.9, nll=0.3), "b": candidate(5, 6, 0.9, nll=0.2)},
            "b",
            id="an exact tie: the lower loss",
        ),
        pytest.param(
            {"a": candidate(5, 6, 0.9), "b": candidate(5, 6, 0.9)},
            "a",
            id="nothing between them: the first in the configuration",
        ),
        pytest.param({"a": candidate(1, 6, 0.2)}, "a", id="alone"),
    ],
)
def test_choice(candidates, chosen):
    assert choose(candidates, alpha=0.05)["candidate"] == chosen


def test_the_record_says_who_was_ruled_out_and_why():
    choice = choose(
        {"a": candidate(180, 180, 0.9), "b": candidate(170, 180, 0.99)}, alpha=0.05
    )
    assert choice["contenders"] == ["a"]
    # Ten images that a alone got right: 2 / 2^10.
    assert choice["ruled_out"] == {"b": pytest.approx(2 / 1024)}
    assert "significantly more than every other" in choice["reason"]


def test_the_reason_gives_its_figures():
    choice = choose(
        {"a": candidate(9, 10, 0.5), "b": candidate(9, 10, 0.75)}, alpha=0.05
    )
    assert "2 of 2 candidates" in choice["reason"]
    assert "b reads the same images best" in choice["reason"]
    assert "75.00 %" in choice["reason"]
