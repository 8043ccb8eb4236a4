"""An explanation in plain words, taken from its numbers."""

import numpy as np

from digit_pipeline.explanation import Change, Explanation
from digit_pipeline.images import Box, Ink, find_box
from gradio_app.wording import name_with_article

# Ink that spoke with less than this share of the strongest is not worth showing.
WORTH_PAINTING = 0.15
HEURISTIC = (
    "This is a heuristic: it asks the model about the drawing with pieces missing or "
    "added."
)


def word_explanation(
    found: Explanation, class_names: tuple[str, ...], digit: Ink, verdict: str
) -> str:
    """Say which ink spoke for the answer and what would make it the runner-up.

    Args:
        found: the explanation; ``class_names[i]`` names its class i.
        class_names: all classes.
        digit: float32 ``(28, 28)``, what was explained.
        verdict: what the answer's verdict was.
    """
    answer, rival = class_names[found.answer], class_names[found.runner_up]
    box = find_box(digit) or Box(0, 0, digit.shape[1], digit.shape[0])
    sentences = [
        _word_spoken(found.spoke, answer, rival, box),
        _word_changes(found, name_with_article(rival), box),
        HEURISTIC,
    ]
    if verdict == "unfamiliar":
        nearest = name_with_article(answer)
        sentences.insert(0, f"What comes nearest is {nearest}.")
    return " ".join(sentences)


def choose_changes(found: Explanation) -> tuple[Change | None, Change | None]:
    """Give the addition and the removal that are worth telling, None for the rest.

    Those that make it the runner-up; if there are none, the one that comes nearest.
    """
    added, removed = found.added, found.removed
    if added.makes_runner_up or removed.makes_runner_up:
        return (
            added if added.makes_runner_up else None,
            removed if removed.makes_runner_up else None,
        )
    if not (added.ink.any() or removed.ink.any()):
        return None, None
    return (added, None) if added.margin < removed.margin else (None, removed)


def name_place(weights: Ink, box: Box) -> str:
    """Say where in a drawing the heaviest part of a map lies.

    Args:
        weights: float32 ``(28, 28)``, 0 or more.
        box: where the drawing lies.

    Returns:
        such as "at the top left", "on the right" or "in the middle".
    """
    # Thirds of the square around the box: a 1 has no left and right.
    third = max(box.right - box.left, box.bottom - box.top) / 6
    heaviest = np.where(weights >= 0.8 * weights.max(), weights, 0)
    total = max(float(heaviest.sum()), 1e-9)
    line = np.arange(len(weights)) + 0.5
    row = float(heaviest.sum(axis=1) @ line) / total - (box.top + box.bottom) / 2
    column = float(heaviest.sum(axis=0) @ line) / total - (box.left + box.right) / 2
    vertical = "top" if row < -third else "bottom" if row > third else ""
    across = "left" if column < -third else "right" if column > third else ""
    if vertical:
        return f"at the {vertical} {across}".rstrip()
    return f"on the {across}" if across else "in the middle"


def _word_spoken(spoke: Ink, answer: str, rival: str, box: Box) -> str:
    if spoke.max() < WORTH_PAINTING:
        sentence = f"No single piece of ink spoke for {answer} rather than {rival}"
    else:
        place = name_place(np.maximum(spoke, 0), box)
        sentence = f"Blue ink spoke for {answer} rather than {rival}, most {place}"
    if spoke.min() > -WORTH_PAINTING:
        return f"{sentence}."
    place = name_place(np.maximum(-spoke, 0), box)
    return f"{sentence}; orange ink (dotted) spoke against, most {place}."


def _word_changes(found: Explanation, rival: str, box: Box) -> str:
    added, removed = choose_changes(found)
    ways = []
    if added:
        ways.append(f"adding ink {name_place(added.ink, box)} (green, hatched)")
    if removed:
        ways.append(f"leaving out ink {name_place(removed.ink, box)} (striped)")
    if not ways:
        return f"No small change would bring it nearer to {rival}."
    words = " or ".join(ways)
    words = words[0].upper() + words[1:]
    if found.added.makes_runner_up or found.removed.makes_runner_up:
        return f"{words} would make it look like {rival}."
    return f"{words} would bring it nearer to {rival}, but not make it one."
