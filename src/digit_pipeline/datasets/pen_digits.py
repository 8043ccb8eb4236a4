"""``PenDigits``: 10,992 digits as pen strokes (Alpaydin and Alimoglu, UCI 1998)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from kedro.io import DatasetError
from numpy.typing import NDArray

from digit_pipeline.datasets.source_dataset import DownloadedDataset, Parts
from digit_pipeline.datasets.unipen import PenDigit, read_unipen
from digit_pipeline.labelled_images import LabelledImages, Strokes
from digit_pipeline.rendering import draw_strokes

CLASS_NAMES = tuple("0123456789")
FILES = {"train": "pendigits-orig.tra", "test": "pendigits-orig.tes"}


class PenDigits(DownloadedDataset):
    """UCI's "Pen-Based Recognition of Handwritten Digits", the original strokes.

    Loads "train" (7,494 by 30 writers) and "test" (3,498 by 14 others): uint8
    ``(n, side, side, 1)``, ink = 255 on 0, every digit drawn with a pen of its own
    width. The strokes are kept; groups are ``<file>:<writer>``, because both files
    number their writers from 1.

    Examples:
        ```yaml
        pen_digits:
          type: digit_pipeline.datasets.PenDigits
          path: data/01_raw/pendigits
          mirrors:
            - https://archive.ics.uci.edu/ml/machine-learning-databases/pendigits/{name}.Z
          sha256: # of the decompressed content
            pendigits-orig.tra: a66225d68d7d68591e62944df1ad33b3f5aa608e2df25058…
            pendigits-orig.tes: ddb1c19e277a56c7ffe682cc024d6ab73696f9adcc1643ef…
          optional: true
          side: 64 # pixels
          pen_widths: [0.05, 0.16] # narrowest and widest pen, share of the longer side
          seed: 20
          splits: [test] # both when not given
        ```

        >>> from digit_pipeline.datasets import PenDigits
        >>> dataset = PenDigits(
        ...     path=tmp_path, mirrors=[], optional=True,
        ...     sha256=dict.fromkeys(PenDigits.NAMES, "0" * 64),
        ... )
        >>> dataset.load()
        {}
    """

    NAMES = tuple(FILES.values())

    def __init__(  # noqa: PLR0913 - a dataset's arguments are its YAML keys
        self,
        *,
        path: str | Path,
        mirrors: Sequence[str],
        sha256: Mapping[str, str],
        optional: bool = False,
        side: int = 64,
        pen_widths: tuple[float, float] = (0.05, 0.16),
        seed: int = 0,
        splits: Sequence[str] = tuple(FILES),
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the files and the pens.

        Args:
            path: the folder that holds the files.
            mirrors: addresses to download from, with ``{name}`` for the file's name.
            sha256: checksum of each file's decompressed content, by name.
            optional: load ``{}`` instead of downloading what is not in place.
            side: of the square images, in pixels.
            pen_widths: narrowest and widest pen, as shares of the longer side of the
                drawing; each digit gets a width from between them.
            seed: of the generator that chooses the widths.
            splits: which of "train" and "test" to load.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        super().__init__(
            path=path,
            mirrors=mirrors,
            sha256=sha256,
            optional=optional,
            metadata=metadata,
        )
        if not splits or not set(splits) <= set(FILES):
            raise DatasetError(
                f"PenDigits expects `splits` to name train, test or both, got {splits}."
            )
        self._splits = tuple(splits)
        self._side = side
        self._pen_widths = pen_widths
        self._seed = seed

    def _read(self) -> Parts:
        return {split: self._read_part(FILES[split]) for split in self._splits}

    def _read_part(self, name: str) -> LabelledImages:
        digits = read_unipen(self._content(name).decode("ascii"), name)
        return LabelledImages(
            self._draw(digits, self.NAMES.index(name)),
            np.array([int(d.label) for d in digits], np.int64),
            CLASS_NAMES,
            groups=np.array([f"{name}:{d.writer}" for d in digits]),
            sources=np.full(len(digits), "pendigits"),
            strokes=Strokes.from_digits([d.strokes for d in digits]),
        )

    def _draw(self, digits: Sequence[PenDigit], file: int) -> NDArray[np.uint8]:
        generator = np.random.default_rng([self._seed, file])
        images = np.empty((len(digits), self._side, self._side, 1), np.uint8)
        widths = generator.uniform(*self._pen_widths, len(digits))
        for image, digit, width in zip(images, digits, widths, strict=True):
            ink = draw_strokes(digit.strokes, side=self._side, pen_width=float(width))
            image[..., 0] = np.rint(ink * 255)
        return images

    def _exists(self) -> bool:
        return all(self._files[FILES[split]].find() for split in self._splits)

    def _describe(self) -> dict[str, Any]:
        return super()._describe() | {
            "side": self._side,
            "pen_widths": tuple(self._pen_widths),
            "seed": self._seed,
            "splits": self._splits,
        }
