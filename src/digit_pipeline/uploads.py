"""Open any upload: bytes from a stranger to pixels that the image contract reads."""

import io
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image, ImageChops

from digit_pipeline import image_errors as errors
from digit_pipeline.image_errors import ImageError
from digit_pipeline.image_headers import Header, read_header
from digit_pipeline.images import Pixels
from digit_pipeline.plain_png import open_plain_png

__all__ = ["ImageError", "OpenedImage", "UploadLimits", "open_upload"]

FORMATS = ("PNG", "JPEG", "WEBP", "BMP")
# A digit is read at 28x28: beyond this, more pixels cost time and change nothing.
WORKING_SIDE = 1024
FIRST_FRAME = "The image is animated; only its first frame was read."
# What undoes each EXIF orientation; 1 is upright.
UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class UploadLimits(NamedTuple):
    """How large an upload may be.

    Attributes:
        body: bytes of the file.
        pixels: width times height.
        side: pixels of the longer side.
    """

    body: int = 10 << 20
    pixels: int = 25_000_000
    side: int = 10_000


@dataclass(frozen=True, eq=False)
class OpenedImage:
    """An upload's pixels, upright.

    Attributes:
        pixels: uint8 ``(h, w, c)``; c = 1 grey, 3 RGB, 4 RGBA; neither side above
            ``WORKING_SIDE``.
        notes: sentences a person should read beside the answer.
    """

    pixels: Pixels
    notes: tuple[str, ...] = ()


def open_upload(body: bytes, limits: UploadLimits | None = None) -> OpenedImage:
    """Open a PNG, JPEG, WebP or BMP file, trusting nothing about it.

    Args:
        body: the file's bytes.
        limits: how large it may be.

    Raises:
        ImageError: ``empty_image``, ``too_large``, ``unsupported_format``,
            ``truncated`` or ``corrupt``.
    """
    limits = limits or UploadLimits()
    if not body:
        raise errors.empty()
    if len(body) > limits.body:
        raise errors.too_large(
            f"at most {limits.body / (1 << 20):.3g} MB",
            "a larger file",
        )
    plain = open_plain_png(body, min(WORKING_SIDE, limits.side))
    if plain is not None and plain.shape[0] * plain.shape[1] <= limits.pixels:
        return OpenedImage(plain)
    header = read_header(body)
    _check_size(header, limits)
    try:
        return _decode(body, header)
    except ImageError:
        raise
    except Exception as error:
        # Decoders answer hostile bytes with whatever they like; none may get further.
        if "truncated" in str(error):
            raise errors.truncated() from error
        raise errors.corrupt(header.format) from error


def _check_size(header: Header, limits: UploadLimits) -> None:
    width, height = header.width, header.height
    if width < 1 or height < 1:
        raise errors.corrupt(header.format)
    if max(width, height) > limits.side or width * height > limits.pixels:
        raise errors.too_large(
            f"at most {limits.pixels / 1e6:g} million pixels and {limits.side} a side",
            f"{width} x {height}",
        )


def _decode(body: bytes, header: Header) -> OpenedImage:
    with Image.open(io.BytesIO(body), formats=FORMATS) as image:
        if image.size != (header.width, header.height):
            raise errors.corrupt(header.format)
        # A JPEG may hold a second picture (depth, brightness): that is no animation.
        animated = header.format != "JPEG" and getattr(image, "n_frames", 1) > 1
        if header.format == "JPEG":
            image.draft(None, (WORKING_SIDE, WORKING_SIDE))
        image.load()
        orientation = _orientation(image)
        picture = _reduce(_eight_bit(image))
        if orientation in UPRIGHT:
            picture = picture.transpose(UPRIGHT[orientation])
        pixels = np.asarray(picture)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    return OpenedImage(pixels, (FIRST_FRAME,) if animated else ())


def _orientation(image: Image.Image) -> int:
    if not image.info:
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
        return int(value)
    except Exception:
        # Broken EXIF is common and says nothing about the pixels.
        return 1


def _eight_bit(image: Image.Image) -> Image.Image:
    """Bring any mode of the four formats to L, RGB or RGBA."""
    if image.mode.startswith("I"):
        return _from_sixteen_bit(image)
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if "transparency" in image.info or image.mode in {"LA", "PA", "La", "RGBa"}:
        return image.convert("RGBA")
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in {"L", "RGB", "RGBA"} else image.convert("RGB")


def _from_sixteen_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit grey: Pillow's own conversion clips at 255, leaving it white."""
    values = np.asarray(image)
    grey = Image.fromarray(np.rint(values / 257).clip(0, 255).astype(np.uint8))
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
    return Image.merge("RGBA", (grey, grey, grey, alpha))


def _from_cmyk(image: Image.Image) -> Image.Image:
    """Undo Pillow's assumption that Adobe, who inverts, wrote every CMYK JPEG."""
    if "adobe" not in image.info:
        image = ImageChops.invert(image)
    return image.convert("RGB")


def _reduce(image: Image.Image) -> Image.Image:
    factor = -(-max(image.size) // WORKING_SIDE)
    return image.reduce(factor) if factor > 1 else image
