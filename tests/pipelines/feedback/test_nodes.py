"""Corrections become training images: by whom, on which side, how often."""

from collections import Counter
from dataclasses import asdict, replace

import numpy as np
import pytest

from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.pipelines.feedback.nodes import (
    collect_evaluation,
    screen_corrections,
    teach,
)
from digit_pipeline.pipelines.feedback.teaching import Teaching, weigh
from digit_pipeline.quarantine import Corrections, Ruling, ScreeningSettings
from digit_pipeline.releases import ReleaseStore
from tests.quarantine.test_screening import pictures
from tests.stub_release import CLASS_NAMES, make_draft, make_images

SETTINGS = Teaching(
    validation_share=0.2,
    unreviewed_weight=0.5,
    most_per_client=100,
    most=1000,
    least_similarity=0.97,
)
SCREENING = ScreeningSettings(
    least_similarity=0.97,
    min_confidence=0.9,
    clearly_none=-4.0,
    most_per_client=50,
    unreviewed_share=0.5,
    unreviewed_floor=100,
    doubtful_share=0.4,
    doubtful_least=5,
)
NO_IMAGES = make_images([])
TRAIN = make_images([label for label in range(10) for _ in range(3)])


def make_corrections(images, labels, **changes) -> Corrections:
    count = len(images)
    made = Corrections(
        ids=tuple(f"c{i}" for i in range(count)),
        images=images,
        labels=tuple(labels),
        clients=tuple(f"client{i}" for i in range(count)),
        shares=np.linspace(0, 0.99, count),
        by_person=np.ones(count, np.bool_),
    )
    return replace(made, **changes)


def run_teach(
    accepted, validation=NO_IMAGES, evaluation=NO_IMAGES, rulings=(), **settings
):
    return teach(
        rulings=list(rulings),
        accepted_corrections=accepted,
        train_input=TRAIN,
        validation_input=validation,
        evaluation_images=evaluation,
        teaching=asdict(replace(SETTINGS, **settings)),
    )


def test_corrections_come_beside_the_published_images():
    images = pictures(10)
    train, validation, report = run_teach(make_corrections(images, "0123456789"))

    learned = train.take(np.arange(len(TRAIN), len(train)))
    np.testing.assert_array_equal(learned.images, images[2:])
    assert learned.labels.tolist() == list(range(2, 10))
    assert learned.corrections.tolist() == [f"c{i}" for i in range(2, 10)]
    assert set(learned.sources.tolist()) == {"corrections"}
    assert set(train.corrections[: len(TRAIN)].tolist()) == {""}
    np.testing.assert_array_equal(train.images[: len(TRAIN)], TRAIN.images)
    # The first two clients lie below the share that validates.
    assert validation.corrections.tolist() == ["c0", "c1"]
    assert validation.weights is None
    assert (report["learned"], report["validated"], report["left_out"]) == (8, 2, 0)
    assert "8 to learn from and 2 to validate by, of 10 clients" in report["sentence"]


def test_without_corrections_the_sets_are_the_published_ones():
    none = make_corrections(pictures(0), [])
    train, validation, report = run_teach(none, validation=TRAIN)
    assert train is TRAIN
    assert validation is TRAIN
    assert "none is accepted" in report["sentence"]


def test_nobody_changes_sides_when_others_come():
    images, labels = pictures(10), "0123456789"
    every = make_corrections(images, labels)
    some = every.take(np.arange(10) % 2 == 0)
    sides = [set(run_teach(given)[1].corrections.tolist()) for given in (every, some)]
    assert sides == [{"c0", "c1"}, {"c0"}]


def test_what_would_give_an_evaluation_away_is_not_learned():
    images = pictures(4)
    gate = LabelledImages(images[3:], np.array([3]), CLASS_NAMES)
    _, _, report = run_teach(make_corrections(images, "0123"), evaluation=gate)
    assert (report["learned"], report["left_out"]) == (2, 1)


