"""Near copies are found, and different digits are not taken for copies."""

import io

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.datasets import EmbeddedDigits
from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.quarantine import (
    content_hash,
    find_near_duplicates,
    group_near_duplicates,
)


@pytest.fixture(scope="module")
def pictures():
    """Digits as somebody would upload them: black on white, 80x80."""
    return 255 - EmbeddedDigits(per_class=12).load()["all"].images[..., 0]


def to_input(pictures) -> np.ndarray:
    digits = [np.rint(view_digit(p).digit * 255).astype(np.uint8) for p in pictures]
    return np.stack(digits)[..., np.newaxis]


def as_jpeg(picture):
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=75)
    return np.asarray(Image.open(file))


def test_a_picture_has_the_hash_that_training_knows_it_by(pictures):
    view = view_digit(pictures[0])
    images = LabelledImages(to_input(pictures[:1]), np.array([0]), ("0",))
    assert content_hash(view) == images.content_hashes()[0]


def test_copies_saved_otherwise_are_found_at_their_place(pictures):
    images = to_input(pictures)
    changed = to_input([as_jpeg(p) for p in pictures[30:60]])
    found = find_near_duplicates(changed, images)
    right = found == np.arange(30, 60)
    assert right.mean() > 0.9
    assert set(found[~right].tolist()) <= {-1}


def test_a_copy_a_pixel_away_is_found(pictures):
    images = to_input(pictures[:5])
    moved = np.roll(images, (1, -1), axis=(1, 2))
    assert find_near_duplicates(moved, images).tolist() == [0, 1, 2, 3, 4]


def test_nothing_is_near_to_nothing(pictures):
    images = to_input(pictures[:3])
    none = np.zeros((0, 28, 28, 1), np.uint8)
    assert find_near_duplicates(images, none).tolist() == [-1, -1, -1]
    assert find_near_duplicates(none, images).tolist() == []
    assert group_near_duplicates(none).tolist() == []


def test_groups_are_numbered_by_their_first(pictures):
    one, two = to_input(pictures[[0, 40]])
    images = np.stack([one, two, np.roll(one, 1, axis=0), two, one])
    assert group_near_duplicates(images).tolist() == [0, 1, 0, 1, 0]


def test_groups_reach_over_blocks(pictures, monkeypatch):
    monkeypatch.setattr("digit_pipeline.quarantine.similarity.BLOCK", 2)
    one, two = to_input(pictures[[0, 40]])
    images = np.stack([one, two, two, one, one])
    assert group_near_duplicates(images).tolist() == [0, 1, 1, 0, 0]


def test_few_honest_digits_are_taken_for_copies(pictures):
    """What the threshold costs; on pen digits it is half a percent."""
    images = to_input(pictures)
    half = len(images) // 2
    lost = find_near_duplicates(images[:half], images[half:]) >= 0
    assert lost.mean() <= 0.05
