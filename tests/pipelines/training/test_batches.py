"""Training batches: repeatable, complete, and stopped when nobody asks any more."""

import itertools
import threading
from dataclasses import replace

import numpy as np

from digit_pipeline.augmentation import Augmentation
from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.pipelines.training.batches import Batches


def make_images(count=10):
    images = np.zeros((count, 28, 28, 1), np.uint8)
    for i in range(count):
        images[i, 4:24, 10 : 14 + i % 5] = 200 + i
    sources = np.array(["embedded"] * 2 + ["mnist"] * (count - 2))
    return LabelledImages(images, np.arange(count) % 2, ("0", "1"), None, sources)


def take(batches, count):
    stream = iter(batches)
    taken = list(itertools.islice(stream, count))
    stream.close()
    return taken


def test_an_epoch_shows_every_image_once_with_its_label():
    batches = Batches(images=make_images(), batch_size=5, seed=1)

    images, labels = (
        np.concatenate(part) for part in zip(*take(batches, 2), strict=True)
    )

    values = np.rint(images.max(axis=(1, 2, 3)) * 255).astype(int)
    assert sorted(values) == list(range(200, 210))
    assert labels.argmax(axis=1).tolist() == (values % 2).tolist()
    assert batches.steps == 2


def test_repeats_show_a_source_more_often():
    batches = Batches(
        images=make_images(), batch_size=12, seed=1, repeats={"embedded": 3, "other": 9}
    )
    images, _ = take(batches, 1)[0]

    values = np.rint(images.max(axis=(1, 2, 3)) * 255).astype(int)
    assert len(batches._positions(0)) == 14
    assert batches.steps == 1
    assert np.bincount(values)[[200, 201]].sum() >= 4


def shown(batches: Batches, epochs: int) -> np.ndarray:
    """Count how often each image is shown in each epoch."""
    return np.array(
        [
            np.bincount(batches._positions(epoch), minlength=len(batches.images))
            for epoch in range(epochs)
        ]
    )


def test_a_weight_says_how_often_an_epoch_shows_an_image():
    images = make_images()
    weights = np.array([1, 1, 1, 0, 0.5, 0.5, 0.25, 2, 1, 1], np.float32)
    weighted = replace(images, weights=weights)
    batches = Batches(images=weighted, batch_size=4, seed=1, repeats={"embedded": 2})
    repeated = np.where(images.sources == "embedded", 2, 1) * weights

    counts = shown(batches, 400)

    np.testing.assert_allclose(counts.mean(axis=0), repeated, atol=0.08)
    assert (abs(counts - repeated) < 1).all()
    assert counts.sum(axis=1).min() >= batches.steps * 4
    assert (counts[:, 3] == 0).all()


def test_weights_of_one_change_nothing():
    images = make_images()
    weighted = replace(images, weights=np.ones(len(images), np.float32))
    plain, same = (
        take(Batches(images=given, batch_size=4, seed=3, repeats={"embedded": 3}), 5)
        for given in (images, weighted)
    )
    for (one, _), (other, _) in zip(plain, same, strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_same_seed_makes_the_same_batches_and_epochs_differ():
    augmentation = Augmentation(rotation=10, bend=0.03, traced=0.5)

    def batches(seed):
        made = Batches(
            images=make_images(), batch_size=10, seed=seed, augmentation=augmentation
        )
        return [images for images, _ in take(made, 2)]

    first, second, other = batches(1), batches(1), batches(2)
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()
    assert (first[0] != other[0]).any()


def test_digits_with_strokes_are_morphed_as_often_as_asked():
    leaning = [[np.array([[0, 0], [lean, 10]], np.float32)] for lean in (0, 3)]
    images = replace(
        make_images(2),
        labels=np.zeros(2, np.int64),
        groups=np.array(["a", "b"]),
        strokes=Strokes.from_digits(leaning),
    )

    def shown(morphed):
        augmentation = Augmentation(morphed=morphed, morph=0.5)
        batches = Batches(
            images=images, batch_size=200, seed=1, repeats={"embedded": 100}
        )
        batches = replace(batches, augmentation=augmentation)
        [(pixels, _)] = take(batches, 1)
        return {image.tobytes() for image in pixels}

    assert len(shown(0.0)) == 2
    assert 80 <= len(shown(0.5)) <= 120
    assert len(shown(1.0)) >= 190


def test_a_morph_that_reaches_nowhere_shows_each_digit_as_it_is():
    drawn = [
        [np.array([[0, 0], [0, 10]], np.float32)],
        [np.array([[0, 0], [3, 10]], np.float32)],
        [np.array([[0, 0], [10, 0]], np.float32)],  # nobody else's is like it
        [],
    ]
    images = replace(
        make_images(4),
        labels=np.array([0, 0, 1, 1]),
        groups=np.array(["a", "b", "a", "b"]),
        strokes=Strokes.from_digits(drawn),
    )

    def show(morphed):
        augmentation = Augmentation(morphed=morphed, morph=0.0)
        batches = Batches(
            images=images, batch_size=4, seed=1, augmentation=augmentation
        )
        [(pixels, _)] = take(batches, 1)
        return pixels

    # Points lie elsewhere along the same lines: single pixels differ by a little.
    assert np.abs(show(1.0) - show(0.0)).mean(axis=(1, 2, 3)).max() < 0.02


def test_the_thread_ends_with_the_one_who_asks():
    before = threading.active_count()

    take(Batches(images=make_images(), batch_size=2, seed=0), 3)

    assert threading.active_count() == before


def test_an_error_in_the_thread_reaches_the_one_who_asks():
    broken = Augmentation(pen_width=(-1, 1))
    batches = Batches(images=make_images(), batch_size=2, seed=0, augmentation=broken)

    try:
        take(batches, 1)
    except (ValueError, RuntimeWarning):
        return
    raise AssertionError("the error was lost")


def test_non_digits_come_on_top_and_belong_to_no_class():
    others = np.full((3, 28, 28, 1), 7, np.uint8)
    batches = Batches(
        images=make_images(), batch_size=5, seed=1, non_digits=others, added=2
    )
    [(images, targets)] = take(batches, 1)
    assert images.shape == (7, 28, 28, 1)
    assert targets.sum(axis=1).tolist() == [1, 1, 1, 1, 1, 0, 0]
    assert np.allclose(images[5:], 7 / 255)
    assert batches.steps == 2


def test_non_digits_are_changed_by_their_own_augmentation():
    others = np.zeros((1, 28, 28, 1), np.uint8)
    others[0, 4:24, 11:17] = 255

    def change(augmentation):
        batches = Batches(
            images=make_images(),
            batch_size=5,
            seed=1,
            augmentation=Augmentation(rotation=40),
            non_digits=others,
            added=4,
            non_digit_augmentation=augmentation,
        )
        [(images, _)] = take(batches, 1)
        return images[5:]

    np.testing.assert_array_equal(change(None), np.repeat(others / 255, 4, axis=0))
    turned = change(Augmentation(rotation=40))
    assert (turned[0] != turned[1]).any()
