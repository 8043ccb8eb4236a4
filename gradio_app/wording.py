"""Verdicts in plain words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gradio_app.service.predictions import Prediction

NOTHING_DRAWN = "Draw a digit"
# A rival below one in two hundred is not worth a sentence.
WORTH_NAMING = 0.005
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def name_with_article(label: str) -> str:
    """Give a class its article: a 4, an 8."""
    return f"{'an' if label == '8' else 'a'} {label}"


def word_verdict(
    verdict: str, label: str | None, probabilities: dict[str, float]
) -> str:
    """Say a verdict as a person would.

    Args:
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
        label: the best guess; None for ``unfamiliar`` and ``empty``.
        probabilities: by label; what comes second is named when in doubt.
    """
    if verdict == "empty":
        return NOTHING_DRAWN
    if verdict == "unfamiliar" or label is None:
        return "I don't think that's a digit"
    if verdict == "recognised":
        return f"That is {name_with_article(label)}"
    rival = find_runner_up(label, probabilities)
    maybe = f"maybe {name_with_article(rival)}" if rival else "but I am not sure"
    return f"That looks like {name_with_article(label)}, {maybe}"


def find_runner_up(label: str | None, probabilities: dict[str, float]) -> str | None:
    """Name the most probable other class, None when it is not worth naming."""
    others = {name: p for name, p in probabilities.items() if name != label}
    if not others:
        return None
    rival = max(others, key=lambda name: others[name])
    return rival if others[rival] >= WORTH_NAMING else None


def word_number(predictions: Sequence["Prediction"]) -> tuple[str, str]:
    """Say what several digits, left to right, are read as.

    Args:
        predictions: two or more, left to right.

    Returns:
        what is read, and how far each digit may be trusted.
    """
    shown = " ".join(one.label or "▢" for one in predictions)
    count = len(predictions)
    counted = NUMBERS[count] if count < len(NUMBERS) else str(count)
    doubts = [
        f"{_place(position)} {'could be another' if one.label else 'is no digit'}"
        for position, one in enumerate(predictions)
        if one.verdict != "recognised"
    ]
    second = f"{counted.capitalize()} digits, left to right"
    if doubts:
        second += f"; to me the {', the '.join(doubts)}"
    return f"I read {shown}", f"{second}."


def _place(position: int) -> str:
    number = position + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{'th' if number in {11, 12, 13} else ending}"
