"""``MnistDigits``: 70,000 scanned digits (LeCun, Cortes, Burges 1998)."""

from collections.abc import Sequence

import numpy as np

from digit_pipeline.datasets.idx import read_idx
from digit_pipeline.datasets.source_dataset import DownloadedDataset, Parts
from digit_pipeline.labelled_images import LabelledImages


class MnistDigits(DownloadedDataset):
    """MNIST's four idx files.

    Loads "train" (60,000) and "test" (10,000): uint8 ``(n, 28, 28, 1)``, ink = 255 on
    0. Who wrote a digit is not published, so there are no groups.

    Examples:
        ```yaml
        mnist_digits:
          type: digit_pipeline.datasets.MnistDigits
          path: data/01_raw/mnist
          mirrors:
            - https://ossci-datasets.s3.amazonaws.com/mnist/{name}.gz
            - https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz
          sha256: # of the decompressed content
            train-images-idx3-ubyte: ba891046e6505d7aadcbbe25680a0738ad16aec9…
            train-labels-idx1-ubyte: 65a50cbbf4e906d70832878ad85ccda5333a97f0…
            t10k-images-idx3-ubyte: 0fa7898d509279e482958e8ce81c8e77db3f2f82…
            t10k-labels-idx1-ubyte: ff7bcfd416de33731a308c3f266cc351222c3489…
        ```

        >>> from digit_pipeline.datasets import MnistDigits
        >>> dataset = MnistDigits(
        ...     path=tmp_path, mirrors=[], optional=True,
        ...     sha256=dict.fromkeys(MnistDigits.NAMES, "0" * 64),
        ... )
        >>> dataset.load()
        {}
    """

    SOURCE = "mnist"
    CLASS_NAMES = tuple("0123456789")
    NAMES: Sequence[str] = (
        "train-images-idx3-ubyte",
        "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    )

    def _read(self) -> Parts:
        return {"train": self._read_part("train"), "test": self._read_part("t10k")}

    def _read_part(self, prefix: str) -> LabelledImages:
        images_name = f"{prefix}-images-idx3-ubyte"
        labels_name = f"{prefix}-labels-idx1-ubyte"
        images = read_idx(self._content(images_name), images_name, 3)
        labels = read_idx(self._content(labels_name), labels_name, 1)
        if len(images) != len(labels):
            raise ValueError(
                f"expected a label for each of the {len(images)} images of "
                f"{images_name}, got {len(labels)}: take the original files."
            )
        return LabelledImages(
            images[..., None],
            labels.astype(np.int64),
            self.CLASS_NAMES,
            sources=np.full(len(images), self.SOURCE),
        )
