"""An explanation in words that follow from its numbers."""

import numpy as np
import pytest

from digit_pipeline.explanation import Change, Explanation
from digit_pipeline.images import Box
from gradio_app.why.words import choose_changes, name_place, word_explanation

BOX = Box(4, 4, 24, 24)
NAMES = tuple("0123456789")


def spot(row, column, value=1.0):
    weights = np.zeros((28, 28), np.float32)
    weights[row - 1 : row + 2, column - 1 : column + 2] = value
    return weights


def digit():
    ink = np.zeros((28, 28), np.float32)
    ink[4:24, 4:24] = 1
    return ink


def no_change(margin=5.0):
    return Change(np.zeros((28, 28), np.float32), margin, makes_runner_up=False)


def explanation(spoke, added=None, removed=None):
    return Explanation(4, 9, 5.0, spoke, added or no_change(), removed or no_change())


def words(*parts, verdict="recognised"):
    return word_explanation(explanation(*parts), NAMES, digit(), verdict)


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [
        (6, 6, "at the top left"),
        (6, 14, "at the top"),
        (6, 22, "at the top right"),
        (14, 6, "on the left"),
        (14, 14, "in the middle"),
        (14, 22, "on the right"),
        (22, 6, "at the bottom left"),
        (22, 14, "at the bottom"),
        (22, 22, "at the bottom right"),
    ],
)
def test_places_are_named(row, column, place):
    assert name_place(spot(row, column), BOX) == place


def test_a_narrow_digit_has_no_left_and_right():
    assert name_place(spot(6, 12), Box(11, 4, 17, 24)) == "at the top"


def test_the_heaviest_part_names_the_place():
    assert name_place(spot(6, 6) + spot(22, 22, 0.5), BOX) == "at the top left"


def test_an_addition_that_suffices_is_told():
    change = Change(spot(6, 14), -1.0, makes_runner_up=True)
    found = words(spot(14, 6), change, Change(spot(22, 14), 2.0, False))
    assert found == (
        "Blue ink spoke for 4 rather than 9, most on the left. Adding ink at the top "
        "(green, hatched) would make it look like a 9. This is a heuristic: it asks "
        "the model about the drawing with pieces missing or added."
    )


def test_two_ways_that_suffice_are_both_told():
    change = Change(spot(6, 14), -1.0, makes_runner_up=True)
    found = words(spot(14, 6), change, Change(spot(22, 22), -1.0, True))
    assert (
        "Adding ink at the top (green, hatched) or leaving out ink at the bottom right "
        "(striped) would make it look like a 9." in found
    )


def test_what_does_not_suffice_claims_nothing():
    added, removed = Change(spot(6, 14), 3.0, False), Change(spot(22, 14), 2.0, False)
    found = words(spot(14, 6), added, removed)
    assert "look like" not in found
    assert (
        "Leaving out ink at the bottom (striped) would bring it nearer to a 9, but not "
        "make it one." in found
    )


def test_ink_that_spoke_against_is_told_when_there_is_some():
    assert "orange" not in words(spot(14, 6))
    found = words(spot(14, 6) - spot(22, 22, 0.5))
    assert "; orange ink (dotted) spoke against, most at the bottom right." in found


def test_where_nothing_spoke_and_nothing_helps_that_is_said():
    found = words(spot(14, 6, 0))
    assert "No single piece of ink spoke for 4 rather than 9." in found
    assert "No small change would bring it nearer to a 9." in found
    assert found.endswith("missing or added.")


def test_an_unfamiliar_drawing_is_not_called_a_digit():
    found = words(spot(14, 6), verdict="unfamiliar")
    assert found.startswith("What comes nearest is a 4. Blue ink")


@pytest.mark.parametrize(
    ("added", "removed", "chosen"),
    [
        ((2.0, False), (1.0, False), "removed"),
        ((1.0, False), (2.0, False), "added"),
        ((-1.0, True), (-9.0, False), "added"),
        ((9.0, False), (-1.0, True), "removed"),
        ((-1.0, True), (-1.0, True), "both"),
    ],
)
def test_what_suffices_is_chosen_or_else_what_comes_nearest(added, removed, chosen):
    one, other = Change(spot(6, 6), *added), Change(spot(22, 22), *removed)
    found = choose_changes(explanation(spot(14, 6), one, other))
    assert (
        found
        == {
            "added": (one, None),
            "removed": (None, other),
            "both": (one, other),
        }[chosen]
    )
