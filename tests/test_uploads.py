"""Opening uploads; FAULTS.md's rows go through REST in tests/gradio_app."""

import io
import struct

import numpy as np
import pytest
from PIL import Image

from digit_pipeline.image_errors import STATUSES
from digit_pipeline.image_headers import Header, read_header
from digit_pipeline.uploads import WORKING_SIDE, ImageError, UploadLimits, open_upload


def _encode(picture, kind="PNG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def _gradient(width, height):
    return Image.fromarray(
        np.linspace(0, 255, width * height).astype(np.uint8).reshape(height, width)
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP"])
@pytest.mark.parametrize("size", [(1, 1), (30, 20), (17, 300)])
def test_the_header_tells_format_and_size(kind, size):
    body = _encode(_gradient(*size).convert("RGB"), kind)
    assert read_header(body) == Header(kind, *size)


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": Image.Exif()}])
def test_the_header_of_other_webps(options):
    options["exif"] = Image.Exif()
    options["exif"][0x0112] = 6
    body = _encode(_gradient(33, 44).convert("RGB"), "WEBP", **options)
    assert read_header(body) == Header("WEBP", 33, 44)


@pytest.mark.parametrize(
    ("mode", "channels"),
    [("L", 1), ("1", 1), ("P", 3), ("RGB", 3), ("RGBA", 4), ("LA", 4)],
)
def test_every_mode_becomes_grey_rgb_or_rgba(mode, channels):
    opened = open_upload(_encode(_gradient(30, 20).convert(mode)))
    assert opened.pixels.dtype == np.uint8
    assert opened.pixels.shape == (20, 30, channels)
    assert opened.notes == ()


def test_grey_pixels_come_as_they_are():
    picture = _gradient(30, 20)
    pixels = open_upload(_encode(picture)).pixels
    np.testing.assert_array_equal(pixels[..., 0], np.asarray(picture))


def test_sixteen_bits_are_scaled_and_not_clipped():
    values = np.array([[0, 257, 128 * 257, 65535]], np.uint16)
    pixels = open_upload(_encode(Image.fromarray(values))).pixels
    assert pixels[0, :, 0].tolist() == [0, 1, 128, 255]


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_large_pictures_are_reduced(kind):
    pixels = open_upload(_encode(_gradient(3000, 1500), kind)).pixels
    height, width, _ = pixels.shape
    assert max(height, width) <= WORKING_SIDE
    assert width == pytest.approx(2 * height, abs=2)


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        (UploadLimits(pixels=600), True),
        (UploadLimits(pixels=599), False),
        (UploadLimits(side=30), True),
        (UploadLimits(side=29), False),
        (UploadLimits(body=10), False),
    ],
)
def test_limits_hold_exactly(limits, fits):
    body = _encode(_gradient(30, 20))
    if fits:
        assert open_upload(body, limits).pixels.shape == (20, 30, 1)
        return
    with pytest.raises(ImageError, match=r"^Expected at most .*;") as caught:
        open_upload(body, limits)
    assert (caught.value.code, caught.value.status) == ("too_large", 413)


def test_a_file_that_is_hardly_too_large_is_not_given_the_limit_s_own_size():
    with pytest.raises(ImageError, match="at most 1 MB, but a larger file came"):
        open_upload(bytes((1 << 20) + 1), UploadLimits(body=1 << 20))


@pytest.mark.parametrize("code", STATUSES)
def test_an_error_carries_code_sentence_and_status(code):
    error = ImageError(code, "A sentence.")
    assert (error.code, error.sentence, str(error)) == (
        code,
        "A sentence.",
        "A sentence.",
    )
    assert error.status in {413, 415, 422}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b"GIF89a" + bytes(20), "a GIF"),
        (b"%PDF-1.7", "a PDF"),
        (b"\0\0\0\x18ftypheic" + bytes(20), "a HEIC, AVIF or video file"),
        (b"nothing known", "something else"),
    ],
)
def test_other_formats_are_named(body, name):
    with pytest.raises(ImageError, match=f"but {name} came") as caught:
        open_upload(body)
    assert caught.value.code == "unsupported_format"


def test_a_picture_of_no_size_is_corrupt():
    header = b"BM" + bytes(12) + struct.pack("<Iii", 40, 0, 10) + bytes(40)
    with pytest.raises(ImageError) as caught:
        open_upload(header)
    assert caught.value.code == "corrupt"


def test_bytes_after_the_end_are_ignored():
    body = _encode(_gradient(30, 20))
    assert open_upload(body + b"<script>").pixels.shape == (20, 30, 1)


def test_a_phone_photo_with_a_second_picture_is_no_animation():
    first, second = _gradient(30, 20), _gradient(30, 20)
    body = _encode(first, "MPO", save_all=True, append_images=[second])
    opened = open_upload(body)
    assert opened.pixels.shape == (20, 30, 1)
    assert opened.notes == ()
