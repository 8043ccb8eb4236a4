import numpy as np

from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.non_digits import TRAINING_FAMILIES
from digit_pipeline.pipelines.preprocessing.nodes import (
    digest_sets,
    fit_digits,
    make_non_digits,
)


def bars() -> LabelledImages:
    """A bar of 40x10 px and one of 10x40 px on 64x64 px."""
    images = np.zeros((2, 64, 64, 1), np.uint8)
    images[0, 5:45, 3:13] = 255
    images[1, 50:60, 20:60] = 255
    return LabelledImages(images, np.array([1, 0]), ("0", "1"))


def test_a_bar_becomes_twenty_pixels_long_and_centred():
    fitted = fit_digits(bars()).images[..., 0]
    expected = np.zeros((2, 28, 28), np.uint8)
    # 40x10 shrinks to 20x5; its centre (9.5, 2) goes to pixel 14.
    expected[0, 5:25, 12:17] = 255
    expected[1, 12:17, 5:25] = 255
    np.testing.assert_array_equal(fitted, expected)


def test_training_input_is_what_serving_sees():
    source = bars()
    fitted = fit_digits(source)
    for image, digit in zip(source.images, fitted.images, strict=True):
        np.testing.assert_array_equal(
            np.rint(view_digit(image).digit * 255), digit[..., 0]
        )


def test_labels_stay_with_their_images():
    assert fit_digits(bars()).labels.tolist() == [1, 0]


def test_each_set_has_its_digest():
    one, two = bars().take(slice(0, 1)), bars()
    digests = digest_sets(one, two, two, one)
    assert digests["train"] == digests["test"]
    assert digests["train"]["sha256"] != digests["gate"]["sha256"]
    assert digests["validation"]["images"] == 2


def test_non_digits_are_made_of_every_family():
    made = make_non_digits(fit_digits(bars()), per_family=3, narrowest=0.4, seed=1)
    assert made.images.shape == (3 * len(TRAINING_FAMILIES), 28, 28, 1)
    assert set(made.class_counts().values()) == {3}
