"""One sentence per figure, made from its numbers."""

from typing import Any

import numpy as np

from digit_pipeline.percentages import word_confidence, word_points, word_share

Metrics = dict[str, Any]

# Confidence and accuracy within this of each other are told apart by no reader.
CALIBRATED_WITHIN = 0.02
# The largest class against the smallest; up to here a set counts as balanced.
BALANCED_UP_TO = 1.5


def interpret_comparison(comparison: list[dict[str, Any]]) -> str:
    """Say which candidate was chosen and how far it is from the others.

    Args:
        comparison: a row per candidate, as in the comparison table.
    """
    chosen = next(row for row in comparison if row["chosen"])
    others = [row for row in comparison if not row["chosen"]]
    sentence = (
        f"{chosen['candidate']} is the candidate: "
        f"{word_share(chosen['test_accuracy'])} of the test images right "
        f"({interval(chosen, 'test')})"
    )
    if not others:
        return f"{sentence}."
    best = max(others, key=lambda row: row["perturbed_accuracy"])
    gap = chosen["perturbed_accuracy"] - best["perturbed_accuracy"]
    direction = "ahead of" if gap >= 0 else "behind"
    return (
        f"{sentence}; on validation images drawn anew it is {word_points(abs(gap))} "
        f"{direction} {best['candidate']}, the best of the others."
    )


def interpret_confusions(metrics: Metrics, class_names: list[str]) -> str:
    """Say how many images were mistaken and which confusion is the commonest."""
    matrix = np.array(metrics["confusion_matrix"])
    errors = matrix - np.diag(np.diag(matrix))
    if not errors.any():
        return f"All {metrics['n']:,} test images are answered rightly."
    truth, answer = np.unravel_index(errors.argmax(), errors.shape)
    count = int(errors[truth, answer])
    wrong = int(errors.sum())
    which = "only" if count == wrong else "commonest"
    return (
        f"{wrong:,} of {metrics['n']:,} test images {_are(wrong)} mistaken; the "
        f"{which} confusion is “{class_names[truth]}” read as "
        f"“{class_names[answer]}” ({_times(count)})."
    )


def interpret_reliability(metrics: Metrics, bins: list[dict[str, Any]]) -> str:
    """Say whether confidence can be taken at its word."""
    n = sum(part["n"] for part in bins)
    confidence = sum(part["n"] * part["confidence"] for part in bins) / n
    gap = confidence - metrics["accuracy"]
    if abs(gap) <= CALIBRATED_WITHIN:
        verdict = "so its word can be taken"
    else:
        verdict = "so it is too sure of itself" if gap > 0 else "so it is too modest"
    return (
        f"The model claims {word_share(confidence)} on average and is right in "
        f"{word_share(metrics['accuracy'])}, {verdict}; expected calibration error "
        f"{word_share(metrics['ece'])} over {metrics['ece_bins']}."
    )


def interpret_roc(areas: dict[str, float | None]) -> str:
    """Say how well the classes part, and which one parts worst."""
    known = {name: area for name, area in areas.items() if area is not None}
    if not known:
        return "No class has images of its own and of others, so there is no curve."
    worst = min(known, key=lambda name: known[name])
    if round(known[worst], 4) == 1:
        return (
            "Every class is told from the rest all but perfectly: all areas are 1.0000."
        )
    mean = float(np.mean(list(known.values())))
    return (
        f"A class is told from the rest with a mean area of {mean:.4f} under its "
        f"curve; “{worst}” is the hardest ({known[worst]:.4f})."
    )


def interpret_classes(metrics: Metrics) -> str:
    """Say which classes have the highest and the lowest F1."""
    scores = {
        name: one["f1"] for name, one in metrics["per_class"].items() if one["support"]
    }
    low = min(scores, key=lambda name: scores[name])
    high = max(scores, key=lambda name: scores[name])
    if scores[low] == scores[high]:
        return f"Every class has the same F1, {scores[low]:.3f}."
    best = [name for name in scores if scores[name] == scores[high]]
    those = f"“{high}” is" if len(best) == 1 else f"{len(best)} classes are"
    return (
        f"{those} read best (F1 {scores[high]:.3f}) and “{low}” worst "
        f"({scores[low]:.3f}, of {metrics['per_class'][low]['support']} images)."
    )


