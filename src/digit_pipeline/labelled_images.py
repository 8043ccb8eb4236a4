"""LabelledImages: what flows between nodes, and the strokes some of them carry."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

# What a set may go without.
OPTIONAL = ("groups", "sources", "strokes", "weights", "corrections")

Index = NDArray[np.int64] | NDArray[np.bool_] | slice


@dataclass(frozen=True, eq=False)
class Strokes:
    """Ragged pen strokes of n digits, as flat arrays.

    Attributes:
        points: float32 ``(points, 2)``: x to the right, y downward, in the source's
            own unit.
        stroke_ends: int64 ``(strokes,)``: end of each stroke in ``points``.
        digit_ends: int64 ``(n,)``: end of each digit in ``stroke_ends``. A digit that
            came without strokes has none.
    """

    points: NDArray[np.float32]
    stroke_ends: NDArray[np.int64]
    digit_ends: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.digit_ends)

    def __getitem__(self, position: int) -> list[NDArray[np.float32]]:
        """Give one digit's strokes, each float32 ``(points, 2)``."""
        first = self.digit_ends[position - 1] if position else 0
        ends = self.stroke_ends[first : self.digit_ends[position]]
        start = self.stroke_ends[first - 1] if first else 0
        return (
            np.split(self.points[start : ends[-1]], ends[:-1] - start)
            if len(ends)
            else []
        )

    def digit_of_points(self) -> NDArray[np.int64]:
        """Give the digit of each point, int64 ``(points,)``; each digit has one."""
        ends = self._point_ends()
        return np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))

    def bounds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Give each digit's least and greatest x and y, float32 ``(n, 2)`` both.

        Each digit has a point.
        """
        if not len(self):
            return np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)
        starts = np.concatenate([[0], self._point_ends()[:-1]])
        return (
            np.minimum.reduceat(self.points, starts),
            np.maximum.reduceat(self.points, starts),
        )

    def _point_ends(self) -> NDArray[np.int64]:
        """Give the end of each digit in ``points``."""
        return self.stroke_ends[self.digit_ends - 1]

    @classmethod
    def from_digits(cls, digits: Sequence[Sequence[NDArray[Any]]]) -> "Strokes":
        """Flatten a list of digits, each a list of ``(points, 2)`` strokes."""
        strokes = [np.asarray(s, np.float32).reshape(-1, 2) for d in digits for s in d]
        points = np.concatenate([*strokes, np.zeros((0, 2), np.float32)])
        return cls(
            points,
            np.cumsum([len(s) for s in strokes], dtype=np.int64),
            np.cumsum([len(d) for d in digits], dtype=np.int64),
        )

    def take(self, index: Index) -> "Strokes":
        """Select digits, as numpy indexing would."""
        return Strokes.from_digits([self[i] for i in np.arange(len(self))[index]])


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images with their labels.

    Attributes:
        images: uint8 ``(n, h, w, c)``. Digits: c = 1, ink = 255 on 0.
        labels: int64 ``(n,)``, positions in ``class_names``.
        class_names: the classes, in the order of the model's outputs.
        groups: str ``(n,)``: writer or patient, unique across files; "" where
            unknown. A split never divides a group.
        sources: str ``(n,)``: name of the source of each image.
        weights: float32 ``(n,)``, 0 or more: how often an epoch shows each image,
            times its source's repeats; once when None.
        corrections: str ``(n,)``: id of the correction that brought each image; ""
            for published ones.
        strokes: pen strokes of each digit, when at least one source has them; the
            pixels are then derived from them.

    Raises:
        ValueError: when the fields disagree in type, shape or length.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    class_names: tuple[str, ...]
    groups: NDArray[np.str_] | None = None
    sources: NDArray[np.str_] | None = None
    strokes: Strokes | None = None
    weights: NDArray[np.float32] | None = None
    corrections: NDArray[np.str_] | None = None

    def __post_init__(self) -> None:
        """Refuse fields that do not fit together."""
        if self.images.dtype != np.uint8 or self.images.ndim != 4:
            raise ValueError(
                "expected images as uint8 (n, h, w, c), got "
                f"{self.images.dtype} {self.images.shape}"
            )
        fields = (self.labels, *(getattr(self, name) for name in OPTIONAL))
        for field in fields:
            if field is not None and len(field) != len(self.images):
                raise ValueError(
                    f"expected {len(self.images)} values, got {len(field)}"
                )

    def __len__(self) -> int:
        return len(self.images)

    def take(self, index: Index) -> "LabelledImages":
        """Select images, as numpy indexing would."""
        return replace(
            self,
            images=self.images[index],
            labels=self.labels[index],
            groups=None if self.groups is None else self.groups[index],
            sources=None if self.sources is None else self.sources[index],
            strokes=None if self.strokes is None else self.strokes.take(index),
            weights=None if self.weights is None else self.weights[index],
            corrections=None if self.corrections is None else self.corrections[index],
        )

    def published(self) -> "LabelledImages":
        """Leave out what people gave: what is kept or shown of images holds none."""
        if self.corrections is None:
            return self
        return self.take(self.corrections == "")

    def with_images(self, images: NDArray[np.uint8]) -> "LabelledImages":
        """Exchange the pixels; all else stays."""
        return replace(self, images=images)

    def content_hashes(self) -> NDArray[np.str_]:
        """Hash each image's pixels: 32 hex digits each, ``(n,)``."""
        return np.array([hash_pixels(image) for image in self.images], dtype="U32")

    def digest(self) -> str:
        """Identify exactly these images and labels, in this order: sha256 hex."""
        digest = hashlib.sha256(repr((self.images.shape, self.class_names)).encode())
        digest.update(self.images.tobytes())
        digest.update(self.labels.tobytes())
        return digest.hexdigest()

    def class_counts(self) -> dict[str, int]:
        """Count the images of each class, in class order."""
        counts = np.bincount(self.labels, minlength=len(self.class_names))
        return dict(zip(self.class_names, counts.tolist(), strict=True))

    @classmethod
    def concatenate(cls, parts: Sequence["LabelledImages"]) -> "LabelledImages":
        """Join sets of one image shape and one list of classes."""
        if len({(p.images.shape[1:], p.class_names) for p in parts}) != 1:
            shapes = [(p.images.shape[1:], p.class_names) for p in parts]
            raise ValueError(f"expected one image shape and class list, got {shapes}")
        strokes = None
        if any(p.strokes is not None for p in parts):
            strokes = Strokes.from_digits(
                [
                    [] if p.strokes is None else p.strokes[i]
                    for p in parts
                    for i in range(len(p))
                ]
            )
        return cls(
            np.concatenate([p.images for p in parts]),
            np.concatenate([p.labels for p in parts]),
            parts[0].class_names,
            _join_names([p.groups for p in parts], [len(p) for p in parts]),
            _join_names([p.sources for p in parts], [len(p) for p in parts]),
            strokes,
            _join_weights([p.weights for p in parts], [len(p) for p in parts]),
            _join_names([p.corrections for p in parts], [len(p) for p in parts]),
        )

    def write(self, file: IO[bytes]) -> None:
        """Write as compressed npz, without pickle."""
        arrays: dict[str, Any] = {
            "images": self.images,
            "labels": self.labels,
            "class_names": np.array(self.class_names),
        }
        for name in ("groups", "sources", "weights", "corrections"):
            if getattr(self, name) is not None:
                arrays[name] = getattr(self, name)
        if self.strokes is not None:
            arrays |= {f"strokes.{k}": v for k, v in vars(self.strokes).items()}
        np.savez_compressed(file, **arrays)

    @classmethod
    def read(cls, file: IO[bytes]) -> "LabelledImages":
        """Read what ``write`` wrote."""
        with np.load(file, allow_pickle=False) as arrays:
            strokes = None
            if "strokes.points" in arrays:
                strokes = Strokes(
                    arrays["strokes.points"],
                    arrays["strokes.stroke_ends"],
                    arrays["strokes.digit_ends"],
                )
            return cls(
                arrays["images"],
                arrays["labels"],
                tuple(arrays["class_names"].tolist()),
                arrays.get("groups"),
                arrays.get("sources"),
                strokes,
                arrays.get("weights"),
                arrays.get("corrections"),
            )


def hash_pixels(image: NDArray[np.uint8]) -> str:
    """Identify an image's pixels and shape: 32 hex digits.

    Args:
        image: uint8 ``(h, w, c)``.
    """
    shape = str(image.shape).encode()
    return hashlib.blake2b(image.tobytes(), digest_size=16, key=shape[:64]).hexdigest()


def _join_names(
    parts: Sequence[NDArray[np.str_] | None], lengths: Sequence[int]
) -> NDArray[np.str_] | None:
    if all(part is None for part in parts):
        return None
    filled = [
        np.full(length, "") if part is None else part
        for part, length in zip(parts, lengths, strict=True)
    ]
    return np.concatenate(filled)


def _join_weights(
    parts: Sequence[NDArray[np.float32] | None], lengths: Sequence[int]
) -> NDArray[np.float32] | None:
    if all(part is None for part in parts):
        return None
    return np.concatenate(
        [
            np.ones(length, np.float32) if part is None else part
            for part, length in zip(parts, lengths, strict=True)
        ]
    )
