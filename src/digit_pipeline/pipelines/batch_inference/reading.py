"""Read image files with a classifier: a row per file, whatever the file holds."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from digit_pipeline.images import DIGIT_SIDE, DigitView, view_digit
from digit_pipeline.uploads import ImageError, open_upload

if TYPE_CHECKING:
    import pandas as pd

    from digit_pipeline.classifier import Classifier

Files = Mapping[str, Callable[[], bytes]]

TEXTS = ("file", "verdict", "label", "model_version", "error")


def read_files(
    names: Sequence[str], files: Files, classifier: "Classifier"
) -> "pd.DataFrame":
    """Read files and answer those that hold an image.

    Args:
        names: the files to read, in the order of the rows.
        files: what reads each file, by name.
        classifier: who answers.

    Returns:
        a row per file: ``file``, ``verdict``, ``label``, ``confidence``, ``p_<class>``
        for every class, ``model_version``, ``error``. A file that can't be opened has
        an error and nothing else; a picture that is "unfamiliar" has no label, and one
        without ink is "empty" and has no probabilities either.
    """
    import pandas as pd  # noqa: PLC0415 - 0.5 s that other commands should not pay

    views: dict[str, DigitView] = {}
    errors: dict[str, str] = {}
    for name in names:
        try:
            views[name] = view_digit(open_upload(files[name]()).pixels)
        except ImageError as error:
            errors[name] = f"{error.code}: {error.sentence}"
        except OSError as error:
            errors[name] = f"unreadable: The file can't be read ({error.strerror})."
    answers = _answer(views, classifier)
    rows = [
        {"file": name, "error": errors.get(name), **answers.get(name, {})}
        for name in names
    ]
    probabilities = [f"p_{name}" for name in classifier.class_names]
    columns = [*TEXTS[:3], "confidence", *probabilities, *TEXTS[3:]]
    types = {name: "string" if name in TEXTS else "float32" for name in columns}
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(model_version=classifier.version).astype(types)


def _answer(
    views: Mapping[str, DigitView], classifier: "Classifier"
) -> dict[str, dict[str, Any]]:
    """Answer pictures by name."""
    digits = [view.digit for view in views.values()]
    blank = np.zeros((0, DIGIT_SIDE, DIGIT_SIDE), np.float32)
    found = classifier.answer(
        np.stack(digits) if digits else blank,
        [view.is_empty for view in views.values()],
    )
    answers: dict[str, dict[str, Any]] = {}
    for name, verdict, row in zip(
        views, found.verdicts, found.probabilities, strict=True
    ):
        answers[name] = {"verdict": verdict}
        if verdict in {"recognised", "unsure"}:
            answers[name]["label"] = classifier.class_names[int(row.argmax())]
        if verdict != "empty":
            answers[name] |= {
                "confidence": float(row.max()),
                **{
                    f"p_{label}": float(p)
                    for label, p in zip(classifier.class_names, row, strict=True)
                },
            }
    return answers
