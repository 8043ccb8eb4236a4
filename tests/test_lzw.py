import gzip
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from digit_pipeline.lzw import decompress_lzw
from tests.lzw_compression import compress_lzw

# What ncompress 4.2.4.6 makes of it.
TO_BE = b"to be or not to be, to be"
PACKED = bytes.fromhex("1f9d9074de80105306c41b3920dcbca10322e0c0322c1a0a2408")


def letters(count: int, kinds: int, seed: int = 1) -> bytes:
    values = np.random.default_rng(seed).integers(kinds, size=count)
    return values.astype(np.uint8).tobytes()


def test_agrees_with_compress() -> None:
    assert decompress_lzw(PACKED) == TO_BE
    assert compress_lzw(TO_BE) == PACKED


@pytest.mark.parametrize("length", [0, 1, 2, 3, 255, 256, 257, 300, 5000])
@pytest.mark.parametrize("kinds", [1, 2, 256])
def test_restores_what_was_compressed(length: int, kinds: int) -> None:
    content = letters(length, kinds)
    assert decompress_lzw(compress_lzw(content)) == content


@pytest.mark.parametrize("max_width", [10, 12, 16])
def test_restores_with_a_full_table(max_width: int) -> None:
    content = letters(60_000, 40)
    assert decompress_lzw(compress_lzw(content, max_width)) == content


@pytest.mark.skipif(shutil.which("gzip") is None, reason="gzip is not installed")
@pytest.mark.parametrize("max_width", [12, 16])
def test_another_program_reads_the_same(max_width: int, tmp_path: Path) -> None:
    content = letters(40_000, 90)
    compressed = compress_lzw(content, max_width, clear_at=(100, 9_000, 30_000))
    (tmp_path / "file.Z").write_bytes(compressed)
    unpacked = subprocess.run(
        ["gzip", "-dc", tmp_path / "file.Z"], capture_output=True, check=True
    ).stdout
    assert unpacked == decompress_lzw(compressed) == content


def test_restores_the_pen_digits(datasets_dir: Path) -> None:
    packed = datasets_dir / "pendigits" / "pendigits-orig.tes.gz"
    content = gzip.decompress(packed.read_bytes())[:400_000]
    assert decompress_lzw(compress_lzw(content)) == content


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x9d", b"\x1f\x8b\x90aaaa", b"\x1f\x9d\x9faaaa"]
)
def test_refuses_another_format(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"expected a \.Z file"):
        decompress_lzw(content)


def test_refuses_a_code_that_is_not_known_yet() -> None:
    word = ord("a") | 300 << 9
    with pytest.raises(ValueError, match="code 300 where 257 are known"):
        decompress_lzw(b"\x1f\x9d\x90" + word.to_bytes(3, "little"))
