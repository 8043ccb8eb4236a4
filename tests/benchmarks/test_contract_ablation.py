"""The contract's steps on drawings made by hand, and the sums of the ablation."""

import json
from typing import Any

import numpy as np
import pytest

from benchmarks import contract_ablation
from benchmarks.contract_steps import FITS, view_step
from benchmarks.drawn_digits import Placement
from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages, Strokes

PAPER, INK = 255, 0


def drawing(top: int, left: int, height: int, width: int) -> np.ndarray:
    """Draw a black bar on a white canvas of 280x280."""
    pixels = np.full((280, 280), PAPER, np.uint8)
    pixels[top : top + height, left : left + width] = INK
    return pixels


def inked(digit: np.ndarray) -> tuple[int, int, int, int]:
    """Give top, bottom, left and right of the ink; the last two lie outside."""
    rows, columns = (np.flatnonzero(digit.any(axis=axis)) for axis in (1, 0))
    return rows[0], rows[-1] + 1, columns[0], columns[-1] + 1


@pytest.mark.parametrize(
    ("step", "box"),
    [
        ("whole", (2, 10, 20, 22)),  # a tenth of where it was
        ("crop", (4, 24, 4, 24)),  # stretched to a square
        ("aspect", (4, 24, 11, 16)),  # four times as high as wide
        ("mass", (5, 25, 12, 17)),  # its middle on pixel 14, halves rounded up
    ],
)
def test_each_step_on_a_bar_in_a_corner(step: str, box: tuple[int, ...]):
    digit = view_step(drawing(20, 200, 80, 20), step)
    assert inked(digit) == box
    assert digit.max() == 255


def test_centre_of_mass_moves_what_is_heavier_on_one_side():
    pixels = drawing(20, 20, 200, 20)
    pixels[180:220, 20:120] = INK  # an L: its mass lies low and to the left
    by_box, by_mass = (inked(view_step(pixels, step)) for step in ("aspect", "mass"))
    assert by_mass[0] < by_box[0]
    assert by_mass[2] > by_box[2]


def test_the_last_step_is_the_contract_itself():
    pixels = drawing(20, 200, 80, 20)
    expected = np.rint(view_digit(pixels).digit * 255)
    assert (view_step(pixels, "mass") == expected).all()


@pytest.mark.parametrize("step", FITS)
def test_an_empty_canvas_has_no_ink(step: str):
    assert not view_step(np.full((50, 50), PAPER, np.uint8), step).any()


def test_parts_are_drawn_alike_each_time_and_need_strokes():
    seven = [[np.array([[0, 0], [4, 0], [2, 8]], np.float32)]]
    digits = LabelledImages(
        np.zeros((1, 8, 8, 1), np.uint8),
        np.array([7]),
        tuple("0123456789"),
        strokes=Strokes.from_digits(seven),
    )
    first, again = (contract_ablation.draw_part(digits, messy=True) for _ in range(2))
    for step in FITS:
        assert first.digits[step].shape == (1, 28, 28)
        assert (first.digits[step] == again.digits[step]).all()
    with pytest.raises(ValueError, match="expected digits with strokes"):
        contract_ablation.draw_part(
            LabelledImages(digits.images, digits.labels, digits.class_names), False
        )


def test_samples_are_the_same_each_time():
    digits = LabelledImages(
        np.zeros((9, 8, 8, 1), np.uint8), np.arange(9), tuple("012345678")
    )
    once = contract_ablation.sample(digits, 4).labels
    assert (once == contract_ablation.sample(digits, 4).labels).all()
    assert len(set(once.tolist())) == 4
    assert contract_ablation.sample(digits, 99) is digits


def test_training_follows_the_environments():
    plain, augmented, strokes = (
        contract_ablation.choose_parameters(training, 2)
        for training in contract_ablation.TRAININGS
    )
    assert "augmentation" not in plain
    assert augmented["augmentation"]["rotation"] > 0
    assert strokes["repeats"]["pendigits"] > 1
    assert plain["epochs"] == strokes["epochs"] == 2


def test_what_was_trained_with_other_parameters_is_not_kept(tmp_path):
    path = tmp_path / "strokes-0.json"
    assert not contract_ablation.is_kept(path, 2)
    parameters = contract_ablation.choose_parameters("strokes", 2)
    path.write_text(json.dumps({"training": "strokes", "parameters": parameters}))
    assert contract_ablation.is_kept(path, 2)
    assert not contract_ablation.is_kept(path, 3)
    parameters["repeats"] = {"pendigits": 1}
    path.write_text(json.dumps({"training": "strokes", "parameters": parameters}))
    assert not contract_ablation.is_kept(path, 2)


def outcome(training: str, seed: int, *steps: str) -> dict[str, Any]:
    right = {way: [90 + seed, 100] for way in contract_ablation.DRAWINGS}
    return {
        "training": training,
        "seed": seed,
        "images": 1000,
        "strokes": 50 if training == "strokes" else 0,
        "seconds": 1.0,
        "right": {
            step: {writers: right for writers in contract_ablation.WRITERS}
            for step in steps
        },
    }


def test_seeds_are_averaged_and_do_not_narrow_the_interval():
    kept = [
        outcome(training, seed, *(FITS if training == "plain" else (training,)))
        for seed in (0, 2)
        for training in contract_ablation.TRAININGS
    ]
    figures = contract_ablation.summarise(kept, seeds=2, epochs=1)
    score = figures["steps"]["strokes"]["test"]["messy"]
    assert (score["accuracy"], score["n"]) == (91, 100)
    assert (score["least"], score["greatest"]) == (90, 92)
    assert score["low"] == pytest.approx(83.8, abs=0.05)  # Wilson, 91 of 100
    assert score["high"] == pytest.approx(95.2, abs=0.05)
    text = contract_ablation.render(figures)
    assert text.count("91.0 (83.8 to 95.2)") == 4 * len(contract_ablation.STEPS)


def test_a_centred_placement_is_that_of_the_drawn_digits():
    place = Placement(contract_ablation.CENTRED_SIZE, contract_ablation.CENTRED_PEN)
    assert (place.x, place.y) == (0.5, 0.5)
