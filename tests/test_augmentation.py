"""Digits written anew: still the contract's, still themselves, and repeatable."""

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_digits

from digit_pipeline.augmentation import Augmentation, augment_digits
from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.restoration import restore_ink
from digit_pipeline.shapes import measure_aspects, measure_slants

STRONG = Augmentation(
    rotation=15,
    shear=0.3,
    stretch=0.6,
    bend=0.05,
    proportion=0.1,
    blur=(0.6, 1.5),
    edge=(0.2, 0.7),
    pen_width=(0.03, 0.2),
    coarse=0.2,
)


@pytest.fixture(scope="module")
def digits():
    return fit_batch(restore_ink(load_digits().images[:40])[..., 0])


def augment(digits, augmentation, seed=3, strokes=None):
    rng = np.random.default_rng(seed)
    return augment_digits(digits, strokes, augmentation, rng)


def test_what_comes_out_obeys_the_contract(digits):
    written = augment(digits, STRONG)

    assert written.shape == (40, 28, 28)
    assert written.dtype == np.uint8
    assert (written.max(axis=(1, 2)) == 255).all()
    heights = (written > 0).any(axis=2).sum(axis=1)
    widths = (written > 0).any(axis=1).sum(axis=1)
    assert np.maximum(heights, widths).tolist() == pytest.approx([20] * 40, abs=1)


def test_no_change_leaves_the_digit_nearly_as_it_was(digits):
    written = augment(digits, Augmentation())

    likeness = [
        np.corrcoef(a.ravel().astype(float), b.ravel().astype(float))[0, 1]
        for a, b in zip(digits, written, strict=True)
    ]
    assert np.mean(likeness) > 0.9


def test_the_same_seed_writes_the_same_digits(digits):
    np.testing.assert_array_equal(augment(digits, STRONG), augment(digits, STRONG))
    assert (augment(digits, STRONG) != augment(digits, STRONG, seed=4)).any()


def test_a_low_edge_thickens_and_a_high_edge_thins(digits):
    blur = (1.2, 1.2)
    thick = augment(digits, Augmentation(blur=blur, edge=(0.2, 0.2)))
    thin = augment(digits, Augmentation(blur=blur, edge=(0.7, 0.7)))

    assert thick.mean() > 1.4 * thin.mean()


def test_a_turn_to_the_right_moves_the_top_of_a_bar_to_the_right():
    bar = np.zeros((60, 28, 28), np.uint8)
    bar[:, 4:24, 12:16] = 255

    turned = augment(bar, Augmentation(rotation=30)).astype(float)

    columns = np.arange(28)
    lean = [
        image[4:9].sum(axis=0) @ columns / max(1, image[4:9].sum())
        - image[19:24].sum(axis=0) @ columns / max(1, image[19:24].sum())
        for image in turned
    ]
    assert min(lean) < -5
    assert max(lean) > 5


def draw_seven():
    seven = np.zeros((1, 28, 28), np.uint8)
    cv2.polylines(seven[0], [np.array([[9, 4], [18, 4], [12, 23]])], False, 255, 2)
    return fit_batch(seven).repeat(200, axis=0)


@pytest.mark.parametrize("as_strokes", [False, True])
def test_no_seven_is_squeezed_into_a_one(as_strokes):
    sevens = draw_seven()
    bar, stem = np.linspace([9, 4], [18, 4], 9), np.linspace([18, 4], [12, 23], 19)
    path = np.concatenate([bar, stem]).astype(np.float32)
    strokes = [[path]] * len(sevens) if as_strokes else None
    free = Augmentation(stretch=0.7)
    bounded = Augmentation(stretch=0.7, aspects=(0.45, 0.7))

    slimmest = measure_aspects(augment(sevens, free, strokes=strokes)).min()
    aspects = measure_aspects(augment(sevens, bounded, strokes=strokes))

    assert slimmest < 0.35
    assert aspects.min() > 0.38
    assert aspects.max() < 0.8
    assert np.ptp(aspects) > 0.15


def test_what_was_drawn_another_way_is_bounded_by_its_own_shape():
    blot = np.zeros((100, 28, 28), np.uint8)
    blot[:, 4:24, 10:18] = 255  # 0.4 times as wide as high
    bar, stem = np.linspace([0, 0], [16, 0], 9), np.linspace([16, 0], [1, 20], 19)
    stroke = np.concatenate([bar, stem]).astype(np.float32)
    own = 17 / 21
    bounded = Augmentation(stretch=0.7, aspects=(own / 1.1, own * 1.1))

    # The first half are scans.
    strokes = [[]] * 50 + [[stroke]] * 50
    aspects = measure_aspects(augment(blot, bounded, strokes=strokes))[50:]

    # Two pixels are 0.1 of its height.
    assert aspects.min() > own / 1.1 - 0.1
    assert aspects.max() < own * 1.1 + 0.1


