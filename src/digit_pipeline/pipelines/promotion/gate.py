"""The gate: may the challenger take the champion's place? A policy, free of data.

The challenger must be good enough in itself (accuracy, calibration, latency), and must
not have lost against the champion: neither on the challenger's gate images nor on the
champion's, neither over all classes nor, by more than the limit and chance allow, in
any one, nor below a robustness floor that the champion keeps. A retrained one has to
show besides that it lost nothing to speak of on all frozen images together: see
``margins``.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.percentages import word_points, word_share
from digit_pipeline.pipelines.evaluation.interpretation import to_words
from digit_pipeline.pipelines.promotion.margins import (
    Margins,
    PooledTrial,
    apply_margins,
)
from digit_pipeline.pipelines.promotion.paired_tests import (
    count_discordant,
    holm,
    loss_p_value,
)
from digit_pipeline.pipelines.promotion.rule import Rule
from digit_pipeline.releases import TakenBack

ROBUSTNESS = "robustness."
Outcome = Literal["promoted", "refused", "already_champion"]


@dataclass(frozen=True)
class Limits:
    """What the gate asks for; see conf/base/parameters_promotion.yml."""

    min_gate_images: int
    min_accuracy: float
    max_calibration_error: float
    max_latency_ms: float
    alpha: float
    max_class_drop: float
    robustness_floors: Mapping[str, float] = field(default_factory=dict)
    margins: Margins | None = None


@dataclass(frozen=True, eq=False)
class Meeting:
    """Both models' answers to one gate set.

    Attributes:
        name: whose gate set: "challenger" or "champion"; or "field", nobody's.
        labels: int64 ``(n,)``, positions in the class names.
        challenger: bool ``(n,)``, whether the challenger was right.
        champion: bool ``(n,)``, whether the champion was.
    """

    name: str
    labels: NDArray[np.int64]
    challenger: NDArray[np.bool_]
    champion: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What the gate knows.

    Attributes:
        class_names: the challenger's classes.
        champion_class_names: the champion's; None when there is no champion.
        gate_images: number of images in the challenger's gate set.
        accuracy: the challenger's share of right answers on it.
        calibration_error: its expected calibration error on it.
        latency_ms: median milliseconds for one image on one thread.
        meetings: both models on both gate sets; empty when there is no champion.
        robustness: the challenger's accuracy on corrupted gate images by corruption,
            the mean of five strengths.
        champion_robustness: the champion's on the same images; None when there is no
            champion that knows these classes.
        same_model: whether challenger and champion are one model.
        trial: all answers to all frozen images, for ``margins``.
        taken_back: the release that was rolled back from and learned from the very
            images that the challenger did; None when there is none.
    """

    class_names: tuple[str, ...]
    champion_class_names: tuple[str, ...] | None
    gate_images: int
    accuracy: float
    calibration_error: float
    latency_ms: float
    meetings: Sequence[Meeting]
    robustness: Mapping[str, float] = field(default_factory=dict)
    champion_robustness: Mapping[str, float] | None = None
    same_model: bool = False
    trial: PooledTrial | None = None
    taken_back: TakenBack | None = None


def decide_promotion(evidence: Evidence, limits: Limits) -> dict[str, Any]:
    """Decide, and say every rule's figure.

    Returns:
        ``outcome`` ("promoted", "refused" or "already_champion"), ``promoted``,
        ``reason`` (a sentence), ``rules`` (name, passed, figure, threshold, sentence,
        details each).
    """
    rules = list(_apply_rules(evidence, limits))
    failed = [rule for rule in rules if not rule.passed]
    outcome: Outcome = "promoted"
    if evidence.same_model:
        outcome = "already_champion"
    elif failed:
        outcome = "refused"
    weak = [rule for rule in rules if rule.passed and _is_below_floor(rule)]
    return {
        "outcome": outcome,
        "promoted": outcome == "promoted",
        "reason": _explain(outcome, evidence, failed) + _warn(weak),
        "rules": [asdict(rule) for rule in rules],
    }


