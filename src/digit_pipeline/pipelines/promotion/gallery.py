"""The report's figures as a release carries them, for whoever serves it."""

import io
import json
from collections.abc import Mapping
from typing import Any

from PIL import Image

from digit_pipeline.pipelines.evaluation.style import cut_words
from digit_pipeline.releases.release import GALLERY

# In the order in which they are shown: the result, then the data.
FIGURES = (
    "confusion_matrix",
    "class_scores",
    "reliability_diagram",
    "roc_curves",
    "refusal_figure",
    "robustness_scorecard",
    "learning_curves",
    "worst_mistakes",
    "comparison_figure",
    "class_distribution",
    "sample_sheet",
    "intensity_histogram",
)
# Plots have few colours, and scans are grey: half the bytes, and no eye sees it.
COLOURS = 256


def hang_gallery(
    figures: Mapping[str, Image.Image],
    titles: Mapping[str, str],
    sentences: Mapping[str, str],
) -> dict[str, bytes]:
    """Give the gallery's files by name: a PNG per figure, and the list of them.

    Args:
        figures: the pictures, by figure; they lose title and caption, for whoever
            shows them has both as text.
        titles: what each one is called.
        sentences: what each one shows, in words.
    """
    names = [name for name in FIGURES if name in figures]
    pictures = {name: cut_words(figures[name], sentences[name]) for name in names}
    shown: list[dict[str, Any]] = [
        {
            "name": name,
            "title": titles[name],
            "interpretation": sentences[name],
            "file": f"{name}.png",
            "width": pictures[name].width,
            "height": pictures[name].height,
        }
        for name in names
    ]
    files = {f"{name}.png": _to_png(picture) for name, picture in pictures.items()}
    files[GALLERY] = json.dumps(shown, indent=2, ensure_ascii=False).encode() + b"\n"
    return files


def _to_png(figure: Image.Image) -> bytes:
    file = io.BytesIO()
    figure.convert("RGB").quantize(COLOURS).save(file, "PNG", optimize=True)
    return file.getvalue()
