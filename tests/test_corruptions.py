"""Each corruption does to a canvas what its name says, by numbers one can check."""

import cv2
import numpy as np
import pytest

from digit_pipeline.corruptions import (
    CANVAS_SIDE,
    CLEAN,
    CORRUPTIONS,
    INK,
    PAPER,
    STRENGTHS,
    corrupt_digits,
    draw_canvas,
    name_condition,
)
from digit_pipeline.images import fit_digit, view_digit

# How far each goes where nothing changes; the others have no such amount.
NOTHING = {
    "shift": 0,
    "scale": 1,
    "rotation": 0,
    "shear": 0,
    "pen_width": 0,
    "noise": 0,
    "contrast": 1,
    "gaps": 0,
}


def bar(width: int = 16, height: int = 80) -> np.ndarray:
    """An upright bar of ink, in the middle of a sheet."""
    canvas = np.full((CANVAS_SIDE, CANVAS_SIDE), PAPER, np.uint8)
    top, left = (CANVAS_SIDE - height) // 2, (CANVAS_SIDE - width) // 2
    canvas[top : top + height, left : left + width] = INK
    return canvas


def seven() -> np.ndarray:
    """A digit as model input, with no symmetry to hide behind."""
    ink = np.zeros((60, 60), np.float32)
    points = np.array([[12, 12], [48, 12], [28, 50]], np.int32)
    cv2.polylines(ink, [points], isClosed=False, color=1.0, thickness=5)
    return np.rint(fit_digit(ink) * 255).astype(np.uint8)


def corrupt(name: str, *amounts: float, canvas: np.ndarray, seed: int = 1):
    return CORRUPTIONS[name].apply(canvas, amounts, np.random.default_rng(seed))


def ink_of(canvas: np.ndarray) -> np.ndarray:
    return (PAPER - canvas.astype(float)) / (PAPER - INK)


def centre(canvas: np.ndarray) -> np.ndarray:
    ink = ink_of(canvas)
    return np.array([axis.ravel() @ ink.ravel() for axis in np.indices(ink.shape)]) / (
        ink.sum()
    )


def spans(canvas: np.ndarray) -> tuple[int, int]:
    """Height and width of the ink."""
    marked = ink_of(canvas) > 0.5
    return int(marked.any(axis=1).sum()), int(marked.any(axis=0).sum())


@pytest.mark.parametrize("name", NOTHING)
def test_no_amount_changes_nothing(name: str) -> None:
    [same] = corrupt(name, NOTHING[name], canvas=bar())
    assert np.array_equal(same, bar())


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_the_canvas_that_came_is_left_alone(name: str) -> None:
    canvas = draw_canvas(seven())
    before = canvas.copy()
    versions = corrupt(name, *CORRUPTIONS[name].amounts, canvas=canvas)
    assert np.array_equal(canvas, before)
    assert [(one.dtype, one.shape) for one in versions] == [
        (np.uint8, canvas.shape)
    ] * len(STRENGTHS)


@pytest.mark.parametrize("name", sorted(set(CORRUPTIONS) - {"scale", "jpeg"}))
def test_a_greater_strength_changes_more(name: str) -> None:
    canvas = draw_canvas(seven()).astype(int)
    changes = [
        np.abs(one - canvas).mean()
        for one in corrupt(
            name, *CORRUPTIONS[name].amounts, canvas=canvas.astype(np.uint8)
        )
    ]
    # Chalk on a black board is farthest from ink on paper at full contrast.
    ordered = changes[::-1] if name == "inverted_polarity" else changes
    assert ordered == sorted(ordered)
    assert ordered[0] > 0


def test_shift_moves_by_a_share_of_the_canvas() -> None:
    small = bar(8, 16)
    for amount, moved in zip(
        (0.1, 0.2), corrupt("shift", 0.1, 0.2, canvas=small), strict=True
    ):
        way = np.linalg.norm(centre(moved) - centre(small))
        assert way == pytest.approx(amount * CANVAS_SIDE, abs=0.1)


def test_scale_writes_smaller_in_the_middle() -> None:
    [half] = corrupt("scale", 0.5, canvas=bar(16, 80))
    assert spans(half) == (40, 8)
    assert centre(half) == pytest.approx(centre(bar()), abs=0.5)


def test_rotation_turns_by_degrees() -> None:
    [lying] = corrupt("rotation", 90, canvas=bar(16, 80))
    assert spans(lying) == (16, 80)
    [turned] = corrupt("rotation", 30, canvas=bar(4, 80))
    rows, columns = np.nonzero(ink_of(turned) > 0.5)
    slope = np.polyfit(rows, columns, 1)[0]
    assert abs(np.degrees(np.arctan(slope))) == pytest.approx(30, abs=1)


def test_shear_moves_sideways_by_height() -> None:
    [slanted] = corrupt("shear", 0.5, canvas=bar(16, 80))
    assert spans(slanted) == (80, 16 + 40 - 1 + 1)


def test_turns_go_either_way() -> None:
    ways = {
        bool(centre(corrupt("rotation", 20, canvas=draw_canvas(seven()), seed=s)[0])[1]
             > centre(draw_canvas(seven()))[1])
        for s in range(8)
    }  # fmt: skip
    assert ways == {True, False}


