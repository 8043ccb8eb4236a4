"""The part of the UNIPEN text format that UCI's pen digits are written in.

A digit begins with ``.SEGMENT DIGIT <strokes> ? "<label>"``, followed by
``.COMMENT <label> <writer> <points>`` and its strokes: ``.PEN_DOWN``, a line of x and y
for each sample, ``.PEN_UP``.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass
class PenDigit:
    """One digit as it was written.

    Attributes:
        label: the digit meant.
        writer: number of the writer within the file.
        strokes: float32 ``(points, 2)`` each: x to the right, y downward, in tablet
            units.
    """

    label: str
    writer: str = ""
    strokes: list[NDArray[np.float32]] = field(default_factory=list)


def read_unipen(text: str, name: str) -> list[PenDigit]:
    """Read all digits of a file.

    Args:
        text: the file.
        name: its name, for the error message.

    Raises:
        ValueError: when a line is none of the above, or a digit lacks its writer or
            its strokes.
    """
    digits: list[PenDigit] = []
    points: list[tuple[float, float]] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        words = line.split()
        try:
            points = _read_line(words, digits, points)
        except (IndexError, ValueError) as error:
            raise ValueError(
                f"{name}, line {number}: expected UNIPEN segments, comments and pen "
                f"positions, got {line[:60]!r}: take the original file."
            ) from error
    if points is not None or not all(d.writer and d.strokes for d in digits):
        raise ValueError(
            f"{name}: expected a writer and whole strokes for every digit, and some "
            "are missing: take the original file."
        )
    return digits


def _read_line(
    words: list[str],
    digits: list[PenDigit],
    points: list[tuple[float, float]] | None,
) -> list[tuple[float, float]] | None:
    """Take one line in; give the points of the stroke that is being drawn, if any."""
    match words:
        case [".SEGMENT", *_, label] if points is None:
            digits.append(PenDigit(label.strip('"')))
        case [".COMMENT", _, writer, _]:
            digits[-1].writer = writer
        case [".PEN_DOWN"] if points is None:
            return []
        case [".PEN_UP"] if points:
            digits[-1].strokes.append(np.array(points, np.float32))
            return None
        case [x, y] if points is not None:
            # The tablet's y grows upward, a picture's downward.
            points.append((float(x), -float(y)))
        case [] | [".INCLUDE" | ".LEXICON" | ".HIERARCHY" | ".DT", *_]:
            pass
        case _:
            raise ValueError(words)
    return points
