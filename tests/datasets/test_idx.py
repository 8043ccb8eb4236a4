import struct

import numpy as np
import pytest

from digit_pipeline.datasets.idx import read_idx


def idx(*shape: int, kind: int = 8, size: int | None = None) -> bytes:
    count = int(np.prod(shape)) if size is None else size
    header = bytes([0, 0, kind, len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return header + bytes(value % 256 for value in range(count))


def test_reads_values_in_row_order() -> None:
    images = read_idx(idx(2, 2, 3), "images", 3)
    assert images.dtype == np.uint8
    assert images.tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing"),
        (b"<html>not found", r"begins with 3c68746d"),
        (idx(3), r"begins with 00000801"),
        (idx(2, 2, 2, kind=13), r"begins with 00000d03"),
        (idx(2, 2, 2)[:10], r"with 3 dimensions"),
        (idx(2, 2, 2, size=7), r"expected 8 bytes for the shape \(2, 2, 2\), got 7"),
        (idx(2, 2, 2, size=9), r"expected 8 bytes for the shape \(2, 2, 2\), got 9"),
    ],
)
def test_refuses_what_is_no_such_file(content: bytes, message: str) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        read_idx(content, "train-images", 3)
    assert str(caught.value).startswith("train-images: expected")
