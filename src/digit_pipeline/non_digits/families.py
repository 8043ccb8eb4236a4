"""The families by name, and the sets drawn from them."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from digit_pipeline.batch_contract import fit_batch
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.non_digits.canvas import Pixels
from digit_pipeline.non_digits.glyphs import draw_seen_letter, draw_unseen_letter
from digit_pipeline.non_digits.pairs import draw_pair
from digit_pipeline.non_digits.scribbles import (
    draw_mark,
    draw_scribble,
    draw_sign,
    draw_unseen_scribble,
)
from digit_pipeline.non_digits.textures import draw_silhouette, draw_surface
from digit_pipeline.shapes import is_upright_line

Drawer = Callable[[np.random.Generator], Pixels]

PAIRS = "pairs"
TRAINING_FAMILIES: Mapping[str, Drawer | None] = {
    "letters": draw_seen_letter,
    "scribbles": draw_scribble,
    "signs": draw_sign,
    "marks": draw_mark,
    "silhouettes": draw_silhouette,
    "surfaces": draw_surface,
    PAIRS: None,  # drawn from the digits at hand
}
UNSEEN_FAMILIES: Mapping[str, Drawer | None] = {
    "letters": draw_unseen_letter,
    "scribbles": draw_unseen_scribble,
    PAIRS: None,
}


def draw_non_digits(
    digits: Pixels,
    *,
    families: Mapping[str, Drawer | None],
    per_family: int,
    seed: int,
    narrowest: float = 0.0,
) -> LabelledImages:
    """Draw pictures that are no single digit.

    Args:
        digits: uint8 ``(n, 28, 28)``, ink = 255: what pairs are made of.
        families: ``TRAINING_FAMILIES`` or ``UNSEEN_FAMILIES``.
        per_family: pictures of each.
        seed: the same seed and digits give the same pictures.
        narrowest: breadth over length of the narrowest upright picture; what chance
            makes narrower (a hatched bar, a leaf, a brace) is drawn again, because it
            looks like a one. 0 keeps all.

    Returns:
        uint8 ``(n, 28, 28, 1)`` through the image contract; the classes are the
        families.
    """
    rng = np.random.default_rng([seed, 11])
    inks = [
        _draw_broad(draw or partial(draw_pair, digits), narrowest, rng)
        for draw in families.values()
        for _ in range(per_family)
    ]
    return LabelledImages(
        images=fit_batch(np.stack(inks))[..., np.newaxis],
        labels=np.repeat(np.arange(len(families)), per_family),
        class_names=tuple(families),
    )


def _draw_broad(draw: Drawer, narrowest: float, rng: np.random.Generator) -> Pixels:
    ink = draw(rng)
    while narrowest and is_upright_line(ink, narrowest):
        ink = draw(rng)
    return ink
