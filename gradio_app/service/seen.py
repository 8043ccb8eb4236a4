"""What is kept of a picture, what the model sees of it, and how the champion reads it.

A correction is learned from as it was kept: so that is what is hashed and shown.
"""

import base64
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from digit_pipeline import image_errors
from digit_pipeline.image_errors import ImageError
from digit_pipeline.images import Box, DigitView, Ink, Pixels
from digit_pipeline.records.kept_images import encode_pixels
from digit_pipeline.uploads import UploadLimits, open_upload
from gradio_app.service.predictions import Prediction, Reading
from gradio_app.service.reading import (
    BATCH_PIXELS,
    Opened,
    answer_pictures,
    count_pixels,
    read_pictures,
)

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier


def read_kept(
    items: Iterable[bytes | ImageError],
    classifier: "Classifier",
    limits: UploadLimits,
) -> Iterator[tuple[bytes, Reading | ImageError]]:
    """Encode pictures as they are kept, and read them so.

    Args:
        items: image files as they came, or why there is none.
        classifier: who answers.
        limits: how large each may be.

    Yields:
        what is kept of each, a PNG, with its reading; or why there is none.
    """
    # No prediction: it is not recorded, and nobody corrects it.
    return read_pictures(_encode(items, limits), classifier, limits, lambda: "")


def read_one_kept(
    body: bytes, classifier: "Classifier", limits: UploadLimits
) -> tuple[bytes, Reading]:
    """Encode one picture as it is kept, and read it so.

    Raises:
        ImageError: when it cannot be opened.
    """
    [(kept, found)] = read_kept([body], classifier, limits)
    if isinstance(found, ImageError):
        raise found
    return kept, found


def _encode(
    items: Iterable[bytes | ImageError], limits: UploadLimits
) -> Iterator[bytes | ImageError]:
    left = BATCH_PIXELS
    for item in items:
        if isinstance(item, ImageError):
            yield item
            continue
        left -= count_pixels(item)
        try:
            if left < 0:
                raise image_errors.too_large("less to decode in one upload", "more")
            yield encode_pixels(open_upload(item, limits).pixels)
        except ImageError as error:
            yield error


def to_levels(digit: Ink) -> Pixels:
    """Give a digit as training stores it: uint8 ``(28, 28)``, ink = 255."""
    return np.rint(255 * digit).astype(np.uint8)


def read_seen(seen: Sequence[Pixels], classifier: "Classifier") -> list[Prediction]:
    """Ask about what the model sees of pictures, together.

    Args:
        seen: uint8 ``(28, 28)`` each, as ``to_levels`` gives.
        classifier: who answers.
    """
    # Already cropped and centred: all of it is the digit.
    views = [_view(levels) for levels in seen]
    pictures = [Opened(b"", view, (), 0, 0) for view in views]
    if not pictures:
        return []
    readings = answer_pictures(classifier, pictures, lambda: "")
    return [reading.prediction for reading in readings]


def _view(levels: Pixels) -> DigitView:
    digit = np.asarray(levels / np.float32(255), np.float32)
    box = Box(0, 0, *levels.shape) if levels.any() else None
    return DigitView(digit, box, digit, box)


def draw_digit(levels: Pixels) -> str:
    """Draw what the model sees: a PNG in a data URL, white on black.

    Args:
        levels: uint8 ``(28, 28)``, as ``to_levels`` gives.
    """
    file = io.BytesIO()
    Image.fromarray(levels).save(file, "PNG", compress_level=1)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
