"""From a picture and the model that read it to a reason a person can see."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from digit_pipeline.explanation import explain
from digit_pipeline.images import DigitView
from gradio_app.why.overlay import draw_overlay
from gradio_app.why.words import word_explanation

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

NOTHING_TO_EXPLAIN = "Draw a digit first"


@dataclass(frozen=True)
class Reason:
    """Why this answer, for a person.

    Attributes:
        label: the best guess, also where the verdict is ``unfamiliar``; None if empty.
        runner_up: the second best; None if empty.
        sentence: what the overlay shows, in words, labelled as the heuristic it is.
        overlay: transparent PNG that covers the whole picture; None if empty.
        model_version: the release that was asked.
    """

    label: str | None
    runner_up: str | None
    sentence: str
    overlay: bytes | None
    model_version: str


def give_reason(view: DigitView, classifier: "Classifier", verdict: str) -> Reason:
    """Explain what a release reads in a picture.

    Args:
        view: the picture and its digit.
        classifier: the release.
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
    """
    version = classifier.version
    if view.is_empty or verdict == "empty":
        return Reason(None, None, NOTHING_TO_EXPLAIN, None, version)
    names = classifier.class_names
    found = explain(view.digit, classifier.logits)
    return Reason(
        label=names[found.answer],
        runner_up=names[found.runner_up],
        sentence=word_explanation(found, names, view.digit, verdict),
        overlay=draw_overlay(found, view),
        model_version=version,
    )
