"""An answer as HTML: the digit, the verdict in plain words, what the model saw."""

import base64
import html
import io

import numpy as np
from PIL import Image

from digit_pipeline.images import DigitView, Ink
from digit_pipeline.percentages import word_confidence
from gradio_app.service import Prediction, Reading
from gradio_app.wording import NOTHING_DRAWN, find_runner_up, word_verdict

DIGITS = tuple("0123456789")
# The tiles are 132 CSS pixels wide; twice that for sharp screens.
TILE_SIDE = 264
DIGIT_ALT = "The digit as the model sees it, 28 by 28"
# Instead of a digit where there is none: a line that goes nowhere in particular.
SQUIGGLE = (
    '<svg viewBox="0 0 48 24"><path d="M4 14 C10 2 16 2 22 12 S36 22 44 10"/></svg>'
)
# The pad's script answers it: it has the drawing, and lays the overlay on it.
WHY = (
    '<button type="button" class="why" aria-pressed="false" aria-label="Why? '
    'Show on the drawing which ink spoke for the answer">Why?</button>'
)
THUMB = (
    '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M7 10.5v9H4v-9zm0 0 4-7.5c1.6'
    " 0 2.6 1.2 2.3 2.8L12.8 9.5h5.7c1.3 0 2.2 1.2 1.9 2.4l-1.6 6"
    'c-.2 1-1 1.6-2 1.6H7"/></svg>'
)


def show_reading(reading: Reading, *, explained: bool = True, ink: bool = True) -> str:
    """Show an answer.

    Args:
        reading: what was answered.
        explained: whether "Why?" can be asked, which needs the drawing on the pad.
        ink: whether the picture's ink is shown too, beside the 28x28 digit.
    """
    prediction = reading.prediction
    if prediction.verdict == "empty":
        return show_nothing() if explained else _show_blank(reading.view)
    words = word_verdict(prediction.verdict, prediction.label, prediction.probabilities)
    return _lay_out(
        verdict=prediction.verdict,
        sign=html.escape(prediction.label) if prediction.label else SQUIGGLE,
        sentence=html.escape(words, quote=False),
        second=_second(prediction),
        tools=(WHY if explained else "") + _feedback(prediction),
        bars=_bars(prediction.probabilities, prediction.label),
        seen=_steps(reading.view, ink),
    )


def show_nothing() -> str:
    """Show what stands there before anything was drawn."""
    return _lay_out(
        verdict="empty",
        sentence=NOTHING_DRAWN,
        second="The answer appears as you draw.",
        bars=_bars(dict.fromkeys(DIGITS, 0.0), None),
        seen=_steps(None),
    )


def _show_blank(view: DigitView) -> str:
    """Show that a picture that somebody sent holds nothing."""
    return _lay_out(
        verdict="empty",
        sentence="There is nothing on this picture",
        second="Dark ink on a light page is looked for, or the other way round.",
        bars=_bars(dict.fromkeys(DIGITS, 0.0), None),
        seen=_steps(view),
    )


def show_problem(sentence: str) -> str:
    """Show why there is no answer."""
    return _lay_out(
        verdict="empty",
        sentence="No answer yet",
        second=set_code(sentence),
        bars=_bars(dict.fromkeys(DIGITS, 0.0), None),
        seen=_steps(None),
    )


def set_code(sentence: str) -> str:
    """Escape a sentence, its `commands` set as code."""
    pieces = html.escape(sentence).split("`")
    return "".join(
        f"<code>{piece}</code>" if position % 2 else piece
        for position, piece in enumerate(pieces)
    )


def _second(prediction: Prediction) -> str:
    """Say how sure the answer is, or what to do when there is none."""
    if prediction.label is None:
        return "It is unlike what I learned from. If it is one, draw it anew."
    sure = f"{_confidence(prediction.confidence)} sure"
    rival = find_runner_up(prediction.label, prediction.probabilities)
    if rival is None:
        return f"{sure}."
    share = _confidence(prediction.probabilities[rival])
    return f"{sure}; the next guess is {html.escape(rival)}, at {share}."


