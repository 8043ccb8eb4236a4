"""Quarantine: what has to happen to a correction before anything learns from it.

``screen`` applies the automatic rules; ``find_near_duplicates`` and
``group_near_duplicates`` find pictures that came twice.
"""

from digit_pipeline.quarantine.corrections import Corrections
from digit_pipeline.quarantine.opinions import Opinions, ask_champion
from digit_pipeline.quarantine.screening import (
    Quarantined,
    Ruling,
    ScreeningSettings,
    screen,
)
from digit_pipeline.quarantine.similarity import (
    LEAST_SIMILARITY,
    content_hash,
    find_near_duplicates,
    group_near_duplicates,
)

__all__ = [
    "LEAST_SIMILARITY",
    "Corrections",
    "Opinions",
    "Quarantined",
    "Ruling",
    "ScreeningSettings",
    "ask_champion",
    "content_hash",
    "find_near_duplicates",
    "group_near_duplicates",
    "screen",
]
