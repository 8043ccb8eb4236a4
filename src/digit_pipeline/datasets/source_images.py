"""``SourceImages``: all that an environment learns from, under one name."""

from collections.abc import Mapping, Sequence
from typing import Any

from kedro.io import AbstractDataset, DatasetError

from digit_pipeline.datasets.previews import ImagePreview
from digit_pipeline.datasets.source_dataset import Parts, SourceDataset


class SourceImages(SourceDataset):
    """Several raw sources as one: ``{"<source>/<published split>": images}``.

    The sources keep their own image sizes; the image contract, which is applied later,
    is what makes them alike.

    Examples:
        ```yaml
        source_images:
          type: digit_pipeline.datasets.SourceImages
          sources:
            embedded: ${embedded_digits}
            mnist: ${mnist_digits}
          use: [embedded]
        ```

        >>> from digit_pipeline.datasets import SourceImages
        >>> embedded = {"type": "digit_pipeline.datasets.EmbeddedDigits"}
        >>> embedded["per_class"] = 2
        >>> dataset = SourceImages(sources={"embedded": embedded}, use=["embedded"])
        >>> {name: len(images) for name, images in dataset.load().items()}
        {'embedded/all': 20}
    """

    def __init__(
        self,
        *,
        sources: Mapping[str, Mapping[str, Any]],
        use: Sequence[str] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the sources.

        Args:
            sources: the catalog entry of each source, by the source's name.
            use: which of them to read, in this order; all when not given.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        names = list(sources) if use is None else list(use)
        unknown = [name for name in names if name not in sources]
        if unknown or not names:
            raise DatasetError(
                f"SourceImages expects `use` to name some of {', '.join(sources)}, got "
                f"{', '.join(names) or 'nothing'}."
            )
        self._sources: dict[str, SourceDataset] = {
            name: _build(name, sources[name]) for name in names
        }
        self.metadata = metadata

    def load(self) -> Parts:
        """Read every source.

        Raises:
            DatasetError: when one of them can't be had.
        """
        return {
            f"{name}/{split}": images
            for name, source in self._sources.items()
            for split, images in source.load().items()
        }

    def preview(self) -> ImagePreview:
        """Show the first source, or nothing rather than download."""
        return next(iter(self._sources.values())).preview()

    def _exists(self) -> bool:
        return all(source.exists() for source in self._sources.values())

    def _describe(self) -> dict[str, Any]:
        return {"sources": list(self._sources)}


def _build(name: str, config: Mapping[str, Any]) -> SourceDataset:
    dataset = AbstractDataset.from_config(name, dict(config))
    if not isinstance(dataset, SourceDataset):
        raise DatasetError(
            f"SourceImages expects raw image sources, got {type(dataset).__name__} for "
            f"{name}."
        )
    return dataset
