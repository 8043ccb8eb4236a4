"""Published image sets, read only: the base of the raw sources."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError

from digit_pipeline.datasets.previews import ImagePreview, preview_images
from digit_pipeline.downloads import DownloadError, PublishedFile, read_published
from digit_pipeline.labelled_images import LabelledImages

Parts = dict[str, LabelledImages]


class SourceDataset(AbstractDataset[NoReturn, Parts]):
    """Images that others publish, by the split they publish.

    ``load`` gives ``{"train": …, "test": …}``, or ``{"all": …}`` where the publisher
    made no split. A subclass says how to read them.

    Examples:
        ```yaml
        mnist_digits:
          type: digit_pipeline.datasets.MnistDigits
          path: data/01_raw/mnist
          mirrors: ["https://storage.googleapis.com/cvdf-datasets/mnist/{name}.gz"]
          sha256: { train-images-idx3-ubyte: ba89…, train-labels-idx1-ubyte: 65a5… }
        ```

        >>> from digit_pipeline.datasets import EmbeddedDigits
        >>> len(EmbeddedDigits(per_class=2).load()["all"])
        20
    """

    metadata: dict[str, Any] | None

    @abstractmethod
    def load(self) -> Parts:
        """Read the published splits."""

    def save(self, data: NoReturn) -> None:  # noqa: ARG002
        """Refuse: what others publish is read, never written."""
        raise DatasetError(
            f"{type(self).__name__} is read only: save to a LabelledImagesDataset."
        )

    def preview(self) -> ImagePreview:
        """Show the first images of every class, or nothing rather than download."""
        if not self._exists():
            return ImagePreview("")
        return preview_images(next(iter(self.load().values())))


class DownloadedDataset(SourceDataset):
    """Images in published files that are downloaded when they are not in place.

    Examples:
        ```yaml
        pen_digits:
          type: digit_pipeline.datasets.PenDigits
          path: data/01_raw/pendigits
          mirrors: ["https://example.org/pendigits/{name}.Z"]
          sha256: { pendigits-orig.tra: a662…, pendigits-orig.tes: ddb1… }
          optional: true
        ```
    """

    NAMES: Sequence[str]

    def __init__(
        self,
        *,
        path: str | Path,
        mirrors: Sequence[str],
        sha256: Mapping[str, str],
        optional: bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the files.

        Args:
            path: the folder that holds the files.
            mirrors: addresses to download from, with ``{name}`` for the file's name.
            sha256: checksum of each file's decompressed content, by name.
            optional: load ``{}`` instead of downloading what is not in place.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        if set(sha256) != set(self.NAMES):
            raise DatasetError(
                f"{type(self).__name__} expects the sha256 of {', '.join(self.NAMES)}, "
                f"got those of {', '.join(sha256)}."
            )
        self._folder = Path(path)
        self._optional = optional
        self._files = {
            name: PublishedFile(
                name,
                sha256[name],
                self._folder,
                tuple(mirror.replace("{name}", name) for mirror in mirrors),
            )
            for name in self.NAMES
        }
        self.metadata = metadata

    def load(self) -> Parts:
        """Read the published splits; download them first when they aren't in place.

        Raises:
            DatasetError: when they can't be had, or aren't what was published.
        """
        if self._optional and not self._exists():
            return {}
        with _told_as_dataset_error():
            return self._read()

    @abstractmethod
    def _read(self) -> Parts:
        """Read the published splits."""

    def _content(self, name: str) -> bytes:
        return read_published(self._files[name])

    def _exists(self) -> bool:
        return all(file.find() for file in self._files.values())

    def _describe(self) -> dict[str, Any]:
        return {"path": self._folder.as_posix(), "optional": self._optional}


@contextmanager
def _told_as_dataset_error() -> Iterator[None]:
    """Hand the one sentence on without Kedro's preamble."""
    try:
        yield
    except (DownloadError, ValueError) as error:
        raise DatasetError(str(error)) from error