def interpret_mistakes(wrong: int, n: int, surest: float | None, shown: int) -> str:
    """Say how sure the model was of its worst mistake.

    Args:
        wrong: number of mistakes.
        n: number of images.
        surest: confidence of the worst mistake; None without one.
        shown: how many images the picture holds at most.
    """
    if surest is None:
        return (
            f"There is no mistake among {n:,} test images; these are the closest calls."
        )
    worst = "" if wrong == 1 else "the worst of them "
    sentence = (
        f"{wrong:,} of {n:,} test images {_are(wrong)} read wrongly, {worst}"
        f"with a confidence of {word_confidence(surest)}"
    )
    if wrong >= shown:
        return f"{sentence}; these are the {shown} of which the model was surest."
    return f"{sentence}; the pictures after the mistakes are right, but only just."


def interpret_learning(histories: dict[str, list[dict[str, float]]]) -> str:
    """Say which candidate ended most accurate, and whether it went on too long.

    Losses of different candidates are not compared: label smoothing raises them.

    Args:
        histories: by candidate, a row per epoch with ``epoch``, ``val_accuracy`` and
            ``val_loss``.
    """
    if not histories:
        return "No candidate was trained for more than one epoch: there is no curve."
    ends = {name: rows[-1]["val_accuracy"] for name, rows in histories.items()}
    best = max(ends, key=lambda name: ends[name])
    rows = histories[best]
    lowest = min(rows, key=lambda row: row["val_loss"])
    tail = (
        "was still falling at its last epoch"
        if lowest is rows[-1]
        else f"was lowest in epoch {int(lowest['epoch'])} of {int(rows[-1]['epoch'])}"
    )
    return (
        f"{best} ends with the highest validation accuracy ({word_share(ends[best])}); "
        f"its validation loss {tail}."
    )


def interpret_distribution(class_counts: dict[str, dict[str, int]]) -> str:
    """Say how large the sets are and whether the training set is balanced."""
    counts = class_counts["train"]
    smallest = min(counts, key=lambda name: counts[name])
    largest = max(counts, key=lambda name: counts[name])
    ratio = counts[largest] / max(counts[smallest], 1)
    balance = "balanced" if ratio <= BALANCED_UP_TO else "not balanced"
    sizes = ", ".join(
        f"{sum(one.values()):,} {name}" for name, one in class_counts.items()
    )
    return (
        f"{sizes} images; the training set is {balance}: it has {counts[largest]:,} of "
        f"“{largest}”, its largest class, and {counts[smallest]:,} of “{smallest}”, "
        "its smallest."
    )


def interpret_samples(sources: dict[str, int]) -> str:
    """Say how many training images there are, and where they come from."""
    n = sum(sources.values())
    shown = f"Some of {n:,} training images, as the model sees them"
    if len(sources) == 1:
        return f"{shown}, all {next(iter(sources))}."
    parts = [f"{word_share(count / n)} {name}" for name, count in sources.items()]
    return f"{shown}, {' and '.join(parts)}."


def interpret_intensity(intensity: dict[str, Any]) -> str:
    """Say how much of a picture is ink, and how much of the ink is grey."""
    most = max(intensity["ink_by_class"], key=intensity["ink_by_class"].get)
    least = min(intensity["ink_by_class"], key=intensity["ink_by_class"].get)
    return (
        f"{word_share(intensity['blank'])} of the pixels are blank, "
        f"{word_share(intensity['grey'])} grey edges and "
        f"{word_share(intensity['full'])} nearly full ink; “{most}” takes "
        f"the most, “{least}” the least."
    )


def interpret_robustness(scorecard: dict[str, Any]) -> str:
    """Say what corrupted images cost, and which corruption costs most.

    Args:
        scorecard: as ``robustness.score_conditions`` gives it.
    """
    rows = scorecard["corruptions"]
    if not rows:
        return "There are no gate images to corrupt, so robustness was not measured."
    worst = min(rows, key=lambda name: rows[name]["mean"])
    return (
        f"Of {scorecard['images']:,} gate images {word_share(scorecard['clean'])} are "
        f"read rightly as they are, and {word_share(scorecard['mean'])} over all "
        f"corruptions and strengths; the hardest is {to_words(worst)}: "
        f"{word_share(rows[worst]['mean'])} on average, "
        f"{word_share(rows[worst]['accuracies'][-1])} at strength 5."
    )


def to_words(name: str) -> str:
    """Write a corruption's name in words: ``pen_width`` is "pen width"."""
    return name.replace("_", " ")


def interval(row: dict[str, Any], side: str) -> str:
    """Write a row's interval of one set: "95 % interval 96.12 % to 99.83 %"."""
    low, high = map(word_share, (row[f"{side}_low"], row[f"{side}_high"]))
    return f"95 % interval {low} to {high}"


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")
