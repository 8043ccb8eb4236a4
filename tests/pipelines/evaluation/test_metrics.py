"""Hand-computed answers, and scikit-learn as a second opinion."""

import math

import numpy as np
import pytest
from sklearn import metrics as reference

from digit_pipeline.intervals import wilson_interval
from digit_pipeline.pipelines.evaluation import metrics

NAMES = ("cat", "dog")
# Truth:       cat         cat         cat         dog         dog
# Answer:      cat         cat         dog         dog         cat
PROBABILITIES = np.array(
    [[0.9, 0.1], [0.8, 0.2], [0.3, 0.7], [0.4, 0.6], [0.75, 0.25]], np.float32
)
LABELS = np.array([0, 0, 0, 1, 1])


@pytest.fixture(scope="module")
def measured():
    return metrics.measure(PROBABILITIES, LABELS, NAMES)


def test_two_class_confusion(measured):
    assert measured["confusion_matrix"] == [[2, 1], [1, 1]]
    assert measured["n"] == 5
    assert measured["accuracy"] == pytest.approx(3 / 5)
    cat, dog = measured["per_class"]["cat"], measured["per_class"]["dog"]
    assert cat == {
        "precision": pytest.approx(2 / 3),
        "recall": pytest.approx(2 / 3),
        "f1": pytest.approx(2 / 3),
        "support": 3,
    }
    assert (dog["precision"], dog["recall"], dog["f1"]) == (0.5, 0.5, 0.5)
    assert measured["macro_f1"] == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_losses(measured):
    given = [0.9, 0.8, 0.3, 0.6, 0.25]
    assert measured["nll"] == pytest.approx(-sum(map(math.log, given)) / 5, rel=1e-6)
    assert measured["brier"] == pytest.approx(
        sum(2 * (1 - p) ** 2 for p in given) / 5, rel=1e-6
    )


def test_roc_auc_counts_ordered_pairs(measured):
    # dog scores 0.6, 0.25 against cat 0.1, 0.2, 0.7: 2 + 2 of 6 pairs are in order.
    assert measured["roc_auc"] == pytest.approx(4 / 6)


def test_everything_agrees_with_scikit_learn():
    random = np.random.default_rng(5)
    labels = random.integers(0, 4, 300)
    scores = random.random((300, 4)) + np.eye(4)[labels] * 0.6
    # Ties are where areas go wrong.
    scores = np.round(scores, 1) + 0.1
    probabilities = scores / scores.sum(axis=1, keepdims=True)
    ours = metrics.measure(probabilities, labels, tuple("abcd"))
    answers = probabilities.argmax(axis=1)
    precision, recall, f1, _ = reference.precision_recall_fscore_support(
        labels, answers, average="macro"
    )
    assert ours["macro_precision"] == pytest.approx(precision)
    assert ours["macro_recall"] == pytest.approx(recall)
    assert ours["macro_f1"] == pytest.approx(f1)
    assert ours["roc_auc"] == pytest.approx(
        reference.roc_auc_score(labels, probabilities, multi_class="ovr")
    )
    assert ours["nll"] == pytest.approx(reference.log_loss(labels, probabilities))


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        # By hand: centre (p + z²/2n) / (1 + z²/n), z² = 3.8415.
        (8, 10, 0.4902, 0.9433),
        (10, 10, 0.7225, 1.0),
        (0, 10, 0.0, 0.2775),
        (0, 0, 0.0, 1.0),
    ],
)
def test_wilson_interval(hits, n, low, high):
    assert wilson_interval(hits, n) == pytest.approx((low, high), abs=5e-5)


def test_expected_calibration_error_by_hand():
    # Two bins: confidences 0.6 and 0.7 are right once, 0.95 and 1.0 both times; of
    # fifteen bins they lie in four.
    probabilities = np.array([[0.6, 0.4], [0.7, 0.3], [0.95, 0.05], [1.0, 0.0]])
    labels = np.array([0, 1, 0, 0])
    two = metrics.expected_calibration_error(probabilities, labels, bins=2)
    assert two == pytest.approx(abs((0.6 + 0.7 + 0.95 + 1.0) / 4 - 3 / 4))
    fifteen = metrics.expected_calibration_error(probabilities, labels)
    # 0.95 and 1.0 share the last bin: mean confidence 0.975, both right.
    assert fifteen == pytest.approx((0.4 + 0.7 + 2 * 0.025) / 4)


def test_bins_hold_their_upper_bound():
    bins = metrics.bin_confidence(np.array([[0.5, 0.5]]), np.array([0]), bins=2)
    assert (bins[0]["low"], bins[0]["high"]) == (0.0, 0.5)


def test_class_without_images_is_left_out_of_means():
    measured = metrics.measure(
        np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0]]), np.array([0, 1]), tuple("abc")
    )
    assert measured["per_class"]["c"]["recall"] is None
    assert measured["macro_recall"] == 1.0
    assert measured["roc_auc"] == 1.0


def test_accuracy_by_source():
    correct = np.array([True, False, True])
    found = metrics.measure_by_source(correct, np.array(["mnist", "mnist", "pen"]))
    assert {k: (v["n"], v["accuracy"]) for k, v in found.items()} == {
        "mnist": (2, 0.5),
        "pen": (1, 1.0),
    }
    assert metrics.measure_by_source(correct, None) == {}


def test_mcnemar_is_the_fair_coin():
    first = np.array([True] * 5 + [False] + [True] * 10)
    second = np.array([False] * 5 + [True] + [True] * 10)
    # 6 throws, at most 1 head: 2 * (1 + 6) / 64.
    assert metrics.compare_paired(first, second) == {
        "only_first": 5,
        "only_second": 1,
        "p_value": pytest.approx(14 / 64),
    }
    assert metrics.compare_paired(first, first)["p_value"] == 1.0


def test_no_images_are_refused():
    with pytest.raises(ValueError, match="at least one image, got"):
        metrics.measure(np.zeros((0, 2)), np.zeros(0, np.int64), NAMES)