@pytest.mark.parametrize("images", [pictures(1), np.zeros((1, 28, 28, 1), np.uint8)])
def test_unknown_classes_and_missing_pictures_are_not_learned(images):
    label = "x" if images.any() else "3"
    train, _, report = run_teach(make_corrections(images, [label]))
    assert train is TRAIN
    assert report["left_out"] == 1


def test_weights_bound_clients_reviews_and_all_together():
    four = make_corrections(pictures(4), "0123", clients=("a", "a", "a", "b"))

    def weights(**settings):
        by_person = np.array([True, True, True, False])
        given = replace(four, by_person=by_person)
        return weigh(given, replace(SETTINGS, **settings)).tolist()

    assert weights() == [1, 1, 1, 0.5]
    assert weights(most_per_client=1.5) == [0.5, 0.5, 0.5, 0.5]
    assert weights(most=1.75) == [0.5, 0.5, 0.5, 0.25]


def test_the_report_counts_rulings():
    rulings = [
        Ruling("a", "accept", "agrees", "."),
        Ruling("b", "ask", "unsure", "."),
        Ruling("c", "ask", "unsure", "."),
    ]
    none = make_corrections(pictures(0), [])
    _, _, report = run_teach(none, rulings=rulings)
    assert report["rulings"] == {"accept.agrees": 1, "ask.unsure": 2}
    assert "accepted 1, rejected 0 and leave 2 to a person" in report["sentence"]


@pytest.fixture(scope="module")
def champion(tmp_path_factory):
    store = ReleaseStore(tmp_path_factory.mktemp("store"))
    return store.publish(make_draft(), expected_previous=None, reason="a test")


def run_screen(corrections, champion, evaluation=TRAIN):
    rulings = screen_corrections(
        quarantined_corrections=corrections,
        earlier_corrections=make_corrections(pictures(0), []),
        screening_champion=champion,
        evaluation_images=evaluation,
        screening=asdict(SCREENING),
    )
    return [ruling.action for ruling in rulings]


def test_the_champion_is_asked(champion):
    # The stub reads the label off the first column.
    images = make_images([3, 4, 5]).images + pictures(3) // 8
    images[..., 0, 0] = make_images([3, 4, 5]).images[..., 0, 0]
    labels = ["3", "9", "5"]
    assert run_screen(make_corrections(images, labels), champion) == [
        "accept",
        "ask",
        "accept",
    ]


def test_without_a_champion_persons_decide(champion):
    corrections = make_corrections(pictures(2), "34")
    assert run_screen(corrections, None) == ["ask", "ask"]
    assert run_screen(make_corrections(pictures(0), []), None) == []


def test_what_decides_about_models_is_kept_out(champion):
    images = pictures(2)
    shown = LabelledImages(images[:1], np.array([3]), CLASS_NAMES)
    assert run_screen(make_corrections(images, "34"), None, shown) == ["reject", "ask"]


def test_every_image_that_decides_is_collected_once(champion):
    sets = [
        LabelledImages(pictures(2, seed), np.array([3, 4]), CLASS_NAMES)
        for seed in range(4)
    ]
    names = ("validation_input", "gate_input", "test_input", "field_input")
    drawn = np.zeros((2, 64, 64, 1), np.uint8)
    drawn[:, 10:50, 30:35] = 255
    drawn[1, 10:15, 30:45] = 255
    pens = LabelledImages(drawn, np.array([1, 7]), CLASS_NAMES)

    def collect(release, **drawings):
        found = collect_evaluation(
            **dict(zip(names, sets, strict=True)),
            pen_digits=drawings,
            screening_champion=release,
        )
        return Counter(found.sources.tolist())

    ours = {"validation": 2, "gate": 2, "test": 2, "field": 2}
    assert collect(None) == ours
    assert collect(champion, test=pens) == {
        **ours,
        "pen": 2,
        "champion's gate": len(champion.gate),
    }
    sets[1] = champion.gate
    assert collect(champion) == {**ours, "gate": len(champion.gate)}
