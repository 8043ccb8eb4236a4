"""Read what Unix ``compress`` wrote (``.Z``), as UCI still publishes its files.

The standard library has no decoder for it, and ``gzip -d`` is not everywhere.
"""

MAGIC = b"\x1f\x9d"
CLEAR = 256
FIRST_WIDTH = 9


def decompress_lzw(content: bytes) -> bytes:
    """Decompress a ``.Z`` file.

    Args:
        content: the whole file.

    Raises:
        ValueError: when it is no ``.Z`` file or damaged.
    """
    # Programs disagree about what "at most nine bits" means; nobody publishes such.
    if len(content) < 3 or content[:2] != MAGIC or not 10 <= content[2] & 31 <= 16:
        raise ValueError(
            "expected a .Z file with codes of up to 10 to 16 bits, got one that begins "
            f"with {content[:3].hex()!r}"
        )
    return _decode(content, content[2] & 31, has_clear=bool(content[2] & 0x80))


def _decode(content: bytes, max_width: int, *, has_clear: bool) -> bytes:
    first_free = 257 if has_clear else 256
    singles = [bytes([value]) for value in range(256)]
    table = [*singles, b""][:first_free]
    output: list[bytes] = []
    previous = b""
    width, position, start = FIRST_WIDTH, 24, 24
    bits = 8 * len(content)
    while position + width <= bits:
        code = _bits(content, position, width)
        position += width
        if code == CLEAR and has_clear:
            table = table[:first_free]
            previous = b""
            position = start = _next_block(position, start, width)
            width = FIRST_WIDTH
            continue
        entry = _entry(table, code, previous)
        output.append(entry)
        if previous and len(table) < 1 << max_width:
            table.append(previous + entry[:1])
        previous = entry
        if len(table) == 1 << width and width < max_width:
            position = start = _next_block(position, start, width)
            width += 1
    return b"".join(output)


def _bits(content: bytes, position: int, width: int) -> int:
    """Read ``width`` bits, the least significant first."""
    first = position >> 3
    word = int.from_bytes(content[first : first + 4], "little")
    return (word >> (position & 7)) & ((1 << width) - 1)


def _next_block(position: int, start: int, width: int) -> int:
    """Skip to where the encoder goes on: it writes codes of one width in eights."""
    block = 8 * width
    return start + -(-(position - start) // block) * block


def _entry(table: list[bytes], code: int, previous: bytes) -> bytes:
    if code < len(table):
        return table[code]
    if code == len(table) and previous:
        return previous + previous[:1]
    raise ValueError(f"damaged .Z file: code {code} where {len(table)} are known")
