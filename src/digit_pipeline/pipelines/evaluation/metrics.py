"""What a classifier's probabilities are worth, as plain numbers for JSON.

Everything here is a pure function of probabilities and labels. ``None`` stands for a
figure that the images cannot give, such as the recall of a class without images.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.intervals import wilson_interval

Probabilities = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]

# Two-sided 95 % point of the normal distribution.
# Equal-width bins of the expected calibration error, as Guo et al. (2017) use.
ECE_BINS = 15
# Keeps the logarithm of a confidently wrong answer finite.
SMALLEST_PROBABILITY = 1e-12


def measure(
    probabilities: Probabilities, labels: Labels, class_names: tuple[str, ...]
) -> dict[str, Any]:
    """Measure answers against labels.

    Args:
        probabilities: float ``(n, k)``, each row sums to 1.
        labels: int64 ``(n,)``, positions in ``class_names``.
        class_names: k names.

    Returns:
        ``n``, ``accuracy`` with ``accuracy_low`` and ``accuracy_high`` (Wilson 95 %),
        ``macro_precision``, ``macro_recall``, ``macro_f1`` (over classes with images),
        ``roc_auc`` (one against the rest, macro), ``ece``, ``brier``, ``nll`` (nats),
        ``per_class``, ``confusion_matrix`` (rows: truth, columns: answer).

    Raises:
        ValueError: when there are no images, or the arrays do not fit together.
    """
    _check(probabilities, labels, class_names)
    answers = probabilities.argmax(axis=1)
    matrix = count_confusions(labels, answers, len(class_names))
    per_class = score_classes(matrix, class_names)
    present = [scores for scores in per_class.values() if scores["support"]]
    curves = [
        roc_auc(probabilities[:, k], labels == k) for k in range(len(class_names))
    ]
    return {
        **measure_accuracy(answers == labels),
        **{
            f"macro_{name}": float(np.mean([scores[name] for scores in present]))
            for name in ("precision", "recall", "f1")
        },
        "roc_auc": _mean([area for area in curves if area is not None]),
        "ece": expected_calibration_error(probabilities, labels),
        "ece_bins": f"{ECE_BINS} bins of equal width",
        "brier": brier_score(probabilities, labels),
        "nll": negative_log_likelihood(probabilities, labels),
        "per_class": per_class,
        "confusion_matrix": matrix.tolist(),
    }


def measure_accuracy(correct: NDArray[np.bool_]) -> dict[str, Any]:
    """Give ``n``, ``accuracy`` and its Wilson 95 % interval from bool ``(n,)``."""
    hits, n = int(correct.sum()), len(correct)
    low, high = wilson_interval(hits, n)
    return {
        "n": n,
        "accuracy": hits / n,
        "accuracy_low": low,
        "accuracy_high": high,
    }


def measure_by_source(
    correct: NDArray[np.bool_], sources: NDArray[np.str_] | None
) -> dict[str, dict[str, Any]]:
    """Give each source's accuracy; empty where the sources are unknown."""
    if sources is None:
        return {}
    return {
        str(source) or "unknown": measure_accuracy(correct[sources == source])
        for source in np.unique(sources)
    }


def count_confusions(
    labels: Labels, answers: NDArray[np.int64], k: int
) -> NDArray[np.int64]:
    """Count answers: int64 ``(k, k)``, rows the truth, columns the answer."""
    return np.bincount(labels * k + answers, minlength=k * k).reshape(k, k)


def score_classes(
    matrix: NDArray[np.int64], class_names: tuple[str, ...]
) -> dict[str, dict[str, Any]]:
    """Give precision, recall and F1 of each class, with its number of images.

    A class that nothing was taken for has precision 0; one without images has recall
    and F1 None.
    """
    scores = {}
    for k, name in enumerate(class_names):
        hits, support = int(matrix[k, k]), int(matrix[k].sum())
        answered = int(matrix[:, k].sum())
        scores[name] = {
            "precision": hits / answered if answered else 0.0,
            "recall": hits / support if support else None,
            "f1": 2 * hits / (support + answered) if support else None,
            "support": support,
        }
    return scores