def test_pen_gets_thinner_by_a_share_and_thicker_by_half_of_it() -> None:
    widths = {spans(corrupt("pen_width", 0.5, canvas=bar(), seed=s)[0])[1]
              for s in range(8)}  # fmt: skip
    assert widths == {8, 20}


def test_no_pen_is_so_thin_that_a_stroke_breaks() -> None:
    canvas = bar(24, 40)
    canvas[20:96, 55:57] = INK  # a hair that goes on above and below
    thin = next(
        one
        for seed in range(8)
        for one in corrupt("pen_width", 0.75, canvas=canvas, seed=seed)
        if spans(one)[1] < 24
    )
    pieces = cv2.connectedComponents((ink_of(thin) > 0.5).astype(np.uint8))[0] - 1
    assert pieces == 1
    assert spans(thin)[0] >= 72


def test_blur_spreads_ink_and_keeps_its_sum() -> None:
    versions = corrupt("blur", 1, 3, canvas=bar())
    darkest = [int(one.min()) for one in (bar(8), *corrupt("blur", 3, canvas=bar(8)))]
    assert darkest[0] < darkest[1]
    for one in versions:
        assert ink_of(one).sum() == pytest.approx(ink_of(bar()).sum(), rel=0.01)
    # A step blurred by a Gaussian is half as dark at the edge.
    across = ink_of(versions[1])[56]
    assert (across[47] + across[48]) / 2 == pytest.approx(0.5, abs=0.02)


def test_noise_has_the_standard_deviation_it_says() -> None:
    grey = np.full((CANVAS_SIDE, CANVAS_SIDE), 128, np.uint8)
    [noisy] = corrupt("noise", 16, canvas=grey)
    assert (noisy.astype(int) - 128).std() == pytest.approx(16, rel=0.03)


def test_contrast_fades_ink_and_not_paper() -> None:
    [faint] = corrupt("contrast", 0.2, canvas=bar())
    assert set(np.unique(faint)) == {PAPER, PAPER - 42}  # a fifth of 210


def test_inverted_polarity_is_the_same_model_input() -> None:
    canvas = draw_canvas(seven())
    [chalk] = corrupt("inverted_polarity", 1, canvas=canvas)
    assert np.array_equal(chalk, (PAPER + INK) - canvas.astype(int))
    assert np.array_equal(view_digit(chalk).digit, view_digit(canvas).digit)


def test_gaps_cut_a_stroke_into_pieces() -> None:
    canvas = bar(8, 100)
    pieces = [
        cv2.connectedComponents((ink_of(one) > 0.5).astype(np.uint8))[0] - 1
        for one in corrupt("gaps", 0, 1, 2, canvas=canvas, seed=3)
    ]
    assert pieces == [1, 2, 3]


def test_poor_jpegs_differ_more_than_good_ones() -> None:
    canvas = draw_canvas(seven()).astype(int)
    good, poor = corrupt("jpeg", 95, 4, canvas=canvas.astype(np.uint8))
    assert np.abs(good - canvas).mean() < 1 < np.abs(poor - canvas).mean()


def test_every_condition_comes_through_the_contract() -> None:
    conditions = corrupt_digits(np.stack([seven()] * 2), 20)
    assert list(conditions)[:3] == [CLEAN, "shift 1", "shift 2"]
    assert len(conditions) == 1 + len(CORRUPTIONS) * len(STRENGTHS)
    for name, digits in conditions.items():
        assert (digits.dtype, digits.shape) == (np.uint8, (2, 28, 28)), name
        assert digits.reshape(2, -1).max(axis=1).tolist() == [255, 255], name
    # Enlarged, laid on paper and read again, a digit is the digit it was, but for its
    # centre of mass, which may round to the next pixel.
    clean = conditions[CLEAN][0].astype(int)
    moved = [np.roll(clean, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    assert min(np.abs(one - seven()).mean() for one in moved) < 8


def test_images_of_one_condition_do_not_share_chance() -> None:
    twins = corrupt_digits(np.stack([seven()] * 8), 20)["rotation 5"]
    assert len({one.tobytes() for one in twins}) == 2
    shifted = corrupt_digits(np.stack([seven()] * 8), 20)["noise 3"]
    assert len({one.tobytes() for one in shifted}) == 8


def test_seed_decides() -> None:
    digits = seven()[np.newaxis]
    first, again, other = (corrupt_digits(digits, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["noise 5"], other["noise 5"])


def test_blank_image_is_safe() -> None:
    conditions = corrupt_digits(np.zeros((1, 28, 28), np.uint8), 20)
    marked = {name for name, digits in conditions.items() if digits.any()}
    # Strong grain is all the ink there is.
    assert marked <= {name_condition("noise", k) for k in STRENGTHS}


def test_no_images_are_safe() -> None:
    conditions = corrupt_digits(np.zeros((0, 28, 28), np.uint8), 20)
    assert {digits.shape for digits in conditions.values()} == {(0, 28, 28)}
