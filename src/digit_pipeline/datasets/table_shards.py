"""``TableShardsDataset``: one table in many files, written a shard at a time."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset

from digit_pipeline.datasets.previews import TablePreview
from digit_pipeline.datasets.tables import ParquetDataset

if TYPE_CHECKING:
    import pandas as pd

SUFFIX = ".parquet"
NO_ROWS = TablePreview({"columns": [], "index": [], "data": []})


class TableShardsDataset(
    AbstractDataset[
        Mapping[str, "pd.DataFrame"], dict[str, Callable[[], "pd.DataFrame"]]
    ]
):
    """Parquet tables in a folder, by name, each read when it is called.

    ``save`` adds shards to those that are there, each written beside and renamed: what
    is there is whole. A folder that is not there has no shards.

    Examples:
        ```yaml
        prediction_shards:
          type: digit_pipeline.datasets.TableShardsDataset
          path: data/07_model_output/base/batch
        ```

        >>> import pandas as pd
        >>> from digit_pipeline.datasets import TableShardsDataset
        >>> dataset = TableShardsDataset(path=tmp_path)
        >>> dataset.save({"first": pd.DataFrame({"n": [1]})})
        >>> dataset.save({"second": pd.DataFrame({"n": [2]})})
        >>> [load()["n"].tolist() for load in dataset.load().values()]
        [[1], [2]]
    """

    def __init__(
        self, *, path: str | os.PathLike[str], metadata: dict[str, Any] | None = None
    ) -> None:
        """Name the folder.

        Args:
            path: the folder.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self._folder = Path(path)
        self.metadata = metadata

    def load(self) -> dict[str, Callable[[], "pd.DataFrame"]]:
        """List the shards by name."""
        return {file.stem: ParquetDataset(filepath=file).load for file in self._files()}

    def save(self, data: Mapping[str, "pd.DataFrame"]) -> None:
        """Write shards beside those that are there.

        Raises:
            DatasetError: when the disk is full.
        """
        for name, table in data.items():
            ParquetDataset(filepath=self._folder / f"{name}{SUFFIX}").save(table)

    def preview(self) -> TablePreview:
        """Show the first rows of the first shard."""
        for file in self._files()[:1]:
            return ParquetDataset(filepath=file).preview() or NO_ROWS
        return NO_ROWS

    def _files(self) -> list[Path]:
        return sorted(self._folder.glob(f"[!.]*{SUFFIX}"))

    def _exists(self) -> bool:
        return self._folder.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"path": self._folder.as_posix()}
