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
    model, history = train_model(
        **images,
        parameters=parameters["training"]["candidates"]["sketch_cnn"],
        seed=parameters["seed"],
    )
    validation = images["validation_input"]
    onnx, _ = export_onnx(model=model, history=history, validation_input=validation)
    refused = parameters["evaluation"]["refused"]
    return onnx, calibrate(onnx, validation, refused), test


def ask(reader: tuple[bytes, dict[str, Any], LabelledImages], page: Image.Image) -> str:
    """Give the verdict on a page."""
    onnx, calibration, _ = reader
    fitted = Calibration.from_json(calibration)
    view = view_digit(np.asarray(page))
    logits = OnnxModel(onnx).logits(view.digit[None, ..., None])
    confidence = softmax(logits, fitted.temperature).max()
    energy = float(measure_energy(logits)[0])
    return decide(view.is_empty, energy, float(confidence), fitted)


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


@pytest.mark.parametrize("pen", [8, 14, 22])
def test_ones_with_an_upstroke_are_ones(reader, pen) -> None:
    """Pens begin them so, and the embedded digits hardly ever."""
    onnx, _, _ = reader
    views = [
        view_digit(np.asarray(draw_one(lean, flag, pen))).digit
        for lean in (0, 15, 30, 45)
        for flag in (30, 45, 60, 75)
    ]
    answers = OnnxModel(onnx).logits(np.array(views)[..., None]).argmax(axis=1)
    assert np.mean(answers == 1) > 0.6


def draw_one(lean: int, flag: int, pen: int) -> Image.Image:
    """Draw a one that leans so far and begins so far to the left of its top."""
    page = Image.new("L", (SIDE, SIDE), 255)
    top, foot = (200 + lean, 70), (200 - lean, 330)
    start = (top[0] - flag, top[1] + 1.3 * flag)
    ImageDraw.Draw(page).line((start, top, foot), fill=0, width=pen, joint="curve")
    return page
