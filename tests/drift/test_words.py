"""What people are told of drift: no word of statistics, every number in its unit."""

import pytest

from digit_pipeline.drift import (
    Distance,
    DriftReport,
    DriftSettings,
    Family,
    Finding,
    word_column,
    word_drift,
)

SETTINGS = DriftSettings()
LEAST = 1 / 600
TOO_FEW = Finding("too_few", (), 73, 0, {})
ALIKE = Finding("none", (), 1000, 300, {})


def distance(before, now, *, value=0.4, p_value=LEAST, name=None):
    return Distance(value, 0.08, p_value, name, before, now)


def find(state, families=("ink",), **columns):
    """Give a finding of one family, ink, whose columns all differ."""
    measured = {"ink": Family(LEAST, columns)}
    differing = sorted(columns, key=lambda name: -columns[name].value)
    return Finding(state, families, 450, 300, measured, tuple(differing))


def say(checked, in_use=TOO_FEW, answers=812):
    return word_drift(DriftReport("000001", answers, checked, in_use), SETTINGS)


@pytest.mark.parametrize(
    ("reference", "needed"), [(450, "200"), (99, "1,200"), (None, "1,200")]
)
def test_with_too_few_answers_it_says_how_many_it_takes(reference, needed):
    checked = None if reference is None else Finding("too_few", (), reference, 36, {})
    assert say(checked, answers=73) == (
        f"Nothing can be said yet: 73 of {needed} answers."
    )


def test_as_before_names_what_it_is_like():
    checked = "like the digits this model was checked with"
    in_use = "like the first 1,000 pictures this model read"
    assert say(ALIKE) == f"People draw as before: {checked}."
    assert say(None, ALIKE) == f"People draw as before: {in_use}."
    assert say(ALIKE, ALIKE) == f"People draw as before: {checked} and {in_use}."


def test_what_is_confirmed_is_said_with_the_widest_differences():
    found = find(
        "confirmed",
        share=distance(0.13, 0.095, value=0.2),
        thickness=distance(2.42, 1.81),
    )
    assert say(found) == (
        "People draw differently from the digits this model was checked with: strokes "
        "are thinner (1.8 instead of 2.4 pixels) and there is less ink (9.5 % instead "
        "of 13.0 %)."
    )


def test_what_is_suspected_is_said_to_be_no_more():
    found = find("suspected", thickness=distance(1.8, 2.4))
    assert say(None, found) == (
        "People may draw differently from the first 1,000 pictures this model read: "
        "strokes are thicker (2.4 instead of 1.8 pixels). Only the latest 300 answers "
        "say so, the 300 before them do not."
    )


def test_of_both_comparisons_what_is_confirmed_comes_first():
    suspected = find("suspected", thickness=distance(1.8, 2.4))
    confirmed = find("confirmed", share=distance(0.1, 0.2))
    said = say(suspected, confirmed)
    assert said.startswith("People draw differently from the first 1,000")
    assert "People may draw differently from the digits" in said


def test_no_more_than_three_differences_are_named():
    names = ("share", "width", "height", "aspect", "thickness")
    columns = {name: distance(0.5, 0.3) for name in names}
    assert say(find("confirmed", **columns)).count(" instead of ") == 3


@pytest.mark.parametrize(
    ("column", "before", "now", "told"),
    [
        ("share", 0.1, 0.2, "there is more ink (20.0 % instead of 10.0 %)"),
        ("aspect", 0.7, 0.55, "digits are slimmer (0.55 instead of 0.70)"),
        ("confidence", 0.9999, 0.86, "answers are less sure (86.0 % instead of > 99"),
        ("energy", 4.1, 8.4, "pictures look more like digits (8.4 instead of 4.1)"),
        ("thickness", 2.41, 2.42, "stroke thickness varies differently (around 2.4 p"),
    ],
)
def test_a_number_is_told_in_its_unit(column, before, now, told):
    assert word_column(column, distance(before, now)).difference.startswith(told)


@pytest.mark.parametrize(
    ("column", "name", "what", "told"),
    [
        ("verdict", "unsure", "Answers that are not sure", "more answers that are not"),
        ("verdict", "empty", "Empty pictures", "more empty pictures"),
        ("verdict", "unfamiliar", "Pictures taken for no digit", "more pictures taken"),
        ("label", "8", "Read as 8", "8 is read more often"),
    ],
)
def test_of_verdicts_and_labels_the_share_is_told(column, name, what, told):
    words = word_column(column, distance(0.05, 0.2, name=name))
    assert (words.what, words.before, words.now) == (what, "5.0 %", "20.0 %")
    assert words.difference.startswith(told)
    assert words.difference.endswith("(20.0 % instead of 5.0 %)")
    less = word_column(column, distance(0.2, 0.05, name=name)).difference
    assert ("fewer" in less) == (column == "verdict")
    assert ("less often" in less) == (column == "label")
