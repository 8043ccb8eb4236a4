"""``ImageFolderDataset``: a folder of image files, opened one at a time."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from kedro.io import AbstractDataset

from digit_pipeline.atomic import NO_SPACE, write_atomically
from digit_pipeline.datasets.errors import DataError
from digit_pipeline.datasets.previews import JSONPreview

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp"})
SHOWN = 10

ImageFiles = dict[str, Callable[[], bytes]]


class ImageFolderDataset(AbstractDataset[Mapping[str, bytes], ImageFiles]):
    """The images in a folder and below it, by path, each read when it is called.

    ``load`` gives the paths relative to the folder, in their order. Names that start
    with a dot are passed over. A folder that is not there holds no image.

    Examples:
        ```yaml
        batch_images:
          type: digit_pipeline.datasets.ImageFolderDataset
          path: data/01_raw/batch
          required: false
        ```

        >>> from digit_pipeline.datasets import ImageFolderDataset
        >>> dataset = ImageFolderDataset(path=tmp_path)
        >>> dataset.load()
        {}
        >>> dataset.save({"monday/1.png": b"..."})
        >>> dataset.load()["monday/1.png"]()
        b'...'
    """

    def __init__(
        self,
        *,
        path: str | os.PathLike[str],
        required: str | bool = False,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the folder.

        Args:
            path: the folder.
            required: whether it has to hold an image; a name counts as true, so that
                one that somebody has given can stand here.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self._folder = Path(path)
        self._required = bool(required)
        self.metadata = metadata

    def load(self) -> ImageFiles:
        """List the images.

        Raises:
            DataError: when the path is a file, or a folder that has to hold an image
                holds none.
        """
        images = self._find()
        if self._required and not images:
            found = (
                "it holds none" if self._folder.is_dir() else "there is no such folder"
            )
            raise DataError(
                f"expected images ({', '.join(sorted(SUFFIXES))}) in {self._folder}, "
                f"but {found}: name a folder that holds some"
            )
        return images

    def _find(self) -> ImageFiles:
        if self._folder.exists() and not self._folder.is_dir():
            raise DataError(
                f"Expected a folder of images at {self._folder}, got a file: put the "
                "images into a folder of that name."
            )
        found = (p for p in self._folder.rglob("*") if p.suffix.lower() in SUFFIXES)
        names = (p.relative_to(self._folder) for p in found if p.is_file())
        seen = (
            name for name in names if not any(p.startswith(".") for p in name.parts)
        )
        return {
            name.as_posix(): (self._folder / name).read_bytes for name in sorted(seen)
        }

    def save(self, data: Mapping[str, bytes]) -> None:
        """Write images beside those that are there.

        Args:
            data: relative path to content.

        Raises:
            DataError: when the disk is full.
        """
        try:
            for name, content in data.items():
                with write_atomically(self._folder / name) as file:
                    file.write(content)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            raise DataError(
                f"The disk is full: {self._folder} lacks some of its images, so free "
                "some space and run again."
            ) from error

    def preview(self) -> JSONPreview:
        """Show how many images there are, and the first ones' names."""
        names = list(self._find())
        return JSONPreview(json.dumps({"images": len(names), "first": names[:SHOWN]}))

    def _exists(self) -> bool:
        return self._folder.is_dir()

    def _describe(self) -> dict[str, Any]:
        return {"path": self._folder.as_posix()}
