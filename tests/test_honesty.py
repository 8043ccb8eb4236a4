"""What the default run's reader makes of drawings, and of what is no digit.

Trains `sketch_cnn` as `conf/base` says, on scikit-learn's embedded digits.
"""

from typing import Any

import numpy as np
import pytest
from kedro.framework.session import KedroSession
from PIL import Image, ImageDraw

from digit_pipeline.abstention import Calibration, decide, measure_energy
from digit_pipeline.images import view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.onnx_model import OnnxModel, softmax
from digit_pipeline.pipelines.evaluation.refusal import (
    calibrate,
    collect_non_digits,
    measure_refusal,
)
from digit_pipeline.pipelines.training.nodes import export_onnx, train_model
from tests.conftest import PROJECT, KedroProject

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

SIDE = 400


@pytest.fixture(scope="module")
def reader(
    bootstrapped: None, tmp_path_factory: pytest.TempPathFactory
) -> tuple[bytes, dict[str, Any], LabelledImages]:
    """The base champion's file and calibration, and the test digits."""
    folder = tmp_path_factory.mktemp("base")
    project = KedroProject(folder)
    project.run("ingestion", "preprocessing", env="base")
    sides = ("train_input", "validation_input", "test_input", "train_non_digits")
    images = {side: project.load(side, env="base") for side in sides}
    with KedroSession.create(PROJECT, env="base") as session:
        parameters = session.load_context().params
    test = images.pop("test_input")
    candidate = parameters["training"]["candidates"]["sketch_cnn"]
    model, history = train_model(
        **images, parameters=candidate, seed=parameters["seed"]
    )
    validation = images["validation_input"]
    onnx, _ = export_onnx(
        model=model,
        history=history,
        validation_input=validation,
        parameters=candidate,
    )
    refused = parameters["evaluation"]["refused"]
    return onnx, calibrate(onnx, validation, refused), test


def ask(reader: tuple[bytes, dict[str, Any], LabelledImages], page: Image.Image) -> str:
    """Give the verdict on a page."""
    return answer(reader, page)[0]


def answer(
    reader: tuple[bytes, dict[str, Any], LabelledImages], page: Image.Image
) -> tuple[str, int]:
    """Give the verdict on a page, and the best guess."""
    onnx, calibration, _ = reader
    fitted = Calibration.from_json(calibration)
    view = view_digit(np.asarray(page))
    logits = OnnxModel(onnx).logits(view.digit[None, ..., None])
    confidence = softmax(logits, fitted.temperature).max()
    energy = float(measure_energy(logits)[0])
    verdict = decide(view.is_empty, energy, float(confidence), fitted)
    return verdict, int(logits.argmax())


@pytest.mark.parametrize("colour", ["white", "black", "grey"])
def test_a_plain_page_is_empty(reader, colour) -> None:
    assert ask(reader, Image.new("RGB", (SIDE, SIDE), colour)) == "empty"


@pytest.mark.parametrize("width", [2, 5, 12, 30, 80])
@pytest.mark.parametrize("place", [(60, 60), (200, 200), (330, 120)])
def test_a_single_dot_is_no_digit(reader, width, place) -> None:
    page = Image.new("L", (SIDE, SIDE), 255)
    x, y = place
    half = width / 2
    ImageDraw.Draw(page).ellipse((x - half, y - half, x + half, y + half), fill=0)
    assert ask(reader, page) in {"empty", "unfamiliar"}


def test_a_page_painted_black_is_no_digit(reader) -> None:
    page = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(page).rectangle((8, 8, SIDE - 8, SIDE - 8), fill=0)
    assert ask(reader, page) in {"empty", "unfamiliar"}


@pytest.mark.parametrize("side", [28, 64, 400])
def test_noise_is_no_digit(reader, side) -> None:
    random = np.random.default_rng(side)
    for _ in range(10):
        noise = random.integers(0, 256, (side, side), dtype=np.uint8)
        assert ask(reader, Image.fromarray(noise)) in {"empty", "unfamiliar"}


