"""The scorecard, on images and models whose answers are known."""

from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.corruptions import CORRUPTIONS
from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.pipelines.evaluation.robustness import (
    corrupt_images,
    measure_robustness,
)
from tests.stub_corruptions import CONDITIONS, make_scorecard, repeat_under_conditions
from tests.stub_release import make_images, make_model


@pytest.fixture
def bars() -> LabelledImages:
    """Bars in the middle, wider with every image, that came from pen strokes."""
    images = np.zeros((4, 28, 28, 1), np.uint8)
    for i, image in enumerate(images):
        image[4:24, 12 : 15 + i] = 255
    strokes = Strokes.from_digits([[np.array([[0, 0], [0, 1]])]] * 4)
    labels = np.array([0, 1, 0, 1])
    return LabelledImages(images, labels, ("a", "b"), strokes=strokes)


def test_every_image_comes_under_every_condition(bars: LabelledImages) -> None:
    corrupted = corrupt_images(bars, {"images": 100}, 20)
    assert corrupted.images.shape == (4 * 56, 28, 28, 1)
    assert corrupted.sources is not None
    assert corrupted.sources.tolist() == np.repeat(CONDITIONS, 4).tolist()
    assert corrupted.labels.tolist() == [0, 1, 0, 1] * 56
    # They came from pixels, not from these strokes.
    assert corrupted.strokes is None


def test_at_most_so_many_images_and_the_input_is_untouched(
    bars: LabelledImages,
) -> None:
    before = bars.images.copy()
    first, again = (corrupt_images(bars, {"images": 2}, 20) for _ in range(2))
    assert len(first) == 2 * 56
    assert first.digest() == again.digest()
    assert np.array_equal(bars.images, before)


def test_scorecard_by_hand() -> None:
    # The model reads every 0 as a 1, and one of five images is a 0.
    corrupted = repeat_under_conditions(make_images([0, 1, 2, 3, 4]))
    scorecard = measure_robustness(make_model([1, 1, *range(2, 10)]), corrupted)
    assert (scorecard["images"], scorecard["clean"]) == (5, 0.8)
    assert scorecard["mean"] == pytest.approx(0.8)
    assert list(scorecard["corruptions"]) == list(CORRUPTIONS)
    gaps = scorecard["corruptions"]["gaps"]
    assert gaps["accuracies"] == [0.8] * 5
    assert gaps["amounts"] == [1, 2, 3, 4, 5]


def test_a_mistake_counts_under_its_condition_alone() -> None:
    scorecard = make_scorecard(("rotation 4",))
    rows = scorecard["corruptions"]
    assert rows["rotation"]["accuracies"] == [1, 1, 1, 0.9, 1]
    assert rows["rotation"]["mean"] == pytest.approx(0.98)
    assert {row["mean"] for name, row in rows.items() if name != "rotation"} == {1}
    assert scorecard["mean"] == pytest.approx(1 - 0.02 / 11)


def test_without_images_nothing_was_measured() -> None:
    corrupted = corrupt_images(make_images([]), {"images": 10}, 20)
    scorecard = measure_robustness(make_model(), corrupted)
    assert (scorecard["images"], scorecard["clean"]) == (0, None)
    assert scorecard["corruptions"] == {}


def test_images_without_conditions_are_refused() -> None:
    corrupted = replace(make_images([1]), sources=None)
    with pytest.raises(ValueError, match="condition of each image"):
        measure_robustness(make_model(), corrupted)
