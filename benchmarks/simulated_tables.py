"""Answers of a champion and a challenger at given rates, and what the gate says."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.pipelines.promotion.gate import (
    Evidence,
    Limits,
    Meeting,
    decide_promotion,
)
from digit_pipeline.pipelines.promotion.margins import Answered, PooledTrial

# True changes in accuracy, in points.
CHANGES = (-3.0, -1.0, -0.3, 0.0, 0.3, 1.0, 3.0)
CLASSES = tuple("0123456789")
NOTHING = np.zeros(0, bool)
Right = NDArray[np.bool_]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class Sizes:
    """The frozen sets, and how models of one recipe answer them.

    Attributes:
        gate: images of the gate set, the champion's and the challenger's alike.
        field: images of the field set.
        shared: images that stand in both.
        discordance: by set, share of the images that one of two equal models alone
            gets right.
        accuracy: by set, the champion's.
    """

    gate: int
    field: int
    shared: int
    discordance: Mapping[str, float]
    accuracy: Mapping[str, float]

    @property
    def images(self) -> int:
        """Distinct images."""
        return self.gate + self.field - self.shared

    @property
    def mistakes(self) -> float:
        """Share of all images that the champion gets wrong."""
        own = {"gate": self.gate, "field": self.field - self.shared}
        wrong = sum(n * (1 - self.accuracy[name]) for name, n in own.items())
        return wrong / self.images

    def find_rates(self, name: str, change: float) -> tuple[float, float]:
        """Give how often champion and challenger alone are right on a set.

        Equal models are each right alone as often. What makes one worse comes on top,
        everywhere alike; what makes one better is mistakes that it no longer makes, so
        it comes where the champion makes them.
        """
        half = self.discordance[name] / 2
        if change <= 0:
            return half - change, half
        wrong = 1 - self.accuracy[name]
        gain = change * wrong / self.mistakes
        won = min(half + gain, wrong)
        return won - gain, won


def share_promoted(
    sizes: Sizes,
    limits: Limits,
    change: float,
    tables: int,
    random: np.random.Generator,
) -> float:
    """Draw paired tables and count what passes the rules on paired answers.

    Args:
        sizes: the sets.
        limits: the gate's.
        change: the challenger's true accuracy less the champion's, a share.
        tables: how many to draw.
        random: where they are drawn from.
    """
    promoted = sum(
        decide_promotion(draw_evidence(sizes, change, random), limits)["promoted"]
        for _ in range(tables)
    )
    return promoted / tables


def draw_evidence(sizes: Sizes, change: float, random: np.random.Generator) -> Evidence:
    """Draw the answers of both models to every image, each image on its own."""
    own = sizes.field - sizes.shared
    is_gate = np.arange(sizes.images) < sizes.gate
    is_field = np.arange(sizes.images) >= sizes.gate - sizes.shared
    rates = [sizes.find_rates(name, change) for name in ("field", "gate")]
    draws = random.random(sizes.images)
    lost, won = np.array(rates)[is_gate.astype(int)].T
    lost, won = draws < lost, draws > 1 - won
    labels = np.concatenate([np.arange(sizes.gate) % 10, np.arange(own) % 10])
    # What both get right or wrong has no say in a paired rule.
    return pair_answers(~lost, ~won, labels, {"challenger": is_gate, "field": is_field})


def pair_answers(
    challenger: Right, champion: Right, labels: Labels, sets: Mapping[str, Right]
) -> Evidence:
    """Give what the rules on paired answers look at, and nothing against the rest.

    Args:
        challenger: bool ``(n,)``, whether it is right, for every frozen image.
        champion: bool ``(n,)``, likewise; it is the baseline as well.
        labels: int64 ``(n,)``.
        sets: which images belong to "challenger" (the gate set, which is the
            champion's too) and to "field", bool ``(n,)`` each.
    """
    opponent = Answered(champion, NOTHING, NOTHING)
    gate = int(sets["challenger"].sum())
    return Evidence(
        class_names=CLASSES,
        champion_class_names=CLASSES,
        gate_images=gate,
        accuracy=1.0,
        calibration_error=0.0,
        latency_ms=0.0,
        meetings=[
            Meeting(name, labels[part], challenger[part], champion[part])
            for name, part in sets.items()
        ],
        trial=PooledTrial(
            images={"challenger": gate, "champion": 0, "field": len(labels) - gate},
            field_sha256="",
            challenger=Answered(challenger, NOTHING, NOTHING),
            opponents={"champion": opponent, "baseline": opponent},
        ),
    )