def roc_curve(
    scores: Probabilities, is_class: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Trace false and true positive rate as the threshold falls from above 1 to 0.

    Returns:
        Two float64 arrays in [0, 1], equally long, from (0, 0) to (1, 1). Images of
        equal score are passed together.

    Raises:
        ValueError: when one side has no images.
    """
    positives, negatives = int(is_class.sum()), int((~is_class).sum())
    if not positives or not negatives:
        raise ValueError(
            f"expected images of the class and others, got {positives} and {negatives}"
        )
    order = np.argsort(-scores, kind="stable")
    last_of_score = np.append(np.diff(scores[order]) != 0, True)
    true = np.cumsum(is_class[order])[last_of_score] / positives
    false = np.cumsum(~is_class[order])[last_of_score] / negatives
    return np.append(0.0, false), np.append(0.0, true)


def roc_auc(scores: Probabilities, is_class: NDArray[np.bool_]) -> float | None:
    """Give the area under the ROC curve; None when one side has no images."""
    if is_class.all() or not is_class.any():
        return None
    false, true = roc_curve(scores, is_class)
    return float(np.trapezoid(true, false))


def measure_ranking(wanted: Probabilities, others: Probabilities) -> dict[str, Any]:
    """Tell how well a score parts what is wanted from what is not.

    Args:
        wanted: scores ``(n,)`` that ought to be high.
        others: scores ``(m,)`` that ought to be low.

    Returns:
        ``auroc``, in [0, 1], and ``fpr95``: the share of the others that reach the
        score which 95 % of the wanted reach. None when one side is empty.
    """
    if not len(wanted) or not len(others):
        return {"auroc": None, "fpr95": None}
    scores = np.concatenate([wanted, others])
    threshold = np.quantile(wanted, 0.05)
    return {
        "auroc": roc_auc(scores, np.arange(len(scores)) < len(wanted)),
        "fpr95": float(np.mean(others >= threshold)),
    }


def bin_confidence(
    probabilities: Probabilities, labels: Labels, bins: int = ECE_BINS
) -> list[dict[str, Any]]:
    """Group answers by confidence into bins of equal width.

    Returns:
        The bins that hold answers, each with its bounds ``low`` and ``high``, ``n``,
        mean ``confidence`` and ``accuracy``. A bin holds its upper bound.
    """
    confidence = probabilities.max(axis=1)
    correct = probabilities.argmax(axis=1) == labels
    places = np.clip(np.ceil(confidence * bins).astype(int) - 1, 0, bins - 1)
    return [
        {
            "low": place / bins,
            "high": (place + 1) / bins,
            "n": int((places == place).sum()),
            "confidence": float(confidence[places == place].mean()),
            "accuracy": float(correct[places == place].mean()),
        }
        for place in np.unique(places).tolist()
    ]


def expected_calibration_error(
    probabilities: Probabilities, labels: Labels, bins: int = ECE_BINS
) -> float:
    """Give the mean distance of confidence and accuracy over bins of equal width."""
    parts = bin_confidence(probabilities, labels, bins)
    distance = sum(p["n"] * abs(p["confidence"] - p["accuracy"]) for p in parts)
    return float(distance / len(labels))


def brier_score(probabilities: Probabilities, labels: Labels) -> float:
    """Give the mean squared distance from the one-hot truth, in [0, 2]."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(np.mean(np.sum((probabilities - truth) ** 2, axis=1)))


def negative_log_likelihood(probabilities: Probabilities, labels: Labels) -> float:
    """Give the mean negative logarithm of the truth's probability, in nats."""
    given = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return float(-np.log(np.maximum(given, SMALLEST_PROBABILITY)).mean())


def compare_paired(
    first: NDArray[np.bool_], second: NDArray[np.bool_]
) -> dict[str, Any]:
    """Compare two classifiers on the same images by McNemar's exact test.

    Args:
        first: bool ``(n,)``, whether the first was right.
        second: bool ``(n,)``, whether the second was right.

    Returns:
        ``only_first`` and ``only_second`` (images that one alone got right) and
        ``p_value``, two-sided.
    """
    only_first = int((first & ~second).sum())
    only_second = int((~first & second).sum())
    return {
        "only_first": only_first,
        "only_second": only_second,
        "p_value": _fair_coin_p_value(
            min(only_first, only_second), only_first + only_second
        ),
    }


def _fair_coin_p_value(fewer: int, n: int) -> float:
    """Give the two-sided chance of at most ``fewer`` heads or tails in n throws."""
    tail = sum(math.comb(n, i) for i in range(fewer + 1))
    return float(min(1.0, 2 * tail / 2**n))


def _check(
    probabilities: Probabilities, labels: Labels, class_names: tuple[str, ...]
) -> None:
    expected = (len(labels), len(class_names))
    if probabilities.shape != expected or not len(labels):
        raise ValueError(
            f"expected probabilities {expected} of at least one image, "
            f"got {probabilities.shape}"
        )


def _mean(values: list[float]) -> float | None:
    return float(np.mean(values)) if values else None
