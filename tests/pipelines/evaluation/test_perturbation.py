"""Digits drawn anew stay the digits they were, in the contract's frame."""

import numpy as np
import pytest

from digit_pipeline.images import DIGIT_SIDE, fit_digit
from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.pipelines.evaluation.perturbation import perturb_images

NOTHING = {
    "images": 100,
    "variants": 1,
    "rotation": 0,
    "shear": 0,
    "stretch": 0,
    "edge": [0.45, 0.45],
}
ALL = NOTHING | {"rotation": 12, "shear": 0.2, "stretch": 0.15, "edge": [0.25, 0.6]}


def bar() -> np.ndarray:
    """An upright bar, 6 px wide, as the contract gives it."""
    ink = np.zeros((40, 40), np.float32)
    ink[5:35, 16:25] = 1
    return np.rint(fit_digit(ink) * 255).astype(np.uint8)


@pytest.fixture
def images() -> LabelledImages:
    pictures = np.stack([bar()] * 3)[..., np.newaxis]
    stroke = np.array([[0, 0], [0, 1]], np.float32)
    return LabelledImages(
        pictures,
        np.array([1, 0, 1]),
        ("0", "1"),
        strokes=Strokes.from_digits([[stroke]] * 3),
    )


def test_without_any_change_a_sharp_digit_stays(images):
    again = perturb_images(images, NOTHING, 20)
    difference = np.abs(again.images.astype(int) - images.images.astype(int))
    assert difference.mean() < 4
    assert np.array_equal(again.labels, images.labels)


def test_variants_lie_side_by_side_and_differ(images):
    again = perturb_images(images, ALL | {"variants": 4}, 20)
    assert again.labels.tolist() == [1] * 4 + [0] * 4 + [1] * 4
    assert len({image.tobytes() for image in again.images}) == 12
    # They came from pixels, not from these strokes.
    assert again.strokes is None


def test_variants_keep_the_contract(images):
    again = perturb_images(images, ALL | {"variants": 20}, 20).images[..., 0] / 255
    marked = again > 0
    heights = marked.any(axis=2).sum(axis=1)
    widths = marked.any(axis=1).sum(axis=1)
    assert set(np.maximum(heights, widths)) == {20}
    rows = (again * np.arange(DIGIT_SIDE)[:, None]).sum(axis=(1, 2))
    assert np.abs(rows / again.sum(axis=(1, 2)) - 14).max() < 0.6


def test_a_low_edge_is_a_thick_pen(images):
    thick = perturb_images(images, NOTHING | {"edge": [0.2, 0.2]}, 20)
    thin = perturb_images(images, NOTHING | {"edge": [0.7, 0.7]}, 20)
    assert thick.images.mean() > 1.1 * thin.images.mean()


def test_seed_decides(images):
    first, again, other = (perturb_images(images, ALL, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)


def test_at_most_so_many_images_and_the_input_is_untouched(images):
    before = images.images.copy()
    assert len(perturb_images(images, ALL | {"images": 2, "variants": 3}, 20)) == 6
    assert np.array_equal(images.images, before)


def test_blank_image_stays_blank(images):
    blank = images.with_images(np.zeros_like(images.images))
    assert not perturb_images(blank, ALL, 20).images.any()