def _apply_rules(evidence: Evidence, limits: Limits) -> Iterator[Rule]:
    yield _has_gate_images("gate_images", evidence.gate_images, limits)
    if not evidence.gate_images:
        return
    if limits.margins:
        yield _was_not_taken_back(evidence.taken_back)
    yield _is_at_least("accuracy", evidence.accuracy, limits.min_accuracy)
    yield _is_at_most(
        "calibration",
        "Confidence and accuracy differ by",
        evidence.calibration_error,
        limits.max_calibration_error,
    )
    yield _is_at_most(
        "latency",
        "Milliseconds for one image:",
        evidence.latency_ms,
        limits.max_latency_ms,
    )
    for name, floor in limits.robustness_floors.items():
        yield _keeps_floor(name, floor, evidence)
    if evidence.champion_class_names is None:
        return
    yield _has_same_classes(evidence)
    if evidence.champion_class_names != evidence.class_names:
        return
    for meeting in evidence.meetings:
        yield _has_gate_images(
            f"gate_images.{meeting.name}", len(meeting.labels), limits
        )
        yield _has_not_lost(meeting, limits)
        yield _no_class_has_fallen(meeting, evidence.class_names, limits)
    if limits.margins and evidence.trial:
        yield from apply_margins(evidence.trial, limits.margins)


def _has_gate_images(name: str, images: int, limits: Limits) -> Rule:
    return Rule(
        name,
        images >= limits.min_gate_images,
        images,
        limits.min_gate_images,
        f"{images} gate images, at least {limits.min_gate_images} needed.",
    )


def _was_not_taken_back(release: TakenBack | None) -> Rule:
    """Refuse to learn again, unasked, what somebody has taken back.

    The same images give the same model, or one like it: a schedule would undo every
    roll-back.
    """
    if release is None:
        sentence = "No release was taken back that learned from the same images."
        return Rule("taken_back", True, None, None, sentence)
    when = f"{datetime.fromisoformat(release.when):%Y-%m-%d %H:%M} UTC"
    sentence = (
        f"Release {release.version} learned from the very same images and was taken "
        f"back on {when}: use that release again by hand, or teach something more."
    )
    details = {"version": release.version, "when": release.when}
    return Rule("taken_back", False, None, None, sentence, details)


def _is_at_least(name: str, figure: float, least: float) -> Rule:
    sentence = (
        f"{word_share(figure)} of the gate images right, at least {word_share(least)} "
        "needed."
    )
    return Rule(name, figure >= least, figure, least, sentence)


def _is_at_most(name: str, subject: str, figure: float, most: float) -> Rule:
    sentence = f"{subject} {figure:,.4g}, at most {most:,.4g} allowed."
    return Rule(name, figure <= most, figure, most, sentence)


def _keeps_floor(name: str, floor: float, evidence: Evidence) -> Rule:
    """Refuse what falls below a floor that the champion keeps.

    A floor that nobody keeps yet is a goal: it must not stop a first champion, nor one
    that is better in everything else.
    """
    figure = evidence.robustness.get(name)
    champion = (evidence.champion_robustness or {}).get(name)
    corrupted = f"gate images corrupted by {to_words(name)}"
    if figure is None:
        sentence = f"Expected the challenger's accuracy on {corrupted}, got none."
        return Rule(f"{ROBUSTNESS}{name}", False, None, floor, sentence)
    kept = champion is not None and champion >= floor
    passed = figure >= floor or not kept
    if figure >= floor:
        verdict = f"at least {word_share(floor)} wanted"
    elif champion is None:
        verdict = f"below the floor of {word_share(floor)}, and no champion keeps it"
    else:
        whether = "keeps" if kept else "does not keep either"
        verdict = (
            f"below the floor of {word_share(floor)}, which the champion {whether} "
            f"({word_share(champion)})"
        )
    return Rule(
        f"{ROBUSTNESS}{name}",
        passed,
        figure,
        floor,
        f"{word_share(figure)} of the {corrupted} right, {verdict}.",
        {"champion": champion},
    )


def _has_same_classes(evidence: Evidence) -> Rule:
    same = evidence.class_names == evidence.champion_class_names
    return Rule(
        "class_names",
        same,
        None,
        None,
        "Challenger and champion know the same classes in the same order."
        if same
        else f"Expected the champion's classes {evidence.champion_class_names}, got "
        f"{evidence.class_names}.",
    )


