"""Scans moved a batch at a time, as one by one."""

import cv2
import numpy as np
import pytest

from digit_pipeline.scan_warping import BEND_KNOTS, CANVAS, redraw_edges, warp_scans

STILL = np.eye(2, dtype=np.float32)


def bends(count, right=0.0, down=0.0):
    shift = np.array([right, down], np.float32)
    return np.broadcast_to(shift, (count, BEND_KNOTS, BEND_KNOTS, 2))


def test_a_square_is_drawn_in_the_middle_at_its_size():
    digits = np.zeros((1, 28, 28), np.uint8)
    digits[0, 3:18, 6:21] = 255

    drawn = warp_scans(digits, STILL[None], bends(1))[0]

    rows, columns = np.nonzero(drawn > 127)
    assert (rows.min(), rows.max()) == pytest.approx((5, 34), abs=1)
    assert (columns.min(), columns.max()) == pytest.approx((5, 34), abs=1)


def test_a_bend_looks_up_ink_from_the_right():
    digits = np.zeros((1, 28, 28), np.uint8)
    digits[0, 4:24, 12:16] = 255

    moved = warp_scans(digits, STILL[None], bends(1, right=0.2))[0]

    columns = np.nonzero(moved > 127)[1]
    assert columns.mean() == pytest.approx(CANVAS / 2 - 0.5 - 0.2 * 30, abs=0.7)


def test_a_digit_takes_nothing_from_those_around_it():
    digits = np.full((3, 28, 28), 255, np.uint8)
    digits[1] = 0
    digits[1, 13:15, 13:15] = 255
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)

    together = warp_scans(digits, np.stack([turn] * 3), bends(3, down=0.4))

    alone = warp_scans(digits[1:2], turn[None], bends(1, down=0.4))[0]
    np.testing.assert_array_equal(together[1], alone)
    assert together[0].mean() > together[1].mean()


def test_each_edge_is_found_after_its_own_blur():
    inks = np.zeros((2, 40, 40), np.uint8)
    inks[:, 10:30, 17:23] = 255
    blurs, edges = np.array([0.7, 1.4]), np.array([0.5, 0.3])

    found = redraw_edges(inks, blurs, edges).astype(int)

    for ink, blur, edge, new in zip(inks, blurs, edges, found, strict=True):
        soft = cv2.GaussianBlur(ink, (5, 5), blur).astype(float)
        low = 0.6 * edge * soft.max()
        high = min(1.4 * edge * soft.max(), soft.max())
        expected = np.clip((soft - low) / (high - low), 0, 1) * 255
        # OpenCV's blur of bytes is rounded; the rise from none to full multiplies it.
        assert np.abs(new - expected).max() <= 255 / (high - low) + 2


def test_no_scans_are_no_images():
    none = np.zeros((0, 28, 28), np.uint8)

    assert warp_scans(none, np.zeros((0, 2, 2), np.float32), bends(0)).shape == (
        0,
        CANVAS,
        CANVAS,
    )
