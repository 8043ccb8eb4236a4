"""How shares are written, so that a number has the same digits wherever it stands.

A share that was measured over many (an accuracy, a rate) has two decimals, as has a
change of it, in points. How sure one answer is has one decimal, and is never certain.
``common.js`` writes both the same way on the pages. Inside the report's pictures, where
there is no room, a cell has one decimal less.
"""

# From here on one decimal would read 100.0.
ALMOST_CERTAIN = 0.9995


def word_share(share: float) -> str:
    """Write a share: 0.9972 is "99.72 %"."""
    return f"{100 * share:.2f} %"


def word_points(change: float) -> str:
    """Write a change of a share: 0.0041 is "0.41 points"."""
    return f"{100 * change:.2f} points"


def word_confidence(share: float) -> str:
    """Write how sure an answer is: 0.863 is "86.3 %", and 1 is "> 99.9 %"."""
    return "> 99.9 %" if share >= ALMOST_CERTAIN else f"{100 * share:.1f} %"
