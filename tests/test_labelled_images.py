import io

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages, Strokes

CLASSES = ("0", "1")


def small_set(values: list[int], labels: list[int], **fields) -> LabelledImages:
    images = np.array(values, np.uint8).reshape(-1, 1, 1, 1) * np.ones(
        (1, 2, 2, 1), np.uint8
    )
    return LabelledImages(images, np.array(labels, np.int64), CLASSES, **fields)


@pytest.fixture
def strokes() -> Strokes:
    line = np.array([[0, 0], [1, 1]])
    dot = np.array([[5, 5]])
    return Strokes.from_digits([[line, dot], [], [dot]])


def test_strokes_come_back_as_given(strokes):
    assert len(strokes) == 3
    assert [len(s) for s in strokes[0]] == [2, 1]
    assert strokes[1] == []
    np.testing.assert_array_equal(strokes[2][0], [[5, 5]])


def test_points_know_their_digit_and_digits_their_bounds(strokes):
    drawn = strokes.take(np.array([2, 0]))

    low, high = drawn.bounds()

    assert drawn.digit_of_points().tolist() == [0, 1, 1, 1]
    assert low.tolist() == [[5, 5], [0, 0]]
    assert high.tolist() == [[5, 5], [5, 5]]
    assert [len(side) for side in Strokes.from_digits([]).bounds()] == [0, 0]


def test_taking_strokes_follows_numpy_indexing(strokes):
    taken = strokes.take(np.array([2, 0]))
    np.testing.assert_array_equal(taken[0][0], [[5, 5]])
    np.testing.assert_array_equal(taken[1][0], [[0, 0], [1, 1]])
    assert len(strokes.take(np.array([False, True, False]))) == 1


def test_taking_images_takes_every_field(strokes):
    images = small_set(
        [1, 2, 3],
        [0, 1, 0],
        groups=np.array(["a", "b", "c"]),
        sources=np.array(["pen"] * 3),
        strokes=strokes,
    )
    taken = images.take(np.array([2]))
    assert taken.images[0, 0, 0, 0] == 3
    assert taken.labels.tolist() == [0]
    assert taken.groups.tolist() == ["c"]
    assert len(taken.strokes[0]) == 1


def test_writing_and_reading_keeps_everything(strokes):
    images = small_set(
        [1, 2, 3], [0, 1, 0], groups=np.array(["a", "", "c"]), strokes=strokes
    )
    file = io.BytesIO()
    images.write(file)
    file.seek(0)
    read = LabelledImages.read(file)
    assert read.digest() == images.digest()
    assert read.class_names == CLASSES
    assert read.groups.tolist() == ["a", "", "c"]
    assert read.sources is None
    np.testing.assert_array_equal(read.strokes[0][0], [[0, 0], [1, 1]])


def test_joining_fills_unknown_groups_and_strokes(strokes):
    pen = small_set(
        [1, 2, 3], [0, 1, 0], groups=np.array(["a", "b", "c"]), strokes=strokes
    )
    scans = small_set([4], [1])
    joined = LabelledImages.concatenate([scans, pen])
    assert joined.groups.tolist() == ["", "a", "b", "c"]
    assert joined.strokes[0] == []
    assert len(joined.strokes[1]) == 2


def test_joining_refuses_other_classes():
    other = LabelledImages(np.zeros((1, 2, 2, 1), np.uint8), np.array([0]), ("a", "b"))
    with pytest.raises(ValueError, match="one image shape and class list"):
        LabelledImages.concatenate([small_set([1], [0]), other])


def test_the_digest_knows_images_labels_and_order():
    digests = {
        small_set([1, 2], [0, 1]).digest(),
        small_set([1, 2], [1, 0]).digest(),
        small_set([2, 1], [1, 0]).digest(),
        small_set([1, 3], [0, 1]).digest(),
    }
    assert len(digests) == 4
    assert small_set([1, 2], [0, 1]).digest() in digests


def test_content_hashes_depend_on_pixels_alone():
    first, second, third = small_set([7, 7, 8], [0, 1, 0]).content_hashes()
    assert first == second != third


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((2, 2, 2, 1), np.float32), np.zeros(2, np.int64)),
        (np.zeros((2, 2, 2), np.uint8), np.zeros(2, np.int64)),
        (np.zeros((2, 2, 2, 1), np.uint8), np.zeros(3, np.int64)),
    ],
)
def test_fields_that_do_not_fit_are_refused(images, labels):
    with pytest.raises(ValueError, match="expected"):
        LabelledImages(images, labels, CLASSES)


def test_class_counts_name_empty_classes_too():
    assert small_set([1, 2], [1, 1]).class_counts() == {"0": 0, "1": 2}


def test_weights_and_corrections_follow_the_images():
    published = small_set([1, 2], [0, 1])
    taught = small_set(
        [3, 4],
        [1, 0],
        weights=np.array([0.5, 0.25], np.float32),
        corrections=np.array(["c1", "c2"]),
    )
    joined = LabelledImages.concatenate([published, taught])
    assert joined.weights.tolist() == [1, 1, 0.5, 0.25]
    assert joined.corrections.tolist() == ["", "", "c1", "c2"]
    assert LabelledImages.concatenate([published, published]).weights is None

    file = io.BytesIO()
    joined.take(np.array([3, 0])).write(file)
    file.seek(0)
    read = LabelledImages.read(file)
    assert read.weights.dtype == np.float32
    assert read.weights.tolist() == [0.25, 1]
    assert read.corrections.tolist() == ["c2", ""]


def test_as_many_weights_as_images():
    with pytest.raises(ValueError, match="expected 2 values, got 1"):
        small_set([1, 2], [0, 1], weights=np.ones(1, np.float32))
