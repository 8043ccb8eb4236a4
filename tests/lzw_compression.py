"""Unix ``compress`` in few lines, to make ``.Z`` files for the tests."""

CLEAR = 256
BREAK = (-1, 0)  # ends a group without a change of width


def compress_lzw(
    content: bytes, max_width: int = 16, clear_at: tuple[int, ...] = ()
) -> bytes:
    """Compress as ``compress -b max_width`` does; clear the table where told."""
    table, free, width = _fresh_table()
    words: list[tuple[int, int]] = []
    phrase = b""
    for position, value in enumerate(content):
        longer = phrase + bytes([value])
        if longer in table:
            phrase = longer
            continue
        words.append((table[phrase], width))
        if free >= 1 << width and width < max_width:
            width += 1
        if free < 1 << max_width:
            table[longer] = free
            free += 1
        if position in clear_at:
            words.append((CLEAR, width))
            words.append(BREAK)
            table, free, width = _fresh_table()
        phrase = bytes([value])
    if phrase:
        words.append((table[phrase], width))
    return b"\x1f\x9d" + bytes([0x80 | max_width]) + _pack(words)


def _fresh_table() -> tuple[dict[bytes, int], int, int]:
    return {bytes([value]): value for value in range(256)}, CLEAR + 1, 9


def _pack(words: list[tuple[int, int]]) -> bytes:
    """Write codes in groups of eight of one width; a change fills the group up."""
    packed = bytearray()
    while words:
        width = words[0][1]
        count = next((i for i, w in enumerate(words) if w[1] != width), len(words))
        is_last = count == len(words)
        bits = sum(code << (width * i) for i, (code, _) in enumerate(words[:count]))
        size = count * width if is_last else -(-count // 8) * 8 * width
        packed += bits.to_bytes(-(-size // 8), "little")
        words = words[count:]
        if words and words[0] == BREAK:
            words = words[1:]
    return bytes(packed)
