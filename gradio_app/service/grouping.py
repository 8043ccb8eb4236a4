"""Corrections whose pictures are nearly the same, and whether their labels agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from digit_pipeline.images import DIGIT_SIDE, Pixels, view_digit
from digit_pipeline.quarantine import group_near_duplicates
from digit_pipeline.records import FeedbackRecord
from digit_pipeline.uploads import ImageError, open_upload
from gradio_app.service.seen import to_levels

# 784 bytes each.
REMEMBERED = 10_000
See = Callable[[str], Pixels | None]


@dataclass(frozen=True)
class Group:
    """Pictures that are nearly the same.

    Attributes:
        name: the id of the first of them.
        size: how many they are.
        labels: all that they are said to show, sorted.
    """

    name: str
    size: int
    labels: tuple[str, ...]


def see_kept(read: Callable[[str], bytes | None]) -> See:
    """Make what tells, by its sha256, what the model sees of a kept picture.

    Args:
        read: gives the picture's file; None when it is gone.

    Returns:
        a function that gives uint8 ``(28, 28)``, ink = 255; None without a picture.
    """

    @lru_cache(REMEMBERED)
    def see(sha256: str) -> Pixels | None:
        body = read(sha256)
        try:
            return (
                to_levels(view_digit(open_upload(body).pixels).digit) if body else None
            )
        except ImageError:
            # Damaged on the disk: as good as gone.
            return None

    return see


def group_corrections(
    corrections: Sequence[FeedbackRecord], see: See
) -> dict[str, Group]:
    """Group corrections by their pictures.

    Args:
        corrections: in the order in which they may name a group.
        see: what ``see_kept`` made.

    Returns:
        the group of each by its id, those of one group next to each other; one
        without a picture is alone.
    """
    looked = ((one.id, see(one.image)) for one in corrections if one.image)
    seen = {name: image for name, image in looked if image is not None}
    stacked = np.zeros((len(seen), DIGIT_SIDE, DIGIT_SIDE, 1), np.uint8)
    for row, image in enumerate(seen.values()):
        stacked[row, ..., 0] = image
    numbers = dict(zip(seen, group_near_duplicates(stacked).tolist(), strict=True))
    members: dict[int | str, list[FeedbackRecord]] = {}
    for one in corrections:
        members.setdefault(numbers.get(one.id, one.id), []).append(one)
    return {
        one.id: Group(
            rows[0].id, len(rows), tuple(sorted({r.final_label for r in rows}))
        )
        for rows in members.values()
        for one in rows
    }
