"""What answers looked like: the columns that drift is looked for in."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.abstention import Calibration, decide, measure_energy

Floats = NDArray[np.float64]
INK = ("share", "width", "height", "aspect", "thickness")
# Of these a release's own images know nothing: they come as 28x28, and only a picture
# has a size that its ink can be compared with.
ANSWERS = ("confidence", "energy")
NAMED = ("verdict", "label")
# What has no ink has no edge, and is to be divided by something.
LEAST_EDGE = 1e-9


class Answered(Protocol):
    """An answer as the records keep it."""

    @property
    def ink(self) -> Mapping[str, float]:
        """What its ink measures."""

    @property
    def confidence(self) -> float:
        """Probability of the best guess in [0, 1]."""

    @property
    def energy(self) -> float | None:
        """How much it looks like a digit at all."""

    @property
    def verdict(self) -> str:
        """How far it may be trusted."""

    @property
    def label(self) -> str | None:
        """The best guess, if there is one."""

    @property
    def session(self) -> str | None:
        """Whose it is; None for programs."""


@dataclass(frozen=True, eq=False)
class Observations:
    """What n answers looked like.

    Attributes:
        numbers: by name, float64 ``(n,)``; NaN where an answer has none.
        names: by name, strings ``(n,)``; "" where an answer has none.
        sessions: int64 ``(n,)``: answers of one number may be of one hand, and count
            together.
    """

    numbers: dict[str, Floats]
    names: dict[str, NDArray[np.str_]]
    sessions: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.sessions)

    def __getitem__(self, rows: slice) -> "Observations":
        """Give some of them."""
        return Observations(
            {name: column[rows] for name, column in self.numbers.items()},
            {name: column[rows] for name, column in self.names.items()},
            self.sessions[rows],
        )

    def to_file(self) -> bytes:
        """Write them as npz, without sessions."""
        file = io.BytesIO()
        columns: dict[str, Any] = {**self.numbers, **self.names}
        np.savez_compressed(file, **columns)
        return file.getvalue()

    @classmethod
    def from_file(cls, content: bytes) -> "Observations":
        """Read what ``to_file`` wrote; every answer stands for itself.

        Raises:
            ValueError: when a column is missing or of another length.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            columns = {name: file[name] for name in file.files}
        lengths = {column.shape for column in columns.values()}
        if not columns.keys() >= {*ANSWERS, *NAMED} or len(lengths) != 1:
            raise ValueError(
                f"expected columns {', '.join((*ANSWERS, *NAMED))} of one length, got "
                f"{', '.join(columns)}: publish the release anew"
            )
        names = {name: columns.pop(name).astype(np.str_) for name in NAMED}
        numbers = {n: column.astype(np.float64) for n, column in columns.items()}
        return cls(numbers, names, np.arange(len(names["label"]), dtype=np.int64))


def observe(answers: Sequence[Answered]) -> Observations:
    """Take what is compared from answers that the records keep."""
    numbers = {
        name: np.array([one.ink.get(name, np.nan) for one in answers], np.float64)
        for name in INK
    }
    numbers["confidence"] = np.array(
        [np.nan if one.verdict == "empty" else one.confidence for one in answers],
        np.float64,
    )
    numbers["energy"] = np.array(
        [np.nan if one.energy is None else one.energy for one in answers], np.float64
    )
    names = {
        "verdict": np.array([one.verdict for one in answers], np.str_),
        "label": np.array([one.label or "" for one in answers], np.str_),
    }
    return Observations(numbers, names, _number_sessions(answers))


def measure_ink(digits: NDArray[np.float32]) -> dict[str, Floats]:
    """Measure what can be seen of ink at 28x28.

    Args:
        digits: float32 ``(n, h, w)`` in [0, 1], ink = 1.

    Returns:
        float64 ``(n,)`` each: ``share`` of the pixels that is ink, and ``thickness``
        of its strokes in pixels; 0 where there is no ink.
    """
    height, side = digits.shape[1:]
    rows = digits.reshape(len(digits), height * side)
    # In single precision, as they come: this is part of every request.
    totals = np.add.reduce(rows, axis=1)
    # In one row, a line's end meets the next one's start, where there is no ink.
    edges = np.add.reduce(np.abs(rows[:, 1:] - rows[:, :-1]), axis=1)
    edges += np.add.reduce(np.abs(rows[:, side:] - rows[:, :-side]), axis=1)
    totals, edges = totals.astype(np.float64), edges.astype(np.float64)
    # A stroke of length l and width w has l * w of ink and 2 * l of edge.
    thickness = 2 * totals / np.maximum(edges, LEAST_EDGE)
    return {"share": totals / rows.shape[1], "thickness": thickness}


def observe_reference(
    digits: NDArray[np.float32],
    logits: NDArray[np.float32],
    probabilities: NDArray[np.float32],
    calibration: Calibration,
    class_names: Sequence[str],
) -> Observations:
    """Take the same from images that a release is checked with.

    Args:
        digits: float32 ``(n, h, w)`` in [0, 1], ink = 1.
        logits: the model's, float32 ``(n, k)``.
        probabilities: calibrated, float32 ``(n, k)``.
        calibration: holds the thresholds.
        class_names: in the order of the columns.
    """
    confidence = probabilities.max(axis=1).astype(np.float64)
    energy = measure_energy(logits).astype(np.float64)
    verdicts = [
        decide(False, float(e), float(c), calibration)
        for e, c in zip(energy, confidence, strict=True)
    ]
    guessed = np.array(class_names)[probabilities.argmax(axis=1)]
    refused = np.isin(verdicts, ["unfamiliar", "empty"])
    return Observations(
        {**measure_ink(digits), "confidence": confidence, "energy": energy},
        {
            "verdict": np.array(verdicts, np.str_),
            "label": np.where(refused, "", guessed).astype(np.str_),
        },
        np.arange(len(digits), dtype=np.int64),
    )


def _number_sessions(answers: Sequence[Answered]) -> NDArray[np.int64]:
    """Number sessions; who has none is a session of one answer."""
    numbers: dict[object, int] = {}
    keys = [one.session or row for row, one in enumerate(answers)]
    return np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64)
