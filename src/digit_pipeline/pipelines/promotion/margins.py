"""The stricter rules that a retrained challenger meets: it may not be worse, shown.

That a test finds no loss is no proof that there is none, least of all on few images.
So the rules here turn the burden of proof round: the challenger has to *show*, on every
frozen image at once, that it lost no more than a margin, against the champion and
against a frozen baseline, so that many small steps cannot add up.

They apply when ``parameters["margins"]`` is there::

    retraining:
      promotion: # all that `promotion` says, and
        margins:
          max_loss: 0.01 # accuracy that may have been lost, share; what the bound shows
          alpha: 0.04 # chance that the bound is wrong, one-sided
          min_images: 1000 # distinct images; fewer show no loss of max_loss
          max_refused_rise: 0.02 # share of the digits that may be refused in addition
          max_recognised_rise: 0.02 # share of the non-digits that may pass in addition
          non_digits_per_family: 100 # pictures of each kind, drawn for this comparison
          # The field set's own digest; null where it need not be a certain one.
          field_sha256: 919cab57863fdadf1dc2204cb980d3599f57d96b2d54e5d9759c78686f07ebc7

``benchmarks/gate_power.py`` says what that lets through and what it costs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.percentages import word_share
from digit_pipeline.pipelines.promotion.paired_tests import (
    count_discordant,
    difference_bound,
)
from digit_pipeline.pipelines.promotion.rule import Rule

HOW_TO_GET_MORE = (
    "more come with UCI's pen digits, which `kedro run --pipelines ingestion --env "
    "sketch` puts in place"
)
# A share of 84 in 1,200 less one of 60 is a little more than 0.02 in floating point.
ROUNDING = 1e-12
# What each set of images is called in a sentence.
SETS = {
    "challenger": "of the challenger's gate set",
    "champion": "of the champion's",
    "field": "of the field set",
}


@dataclass(frozen=True)
class Margins:
    """What a retrained challenger must show.

    Attributes:
        max_loss: accuracy that may have been lost, a share.
        alpha: chance of a bound that is wrong, one-sided.
        min_images: distinct images below which nothing is shown.
        max_refused_rise: share of the digits that may be refused in addition.
        max_recognised_rise: share of the non-digits that may be taken for a digit in
            addition.
        non_digits_per_family: pictures of each kind that are drawn to see.
        field_sha256: digest that the field set must have; None for any.
    """

    max_loss: float
    alpha: float
    min_images: int
    max_refused_rise: float
    max_recognised_rise: float
    non_digits_per_family: int
    field_sha256: str | None = None


@dataclass(frozen=True, eq=False)
class Answered:
    """A model's answers to all frozen images and to the non-digits.

    Attributes:
        right: bool ``(n,)``, whether its best guess is the label.
        refused: bool ``(n,)``, whether its verdict is another than "recognised".
        passed: bool ``(m,)``, whether it took a non-digit for a digit.
    """

    right: NDArray[np.bool_]
    refused: NDArray[np.bool_]
    passed: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class PooledTrial:
    """Both models, or all three, on every frozen image, each image counted once.

    Attributes:
        images: how many distinct images each set brings: "challenger", "champion",
            "field".
        field_sha256: digest of the field set.
        challenger: its answers.
        opponents: the answers of "champion" and "baseline"; None for a baseline that
            cannot answer.
        baseline_problem: why it cannot, a sentence without its full stop.
    """

    images: Mapping[str, int]
    field_sha256: str
    challenger: Answered
    opponents: Mapping[str, Answered | None]
    versions: Mapping[str, str | None] = field(default_factory=dict)
    baseline_problem: str | None = None


def apply_margins(trial: PooledTrial, margins: Margins) -> Iterator[Rule]:
    """Give every rule's verdict."""
    yield _is_frozen(trial, margins)
    yield _has_images(trial, margins)
    if not len(trial.challenger.right):
        return
    for name, opponent in trial.opponents.items():
        if opponent is None:
            problem = trial.baseline_problem or "there is none"
            yield Rule(f"margin.{name}", False, None, margins.max_loss, f"{problem}.")
            continue
        yield _has_kept_up(name, opponent, trial, margins)
        yield _rises_little(
            f"refused.{name}",
            "digits refused",
            (opponent.refused, trial.challenger.refused),
            name,
            margins.max_refused_rise,
        )
        yield _rises_little(
            f"non_digits.{name}",
            "pictures that are no digit taken for one",
            (opponent.passed, trial.challenger.passed),
            name,
            margins.max_recognised_rise,
        )


def _is_frozen(trial: PooledTrial, margins: Margins) -> Rule:
    expected, found = margins.field_sha256, trial.field_sha256
    # An empty field set is no changed one: whether the images suffice is asked next.
    same = expected in {None, found} or not trial.images["field"]
    sentence = (
        "The field set is the frozen one."
        if same
        else f"Expected the frozen field set {expected}, got {found}: make it anew "
        "with `kedro run --pipelines preprocessing`."
    )
    return Rule("field_set", same, None, None, sentence, {"sha256": found})


def _has_images(trial: PooledTrial, margins: Margins) -> Rule:
    found, least = sum(trial.images.values()), margins.min_images
    sentence = f"{found:,} frozen images, at least {least:,} needed"
    if found < least:
        sentence += f"; {HOW_TO_GET_MORE}"
    return Rule(
        "frozen_images",
        found >= least,
        found,
        least,
        f"{sentence}.",
        dict(trial.images),
    )


def _has_kept_up(
    name: str, opponent: Answered, trial: PooledTrial, margins: Margins
) -> Rule:
    challenger = trial.challenger.right
    lost, won = count_discordant(opponent.right, challenger)
    bound = difference_bound(lost, won, len(challenger), margins.alpha)
    change = (won - lost) / len(challenger)
    return Rule(
        f"margin.{name}",
        bound >= -margins.max_loss,
        bound,
        -margins.max_loss,
        f"Of {len(challenger):,} frozen images ({_list_sets(trial.images)}) the {name} "
        f"alone got {lost} right, the challenger alone {won}: a change of "
        f"{_points(change)}, with {100 * (1 - margins.alpha):g} % confidence no worse "
        f"than {_points(bound)} ({_points(-margins.max_loss)} allowed).",
        {
            "version": trial.versions.get(name),
            "confidence": 1 - margins.alpha,
            "images": len(challenger),
            f"{name}_alone_right": lost,
            "challenger_alone_right": won,
            f"{name}_accuracy": float(opponent.right.mean()),
            "challenger_accuracy": float(challenger.mean()),
            "change": change,
        },
    )


def _rises_little(
    rule: str,
    subject: str,
    answers: tuple[NDArray[np.bool_], NDArray[np.bool_]],
    opponent: str,
    most: float,
) -> Rule:
    before, after = (float(one.mean()) if len(one) else 0.0 for one in answers)
    return Rule(
        rule,
        after - before <= most + ROUNDING,
        after - before,
        most,
        f"{word_share(after)} of the {subject}, {word_share(before)} by the "
        f"{opponent}: a change of {_points(after - before)} ({_points(most)} allowed).",
        {opponent: before, "challenger": after, "pictures": len(answers[0])},
    )


def _list_sets(images: Mapping[str, int]) -> str:
    named = [f"{n:,} {SETS[name]}" for name, n in images.items() if n]
    return ", ".join(named)


def _points(share: float) -> str:
    return f"{100 * share:+.2f} points"


def read_margins(parameters: Mapping[str, Any]) -> Margins | None:
    """Read ``parameters["margins"]``; None where ordinary rules are enough."""
    given = parameters.get("margins")
    return Margins(**given) if given else None