def _has_not_lost(meeting: Meeting, limits: Limits) -> Rule:
    lost, won = count_discordant(meeting.champion, meeting.challenger)
    p_value = loss_p_value(lost, won)
    return Rule(
        f"paired.{meeting.name}",
        p_value >= limits.alpha,
        p_value,
        limits.alpha,
        f"Of {_name_images(meeting)} the champion alone got {lost} right, the "
        f"challenger alone {won} (p = {p_value:.3g}).",
        {
            "images": len(meeting.labels),
            "champion_alone_right": lost,
            "challenger_alone_right": won,
            "champion_accuracy": _share(meeting.champion),
            "challenger_accuracy": _share(meeting.challenger),
        },
    )


def _no_class_has_fallen(
    meeting: Meeting, class_names: tuple[str, ...], limits: Limits
) -> Rule:
    """Refuse a class that fell by more than the limit, if chance does not explain it.

    A class has few gate images: two more mistakes among 18 look like a fall of 11
    points and mean nothing. Holm's adjustment keeps ten classes from making ten
    chances of a false alarm.
    """
    drops, p_values = {}, {}
    for label, name in enumerate(class_names):
        members = meeting.labels == label
        champion, challenger = meeting.champion[members], meeting.challenger[members]
        if members.any():
            drops[name] = _share(champion) - _share(challenger)
            p_values[name] = loss_p_value(*count_discordant(champion, challenger))
    adjusted = holm(p_values)
    fallen = [
        name
        for name in drops
        if drops[name] > limits.max_class_drop and adjusted[name] < limits.alpha
    ]
    worst = max(drops, key=lambda name: drops[name], default=None)
    figure = drops[worst] if worst is not None else 0.0
    return Rule(
        f"classes.{meeting.name}",
        not fallen,
        figure,
        limits.max_class_drop,
        _tell_classes(_name_images(meeting), fallen, worst, drops, adjusted),
        {"drops": drops, "adjusted_p_values": adjusted, "fallen": fallen},
    )


def _tell_classes(
    images: str,
    fallen: list[str],
    worst: str | None,
    drops: dict[str, float],
    adjusted: dict[str, float],
) -> str:
    if fallen:
        listed = ", ".join(
            f"{name} by {word_points(drops[name])} (p = {adjusted[name]:.2g})"
            for name in fallen
        )
        return f"On {images} the challenger reads worse: {listed}."
    if worst is None or drops[worst] <= 0:
        return f"No class is read worse on {images}."
    return (
        f"On {images} the largest drop is {word_points(drops[worst])} for {worst}, "
        f"which is within the limit or chance (p = {adjusted[worst]:.2g})."
    )


def _name_images(meeting: Meeting) -> str:
    if meeting.name == "field":
        return f"the field set's {len(meeting.labels)} images"
    return f"the {meeting.name}'s {len(meeting.labels)} gate images"


def _explain(outcome: Outcome, evidence: Evidence, failed: list[Rule]) -> str:
    if outcome == "already_champion":
        return "The challenger is the champion already: nothing to publish."
    if failed:
        return "Refused: " + " ".join(rule.sentence for rule in failed)
    right = f"{word_share(evidence.accuracy)} of {evidence.gate_images:,}"
    if evidence.champion_class_names is None:
        return (
            "The first champion: there was none to meet, and it is good enough in "
            f"itself ({right} gate images)."
        )
    if evidence.trial:
        return (
            "Shown to have lost nothing to speak of against the champion and the "
            f"baseline on {len(evidence.trial.challenger.right):,} frozen images; no "
            "class fell by more than the limit and chance allow, and it is good enough "
            f"in itself ({right} gate images)."
        )
    return (
        "Not found worse than the champion on either gate set; no class fell by more "
        "than the limit and chance allow, and it is good enough in itself "
        f"({right} gate images)."
    )


def _is_below_floor(rule: Rule) -> bool:
    return (
        rule.name.startswith(ROBUSTNESS)
        and isinstance(rule.figure, float)
        and rule.figure < (rule.threshold or 0)
    )


def _warn(weak: list[Rule]) -> str:
    """Name the floors that neither model keeps; nothing when there are none."""
    if not weak:
        return ""
    names = [to_words(rule.name.removeprefix(ROBUSTNESS)) for rule in weak]
    return f" Below a floor that no champion keeps: {', '.join(names)}."


def _share(right: NDArray[np.bool_]) -> float:
    return float(right.mean()) if len(right) else 0.0
