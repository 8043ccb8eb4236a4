"""Corrections as training sees them: pictures through the image contract."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.quarantine.screening import Quarantined


@dataclass(frozen=True, eq=False)
class Corrections:
    """n corrections, oldest first, with all that training has to know of them.

    Attributes:
        ids: their own.
        images: uint8 ``(n, 28, 28, 1)``, ink = 255; all zero without a picture.
        labels: names of their classes, as last decided.
        clients: who said so: keyed hashes, "" where unknown.
        shares: float64 ``(n,)`` in [0, 1): where each client lies among all; one
            client's are all the same, and never change.
        by_person: bool ``(n,)``: whether a person decided, and not the rules alone.
    """

    ids: tuple[str, ...]
    images: NDArray[np.uint8]
    labels: tuple[str, ...]
    clients: tuple[str, ...]
    shares: NDArray[np.float64]
    by_person: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, mask: NDArray[np.bool_]) -> "Corrections":
        """Select corrections by a mask, bool ``(n,)``."""
        chosen = np.flatnonzero(mask).tolist()
        return Corrections(
            tuple(self.ids[i] for i in chosen),
            self.images[mask],
            tuple(self.labels[i] for i in chosen),
            tuple(self.clients[i] for i in chosen),
            self.shares[mask],
            self.by_person[mask],
        )

    def find_labels(self, class_names: tuple[str, ...]) -> NDArray[np.int64]:
        """Give each label's position in the class names, or -1: int64 ``(n,)``."""
        places = {name: place for place, name in enumerate(class_names)}
        return np.array([places.get(label, -1) for label in self.labels], np.int64)

    def as_quarantined(self, class_names: tuple[str, ...]) -> Quarantined:
        """Show them to the rules."""
        return Quarantined(
            self.ids,
            self.images,
            self.find_labels(class_names),
            self.clients,
            self.by_person,
        )
