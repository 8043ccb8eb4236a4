import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.ingestion.nodes import (
    clean_images,
    join_sets,
    report_ingestion,
    split_images,
)
from digit_pipeline.pipelines.ingestion.splitting import SIDES, assign_sides
from digit_pipeline.pipelines.ingestion.validation import UnusableSourceError

FRACTIONS = {"validation": 0.1, "gate": 0.1, "test": 0.2}


def distinct_images(count: int, side: int = 4, groups=None) -> LabelledImages:
    """Images that differ from each other, two classes in turn."""
    images = np.zeros((count, side, side, 1), np.uint8)
    images[:, 0, 0, 0] = 255
    images[:, 1, 1, 0] = np.arange(count) // 200
    images[:, 2, 2, 0] = np.arange(count) % 200
    labels = np.arange(count) % 2
    return LabelledImages(images, labels, ("0", "1"), groups=groups)


def test_blank_images_and_unknown_labels_are_dropped_and_counted():
    source = distinct_images(12)
    images, labels = source.images.copy(), source.labels.copy()
    images[3] = 7
    labels[4] = 2
    labels[5] = -1
    faulty = LabelledImages(images, labels, ("0", "1"))
    valid, dropped = clean_images({"mnist/train": faulty}, min_per_class=1)
    assert len(valid["mnist/train"]) == 9
    assert dropped["mnist/train"]["unknown label"] == 2
    assert dropped["mnist/train"]["corrupt"] == 1


def test_sources_are_not_changed_by_validation():
    source = distinct_images(12)
    before = source.digest()
    clean_images({"a/all": source}, min_per_class=1)
    assert source.digest() == before


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        (distinct_images(12).take(slice(0, 0)), "found none"),
        (distinct_images(12).take(np.arange(0, 12, 2)), "found 0 of '1'"),
        (
            LabelledImages(
                np.minimum(distinct_images(12).images, 16),
                np.arange(12) % 2,
                ("0", "1"),
            ),
            "expected values in 0..255",
        ),
    ],
)
def test_an_unusable_source_stops_with_a_sentence(source, sentence):
    with pytest.raises(UnusableSourceError, match=sentence):
        clean_images({"a/all": source}, min_per_class=1)


def test_sources_with_other_classes_are_refused():
    other = LabelledImages(distinct_images(4).images, np.zeros(4, int), ("x", "y"))
    with pytest.raises(UnusableSourceError, match="one list of classes"):
        clean_images({"a/all": distinct_images(4), "b/all": other}, 1)


def test_duplicates_go_from_training_and_never_from_the_published_test():
    base = distinct_images(10)
    # 0 repeats with its label, 1 with the other label, 2 stands in the test split.
    order = [*range(10), 0, 1]
    training = LabelledImages(
        base.images[order], np.append(base.labels, [0, 0]), ("0", "1")
    )
    test = base.take(np.array([2, 2]))
    unique, dropped = clean_images({"m/train": training, "m/test": test}, 1)
    assert len(unique["m/test"]) == 2
    assert dropped["m/train"] == {
        "unknown label": 0,
        "corrupt": 0,
        "duplicate": 1,
        "duplicate with another label": 2,
        "duplicate across splits": 1,
    }
    assert dropped["m/test"] == {"unknown label": 0, "corrupt": 0}
    kept = set(unique["m/train"].images[:, 2, 2, 0].tolist())
    assert kept == {0, 3, 4, 5, 6, 7, 8, 9}


def test_sides_are_stratified_and_as_large_as_asked():
    images = distinct_images(200)
    sides = assign_sides(images, FRACTIONS)
    for label in (0, 1):
        names, counts = np.unique(sides[images.labels == label], return_counts=True)
        assert dict(zip(names, counts, strict=True)) == {
            "gate": 10,
            "test": 20,
            "train": 60,
            "validation": 10,
        }


def test_an_image_keeps_its_side_wherever_it_stands():
    images = distinct_images(200)
    shuffled = np.random.default_rng(1).permutation(200)
    sides = assign_sides(images, FRACTIONS)
    np.testing.assert_array_equal(
        assign_sides(images.take(shuffled), FRACTIONS), sides[shuffled]
    )


def test_a_writer_is_never_divided():
    groups = np.array([f"writer {i % 10}" for i in range(200)])
    images = distinct_images(200, groups=groups)
    sides = assign_sides(images, FRACTIONS)
    by_writer = {g: set(sides[groups == g].tolist()) for g in groups}
    assert all(len(s) == 1 for s in by_writer.values())
    assert sorted(s for (s,) in by_writer.values()).count("train") == 6


def test_published_tests_stay_and_sets_are_disjoint():
    published = distinct_images(60).take(slice(40, 60))
    sets = split_images(
        {
            "mnist/train": distinct_images(40),
            "mnist/test": published,
            "embedded/all": distinct_images(160, side=6).take(slice(60, 160)),
        },
        {"mnist": {"validation": 0.1, "gate": 0.1}, "embedded": FRACTIONS},
    )
    assert list(sets) == ["train_set", "validation_set", "gate_set", "test_set"]
    assert len(sets["test_set"]) == 20 + 20
    assert sum(len(s) for s in sets.values()) == 160
    hashes = [set(s.content_hashes().tolist()) for s in sets.values()]
    assert len(set.union(*hashes)) == 160


def test_joining_sizes_adds_background_only():
    joined = join_sets([distinct_images(3, side=4), distinct_images(3, side=6)])
    assert joined.images.shape == (6, 6, 6, 1)
    assert joined.images[:3, 4:].max() == 0
    np.testing.assert_array_equal(joined.images[:3, :4, :4], distinct_images(3).images)


def test_the_report_counts_what_is_there():
    images = distinct_images(4, groups=np.array(["a", "a", "b", ""]))
    report = report_ingestion(
        dropped={"m/train": {"corrupt": 1, "duplicate": 2}},
        **{f"{side}_set": images for side in SIDES},
    )
    assert report["dropped"] == {"m/train": {"corrupt": 1, "duplicate": 2}}
    assert report["gate"] == {
        "images": 4,
        "groups": 2,
        "classes": {"0": 2, "1": 2},
        "sources": {},
    }
