"""What the accuracy benchmark counts, and how it sums up seeds."""

import numpy as np
import pytest

from benchmarks.accuracy import ask, measure_seed, render, summarise
from digit_pipeline.abstention import Calibration
from digit_pipeline.labelled_images import LabelledImages
from tests.stub_release import make_images, make_model


def outcome(seed: int, accuracy: float) -> dict:
    test = {"n": 100, "accuracy": accuracy, "ece": 0.01, "refused": 0.02}
    network = {"parameters": 1000, "bytes": 2_000_000, "seconds": 30.0}
    clothes = {"n": 200, "recognised": 1 - accuracy}
    return {
        "seed": seed,
        **network,
        "tests": {"MNIST test": test},
        "non_digits": {"clothes": clothes},
    }


def test_mean_and_deviation_are_over_seeds():
    figures = summarise([outcome(20, 0.99), outcome(21, 0.97)])
    found = figures["tests"]["MNIST test"]["accuracy"]
    assert found["mean"] == pytest.approx(0.98)
    assert found["deviation"] == pytest.approx(0.0141421, rel=1e-4)
    assert "| MNIST test | 100 | 98.00 ± 1.41 | 1.00 ± 0.00 |" in render(figures)
    assert "| clothes | 200 | 2.00 ± 1.41 |" in render(figures)


def test_one_seed_has_no_deviation():
    figures = summarise([outcome(20, 0.99)])
    assert "| 99.00 | 1.00 | 2.00 |" in render(figures)
    assert "| clothes | 200 | 1.00 |" in render(figures)


def test_the_best_guess_counts_even_when_it_is_refused():
    found = ask(
        make_model([1, 1, 2]), Calibration(min_energy=100.0), make_images([0, 1, 2])
    )
    assert found["accuracy"] == pytest.approx(2 / 3)
    assert found["refused"] == 1.0


def test_what_is_taken_for_a_digit_is_counted_by_family():
    digits = make_images(list(range(10)) * 5)
    # A blank picture, which the model knows nothing of, and two that look like digits.
    pictures = digits.images[:3] * np.array([0, 1, 1], np.uint8)[:, None, None, None]
    others = LabelledImages(pictures, np.array([0, 1, 1]), ("letters", "clothes"))
    report = {"seed": 20, "train_seconds": 1.0, "parameters": 10, "onnx_bytes": 100}
    shares = {"unfamiliar": 0.01, "unsure": 0.01}

    found = measure_seed((make_model(), report), digits, shares, {}, others)

    assert found["non_digits"] == {
        "letters": {"n": 1, "recognised": 0.0},
        "clothes": {"n": 2, "recognised": 1.0},
    }
