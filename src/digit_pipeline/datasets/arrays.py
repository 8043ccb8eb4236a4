"""``ArrayDataset`` keeps one numpy array, such as predicted probabilities."""

import json
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import JSONPreview, once_made

PREVIEW_ROWS = 5


class ArrayDataset(FileDataset[NDArray[Any]]):
    """An array in an ``.npy`` file, without pickle.

    Examples:
        ```yaml
        "{candidate}.test_probabilities":
          type: digit_pipeline.datasets.ArrayDataset
          filepath: data/07_model_output/base/{candidate}/test_probabilities.npy
        ```

        >>> import numpy as np
        >>> from digit_pipeline.datasets import ArrayDataset
        >>> dataset = ArrayDataset(filepath=tmp_path / "probabilities.npy")
        >>> dataset.save(np.array([[0.25, 0.75]]))
        >>> dataset.load()
        array([[0.25, 0.75]])
    """

    def _read(self, file: IO[bytes]) -> NDArray[Any]:
        return np.asarray(np.load(file, allow_pickle=False))

    def _write(self, data: NDArray[Any], file: IO[bytes]) -> None:
        np.save(file, data, allow_pickle=False)

    @once_made
    def preview(self) -> JSONPreview:
        """Show dtype, shape and the first rows."""
        array = self.load()
        summary = {
            "dtype": str(array.dtype),
            "shape": list(array.shape),
            "first rows": array[:PREVIEW_ROWS].tolist(),
        }
        return JSONPreview(json.dumps(summary))
