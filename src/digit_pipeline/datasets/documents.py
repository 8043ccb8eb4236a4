"""``JsonDataset`` and ``TextDataset``: metrics, decisions, cards."""

import json
from typing import IO, Any

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import JSONPreview, once_made


class JsonDataset(FileDataset[Any]):
    """A JSON document, indented, in UTF-8.

    numpy's scalars and arrays are written as numbers and lists. NaN and infinity are
    refused: they are no JSON, and other readers would stumble over them.

    Examples:
        ```yaml
        choice:
          type: digit_pipeline.datasets.JsonDataset
          filepath: data/08_reporting/base/choice.json
        ```

        >>> from digit_pipeline.datasets import JsonDataset
        >>> dataset = JsonDataset(filepath=tmp_path / "choice.json")
        >>> dataset.save({"candidate": "sketch_cnn"})
        >>> dataset.load()
        {'candidate': 'sketch_cnn'}
    """

    def _read(self, file: IO[bytes]) -> Any:
        return json.load(file)

    def _write(self, data: Any, file: IO[bytes]) -> None:
        text = json.dumps(
            data, indent=2, ensure_ascii=False, allow_nan=False, default=_plain
        )
        file.write(text.encode() + b"\n")

    @once_made
    def preview(self) -> JSONPreview:
        """Show the document."""
        return JSONPreview(json.dumps(self.load()))


class TextDataset(FileDataset[str]):
    """Text in UTF-8, such as a model card in Markdown.

    Examples:
        ```yaml
        model_card:
          type: digit_pipeline.datasets.TextDataset
          filepath: data/08_reporting/base/model_card.md
        ```

        >>> from digit_pipeline.datasets import TextDataset
        >>> dataset = TextDataset(filepath=tmp_path / "model_card.md")
        >>> dataset.save("# Digits")
        >>> dataset.load()
        '# Digits'
    """

    def _read(self, file: IO[bytes]) -> str:
        return file.read().decode()

    def _write(self, data: str, file: IO[bytes]) -> None:
        file.write(data.encode())

    @once_made
    def preview(self) -> JSONPreview:
        """Show the text, line by line."""
        return JSONPreview(json.dumps(self.load().splitlines()))


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):  # numpy's scalars and arrays
        return value.tolist()
    raise TypeError(
        f"expected something JSON can hold, got {type(value).__name__}: convert it in "
        "the node"
    )
