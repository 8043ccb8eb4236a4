"""Connected parts: hand-drawn masks, and OpenCV's answer to noise."""

import numpy as np
import pytest

from digit_pipeline.connected import find_components


def _mask(*rows: str) -> np.ndarray:
    return np.array([[mark == "#" for mark in row] for row in rows])


def test_corners_connect_and_gaps_part():
    found = find_components(_mask("#..#", ".#.#", "#..."))
    assert len(found) == 2
    assert sorted(map(tuple, found.boxes)) == [(0, 0, 2, 3), (3, 0, 4, 2)]


def test_arms_that_meet_only_at_the_bottom_are_one():
    found = find_components(_mask("#.#.#", "#.#.#", "#####"))
    assert len(found) == 1
    assert (found.labels >= 0).sum() == 11


def test_a_row_s_end_does_not_touch_the_next_row_s_start():
    assert len(find_components(_mask("...#", "#...", "...#"))) == 3


def test_nothing_is_connected_in_an_empty_mask():
    found = find_components(np.zeros((3, 4), bool))
    assert len(found) == 0
    assert (found.labels == -1).all()


@pytest.mark.parametrize("share", [0.1, 0.35, 0.5, 0.9])
def test_noise_falls_into_the_parts_that_opencv_finds(share):
    import cv2

    mask = np.random.default_rng(3).random((120, 90)) < share
    found = find_components(mask)
    count, expected, boxes, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=8
    )
    assert len(found) == count - 1
    pairs = set(zip(found.labels[mask], expected[mask], strict=True))
    assert len(pairs) == count - 1
    assert sorted(map(tuple, found.boxes)) == sorted(
        (x, y, x + width, y + height) for x, y, width, height, _ in boxes[1:]
    )