def test_no_stroke_leans_beyond_its_bounds():
    upright = np.zeros((100, 28, 28), np.uint8)
    upright[:, 4:24, 12:16] = 255
    leaning = np.array([[8, 0], [0, 20]], np.float32)
    bounded = Augmentation(shear=0.6, slants=(-0.4, 0.0))

    strokes = [[]] * 50 + [[leaning]] * 50
    slants = measure_slants(augment(upright, bounded, strokes=strokes))[50:]

    assert slants.min() > -0.45
    assert -0.05 < slants.max() < 0.05


def test_no_seven_leans_into_a_two():
    sevens = draw_seven()
    free = Augmentation(shear=0.6, stretch=0.5)
    bounded = Augmentation(shear=0.6, stretch=0.5, slants=(-0.4, 0.1))

    assert measure_slants(augment(sevens, free)).min() < -0.6
    slants = measure_slants(augment(sevens, bounded))
    assert slants.min() > -0.48
    assert slants.max() < 0.18
    assert np.ptp(slants) > 0.3


def test_what_is_beyond_a_bound_comes_no_nearer_and_goes_no_further():
    bar = np.zeros((1, 28, 28), np.uint8)
    bar[0, 4:24, 12:16] = 255
    bars = bar.repeat(50, axis=0)
    bounded = Augmentation(stretch=0.7, aspects=(0.5, 0.5))

    aspects = measure_aspects(augment(bars, bounded))

    assert aspects.min() > 0.17
    assert aspects.max() > 0.25


def test_kept_scans_stay_as_they_are(digits):
    rotated = Augmentation(rotation=20, kept=0.5)

    same = (augment(digits, rotated) == digits).all(axis=(1, 2))

    assert 10 <= same.sum() <= 30


def test_bending_changes_scans_and_strokes_alike(digits):
    bend = Augmentation(bend=0.06)
    line = [[np.array([[0, 0], [0, 5], [0, 10], [6, 10]], np.float32)]] * 40

    for strokes in (None, line):
        straight = augment(digits, Augmentation(), strokes=strokes)
        bent = augment(digits, bend, strokes=strokes)
        assert (straight != bent).any(axis=(1, 2)).mean() > 0.8


def test_strokes_are_drawn_with_pens_of_the_asked_width():
    line = [[np.array([[0, 0], [0, 10], [6, 10]], np.float32)]] * 20
    blank = np.zeros((20, 28, 28), np.uint8)

    thin = augment(blank, Augmentation(pen_width=(0.04, 0.04)), strokes=line)
    thick = augment(blank, Augmentation(pen_width=(0.2, 0.2)), strokes=line)

    assert thick.mean() > 2.5 * thin.mean() > 0


def test_proportion_moves_the_bar_of_a_cross_and_keeps_its_stem():
    cross = np.zeros((60, 28, 28), np.uint8)
    cross[:, 4:24, 13:15] = 255
    cross[:, 13:15, 7:21] = 255
    stroke = np.array([[14, 4], [14, 24]], np.float32)
    bar = np.array([[7, 14], [21, 14]], np.float32)
    for strokes in (None, [[stroke, bar]] * 60):
        still = augment(cross, Augmentation(), strokes=strokes)
        moved = augment(cross, Augmentation(proportion=0.2), strokes=strokes)
        # How far the widest row lies from the middle, in pixels of 20.
        heights = [
            np.argmax((images > 128).sum(axis=2), axis=1) for images in (still, moved)
        ]
        assert np.ptp(heights[0]) <= 1
        assert 3 <= np.ptp(heights[1]) <= 10


def test_a_thin_line_outlives_a_coarse_raster():
    line = [[np.array([[0, 0], [3, 10]], np.float32)]] * 40
    blank = np.zeros((40, 28, 28), np.uint8)
    coarse = Augmentation(pen_width=(0.02, 0.02), coarse=1.0)

    assert (augment(blank, coarse, strokes=line).max(axis=(1, 2)) == 255).all()


def test_gaps_break_a_line_and_leave_ink():
    line = np.zeros((60, 28, 28), np.uint8)
    line[:, 4:24, 13:15] = 255

    broken = augment(line, Augmentation(gaps=1.0))

    # Rows without ink between the line's ends.
    rows = (broken > 128).any(axis=2)
    holes = [np.diff(np.flatnonzero(one)).max() > 1 for one in rows]
    assert np.mean(holes) > 0.8
    assert (broken.max(axis=(1, 2)) == 255).all()


def test_a_picture_without_ink_has_nothing_to_break():
    blank = np.zeros((5, 28, 28), np.uint8)

    assert not augment(blank, Augmentation(gaps=1.0)).any()


def test_a_dot_that_a_gap_would_take_stays():
    dot = np.zeros((20, 28, 28), np.uint8)
    dot[:, 14, 14] = 255

    assert augment(dot, Augmentation(gaps=1.0)).any(axis=(1, 2)).all()
