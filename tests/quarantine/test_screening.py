"""Each rule on a case of its own, and the caps."""

from dataclasses import replace

import numpy as np
import pytest

from digit_pipeline.quarantine import (
    Opinions,
    Quarantined,
    ScreeningSettings,
    screen,
)

SETTINGS = ScreeningSettings(
    least_similarity=0.97,
    min_confidence=0.9,
    clearly_none=-4.0,
    most_per_client=3,
    unreviewed_share=0.5,
    unreviewed_floor=100,
    doubtful_share=0.4,
    doubtful_least=3,
)
NOTHING = np.zeros((0, 28, 28, 1), np.uint8)


def pictures(count: int, seed: int = 0) -> np.ndarray:
    """Pictures no two of which are alike."""
    generator = np.random.default_rng(seed)
    images = generator.integers(1, 256, (count, 28, 28, 1)).astype(np.uint8)
    return images * generator.integers(0, 2, images.shape).astype(np.uint8)


def corrections(images, labels, clients=None, by_person=False) -> Quarantined:
    count = len(images)
    return Quarantined(
        [f"c{i}" for i in range(count)],
        images,
        np.array(labels, np.int64),
        [f"client{i}" for i in range(count)] if clients is None else clients,
        np.full(count, by_person),
    )


NONE = corrections(NOTHING, [])


def opinions(predicted, confidence=0.99, energy=8.0, verdict="recognised"):
    count = len(predicted)
    return Opinions(
        np.array(predicted),
        np.full(count, confidence, np.float32),
        np.full(count, energy, np.float32),
        (verdict,) * count,
    )


def decide(given, said, accepted=NONE, evaluation=NOTHING, **changes):
    rulings = screen(given, accepted, evaluation, said, replace(SETTINGS, **changes))
    assert [r.id for r in rulings] == list(given.ids)
    assert all(r.sentence for r in rulings)
    return [(r.action, r.rule) for r in rulings]


@pytest.mark.parametrize(
    ("label", "said", "ruling"),
    [
        (3, opinions([3]), ("accept", "agrees")),
        (3, opinions([5]), ("ask", "disagrees")),
        (3, opinions([3], confidence=0.6), ("ask", "unsure")),
        (3, opinions([3], verdict="unsure"), ("ask", "unsure")),
        (3, opinions([3], verdict="unfamiliar"), ("ask", "unfamiliar")),
        (3, opinions([5], -9, -9, "unfamiliar"), ("reject", "no_digit")),
        (3, opinions([3], -9, -9, "unfamiliar"), ("ask", "unfamiliar")),
        (-1, opinions([3]), ("reject", "label")),
        (3, None, ("ask", "no_champion")),
    ],
)
def test_one_correction_by_what_the_champion_says(label, said, ruling):
    assert decide(corrections(pictures(1), [label]), said) == [ruling]


def test_an_empty_picture_teaches_nothing():
    given = corrections(np.zeros((1, 28, 28, 1), np.uint8), [3])
    assert decide(given, opinions([3])) == [("reject", "empty")]


def test_near_copies_of_evaluation_images_never_pass():
    images = pictures(2)
    shown = np.roll(images[:1], 1, axis=1)
    assert decide(corrections(images, [3, 3]), opinions([3, 3]), NONE, shown) == [
        ("reject", "evaluation"),
        ("accept", "agrees"),
    ]


def test_only_the_first_of_many_copies_counts():
    images = np.repeat(pictures(1), 500, axis=0)
    given = corrections(images, [3] * 500)
    rulings = decide(given, opinions([3] * 500))
    assert rulings == [("accept", "agrees")] + [("reject", "copy")] * 499


def test_a_copy_of_what_was_accepted_brings_nothing():
    images = pictures(2)
    accepted = corrections(images, [3, 4], by_person=True)
    given = corrections(images, [3, 5])
    assert decide(given, opinions([3, 5]), accepted) == [
        ("reject", "copy"),
        ("ask", "conflict"),
    ]


def test_one_picture_with_two_labels_is_for_a_person():
    images = np.repeat(pictures(1), 3, axis=0)
    assert decide(corrections(images, [1, 7, 1]), opinions([7, 7, 7])) == [
        ("ask", "conflict"),
        ("ask", "conflict"),
        ("reject", "copy"),
    ]


def test_a_client_is_accepted_up_to_its_cap():
    given = corrections(pictures(5), [2] * 5, ["one"] * 4 + ["two"])
    accepted = corrections(pictures(1, seed=1), [2], ["one"], by_person=True)
    assert [rule for _, rule in decide(given, opinions([2] * 5), accepted)] == [
        *["agrees"] * 2,
        *["client_cap"] * 2,
        "agrees",
    ]


def test_what_no_person_saw_stays_a_share_of_all():
    given = corrections(pictures(9), [2] * 9)
    reviewed = corrections(pictures(4, seed=1), [2] * 4, by_person=True)
    unseen = corrections(pictures(1, seed=2), [2])
    before = Quarantined(
        ["a"] * 5,
        np.concatenate([reviewed.images, unseen.images]),
        np.full(5, 2),
        [*reviewed.clients, "another"],
        np.array([True] * 4 + [False]),
    )
    rules = [
        rule for _, rule in decide(given, opinions([2] * 9), before, unreviewed_floor=0)
    ]
    assert rules == ["agrees"] * 3 + ["unreviewed_cap"] * 6


def test_who_mostly_errs_is_not_believed_where_it_agrees():
    given = corrections(pictures(7), [7] * 7, ["vandal"] * 6 + ["honest"])
    said = opinions([1, 1, 1, 7, 7, 7, 7])
    assert [rule for _, rule in decide(given, said)] == [
        *["disagrees"] * 3,
        *["client"] * 3,
        "agrees",
    ]
