"""Several digits of one drawing as HTML: a tab for each, from left to right."""

import html
from dataclasses import replace

import numpy as np

from digit_pipeline.images import Box, DigitView
from gradio_app.pages.answer import SQUIGGLE, show_nothing, show_reading
from gradio_app.service import Reading, SplitReading
from gradio_app.wording import word_number


def show_digits(found: SplitReading) -> str:
    """Show what was found in a drawing: nothing, one digit, or several."""
    readings = [
        _put_back(reading, box, found.size)
        for reading, box in zip(found.digits, found.boxes, strict=True)
    ]
    if not readings:
        return show_nothing()
    if len(readings) == 1:
        return show_reading(readings[0])
    sentence, second = word_number([one.prediction for one in readings])
    tabs = "".join(_tab(place, one) for place, one in enumerate(readings))
    panels = "".join(
        _panel(place, one, box, found.size)
        for place, (one, box) in enumerate(zip(readings, found.boxes, strict=True))
    )
    return (
        '<div class="several"><div aria-live="polite">'
        f'<p class="number">{html.escape(sentence, quote=False)}</p>'
        f'<p class="next">{html.escape(second, quote=False)}</p></div>'
        '<div class="digits" role="tablist" aria-label="The digits, left to right">'
        f"{tabs}</div>{panels}</div>"
    )


def _tab(place: int, reading: Reading) -> str:
    prediction = reading.prediction
    chosen = place == 0
    label = html.escape(prediction.label or "no digit")
    sign = html.escape(prediction.label) if prediction.label else SQUIGGLE
    return (
        f'<button type="button" role="tab" id="digit-{place}" class="tab '
        f'{prediction.verdict}" aria-selected="{str(chosen).lower()}" '
        f'aria-controls="panel-{place}" tabindex="{0 if chosen else -1}" '
        f'aria-label="Digit {place + 1}: {label}, {prediction.verdict}">{sign}</button>'
    )


def _panel(place: int, reading: Reading, box: Box, size: tuple[int, int]) -> str:
    hidden = "" if place == 0 else " hidden"
    left, top, right, bottom = box
    width, height = size
    shares = (left / width, top / height, right / width, bottom / height)
    return (
        f'<div role="tabpanel" id="panel-{place}" aria-labelledby="digit-{place}" '
        f'data-box="{",".join(f"{share:.4f}" for share in shares)}"{hidden}>'
        f"{show_reading(reading)}</div>"
    )


def _put_back(reading: Reading, box: Box, size: tuple[int, int]) -> Reading:
    """Give a reading whose ink lies where it lay in the whole picture."""
    width, height = size
    left, top, right, bottom = box
    ink = np.zeros((height, width), np.float32)
    ink[top:bottom, left:right] = reading.view.ink
    view = DigitView(ink, box, reading.view.digit, reading.view.frame)
    return replace(reading, view=view)
