"""Calibration and refusal, on a model whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import softmax
from digit_pipeline.pipelines.evaluation import calibration, refusal
from digit_pipeline.pipelines.evaluation.metrics import (
    expected_calibration_error,
    measure_ranking,
)
from tests.stub_release import make_images, make_model

REFUSED = {"unfamiliar": 0.1, "unsure": 0.1}


def test_temperature_makes_confidence_true():
    # Three of four answers are right, and every one is given with certainty.
    logits = np.tile(np.array([[8.0, 0.0]], np.float32), (400, 1))
    labels = (np.arange(400) % 4 == 0).astype(np.int64)
    temperature = calibration.fit_temperature(logits, labels)
    # One more wrong answer than there is: 300 of 400 become 301 of 402.
    doubt = 1 / 402
    right = 0.75 * (1 - doubt) + 0.25 * doubt
    assert temperature == pytest.approx(8 / np.log(right / (1 - right)), rel=1e-3)
    probabilities = softmax(logits, temperature)
    assert expected_calibration_error(probabilities, labels) < 2e-3


def test_all_right_is_no_ground_for_certainty():
    logits = np.tile(np.array([[8.0, 0.0]], np.float32), (98, 1))
    temperature = calibration.fit_temperature(logits, np.zeros(98, np.int64))
    assert softmax(logits, temperature)[0, 0] == pytest.approx(0.99, abs=1e-4)


def test_thresholds_spare_the_source_that_would_lose_most():
    logits = np.zeros((200, 2), np.float32)
    logits[:, 0] = np.concatenate([np.arange(100) + 100, np.arange(100)])
    sources = np.array(["sure"] * 100 + ["faint"] * 100)
    fitted = calibration.fit_calibration(
        logits, np.zeros(200, np.int64), sources, REFUSED
    )
    energies = logits[100:, 0]
    assert np.mean(energies < fitted.min_energy) == pytest.approx(0.1, abs=0.01)


def test_corrections_do_not_move_the_thresholds():
    digits = make_images([0, 1, 2, 3] * 25)
    faint = make_images([0, 1, 2, 3])
    faint.images[:] //= 50
    faint = replace(faint, corrections=np.array(["c1", "c2", "c3", "c4"]))
    both = LabelledImages.concatenate([digits, faint])
    model = make_model()
    fitted = refusal.calibrate(model, digits, REFUSED)
    assert refusal.calibrate(model, both, REFUSED) == fitted
    told_apart = replace(both, corrections=None)
    assert refusal.calibrate(model, told_apart, REFUSED) != fitted


def test_ranking_by_hand():
    found = measure_ranking(np.array([1.0, 2, 3, 4]), np.array([0.0, 2.5]))
    # The digits beat 4 + 2 of 8 pairs.
    assert found["auroc"] == pytest.approx(6 / 8)
    assert found["fpr95"] == 0.5
    assert measure_ranking(np.array([1.0]), np.array([])) == {
        "auroc": None,
        "fpr95": None,
    }


def test_what_the_model_knows_nothing_of_is_unfamiliar():
    digits, others = make_images([0, 1, 2, 3]), make_images([0, 1])
    others.images[:, :10] = 0
    fitted = refusal.calibrate(make_model(), digits, REFUSED)
    found = refusal.measure_refusal(make_model(), fitted, digits, others)
    assert found["digits"]["digits"]["recognised"] == 1.0
    assert found["refused_digits"] == 0.0
    assert found["non_digits"]["0"] == {
        "n": 1,
        "recognised": 0.0,
        "unsure": 0.0,
        "unfamiliar": 1.0,
    }
    assert found["scores"]["energy"]["all"] == {"auroc": 1.0, "fpr95": 0.0}


def test_clothes_are_measured_where_they_are_at_hand():
    digits = make_images([0, 1, 2])
    without = refusal.collect_non_digits(digits, {}, 4, 1)
    assert without.class_names[-1] == "photographs"
    with_clothes = refusal.collect_non_digits(digits, {"test": digits}, 4, 1)
    counts = with_clothes.class_counts()
    assert counts["clothes"] == 3
    assert counts["photographs"] == counts["letters"] == 4