def _feedback(prediction: Prediction) -> str:
    """Ask whether the answer is right; the page's script sends what is pressed."""
    names = [name for name in prediction.probabilities if name != prediction.label]
    agree = ""
    if prediction.label is not None:
        label = html.escape(prediction.label)
        agree = (
            f'<button type="button" class="agree" data-label="{label}" '
            f'aria-label="Right, it is {label}">{THUMB}Right</button>'
        )
    choices = "".join(
        f'<button type="button" data-label="{name}" aria-label="It was {name}" '
        f'aria-keyshortcuts="{name}">{name}</button>'
        for name in map(html.escape, names)
    )
    return (
        f'<div class="feedback" data-id="{html.escape(prediction.id)}">{agree}'
        '<button type="button" class="other" aria-expanded="false">It was a …</button>'
        f'<div class="labels" role="group" aria-label="What it was" hidden>{choices}'
        '</div><p class="thanks" role="status"></p></div>'
    )


def _confidence(share: float) -> str:
    return html.escape(word_confidence(share))


def _bars(probabilities: dict[str, float], best: str | None) -> str:
    rows = []
    for name, share in probabilities.items():
        marked = ' class="best"' if name == best else ""
        text = _confidence(share) if share >= 0.0005 else "–"  # noqa: RUF001
        rows.append(
            f"<li{marked}><span>{html.escape(name)}</span>"
            f'<span class="track"><span class="fill" '
            f'style="display:block;width:{100 * share:.2f}%"></span></span>'
            f'<span class="share">{text}</span></li>'
        )
    return (
        f'<ol class="bars" aria-label="Probability of each digit">{"".join(rows)}</ol>'
    )


def _steps(view: DigitView | None, with_ink: bool = True) -> str:
    ink = box = digit = ""
    if view is not None and view.box is not None:
        digit = (
            f'<img class="model" alt="{DIGIT_ALT}" src="{set_png(view.digit)}">'
            '<span class="grid"></span>'
        )
    if view is not None and view.box is not None and with_ink:
        height, width = view.ink.shape
        shape = f"aspect-ratio:{width}/{height};" + (
            "width:100%" if width >= height else "height:100%"
        )
        image = f'<img alt="" src="{set_png(_shrink(view.ink))}">'
        left, top, right, bottom = view.box
        place = (
            f"left:{100 * left / width:.2f}%;top:{100 * top / height:.2f}%;"
            f"width:{100 * (right - left) / width:.2f}%;"
            f"height:{100 * (bottom - top) / height:.2f}%"
        )
        ink = f'<div class="ink" style="{shape}">{image}</div>'
        frame = f'<span class="box" style="{place}"></span>'
        box = f'<div class="ink" style="{shape}">{image}{frame}</div>'
    tiles = (
        (ink, "Your ink"),
        (box, "Cropped"),
        (digit, "Centred, 28×28"),  # noqa: RUF001
    )[0 if with_ink else 2 :]
    arrow = '<span class="arrow" aria-hidden="true">→</span>'
    return arrow.join(
        f'<figure><div class="tile">{content}</div>'
        f"<figcaption>{name}</figcaption></figure>"
        for content, name in tiles
    )


def _lay_out(  # noqa: PLR0913 - the parts of the page, by keyword
    *,
    verdict: str,
    sentence: str,
    second: str,
    bars: str,
    seen: str,
    sign: str = "",
    tools: str = "",
) -> str:
    # Where no digit is read, the place of the digit is an empty frame.
    none = " none" if verdict in {"empty", "unfamiliar"} else ""
    return (
        f'<section class="answer {verdict}" aria-label="Answer"><div class="guess">'
        f'<div class="digit{none}" aria-hidden="true">{sign}</div>'
        f'<div><div aria-live="polite"><p class="verdict">{sentence}</p>'
        f'<p class="next">{second}</p></div>'
        f'<div class="answer-tools">{tools}</div></div></div>'
        f'<p class="reason" role="status"></p>{bars}'
        '<figure class="seen"><figcaption>What the model sees</figcaption>'
        f'<div class="steps">{seen}</div></figure></section>'
    )


def _shrink(ink: Ink) -> Ink:
    factor = -(-max(ink.shape) // TILE_SIDE)
    if factor <= 1:
        return ink
    return np.asarray(Image.fromarray(ink).reduce(factor))


def set_png(ink: Ink) -> str:
    """Write ink as a PNG in a data URL, white on black."""
    file = io.BytesIO()
    grey = Image.fromarray(np.rint(255 * ink).astype(np.uint8))
    grey.save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
