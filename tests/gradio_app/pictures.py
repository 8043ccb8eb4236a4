"""Pictures as people and programs send them."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

from tests.serving_fixtures import train_small_model

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def canvas(position: int = 0, side: int = 140, margin: int = 30) -> Image.Image:
    """Draw a held-out digit: grey levels, black on white, with room around it."""
    digit = train_small_model().gate.images[position, ..., 0]
    picture = Image.fromarray(255 - digit).resize(
        (side, side), Image.Resampling.BICUBIC
    )
    framed = np.pad(np.asarray(picture), margin, constant_values=255)
    return Image.fromarray(framed)


def encode(picture: Image.Image, kind: str = "PNG", **options) -> bytes:
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)


def png(header: bytes, *chunks: bytes) -> bytes:
    return b"".join(
        (PNG_SIGNATURE, chunk(b"IHDR", header), *chunks, chunk(b"IEND", b""))
    )


def blank_png(width: int, height: int) -> bytes:
    """Write an honest, all black, 1-bit PNG of any size in a few kB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png(
        struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0), chunk(b"IDAT", data)
    )


def text_bomb(kind: bytes, size: int = 50 << 20) -> bytes:
    """Add a compressed chunk that unpacks to ``size`` bytes to a picture."""
    body = encode(canvas())
    head = {
        b"zTXt": b"Comment\0\0",
        b"iTXt": b"Comment\0\x01\0\0\0",
        b"iCCP": b"profile\0\0",
    }[kind]
    start = len(PNG_SIGNATURE) + 25
    bomb = chunk(kind, head + zlib.compress(bytes(size), 9))
    return body[:start] + bomb + body[start:]


def without_adobe_marker(jpeg: bytes) -> bytes:
    """Take out APP14, which says that Adobe wrote the file."""
    start = jpeg.index(b"\xff\xee")
    (length,) = struct.unpack_from(">H", jpeg, start + 2)
    return jpeg[:start] + jpeg[start + 2 + length :]
