"""Several digits in words and on the page."""

import re

import numpy as np
import pytest

from digit_pipeline.images import view_digit
from gradio_app.pages.several import show_digits
from gradio_app.service import Prediction, Reading, SplitReading
from gradio_app.wording import word_number


def predicted(label, verdict="recognised", place=0):
    probabilities = {"<1>": 0.1, "7": 0.9} if verdict != "empty" else {}
    return Prediction(f"id{place}.s", verdict, label, 0.9, probabilities, "stub", 1.0)


@pytest.mark.parametrize(
    ("labels", "verdicts", "words"),
    [
        ("37", "rr", ("I read 3 7", "Two digits, left to right.")),
        (
            "371",
            "rur",
            (
                "I read 3 7 1",
                "Three digits, left to right; to me the 2nd could be another.",
            ),
        ),
        (
            ["3", None],
            "uf",
            (
                "I read 3 ▢",
                "Two digits, left to right; to me the 1st could be another, the 2nd is "
                "no digit.",
            ),
        ),
        ("3" * 12, "r" * 12, (f"I read {'3 ' * 11}3", "12 digits, left to right.")),
    ],
)
def test_numbers_are_worded_for_people(labels, verdicts, words):
    named = {"r": "recognised", "u": "unsure", "f": "unfamiliar"}
    found = [predicted(a, named[b]) for a, b in zip(labels, verdicts, strict=True)]
    assert word_number(found) == words


def test_places_have_their_endings():
    found = [predicted("3", "unsure") for _ in range(13)]
    second = word_number(found)[1]
    for place in ("1st", "2nd", "3rd", "4th", "11th", "12th", "13th"):
        assert f"{place} could" in second


def split(*labels):
    """Strokes side by side in a picture of 100 by 50."""
    readings, boxes = [], []
    for place, label in enumerate(labels):
        picture = np.full((30, 4), 0, np.uint8)
        verdict = "recognised" if label else "unfamiliar"
        view = view_digit(np.pad(picture, 4, constant_values=255))
        left, top, right, bottom = view.box
        ink = view.ink[top:bottom, left:right]
        view = type(view)(ink, (0, 0, 4, 30), view.digit, view.frame)
        readings.append(
            Reading(predicted(label, verdict, place), view, None, 0, None, {}, {})
        )
        boxes.append((20 + 30 * place, 10, 24 + 30 * place, 40))
    return SplitReading(tuple(readings), tuple(boxes), (100, 50), "stub", 1.0)


def test_one_digit_looks_as_it_always_did():
    page = show_digits(split("7"))
    assert page.startswith('<section class="answer recognised"')
    assert "tab" not in re.findall(r'role="(\w+)"', page)
    # Its ink lies where it lay in the whole picture.
    assert 'style="left:20.00%;top:20.00%;width:4.00%;height:60.00%"' in page


def test_several_digits_get_a_tab_and_a_panel_each():
    page = show_digits(split("7", None, "<1>"))
    assert page.count('role="tab"') == page.count('role="tabpanel"') == 3
    boxes = re.findall(r'data-box="([^"]+)"', page)
    assert boxes[:2] == ["0.2000,0.2000,0.2400,0.8000", "0.5000,0.2000,0.5400,0.8000"]
    assert page.count('aria-selected="true"') == 1
    assert re.findall(r'data-id="([^"]+)"', page) == ["id0.s", "id1.s", "id2.s"]
    assert "<1>" not in page
    assert "I read 7 ▢ &lt;1&gt;" in page


def test_without_ink_there_is_nothing_to_show():
    empty = SplitReading((), (), (100, 50), "stub", 1.0)
    assert "Draw a digit" in show_digits(empty)
