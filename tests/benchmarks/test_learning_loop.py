"""The learning loop's figures: what is counted as a fall, and the table."""

import io

import numpy as np
import pytest
from PIL import Image

from benchmarks import learning_loop, poisoning, teaching


def _row(corrections, right, outcome):
    return {
        "round": corrections // 500,
        "corrections": corrections,
        "right": right,
        "n": 1000,
        "outcome": outcome,
    }


COURSE = [
    _row(0, 900, "start"),
    _row(500, 960, "promoted"),
    _row(1000, 930, "refused"),
    _row(1500, 958, "promoted"),
]


def test_only_promoted_releases_can_fall():
    assert learning_loop.largest_fall(COURSE) == pytest.approx(0.002)
    assert learning_loop.largest_fall(COURSE[:1]) == 0
    assert learning_loop.largest_fall(COURSE[:2]) == 0


def test_every_round_is_a_line_and_promotions_are_bold():
    table = learning_loop.render({"courses": {"0": COURSE, "0.1": COURSE[:2]}})

    assert "| corrections | 0 % wrong labels | 10 % wrong labels |" in table
    assert "| 500 | **96.00 %** | **96.00 %** |" in table
    assert "| 1,000 | 93.00 % |  |" in table
    assert "0.20 points at 0 %" in table


def test_a_careful_reviewer_corrects_and_a_careless_one_accepts():
    truths = {"a": "1", "b": "2"}
    careful = teaching.scripted_reviewer(truths, 0.0, 1)
    careless = teaching.scripted_reviewer(truths, 1.0, 1)

    assert careful("a", "1") == ("accept", None)
    assert careful("b", "7") == ("relabel", "2")
    assert careless("b", "7") == ("accept", None)


@pytest.fixture
def gifts():
    picture = teaching.to_png(Image.new("L", (400, 400), 255))
    return [
        teaching.Gift(picture, label, label, f"10.0.0.{i}")
        for i, label in enumerate("1773")
    ]


@pytest.mark.parametrize("attack", poisoning.ATTACKS)
def test_every_attack_lies(gifts, attack):
    harm = poisoning.make_harm(attack, gifts, 4)

    assert len(harm) == 4
    assert all(gift.label != gift.truth for gift in harm)


def test_an_attack_aims_from_one_address(gifts):
    harm = poisoning.make_harm("targeted", gifts, 3)

    assert {(gift.truth, gift.label, gift.client) for gift in harm} == {
        ("7", "1", poisoning.VANDAL)
    }
    assert poisoning.make_harm("targeted", gifts, 0) == []


def test_a_backdoor_is_a_patch_in_the_corner(gifts):
    [gift] = poisoning.make_harm("backdoor", gifts, 1)

    pixels = np.asarray(Image.open(io.BytesIO(gift.picture)))
    assert (pixels < 10).sum() == pytest.approx(37**2, rel=0.05)
    assert pixels[380, 380] == 0


def test_the_table_of_poison_compares_with_the_clean_run():
    case = {
        "honest": 100,
        "harmful": 0,
        "honest_accepted": 60,
        "harmful_accepted": 0,
        "outcome": "promoted",
        "right": 950,
        "n": 1000,
        "learned": [1, 2],
    }
    bad = case | {"harmful": 5, "harmful_accepted": 1, "right": 948}
    bad["learned"] = [-1, 1, 2]

    table = poisoning.render(
        {"cases": poisoning.summarise({"none 0": case, "flips 0.05": bad})}
    )

    assert (
        "| none | 0 | 0 | 40 of 100 | 2, the same | promoted | 95.00 % | +0.00 points |"
    ) in table
    assert (
        "| flips, 5 % | 5 | 1 | 40 of 100 | 3, others | promoted | 94.80 % | -0.20 "
    ) in table


def test_harm_comes_between_honest_gifts_that_keep_their_order(gifts):
    harm = poisoning.make_harm("flips", gifts, 3)

    mixed = poisoning.mix(gifts, harm)

    assert [gift for place, gift in mixed if place >= 0] == gifts
    assert {-1 - place: gift for place, gift in mixed if place < 0} == dict(
        enumerate(harm)
    )
    assert [place < 0 for place, _ in mixed] != [False] * 4 + [True] * 3
