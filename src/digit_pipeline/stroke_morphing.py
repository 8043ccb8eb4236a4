"""Write a digit more like somebody else's, or still less like it.

Affine maps and elastic fields change a digit in ways that perhaps no hand takes. From
one writer's digit to another's of the same kind leads a way that hands do take, and on
it, or before its beginning, lies what a third writer may do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.neighbors import NearestNeighbors

from digit_pipeline.labelled_images import LabelledImages

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

# Points of each stroke, evenly along its length. By every eighth, from the first on, it
# is told how near two digits are.
POINTS = 64
STEP = 8
# So many nearest digits, itself among them, are searched for those by other writers.
NEAREST = 150
# Mean square of the distance between points, as a share of the longer side squared.
# Beyond it a digit is of another kind: begun at its other end, say.
FARTHEST = 0.05


@dataclass(frozen=True, eq=False)
class Lookalikes:
    """Digits' strokes, and which digits are lookalikes of which.

    Lookalikes are of one class, in as many strokes along like paths, by different
    writers.

    Attributes:
        shapes: strokes float32 ``(strokes, POINTS, 2)`` of each digit that has some, by
            its position; the digit's longer side is 1, its middle 0.
        others: int64 ``(k,)``, positions of the lookalikes of each digit that has any.
    """

    shapes: Mapping[int, Floats]
    others: Mapping[int, Indices]

    @classmethod
    def find(cls, images: LabelledImages) -> "Lookalikes":
        """Find each digit's lookalikes among those with strokes.

        Who wrote a digit of an unknown writer is taken for somebody else.
        """
        shapes = _shape_digits(images)
        kinds: dict[tuple[int, int], list[int]] = {}
        for position, shape in shapes.items():
            kind = int(images.labels[position]), len(shape)
            kinds.setdefault(kind, []).append(position)
        others: dict[int, Indices] = {}
        for positions in kinds.values():
            others |= _compare(np.array(positions), shapes, images.groups)
        return cls(shapes, others)

    def morph(
        self, position: int, reach: float, rng: np.random.Generator
    ) -> list[Floats] | None:
        """Write a digit with a part of the difference to a lookalike added.

        Args:
            position: the digit's.
            reach: greatest part, towards the lookalike or away from it; 1 is all of it.
            rng: where chance comes from.

        Returns:
            Strokes float32 ``(POINTS, 2)``, the digit's longer side mostly 0.9 to 1.2;
            None where it has no lookalike.
        """
        if position not in self.others:
            return None
        own = self.shapes[position]
        other = self.shapes[int(rng.choice(self.others[position]))]
        part = rng.uniform(-reach, reach)
        return list(own + part * (other - own))


def _shape_digits(images: LabelledImages) -> dict[int, Floats]:
    if images.strokes is None:
        return {}
    digits = ((i, images.strokes[i]) for i in range(len(images)))
    return {i: _shape(strokes) for i, strokes in digits if strokes}


def _shape(strokes: Sequence[Floats]) -> Floats:
    """Give each stroke as many points, and the digit a longer side of 1 about 0."""
    spaced = np.stack([_space_evenly(stroke) for stroke in strokes])
    low, high = spaced.min((0, 1)), spaced.max((0, 1))
    longer = max(float((high - low).max()), 1e-6)  # a dot has no side
    return ((spaced - (low + high) / 2) / longer).astype(np.float32)


def _space_evenly(stroke: Floats) -> NDArray[np.float64]:
    steps = np.hypot(*np.diff(stroke.astype(np.float64), axis=0).T)
    passed = np.concatenate([[0.0], np.cumsum(steps)])
    places = np.linspace(0, passed[-1], POINTS)
    return np.stack([np.interp(places, passed, stroke[:, i]) for i in (0, 1)], axis=1)


def _compare(
    positions: Indices, shapes: Mapping[int, Floats], writers: NDArray[np.str_] | None
) -> dict[int, Indices]:
    """Find the lookalikes among digits of one class and number of strokes."""
    paths = np.stack([shapes[i][:, ::STEP] for i in positions.tolist()])
    points = paths.reshape(len(positions), -1)
    neighbours = NearestNeighbors(n_neighbors=min(NEAREST, len(points))).fit(points)
    distances, nearest = neighbours.kneighbors(points)
    near = distances**2 <= FARTHEST * points.shape[1] / 2
    near &= nearest != np.arange(len(points))[:, np.newaxis]
    if writers is not None:
        writer = writers[positions]
        near &= (writer[nearest] != writer[:, np.newaxis]) | (writer[nearest] == "")
    return {
        position: positions[candidates[kept]]
        for position, candidates, kept in zip(
            positions.tolist(), nearest, near, strict=True
        )
        if kept.any()
    }
