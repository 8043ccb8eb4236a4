"""Whether a new release does worse in use than the one before it: a policy, no data.

The gate knows held-out images; only use shows what people draw. For a while after a
promotion the new release's answers are compared with the old one's: how many were
unsure, unfamiliar or corrected, and how confident they were. A rise counts when chance
does not explain it *and* it is too large to live with, because no two days are alike;
who watches asks the old release about the same pictures as well, where it can.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Protocol

from digit_pipeline.percentages import word_points, word_share


class Figures(Protocol):
    """What a release did in a span of time; ``records.VersionFigures`` is one.

    Attributes:
        predictions: how many.
        by_verdict: predictions by verdict.
        mean_confidence: of those with ink, in [0, 1]; None when there is none.
        disagreements: corrections that say something else than the answer.
        disagreeing_clients: how many clients these came from.
    """

    @property
    def predictions(self) -> int: ...  # noqa: D102
    @property
    def by_verdict(self) -> Mapping[str, int]: ...  # noqa: D102
    @property
    def mean_confidence(self) -> float | None: ...  # noqa: D102
    @property
    def disagreements(self) -> int: ...  # noqa: D102
    @property
    def disagreeing_clients(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class WatchSettings:
    """When a release is worse.

    Attributes:
        min_predictions: answers with ink that both releases must have given.
        alpha: level of each one-sided test. Small, because it is asked every two
            seconds: of 2,000 simulated hours with equal releases none was broken off.
        max_rise: share of the answers that may be unsure, or unfamiliar, in addition.
        max_confidence_drop: mean confidence that may be lost.
        max_correction_rise: share of the answers that may be corrected in addition.
        min_disagreements: corrections below which none of this is said.
        min_clients: clients that these must have come from: no one visitor's word
            brings a release down.
        min_errors: answers that failed on our side before they count.
        max_error_share: share of the answers that may fail so.
        patience: seconds for which a release may fail to load: it may be on its way.
    """

    min_predictions: int = 50
    alpha: float = 1e-5
    max_rise: float = 0.10
    max_confidence_drop: float = 0.10
    max_correction_rise: float = 0.05
    min_disagreements: int = 10
    min_clients: int = 3
    min_errors: int = 5
    max_error_share: float = 0.05
    patience: float = 3.0


@dataclass(frozen=True)
class Faults:
    """What went wrong in this process since the release was promoted.

    Attributes:
        problem: why it does not load, a sentence; None when it does.
        problem_seconds: for how long.
        errors: requests that failed on our side.
        requests: all requests.
    """

    problem: str | None = None
    problem_seconds: float = 0.0
    errors: int = 0
    requests: int = 0


@dataclass(frozen=True)
class Judgement:
    """What the watch found.

    Attributes:
        broken: whether the release before should come back.
        rule: "load", "errors", "unsure", "unfamiliar", "confidence" or "corrections"
            when broken; None otherwise.
        figure: that rule's figure.
        limit: its limit.
        sentence: what was found, with its numbers.
    """

    broken: bool
    rule: str | None
    figure: float | None
    limit: float | None
    sentence: str


NO_FAULTS = Faults()
DEFAULT = WatchSettings()


def decide(
    before: Figures | None,
    after: Figures,
    settings: WatchSettings = DEFAULT,
    faults: Faults = NO_FAULTS,
) -> Judgement:
    """Judge a release by what it did, against the one before it.

    Args:
        before: what the release before did; None when nothing is known of it.
        after: what the new one did.
        settings: when it is worse.
        faults: what went wrong.

    Returns:
        the first rule that is broken, or why there is nothing to say against it.
    """
    broken = next(_find_faults(faults, settings), None)
    if broken:
        return broken
    counts = [_count_inked(one) if one else 0 for one in (before, after)]
    if before is None or min(counts) < settings.min_predictions:
        return leave(
            f"{counts[1]} answers since, {counts[0]} of the release before: at least "
            f"{settings.min_predictions} of each are needed to compare them.",
        )
    return next(
        _compare(before, after, settings),
        leave(f"Nothing is wrong in {counts[1]} answers."),
    )


def leave(sentence: str) -> Judgement:
    """Leave a release where it is, and say why."""
    return Judgement(False, None, None, None, sentence)


def _find_faults(faults: Faults, settings: WatchSettings) -> Iterator[Judgement]:
    if faults.problem and faults.problem_seconds >= settings.patience:
        yield Judgement(
            True,
            "load",
            faults.problem_seconds,
            settings.patience,
            f"It does not load: {faults.problem.rstrip('.')}.",
        )
    share = faults.errors / max(1, faults.requests)
    if faults.errors >= settings.min_errors and share > settings.max_error_share:
        yield Judgement(
            True,
            "errors",
            share,
            settings.max_error_share,
            f"{faults.errors} of {faults.requests} requests failed on our side, where "
            f"{word_share(settings.max_error_share)} may.",
        )


def _compare(
    before: Figures, after: Figures, settings: WatchSettings
) -> Iterator[Judgement]:
    sizes = _count_inked(before), _count_inked(after)
    for verdict in ("unsure", "unfamiliar"):
        counts = before.by_verdict.get(verdict, 0), after.by_verdict.get(verdict, 0)
        yield from _find_rise(
            verdict, f"were {verdict}", counts, sizes, settings.max_rise, settings.alpha
        )
    yield from _find_drop(before, after, settings)
    enough = (
        after.disagreements >= settings.min_disagreements
        and after.disagreeing_clients >= settings.min_clients
    )
    if enough:
        yield from _find_rise(
            "corrections",
            "were corrected",
            (before.disagreements, after.disagreements),
            sizes,
            settings.max_correction_rise,
            settings.alpha,
        )


def _find_rise(  # noqa: PLR0913, PLR0917 - a rule's name and its numbers
    rule: str,
    said: str,
    counts: tuple[int, int],
    sizes: tuple[int, int],
    most: float,
    alpha: float,
) -> Iterator[Judgement]:
    """Compare two shares: pooled one-sided z-test, and the rise itself."""
    old, new = (count / size for count, size in zip(counts, sizes, strict=True))
    pooled = min(1.0, sum(counts) / sum(sizes))
    spread = sqrt(pooled * (1 - pooled) * sum(1 / size for size in sizes))
    p_value = _tail((new - old) / spread) if spread else 1.0
    if new - old > most and p_value < alpha:
        yield Judgement(
            True,
            rule,
            new - old,
            most,
            f"{word_share(new)} of {sizes[1]} answers {said}, {word_share(old)} of the "
            f"{sizes[0]} before: {word_points(new - old)} more, where "
            f"{word_points(most)} may be (p = {p_value:.1g}).",
        )


def _find_drop(
    before: Figures, after: Figures, settings: WatchSettings
) -> Iterator[Judgement]:
    """Compare mean confidences.

    Only the means are known; no variable in [0, 1] with mean m varies by more than
    m (1 - m), which makes the test a cautious one.
    """
    old, new = before.mean_confidence, after.mean_confidence
    if old is None or new is None:
        return
    sizes = _count_inked(before), _count_inked(after)
    spread = sqrt(old * (1 - old) / sizes[0] + new * (1 - new) / sizes[1])
    p_value = _tail((old - new) / spread) if spread else float(new >= old)
    most = settings.max_confidence_drop
    if old - new > most and p_value < settings.alpha:
        yield Judgement(
            True,
            "confidence",
            old - new,
            most,
            f"The mean confidence of {sizes[1]} answers is {word_share(new)}, and was "
            f"{word_share(old)} over the {sizes[0]} before: {word_points(old - new)} "
            f"less, where {word_points(most)} may be (p = {p_value:.1g}).",
        )


def _count_inked(figures: Figures) -> int:
    return figures.predictions - figures.by_verdict.get("empty", 0)


def _tail(z: float) -> float:
    return NormalDist().cdf(-z)
