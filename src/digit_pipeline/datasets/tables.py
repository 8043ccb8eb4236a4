"""``CsvDataset`` and ``ParquetDataset``: pandas tables, without their index."""

from typing import IO, TYPE_CHECKING, Any

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import TablePreview, once_made

if TYPE_CHECKING:
    import pandas as pd

PREVIEW_ROWS = 20


class CsvDataset(FileDataset["pd.DataFrame"]):
    """A table as CSV in UTF-8; its index is not kept.

    Examples:
        ```yaml
        comparison:
          type: digit_pipeline.datasets.CsvDataset
          filepath: data/08_reporting/base/comparison.csv
        ```

        >>> import pandas as pd
        >>> from digit_pipeline.datasets import CsvDataset
        >>> dataset = CsvDataset(filepath=tmp_path / "comparison.csv")
        >>> dataset.save(pd.DataFrame({"accuracy": [0.5]}))
        >>> dataset.load().to_dict("list")
        {'accuracy': [0.5]}
    """

    def _read(self, file: IO[bytes]) -> "pd.DataFrame":
        import pandas as pd  # noqa: PLC0415 - 0.5 s

        return pd.read_csv(file)

    def _write(self, data: "pd.DataFrame", file: IO[bytes]) -> None:
        data.to_csv(file, index=False)

    @once_made
    def preview(self) -> TablePreview:
        """Show the first rows."""
        return _preview_table(self.load())


class ParquetDataset(FileDataset["pd.DataFrame"]):
    """A table as Parquet; its index is not kept.

    Examples:
        ```yaml
        "{candidate}.history":
          type: digit_pipeline.datasets.ParquetDataset
          filepath: data/06_models/base/{candidate}/history.parquet
        ```

        >>> import pandas as pd
        >>> from digit_pipeline.datasets import ParquetDataset
        >>> dataset = ParquetDataset(filepath=tmp_path / "history.parquet")
        >>> dataset.save(pd.DataFrame({"epoch": [1, 2]}))
        >>> dataset.load().to_dict("list")
        {'epoch': [1, 2]}
    """

    def _read(self, file: IO[bytes]) -> "pd.DataFrame":
        import pandas as pd  # noqa: PLC0415 - 0.5 s

        return pd.read_parquet(file)

    def _write(self, data: "pd.DataFrame", file: IO[bytes]) -> None:
        data.to_parquet(file, index=False)

    @once_made
    def preview(self) -> TablePreview:
        """Show the first rows."""
        return _preview_table(self.load())


def _preview_table(table: "pd.DataFrame") -> TablePreview:
    head: Any = table.head(PREVIEW_ROWS).astype(object)
    # NaN is no JSON.
    return TablePreview(head.where(head.notna(), None).to_dict(orient="split"))
