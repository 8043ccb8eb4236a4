"""``/api/predict?split=true``: every digit of a picture."""

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.splitting import MAX_PARTS
from gradio_app.rest.predict import QUICK_PIXELS, is_quick
from gradio_app.rest.schemas.predictions import PredictionAnswer, SplitAnswer
from tests.gradio_app.pictures import blank_png, canvas, encode
from tests.gradio_app.rest.conftest import assert_problem

PATH = "/api/predict"


def row_of(*positions):
    """Several held-out digits beside each other."""
    pictures = [np.asarray(canvas(i)) for i in positions]
    return encode(Image.fromarray(np.concatenate(pictures, axis=1)))


def split(api, body, value="true"):
    return api.post(PATH, params={"split": value}, content=body)


def test_several_digits_are_read_from_left_to_right(api):
    positions = (3, 12, 5)
    alone = [
        api.post(PATH, content=encode(canvas(i))).json()["label"] for i in positions
    ]
    answer = split(api, row_of(*positions))
    found = SplitAnswer.model_validate(answer.json())
    assert [digit.label for digit in found.digits] == alone
    assert found.text == "".join(alone)
    assert (found.width, found.height) == (600, 200)
    for number, digit in enumerate(found.digits):
        left, top, right, bottom = digit.box
        assert 200 * number < left < right < 200 * (number + 1)
        assert 0 < top < bottom < 200
    assert len({digit.id for digit in found.digits}) == 3
    assert answer.headers["x-model-version"] == found.model_version


def test_one_digit_is_read_as_without_splitting(api):
    body = encode(canvas(3))
    (digit,) = split(api, body).json()["digits"]
    alone = api.post(PATH, content=body).json()
    assert digit["probabilities"] == alone["probabilities"]


def test_a_picture_of_too_many_parts_is_read_as_one_and_says_so(api):
    def ask(count):
        pixels = np.full((60, 30 * count), 255, np.uint8)
        pixels[10:50, 12::30] = 0
        return SplitAnswer.model_validate(
            split(api, encode(Image.fromarray(pixels))).json()
        )

    most, more = ask(MAX_PARTS), ask(MAX_PARTS + 1)
    assert (len(most.digits), most.notes) == (MAX_PARTS, [])
    assert (len(more.digits), more.notes) == (
        1,
        [
            "Expected at most 20 digits to split, but the picture has more parts: it "
            "was read as one digit."
        ],
    )


def test_each_digit_is_recorded(visitor):
    ids = {digit["id"] for digit in split(visitor, row_of(3, 12)).json()["digits"]}
    rows = visitor.get("/api/history").json()["items"]
    assert {row["id"] for row in rows} == ids


def test_without_ink_there_is_no_digit(api):
    found = split(api, blank_png(60, 40)).json()
    assert (found["digits"], found["text"]) == ([], None)


@pytest.mark.parametrize("value", ["false", "0", ""])
def test_false_reads_one(api, value):
    PredictionAnswer.model_validate(split(api, encode(canvas(3)), value).json())


@pytest.mark.parametrize("value", ["maybe", "2", "null"])
def test_other_values_are_refused(api, value):
    assert_problem(split(api, encode(canvas(3)), value), 422, "bad_request")


def test_the_answer_is_what_its_schema_says(api):
    """The route writes it without asking the schema, for speed."""
    for body in (
        encode(canvas(3)),
        encode(canvas(3).resize((28, 28))),
        blank_png(9, 9),
    ):
        answer = api.post(PATH, content=body).json()
        found = PredictionAnswer.model_validate(answer, strict=True)
        assert found.model_dump() == answer


def test_only_small_pngs_are_read_without_a_thread():
    small = encode(canvas(3).resize((28, 28)))
    assert is_quick(small)
    side = int(QUICK_PIXELS**0.5)
    assert is_quick(encode(canvas(3).resize((side, side))))
    for body in (
        encode(canvas(3, side=600)),
        blank_png(13_000, 13_000)[:4000],
        encode(canvas(3).resize((28, 28)), "JPEG"),
        small[:20],
        b"",
        small + bytes(70_000),
    ):
        assert not is_quick(body)
