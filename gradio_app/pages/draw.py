"""The first page: a pad to draw on, and the answer."""

from typing import Any

import gradio as gr

from digit_pipeline.image_errors import ImageError
from gradio_app.pages.answer import show_nothing, show_problem
from gradio_app.pages.assets import read_asset
from gradio_app.pages.release import show_release
from gradio_app.pages.several import show_digits
from gradio_app.rest.bodies import decode_base64
from gradio_app.rest.problems import BadRequestError
from gradio_app.service import NotReadyError, Service

HEADING = (
    '<h1 id="draw-title" tabindex="-1">Draw a digit</h1>'
    '<p class="lead">With mouse, pen or finger, or several side by side. A small '
    "neural network reads them after every stroke.</p>"
)
# The page's own script looks whether another release answers.
FOLLOW = "document.addEventListener('release-changed', () => trigger('input'));"
NOT_BASE64 = "Expected an image file in base64, but no text came; encode it first."


def add_draw_page(blocks: gr.Blocks, service: Service) -> None:
    """Add the page's components to the current Blocks."""
    gr.HTML(HEADING)
    with gr.Row(elem_classes="room"):
        with gr.Column(scale=10, min_width=300):
            pad = gr.HTML(
                value="",
                html_template=read_asset("pad.html"),
                js_on_load=read_asset("pad.js"),
                apply_default_css=False,
                label="Drawing (PNG as a data URL)",
                elem_id="pad",
            )
        with gr.Column(scale=9, min_width=300):
            answer = gr.HTML(
                value=show_nothing(), apply_default_css=False, elem_id="answer"
            )
    release = gr.HTML(
        value="",
        js_on_load=FOLLOW,
        apply_default_css=False,
        elem_id="release",
    )
    release.input(
        lambda: show_release(service),
        outputs=release,
        api_visibility="private",
        queue=False,
        show_progress="hidden",
    )
    blocks.load(
        lambda: greet(service),
        outputs=[answer, release],
        api_visibility="private",
        queue=False,
        show_progress="hidden",
    )

    # Annotated by Gradio's own type, so that Gradio hands the request in.
    def read_drawing(drawing: str | None, request: gr.Request) -> tuple[str, str]:
        return _answer(service, drawing, request), show_release(service)

    pad.input(
        read_drawing,
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


def tell(sentence: str) -> gr.Error:
    """Give the error that people and programs are told, with no traceback logged."""
    return gr.Error(sentence, print_exception=False)


def add_program_endpoint(service: Service) -> None:
    """Add what ``gradio_client`` asks: an image in base64, predictions as JSON."""

    def read_digits(drawing: str) -> list[dict[str, Any]]:
        """Read the digits of an image file (base64 or data URL), left to right."""
        if not isinstance(drawing, str):
            raise tell(NOT_BASE64)
        try:
            found = service.read_split(decode_base64(drawing))
        except (ImageError, BadRequestError, NotReadyError) as error:
            raise tell(str(error)) from error
        return [reading.prediction.as_json() for reading in found.digits]

    gr.api(read_digits, api_name="read_digits", queue=False)


def _answer(service: Service, drawing: str | None, request: gr.Request) -> str:
    if not service.is_ready:
        return show_problem(service.problem or "")
    if not drawing:
        return show_nothing()
    session = getattr(request.state, "session", None)
    try:
        body = decode_base64(drawing)
        return show_digits(service.read_split(body, door="draw", session=session))
    except (ImageError, BadRequestError, NotReadyError) as error:
        raise tell(str(error)) from error