def test_non_digits_of_unseen_kinds_are_refused_and_digits_are_not(reader) -> None:
    onnx, calibration, test = reader
    others = collect_non_digits(test, {}, per_family=200, seed=1)
    found = measure_refusal(onnx, calibration, test, others)
    recognised = {name: row["recognised"] for name, row in found["non_digits"].items()}
    assert max(recognised.values()) <= 0.1, recognised
    assert found["refused_digits"] <= 0.06
    scores = found["scores"]
    assert scores["energy"]["all"]["auroc"] > scores["softmax"]["all"]["auroc"]


def test_embedded_digits_are_read(reader) -> None:
    onnx, _, test = reader
    answers = OnnxModel(onnx).logits(test.images / np.float32(255)).argmax(axis=1)
    assert np.mean(answers == test.labels) > 0.98


PENS = [5, 8, 14, 22, 30]
LEANS = (-10, 0, 15, 30, 45)


@pytest.mark.parametrize("pen", PENS)
def test_a_bare_line_is_a_one(reader, pen) -> None:
    """The plainest one there is must not be refused as a dash."""
    pages = [draw_one(lean, None, pen) for lean in LEANS]
    answers = [answer(reader, page) for page in pages]
    assert [digit for _, digit in answers] == [1] * len(LEANS)
    assert [verdict for verdict, _ in answers].count("recognised") >= len(LEANS) - 1


@pytest.mark.parametrize("pen", PENS)
def test_ones_with_an_upstroke_are_ones(reader, pen) -> None:
    """Pens begin them so, and the embedded digits hardly ever."""
    answers = [
        answer(reader, draw_one(lean, (flag, steepness), pen))
        for lean in LEANS
        for flag in (30, 45, 60, 75)
        for steepness in (0.8, 1.0, 1.3)
    ]
    assert np.mean([digit == 1 for _, digit in answers]) > 0.9
    believed = [digit for verdict, digit in answers if verdict == "recognised"]
    assert len(believed) > 0.5 * len(answers)
    assert np.mean([digit == 1 for digit in believed]) > 0.97


@pytest.mark.parametrize("pen", PENS)
@pytest.mark.parametrize("is_crossed", [False, True])
def test_sevens_are_sevens(reader, pen, is_crossed) -> None:
    """What helps ones must not come from sevens."""
    answers = [
        answer(reader, draw_seven(width, lean, is_crossed, pen))
        for width in (90, 120, 150, 180)
        for lean in (0, 25, 50)
    ]
    assert np.mean([digit == 7 for _, digit in answers]) > 0.9


def draw_one(lean: int, upstroke: tuple[int, float] | None, pen: int) -> Image.Image:
    """Draw a one that leans so far, and begins so far to the left of its top.

    Args:
        lean: how far the top lies right of the middle, px of 400.
        upstroke: how far it comes from the left, and its fall over that; None is a
            bare line.
        pen: its width, px.
    """
    top, foot = (200 + lean, 70), (200 - lean, 330)
    line = [top, foot]
    if upstroke:
        reach, steepness = upstroke
        line.insert(0, (top[0] - reach, top[1] + round(steepness * reach)))
    return draw_lines([line], pen)


def draw_seven(width: int, lean: int, is_crossed: bool, pen: int) -> Image.Image:
    """Draw a seven, with a bar through its middle or without."""
    corner = (200 + width // 2, 80)
    lines = [[(corner[0] - width, 80), corner, (corner[0] - 30 - lean, 330)]]
    if is_crossed:
        middle = corner[0] - 15 - lean // 2
        lines.append([(middle - 45, 205), (middle + 45, 205)])
    return draw_lines(lines, pen)


def draw_lines(lines: list[list[tuple[int, int]]], pen: int) -> Image.Image:
    """Draw as the pad does, with a round pen."""
    page = Image.new("L", (SIDE, SIDE), 255)
    pencil = ImageDraw.Draw(page)
    for line in lines:
        pencil.line(line, fill=0, width=pen, joint="curve")
        for x, y in (line[0], line[-1]):
            pencil.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=0)
    return page
