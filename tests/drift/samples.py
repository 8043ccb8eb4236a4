"""Answers that never were, with what a test says of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from digit_pipeline.drift import Observations, observe
from digit_pipeline.records import PredictionRecord

LABELS = np.array(list("0123456789"))


@dataclass(frozen=True)
class Answer:
    """An answer as the records keep it."""

    confidence: float = 0.98
    energy: float | None = 8.0
    verdict: str = "recognised"
    label: str | None = "3"
    session: str | None = None
    ink: dict[str, float] = field(default_factory=dict)


def make_answers(  # noqa: PLR0913 - of a population
    count: int,
    seed: int = 0,
    *,
    thickness: float = 2.4,
    confidence: float = 0.95,
    labels: np.ndarray = LABELS,
    per_session: int | None = None,
) -> list[Answer]:
    """Draw answers from one population.

    Args:
        count: how many.
        seed: of the drawing.
        thickness: mean of the strokes', pixels.
        confidence: mean.
        labels: drawn evenly.
        per_session: answers of one hand, which draws all of them alike; None for
            programs, whose answers have nothing in common.
    """
    rng = np.random.default_rng(seed)
    hands = np.arange(count) // (per_session or 1)
    hand = rng.normal(0, 0.3, count)[hands]
    return [
        Answer(
            confidence=float(np.clip(rng.normal(confidence, 0.03), 0, 1)),
            energy=float(rng.normal(8, 2)),
            label=str(rng.choice(labels)),
            session=f"{seed}-{hands[row]}" if per_session else None,
            ink={
                "share": float(rng.normal(0.13, 0.02)),
                "thickness": float(thickness + hand[row] + rng.normal(0, 0.1)),
            },
        )
        for row in range(count)
    ]


def make_records(
    version: str, count: int, seed: int = 0, **population
) -> list[PredictionRecord]:
    """The same as rows of the records, a second apart."""
    begun = datetime(2026, 11, 20, 12, tzinfo=UTC)
    return [
        PredictionRecord(
            id=f"{seed:08x}{row:024x}",
            time=begun + timedelta(seconds=row),
            door="draw",
            model_version=version,
            probabilities={answer.label or "": answer.confidence},
            elapsed_ms=2.0,
            latency={"decode_ms": 0.1, "contract_ms": 0.1, "inference_ms": 0.1},
            **vars(answer),
        )
        for row, answer in enumerate(make_answers(count, seed, **population))
    ]


def make(count: int, seed: int = 0, **population) -> Observations:
    """The same as columns."""
    return observe(make_answers(count, seed, **population))
