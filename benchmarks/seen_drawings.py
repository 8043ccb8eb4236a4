"""Sessions of people who draw digits, as the records hold the champion's answers."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np
from PIL import Image

from benchmarks.drawn_digits import Placement, Points, draw
from benchmarks.sources import load_source, read_configuration
from digit_pipeline.classifier import Classifier
from digit_pipeline.drift import Observations, observe
from digit_pipeline.images import DigitView, view_digit
from digit_pipeline.non_digits.scribbles import draw_scribble
from digit_pipeline.progress import track
from digit_pipeline.releases import ReleaseError, ReleaseStore
from gradio_app.service.ink import measure_inks

PER_SESSION = 3
CHUNK = 256


@dataclass(frozen=True)
class Habits:
    """How a crowd draws.

    Attributes:
        pens: widths of pens, px of a canvas of 400, evenly.
        sizes: longer sides of digits, shares of the canvas, evenly.
        slant: what every digit leans to the right by, x for each y.
        labels: which digits; all when empty.
        writers: which writers, by their place among all; all when empty.
        scribbles: share of pictures that show no digit.
    """

    pens: tuple[float, float] = (12.0, 26.0)
    sizes: tuple[float, float] = (0.35, 0.8)
    slant: float = 0.0
    labels: tuple[int, ...] = ()
    writers: tuple[int, ...] = ()
    scribbles: float = 0.0


USUAL = Habits()


@dataclass(frozen=True)
class Seen:
    """An answer as the records keep it."""

    confidence: float
    energy: float
    verdict: str
    label: str | None
    ink: dict[str, float]
    session: str | None = None


@dataclass(frozen=True, eq=False)
class Drawings:
    """Sessions to choose from.

    Attributes:
        sessions: each the answers of one hand.
    """

    sessions: Sequence[list[Seen]] = field(repr=False)

    def choose(self, places: Sequence[int], each: int = PER_SESSION) -> Observations:
        """Give the first answers of some sessions."""
        chosen = [self.sessions[place][:each] for place in places]
        return observe([answer for session in chosen for answer in session])


class Crowd:
    """The pen training writers, and the champion that reads what they draw."""

    def __init__(self) -> None:
        digits = load_source("pen_digits", splits=["train"])["train"]
        if digits.strokes is None or digits.groups is None:
            raise ValueError("expected strokes and writers, got none: use UCI's files")
        self._strokes, self._groups = digits.strokes, digits.groups
        self._labels = digits.labels
        folder = Path(read_configuration("globals")["data"]) / "09_serving" / "digits"
        try:
            self._champion = Classifier.load(ReleaseStore(folder).champion())
        except ReleaseError as error:
            raise SystemExit(str(error)) from error

    def draw(self, habits: Habits, sessions: int, seed: int) -> Drawings:
        """Let sessions of three pictures each be drawn and read.

        Args:
            habits: how people draw.
            sessions: how many; each has a writer, a pen and a size of its own.
            seed: of all that.
        """
        hands = [
            (name, rows)
            for name, rows in self._list_hands(habits)
            if len(rows) >= PER_SESSION
        ]
        rng = np.random.default_rng(seed)
        drawn = [
            self._draw_session(habits, hands, rng)
            for _ in track(range(sessions), "Drawing")
        ]
        pictures = [picture for session in drawn for picture in session]
        seen: list[Seen] = []
        for start in range(0, len(pictures), CHUNK):
            seen += self._read(pictures[start : start + CHUNK])
        return Drawings(
            [
                [
                    replace(one, session=str(number))
                    for one in seen[PER_SESSION * number :][:PER_SESSION]
                ]
                for number in range(sessions)
            ]
        )

    def _list_hands(self, habits: Habits) -> list[tuple[str, np.ndarray]]:
        """Give the digits of each writer who draws."""
        names = np.unique(self._groups)
        chosen = names[list(habits.writers)] if habits.writers else names
        wanted = np.isin(self._labels, habits.labels or np.unique(self._labels))
        return [
            (str(name), np.flatnonzero((self._groups == name) & wanted))
            for name in chosen
        ]

    def _draw_session(
        self,
        habits: Habits,
        hands: list[tuple[str, np.ndarray]],
        rng: np.random.Generator,
    ) -> list[Image.Image]:
        rows = hands[rng.integers(len(hands))][1]
        size, pen = rng.uniform(*habits.sizes), rng.uniform(*habits.pens)
        return [
            _draw_one(
                self._strokes[row], habits, Placement(size, pen, *rng.random(2)), rng
            )
            for row in rng.choice(rows, PER_SESSION, replace=False)
        ]

    def _read(self, pictures: list[Image.Image]) -> list[Seen]:
        views: list[DigitView] = [view_digit(np.asarray(one)) for one in pictures]
        digits = np.stack([view.digit for view in views])
        answers = self._champion.answer(digits, [view.is_empty for view in views])
        names = np.array(self._champion.class_names)
        best = names[answers.probabilities.argmax(axis=1)].tolist()
        columns = zip(
            answers.probabilities.max(axis=1).tolist(),
            answers.energies.tolist(),
            answers.verdicts,
            best,
            measure_inks(views, digits),
            strict=True,
        )
        return [
            Seen(
                confidence,
                energy,
                verdict,
                label if verdict in {"recognised", "unsure"} else None,
                ink,
            )
            for confidence, energy, verdict, label, ink in columns
        ]


def _draw_one(
    strokes: list[Points], habits: Habits, place: Placement, rng: np.random.Generator
) -> Image.Image:
    if rng.random() < habits.scribbles:
        return Image.fromarray(draw_scribble(rng))
    lean = np.array([[1, 0], [-habits.slant, 1]], np.float32)
    return draw([stroke @ lean for stroke in strokes], place)
