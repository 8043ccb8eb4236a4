"""Pictures that are no single digit, made from chance: what a reader has to refuse.

``TRAINING_FAMILIES`` teach a network and set its thresholds. ``UNSEEN_FAMILIES`` only
report: other fonts, another kind of scribble, other people's pairs.
"""

from digit_pipeline.non_digits.families import (
    TRAINING_FAMILIES,
    UNSEEN_FAMILIES,
    draw_non_digits,
)

__all__ = ["TRAINING_FAMILIES", "UNSEEN_FAMILIES", "draw_non_digits"]
