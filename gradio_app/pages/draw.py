"""The first page: a pad to draw on, and the answer."""

from collections.abc import Callable
from pathlib import Path

import gradio as gr

from digit_pipeline.uploads import ImageError
from gradio_app.pages.answer import show_nothing, show_problem, show_reading
from gradio_app.pages.release import show_release
from gradio_app.rest.bodies import decode_base64
from gradio_app.rest.problems import BadRequestError
from gradio_app.service import NotReadyError, Service

ASSETS = Path(__file__).with_name("assets")
HEADING = (
    "<h1>Draw a digit</h1>"
    '<p class="lead">With mouse, pen or finger. A small neural network reads it after '
    "every stroke.</p>"
)


def add_draw_page(blocks: gr.Blocks, service: Service) -> None:
    """Add the page's components to the current Blocks."""
    gr.HTML(HEADING)
    with gr.Row(elem_classes="room"):
        with gr.Column(scale=10, min_width=300):
            pad = gr.HTML(
                value="",
                html_template=_asset("pad.html"),
                js_on_load=_asset("pad.js"),
                apply_default_css=False,
                label="Drawing (PNG as a data URL)",
                elem_id="pad",
            )
        with gr.Column(scale=9, min_width=300):
            answer = gr.HTML(
                value=show_nothing(), apply_default_css=False, elem_id="answer"
            )
    release = gr.HTML(value="", apply_default_css=False, elem_id="release")
    blocks.load(
        lambda: greet(service),
        outputs=[answer, release],
        api_visibility="private",
        queue=False,
        show_progress="hidden",
    )
    pad.input(
        make_reader(service),
        pad,
        [answer, release],
        api_name="read_drawing",
        api_description="Read a drawing; answers as HTML. Programs use /api/predict.",
        queue=False,
        show_progress="hidden",
        trigger_mode="always_last",
    )


def greet(service: Service) -> tuple[object, str]:
    """Say which release answers, and why none does if none does."""
    # A ready answer is left alone: a quick hand may have drawn before this arrives.
    answer = gr.skip() if service.is_ready else show_problem(service.problem or "")
    return answer, show_release(service)


def make_reader(service: Service) -> Callable[[str | None], tuple[str, str]]:
    """Make the function behind the pad: data URL to answer and release, as HTML."""

    def read_drawing(drawing: str | None) -> tuple[str, str]:
        return _answer(service, drawing), show_release(service)

    return read_drawing


def _answer(service: Service, drawing: str | None) -> str:
    if not service.is_ready:
        return show_problem(service.problem or "")
    if not drawing:
        return show_nothing()
    try:
        return show_reading(service.read(decode_base64(drawing)))
    except (ImageError, BadRequestError, NotReadyError) as error:
        raise gr.Error(str(error)) from error


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")
