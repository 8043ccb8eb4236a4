"""The contract for many inks at once equals the contract for one."""

import cv2
import numpy as np

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.images import fit_digit


def draw_blobs(count, side=48):
    """Smooth blobs of all sizes and contrasts, anywhere in the square."""
    rng = np.random.default_rng(7)
    inks = np.zeros((count, side, side), np.uint8)
    for ink in inks:
        knots = rng.random(rng.integers(3, 7, 2), np.float32)
        height, width = rng.integers(2, side, 2).tolist()
        blob = cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
        sharp = np.clip((blob - 0.5) * rng.uniform(1, 6) + 0.3, 0, 1) * 255
        top, left = rng.integers(0, side - height), rng.integers(0, side - width)
        ink[top : top + height, left : left + width] = np.rint(sharp)
    return inks


def test_it_gives_pixel_for_pixel_what_fit_digit_gives():
    inks = draw_blobs(1500)

    batch = fit_batch(inks)

    single = [np.rint(fit_digit(ink / np.float32(255)) * 255) for ink in inks]
    np.testing.assert_array_equal(batch, np.array(single))


def test_blank_and_faint_inks_do_not_disturb_their_neighbours():
    inks = draw_blobs(3)
    inks[1] = 0
    alone = fit_batch(inks[2:])

    batch = fit_batch(inks)

    assert batch[1].max() == 0
    np.testing.assert_array_equal(batch[2], alone[0])


def test_no_inks_give_no_digits():
    assert fit_batch(np.zeros((0, 48, 48), np.uint8)).shape == (0, 28, 28)
