"""The idx format of the MNIST family."""

import math
import struct

import numpy as np
from numpy.typing import NDArray

UNSIGNED_BYTES = 8


def read_idx(content: bytes, name: str, dimensions: int) -> NDArray[np.uint8]:
    """Read an idx file of unsigned bytes.

    Args:
        content: the decompressed file.
        name: the file's name, for the error message.
        dimensions: how many the array must have.

    Returns:
        uint8 of the shape that the file states.

    Raises:
        ValueError: when magic number, dimensions or size are not as they must be.
    """
    magic = bytes([0, 0, UNSIGNED_BYTES, dimensions])
    start = 4 + 4 * dimensions
    if content[:4] != magic or len(content) < start:
        raise ValueError(
            f"{name}: expected an idx file of unsigned bytes with {dimensions} "
            f"dimensions ({magic.hex()}), got one that begins with "
            f"{content[:4].hex() or 'nothing'}: take the original file."
        )
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    if len(content) - start != math.prod(shape):
        raise ValueError(
            f"{name}: expected {math.prod(shape)} bytes for the shape {shape}, got "
            f"{len(content) - start}: take the original file."
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)
