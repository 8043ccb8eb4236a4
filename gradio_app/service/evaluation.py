"""Ask a release about labelled images, and count how well it does."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.intervals import wilson_interval

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier
    from digit_pipeline.labelled_images import LabelledImages

CHUNK = 512
VERDICTS = ("recognised", "unsure", "unfamiliar", "empty")


@dataclass(frozen=True)
class Failure:
    """A labelled image that could not be read.

    Attributes:
        name: of its file.
        code: why, for programs.
        detail: why, for people.
    """

    name: str
    code: str
    detail: str


@dataclass(frozen=True)
class Evaluation:
    """How well a release does on labelled images.

    Attributes:
        model_version: the release.
        source: ``test_set`` or ``archive``.
        class_names: in the order of the confusion matrix.
        n: images that were asked about.
        accuracy: share whose best guess is right, whatever the verdict, in [0, 1].
        accuracy_low: lower end of its 95 % interval (Wilson).
        accuracy_high: upper end.
        macro_precision: mean of the classes that occur, as the next two.
        macro_recall: how many images of a class are found.
        macro_f1: harmonic mean of the two, by class.
        per_class: by label: precision, recall, f1, support.
        confusion_matrix: a row per true class, a column per answer.
        verdicts: images by verdict.
        recognised_accuracy: accuracy on those that were recognised; None without any.
        failures: images that could not be read.
    """

    model_version: str
    source: str
    class_names: tuple[str, ...]
    n: int
    accuracy: float
    accuracy_low: float
    accuracy_high: float
    macro_precision: float
    macro_recall: float
    macro_f1: float
    per_class: dict[str, dict[str, float]]
    confusion_matrix: list[list[int]]
    verdicts: dict[str, int]
    recognised_accuracy: float | None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True)
class Answered:
    """One labelled image's answer.

    Attributes:
        truth: index of its class.
        answer: index of the best guess.
        verdict: how far the answer may be trusted.
    """

    truth: int
    answer: int
    verdict: str


def answer_test_set(
    classifier: "Classifier", images: "LabelledImages"
) -> Iterator[Answered]:
    """Answer images that went through the contract already, uint8, a few at a time."""
    for start in range(0, len(images), CHUNK):
        chunk = images.images[start : start + CHUNK, ..., 0]
        digits = np.asarray(chunk, np.float32) / np.float32(255)
        empty = [not digit.any() for digit in chunk]
        answers = classifier.answer(digits, empty)
        truths = images.labels[start : start + CHUNK].tolist()
        best = answers.probabilities.argmax(axis=1).tolist()
        for row in zip(truths, best, answers.verdicts, strict=True):
            yield Answered(*row)


def summarise(
    answers: Iterable[Answered],
    class_names: tuple[str, ...],
    model_version: str,
    source: str,
    failures: Iterable[Failure] = (),
) -> Evaluation:
    """Count answers."""
    confusion = np.zeros((len(class_names), len(class_names)), np.int64)
    verdicts = dict.fromkeys(VERDICTS, 0)
    right_recognised = 0
    for one in answers:
        confusion[one.truth, one.answer] += 1
        verdicts[one.verdict] += 1
        right_recognised += one.verdict == "recognised" and one.truth == one.answer
    n = int(confusion.sum())
    accuracy = float(np.trace(confusion)) / max(1, n)
    low, high = wilson_interval(accuracy * n, n)
    scores = _score_classes(confusion)
    occurring = [row for row in scores if row["support"]]
    recognised = verdicts["recognised"]
    return Evaluation(
        model_version=model_version,
        source=source,
        class_names=class_names,
        n=n,
        accuracy=accuracy,
        accuracy_low=low,
        accuracy_high=high,
        macro_precision=_mean(occurring, "precision"),
        macro_recall=_mean(occurring, "recall"),
        macro_f1=_mean(occurring, "f1"),
        per_class=dict(zip(class_names, scores, strict=True)),
        confusion_matrix=confusion.tolist(),
        verdicts=verdicts,
        recognised_accuracy=right_recognised / recognised if recognised else None,
        failures=tuple(failures),
    )


def _score_classes(confusion: NDArray[np.int64]) -> list[dict[str, Any]]:
    right = confusion.diagonal().astype(float)
    support, answered = confusion.sum(axis=1), confusion.sum(axis=0)
    precision = right / np.maximum(1, answered)
    recall = right / np.maximum(1, support)
    f1 = 2 * right / np.maximum(1, support + answered)
    return [
        {
            "precision": float(precision[i]),
            "recall": float(recall[i]),
            "f1": float(f1[i]),
            "support": int(support[i]),
        }
        for i in range(len(confusion))
    ]


def _mean(scores: Sequence[dict[str, Any]], name: str) -> float:
    return sum(row[name] for row in scores) / max(1, len(scores))
