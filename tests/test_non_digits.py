"""What is drawn to be refused."""

import numpy as np
import pytest

from digit_pipeline.non_digits import (
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    draw_non_digits,
    glyphs,
    pairs,
    scribbles,
)
from digit_pipeline.shapes import is_upright_line


@pytest.fixture(scope="module")
def digits() -> np.ndarray:
    """A one and a bar lying down, as digits."""
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 4:24, 13:15] = 255
    images[1, 13:15, 4:24] = 255
    return images


@pytest.mark.parametrize("families", [TRAINING_FAMILIES, UNSEEN_FAMILIES])
def test_sets_are_whole_and_repeatable(digits, families) -> None:
    drawn = draw_non_digits(digits, families=families, per_family=5, seed=3)
    assert drawn.images.shape == (5 * len(families), 28, 28, 1)
    assert drawn.class_names == tuple(families)
    assert set(drawn.class_counts().values()) == {5}
    assert (drawn.images.max(axis=(1, 2, 3)) == 255).all(), "each has ink"
    again = draw_non_digits(digits, families=families, per_family=5, seed=3)
    assert np.array_equal(drawn.images, again.images)
    other = draw_non_digits(digits, families=families, per_family=5, seed=4)
    assert not np.array_equal(drawn.images, other.images)


def test_what_looks_like_a_one_is_drawn_again(digits) -> None:
    def draw(narrowest: float) -> list[bool]:
        families = {k: v for k, v in TRAINING_FAMILIES.items() if k != "pairs"}
        drawn = draw_non_digits(
            digits, families=families, per_family=60, seed=3, narrowest=narrowest
        )
        return [is_upright_line(ink, 0.3) for ink in drawn.images[..., 0]]

    lines, kept = sum(draw(0.0)), sum(draw(0.4))
    assert 10 < lines < 60
    # The contract leaves out what is faint beside a line.
    assert kept < lines / 5


def test_no_font_is_both_seen_and_unseen() -> None:
    assert not set(glyphs.SEEN_FONTS) & set(glyphs.UNSEEN_FONTS)


def test_no_sign_is_a_digit_or_its_double() -> None:
    assert not set(glyphs.LETTERS + glyphs.SIGNS) & set(
        "0123456789OolIZzSsBbgqGJjQDTYy"
    )


def test_a_pair_holds_both_digits(digits) -> None:
    rng = np.random.default_rng(1)
    pair = pairs.draw_pair(digits[:1], rng)
    columns = np.flatnonzero(pair.any(axis=0))
    assert pair.shape == (56, 56)
    # Two ones of two pixels' width, and the gap between them.
    assert columns[-1] - columns[0] + 1 in range(2, 13)


def test_a_dash_is_no_upright_one() -> None:
    rng = np.random.default_rng(1)
    for _ in range(50):
        (left, top), (right, bottom) = scribbles._dash(rng, 1.0)
        assert abs(bottom - top) < abs(right - left)
