"""What an image file says of itself, read before any decoder sees its pixels.

Pillow opens some files at the cost of their claimed size, and decodes damaged ones
in silence: a PNG with a flipped byte or without its last chunk, half a JPEG. Here the
format, the size and the wholeness of a file are checked on its bytes alone.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from digit_pipeline import image_errors as errors

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
JPEG_START = b"\xff\xd8\xff"
# Pictures carry a few dozen chunks, or one per 4 kB of data; beyond that, a trick.
MAX_PNG_CHUNKS = 20_000
# Compressed text and colour profiles of one file, unpacked, in bytes.
MAX_PNG_TEXT = 1 << 20


class Header(NamedTuple):
    """Format and size in pixels, as the file claims them."""

    format: str
    width: int
    height: int


def read_header(body: bytes) -> Header:
    """Recognise an image by its first bytes and walk its structure to the end.

    Raises:
        ImageError: ``unsupported_format``, ``truncated``, ``corrupt``, ``too_large``.
    """
    try:
        return _reader(body)(body)
    except (struct.error, IndexError):
        raise errors.truncated() from None


def _reader(body: bytes) -> Callable[[bytes], Header]:
    if body.startswith(PNG_SIGNATURE):
        return _read_png
    if body.startswith(JPEG_START):
        return _read_jpeg
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _read_webp
    if body.startswith(b"BM") and body[6:10] == bytes(4):
        return _read_bmp
    if PNG_SIGNATURE.startswith(body) or JPEG_START.startswith(body):
        raise errors.truncated()
    raise errors.unsupported(_name(body))


def _name(body: bytes) -> str:
    """Name what people send instead of a picture that can be read."""
    start = body[:256].lstrip().lower()
    known = {
        b"gif8": "a GIF",
        b"ii*\0": "a TIFF",
        b"mm\0*": "a TIFF",
        b"%pdf": "a PDF",
        b"%!ps": "a PostScript file",
        b"pk\x03\x04": "a ZIP archive",
        b"<svg": "an SVG drawing",
        b"<?xml": "an XML file",
        b"<!doc": "a web page",
        b"<html": "a web page",
    }
    if body[4:8] == b"ftyp":
        return "a HEIC, AVIF or video file"
    return next((n for m, n in known.items() if start.startswith(m)), "something else")


def _read_png(body: bytes) -> Header:
    kinds: set[bytes] = set()
    text_left = MAX_PNG_TEXT
    header = None
    for number, (kind, data) in enumerate(_png_chunks(body)):
        if number > MAX_PNG_CHUNKS:
            raise errors.corrupt("PNG")
        if number == 0:
            if kind != b"IHDR" or len(data) != 13:
                raise errors.corrupt("PNG")
            header = Header("PNG", *struct.unpack(">II", data[:8]))
        elif kind in {b"zTXt", b"iTXt", b"iCCP", b"tEXt"}:
            text_left -= _text_size(kind, data, text_left)
            if text_left < 0:
                limit = f"at most {MAX_PNG_TEXT >> 20} MB of text in a PNG"
                raise errors.too_large(limit, "more")
        kinds.add(kind)
    if header is None or b"IDAT" not in kinds:
        raise errors.corrupt("PNG")
    return header


def _png_chunks(body: bytes) -> Iterator[tuple[bytes, memoryview]]:
    """Yield each chunk to IEND, its checksum verified."""
    view = memoryview(body)
    position = len(PNG_SIGNATURE)
    kind = b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", body, position)
        end = position + 8 + length
        (checksum,) = struct.unpack_from(">I", body, end)
        if zlib.crc32(view[position + 4 : end]) != checksum:
            raise errors.corrupt("PNG")
        yield kind, view[position + 8 : end]
        position = end + 4


def _text_size(kind: bytes, data: memoryview, limit: int) -> int:
    """Size of a text chunk once unpacked, at most ``limit`` + 1."""
    if kind == b"tEXt":
        return len(data)
    raw = bytes(data)
    start = raw.find(b"\0") + 2
    if kind == b"iTXt":
        if raw[start - 1 : start] != b"\x01":
            return len(raw)
        start = raw.find(b"\0", raw.find(b"\0", start + 1) + 1) + 1
    try:
        return len(zlib.decompressobj().decompress(raw[start:], limit + 1))
    except zlib.error:
        raise errors.corrupt("PNG") from None


def _read_jpeg(body: bytes) -> Header:
    """Walk the segments to the first scan, which has to end with its end mark."""
    header = None
    position = 2
    while True:
        while body[position] == 0xFF and body[position + 1] == 0xFF:
            position += 1
        if body[position] != 0xFF:
            raise errors.corrupt("JPEG")
        marker = body[position + 1]
        (length,) = struct.unpack_from(">H", body, position + 2)
        # Start of frame: C0 to CF but for tables (C4), JPG (C8) and arithmetic (CC).
        if 0xC0 <= marker <= 0xCF and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack_from(">HH", body, position + 5)
            header = Header("JPEG", width, height)
        position += 2 + length
        if marker == 0xDA:
            break
    if header is None:
        raise errors.corrupt("JPEG")
    # Inside a scan FF is followed by 00 or a restart mark, so FFD9 is the real end.
    if body.find(b"\xff\xd9", position) < 0:
        raise errors.truncated()
    return header


def _read_webp(body: bytes) -> Header:
    (size,) = struct.unpack_from("<I", body, 4)
    if len(body) < size + 8:
        raise errors.truncated()
    kind = body[12:16]
    if kind == b"VP8X":
        width = int.from_bytes(body[24:27], "little") + 1
        height = int.from_bytes(body[27:30], "little") + 1
    elif kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", body, 21)
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif kind == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack_from("<HH", body, 26))
    else:
        raise errors.corrupt("WebP")
    return Header("WEBP", width, height)


def _read_bmp(body: bytes) -> Header:
    (info,) = struct.unpack_from("<I", body, 14)
    if info == 12:
        width, height = struct.unpack_from("<HH", body, 18)
    else:
        width, height = struct.unpack_from("<ii", body, 18)
    return Header("BMP", width, abs(height))
