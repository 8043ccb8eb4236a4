"""Whatever is sent, the app answers, quickly and never with its own failure (T18)."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.gradio_app.pictures import canvas, encode

ALLOWED = {200, 400, 413, 415, 422}
CASES = 2000
TYPES = [
    "image/png",
    "application/json",
    "multipart/form-data; boundary=x",
    "text/plain",
]
SEEDS = [
    encode(canvas(), "PNG"),
    encode(canvas().resize((28, 28)), "PNG"),
    encode(canvas().convert("RGBA"), "PNG"),
    encode(canvas().convert("RGB").quantize(8), "PNG"),
    encode(canvas(), "JPEG"),
    encode(canvas().convert("CMYK"), "JPEG", progressive=True),
    encode(canvas(), "WEBP"),
    encode(canvas().convert("RGB"), "WEBP", lossless=True),
    encode(canvas(), "BMP"),
    b'{"image": "data:image/png;base64,iVBORw0KGgo="}',
    b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
    b"b\r\n--x--\r\n",
]


@st.composite
def mutated(draw) -> bytes:
    """A sound file with some bytes replaced, cut, repeated or inserted."""
    body = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(body)))
        match draw(st.sampled_from(["replace", "cut", "repeat", "insert"])):
            case "replace":
                body[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
            case "cut":
                del body[place : place + draw(st.integers(1, 64))]
            case "repeat":
                body[place:place] = body[place : place + 64]
            case "insert":
                body[place:place] = draw(st.binary(max_size=32))
    return bytes(body)


@pytest.mark.slow
@settings(
    max_examples=CASES,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
@given(body=st.one_of(st.binary(max_size=2048), mutated()), kind=st.sampled_from(TYPES))
def test_any_bytes_are_answered(rest, body, kind):
    start = time.perf_counter()
    answer = rest.post("/api/predict", content=body, headers={"content-type": kind})
    seconds = time.perf_counter() - start
    assert answer.status_code in ALLOWED, answer.text
    assert answer.json()
    # The goal is one second; ten times that guards against hanging.
    assert seconds < 10
