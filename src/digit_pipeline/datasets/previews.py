"""What Kedro-Viz can show of a dataset, and the contact sheet of an image set.

Kedro-Viz picks the viewer by the name of the type that ``preview()`` is annotated
with, and by nothing else; these are the five names it knows.
"""

import base64
import functools
import io
from collections.abc import Callable
from typing import Any, NewType, TypeVar

import numpy as np
from PIL import Image

from digit_pipeline.labelled_images import LabelledImages

ImagePreview = NewType("ImagePreview", str)
JSONPreview = NewType("JSONPreview", str)
TablePreview = NewType("TablePreview", dict[str, Any])
PlotlyPreview = NewType("PlotlyPreview", dict[str, Any])

Made = TypeVar("Made")
Shown = TypeVar("Shown")

COLUMNS = 16
TILE = 40
GAP = 2


def once_made(preview: Callable[[Made], Shown]) -> Callable[[Made], Shown | None]:
    """Have a dataset show nothing before its first run, for that is no failure.

    Kedro-Viz warns of every preview that raises. It goes on reading the viewer off
    the annotation of the method itself.
    """

    @functools.wraps(preview)
    def show(self: Made) -> Shown | None:
        return preview(self) if self.exists() else None  # type: ignore[attr-defined]

    return show


def preview_png(content: bytes) -> ImagePreview:
    """Hand a PNG's bytes to Kedro-Viz: base64, as it wants them."""
    return ImagePreview(base64.b64encode(content).decode("ascii"))


def preview_images(images: LabelledImages) -> ImagePreview:
    """Show the first images of every class, a row per class."""
    file = io.BytesIO()
    contact_sheet(images).save(file, "PNG")
    return preview_png(file.getvalue())


def contact_sheet(images: LabelledImages, columns: int = COLUMNS) -> Image.Image:
    """Lay out the first images of every class, a row per class.

    Args:
        images: any channels of 1 or 3; each is scaled to a tile of 40 px.
        columns: how many of each class.
    """
    rows = len(images.class_names)
    mode = "L" if images.images.shape[3] == 1 else "RGB"
    pitch = TILE + GAP
    size = (columns * pitch + GAP, rows * pitch + GAP)
    sheet = Image.new(mode, size, 90 if mode == "L" else (90, 90, 90))
    for row in range(rows):
        chosen = np.flatnonzero(images.labels == row)[:columns]
        for column, position in enumerate(chosen):
            tile = Image.fromarray(
                images.images[position].squeeze(-1)
                if mode == "L"
                else images.images[position]
            )
            corner = (GAP + column * pitch, GAP + row * pitch)
            sheet.paste(tile.resize((TILE, TILE), Image.Resampling.BILINEAR), corner)
    return sheet
