"""``EmbeddedDigits``: the 1,797 digits that come with scikit-learn."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.datasets.source_dataset import Parts, SourceDataset
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.restoration import restore_ink

CLASS_NAMES = tuple("0123456789")


class EmbeddedDigits(SourceDataset):
    """scikit-learn's 8x8 digits, brought back to the size they were written in.

    They are the test part of UCI's "Optical Recognition of Handwritten Digits" (1998):
    each of the 64 values counts the inked pixels, 0 to 16, of a 4x4 block of a 32x32
    scan. Loads "all": uint8 ``(n, 80, 80, 1)``, ink = 255 on 0. Who wrote a digit is
    not published, so there are no groups.

    Examples:
        ```yaml
        embedded_digits:
          type: digit_pipeline.datasets.EmbeddedDigits
          per_class: 12 # only the first of each class; all when not given
        ```

        >>> from digit_pipeline.datasets import EmbeddedDigits
        >>> images = EmbeddedDigits(per_class=3).load()["all"]
        >>> images.class_counts()["7"]
        3
    """

    def __init__(
        self, *, per_class: int | None = None, metadata: dict[str, Any] | None = None
    ) -> None:
        """Choose how much of it.

        Args:
            per_class: only so many of each class, the first ones; None for all.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self._per_class = per_class
        self.metadata = metadata

    def load(self) -> Parts:
        """Restore the digits: ``{"all": …}``."""
        from sklearn.datasets import load_digits  # noqa: PLC0415 - 1 s

        counts, labels = load_digits(return_X_y=True)
        labels = labels.astype(np.int64)
        chosen = self._choose(labels)
        images = restore_ink(counts[chosen].reshape(-1, 8, 8))
        return {
            "all": LabelledImages(
                images,
                labels[chosen],
                CLASS_NAMES,
                sources=np.full(len(chosen), "embedded"),
            )
        }

    def _choose(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        if self._per_class is None:
            return np.arange(len(labels))
        first = [np.flatnonzero(labels == k)[: self._per_class] for k in range(10)]
        return np.sort(np.concatenate(first))

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"per_class": self._per_class}
