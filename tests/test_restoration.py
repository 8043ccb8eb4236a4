"""The ink restored behind block counts."""

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_digits

from digit_pipeline.restoration import restore_ink


def test_the_ink_of_each_block_agrees_with_its_count():
    grey = load_digits().images[:100]

    ink = restore_ink(grey)

    assert ink.shape == (100, 80, 80, 1)
    assert ink.dtype == np.uint8
    blocks = ink.reshape(100, 10, 8, 10, 8).mean(axis=(2, 4)) / 255
    counts = np.pad(grey / 16, [(0, 0), (1, 1), (1, 1)])
    assert np.abs(blocks - counts).mean() < 0.01
    assert np.abs(blocks - counts).max() < 0.1


def grey_share(ink):
    return ((ink > 32) & (ink < 223)).sum() / (ink > 32).sum()


def test_strokes_are_sharper_than_enlarged_counts():
    grey = load_digits().images[:100]

    ink = restore_ink(grey)

    plain = [cv2.resize(g * 16, (64, 64), interpolation=cv2.INTER_CUBIC) for g in grey]
    assert grey_share(ink) < 0.75 * grey_share(np.clip(plain, 0, 255))


def test_a_full_block_column_becomes_a_straight_bar():
    grey = np.zeros((1, 8, 8))
    grey[0, :, 3] = 16

    ink = restore_ink(grey)[0, ..., 0]

    middle = ink[30:50].astype(float)
    assert np.ptp(middle, axis=0).max() <= 8
    # One block of 8 pixels, three blocks and the margin from the left.
    assert middle[0].sum() / 255 == pytest.approx(8, abs=1)
    assert middle[0] @ np.arange(80) / middle[0].sum() == pytest.approx(35.5, abs=0.1)


def test_other_shapes_and_values_are_refused():
    with pytest.raises(ValueError, match=r"shape \(n, 8, 8\), got \(2, 64\)"):
        restore_ink(np.zeros((2, 64)))
    with pytest.raises(ValueError, match=r"0 to 16, got 0\.0 to 255"):
        restore_ink(np.eye(8)[None] * 255)
