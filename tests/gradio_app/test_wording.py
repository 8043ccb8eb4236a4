"""Each verdict in words, and how the page shows it."""

import re

import numpy as np
import pytest

from digit_pipeline.images import view_digit
from gradio_app.pages.answer import show_nothing, show_problem, show_reading
from gradio_app.service import Prediction, Reading
from gradio_app.wording import find_runner_up, name_with_article, word_verdict

FOUR_OR_NINE = {"1": 0.02, "4": 0.6, "8": 0.001, "9": 0.379}
SURE = {"4": 0.999, "9": 0.001}


def reading(verdict, label, probabilities):
    picture = np.full((40, 40), 255, np.uint8)
    if verdict != "empty":
        picture[10:30, 18:22] = 0
    prediction = Prediction(
        id="made.up",
        verdict=verdict,
        label=label,
        confidence=max(probabilities.values(), default=0.0),
        probabilities=probabilities,
        model_version="stub",
        elapsed_ms=1.0,
    )
    return Reading(
        prediction,
        view_digit(picture),
        classifier=None,
        best=0,
        energy=None,
        latency={},
        ink={},
    )


@pytest.mark.parametrize(
    ("verdict", "label", "probabilities", "words"),
    [
        ("recognised", "4", SURE, "That is a 4"),
        ("recognised", "8", {"8": 1.0}, "That is an 8"),
        ("unsure", "4", FOUR_OR_NINE, "That looks like a 4, maybe a 9"),
        ("unsure", "9", {"8": 0.45, "9": 0.55}, "That looks like a 9, maybe an 8"),
        ("unsure", "4", SURE, "That looks like a 4, but I am not sure"),
        ("unsure", "4", {"4": 1.0}, "That looks like a 4, but I am not sure"),
        ("unfamiliar", None, FOUR_OR_NINE, "I don't think that's a digit"),
        ("empty", None, {}, "Draw a digit"),
    ],
)
def test_a_verdict_is_worded_for_people(verdict, label, probabilities, words):
    assert word_verdict(verdict, label, probabilities) == words
    page = show_reading(reading(verdict, label, probabilities))
    assert f'<p class="verdict">{words}</p>' in page
    assert f'class="answer {verdict}"' in page


def test_articles_and_runners_up():
    assert [name_with_article(name) for name in "789"] == ["a 7", "an 8", "a 9"]
    assert find_runner_up("4", FOUR_OR_NINE) == "9"
    assert find_runner_up("9", FOUR_OR_NINE) == "4"
    assert find_runner_up("4", SURE) is None


@pytest.mark.parametrize(
    ("verdict", "label", "shown"),
    [("recognised", "4", "4"), ("unsure", "4", "4"), ("unfamiliar", None, "<svg")],
)
def test_only_what_is_read_gets_its_big_digit(verdict, label, shown):
    page = show_reading(reading(verdict, label, FOUR_OR_NINE))
    big = re.search(r'<div class="digit(.*?)" aria-hidden="true">(.*?)</div>', page)
    assert big is not None
    assert big[2].startswith(shown)
    assert (" none" in big[1]) == (label is None)
    assert ('class="best"' in page) == (label is not None)


def test_an_unfamiliar_drawing_gets_no_share_of_certainty():
    page = show_reading(reading("unfamiliar", None, FOUR_OR_NINE))
    assert "sure" not in page
    assert "If it is one, draw it anew." in page


def test_the_sentence_and_the_bars_write_a_share_with_the_same_digits():
    shares = {"4": 0.8634, "9": 0.1254, "1": 0.01}
    page = show_reading(reading("unsure", "4", shares))
    assert "86.3 % sure; the next guess is 9, at 12.5 %." in page
    assert re.findall(r'class="share">(.*?)<', page) == ["86.3 %", "12.5 %", "1.0 %"]
    # No answer is certain, in words as little as in bars.
    page = show_reading(reading("recognised", "4", {"4": 1.0}))
    assert "&gt; 99.9 % sure." in page
    assert 'class="share">&gt; 99.9 %<' in page


@pytest.mark.parametrize("verdict", ["recognised", "unsure", "unfamiliar"])
def test_every_answer_can_be_asked_why(verdict):
    label = None if verdict == "unfamiliar" else "4"
    page = show_reading(reading(verdict, label, FOUR_OR_NINE))
    assert page.count('class="why"') == 1
    assert 'aria-label="Why? Show' in page


def test_where_there_is_no_answer_nobody_asks_why():
    empty = show_reading(reading("empty", None, {}))
    for page in (empty, show_nothing(), show_problem("No model; run `make run`.")):
        assert 'class="why"' not in page
        assert ">?<" not in page


def test_a_picture_without_ink_is_not_taken_for_an_unused_pad():
    page = show_reading(reading("empty", None, {}), explained=False)
    assert "There is nothing on this picture" in page
    assert "as you draw" not in page


def test_class_names_are_escaped_wherever_they_show():
    page = show_reading(reading("unsure", "<i>", {"<i>": 0.6, "<b>": 0.4}))
    assert "<i>" not in page
    assert "<b>" not in page
    assert "That looks like a &lt;i&gt;, maybe a &lt;b&gt;" in page
