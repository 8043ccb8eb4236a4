"""What the page says of the release that answers."""

from digit_pipeline.pipelines.feedback.teaching import SOURCE
from gradio_app.pages.release import CORRECTIONS, describe
from tests.stub_refusal import REFUSAL

MANIFEST = {
    "version": "000001-20261121T000000Z",
    "candidate": "sketch_cnn",
    "environment": "sketch",
    "dataset": {"train": {"images": 61075}},
    "gate": {"accuracy": 0.9, "images": 100},
    "metrics": {
        "drawn_digits": {"n": 3498, "accuracy": 0.985},
        "refusal": REFUSAL,
    },
}


def test_it_says_what_it_learned_from_how_it_reads_and_what_it_refuses() -> None:
    said = describe(MANIFEST)
    assert "learned from 61,075 images of MNIST and of digits drawn with a pen" in said
    assert "Of 100 digits it had never seen it read 90.00 % right" in said
    assert "of 3,498 drawn with a pen by people new to it, 98.50 %" in said
    assert "took 10.00 % of 20 letters, scribbles and other pictures" in said
    assert "refused 10.00 % of the digits" in said


def test_corrections_are_found_by_the_name_that_training_gives_them() -> None:
    assert CORRECTIONS == SOURCE


def test_it_tells_what_people_taught_from_what_was_published() -> None:
    training = {
        "images": 1678,
        "corrections": 420,
        "sources": {"corrections": 418, "embedded": 1260},
    }
    changes = {"environment": "base", "training": training}
    assert (
        "was trained and chosen on 1,260 images of the digits that come with "
        "scikit-learn and 418 that people labelled." in describe(MANIFEST | changes)
    )
    training["sources"] = {"embedded": 1678}
    assert "learned from 61,075 images of the digits" in describe(MANIFEST | changes)


def test_an_old_release_says_nothing_of_refusal() -> None:
    said = describe(MANIFEST | {"metrics": {}})
    assert "read 90.00 % right" in said
    assert "refused" not in said
