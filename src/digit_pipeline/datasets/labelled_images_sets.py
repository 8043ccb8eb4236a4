"""``LabelledImagesSets`` keeps several named sets of labelled images in one file."""

import io
import zipfile
from typing import IO

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import ImagePreview, once_made, preview_images
from digit_pipeline.labelled_images import LabelledImages


class LabelledImagesSets(FileDataset[dict[str, LabelledImages]]):
    """Sets of different image sizes by name, each an ``.npz`` in one zip.

    Examples:
        ```yaml
        clean_images:
          type: digit_pipeline.datasets.LabelledImagesSets
          filepath: data/02_intermediate/base/clean_images.zip
        ```

        >>> import numpy as np
        >>> from digit_pipeline.datasets import LabelledImagesSets
        >>> from digit_pipeline.labelled_images import LabelledImages
        >>> pixels = np.zeros((2, 28, 28, 1), np.uint8)
        >>> images = LabelledImages(pixels, np.array([0, 1]), ("0", "1"))
        >>> dataset = LabelledImagesSets(filepath=tmp_path / "sets.zip")
        >>> dataset.save({"mnist/train": images})
        >>> list(dataset.load())
        ['mnist/train']
    """

    def _read(self, file: IO[bytes]) -> dict[str, LabelledImages]:
        with zipfile.ZipFile(file) as archive:
            return {
                name.removesuffix(".npz"): LabelledImages.read(
                    io.BytesIO(archive.read(name))
                )
                for name in archive.namelist()
            }

    def _write(self, data: dict[str, LabelledImages], file: IO[bytes]) -> None:
        # The members are compressed already.
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
            for name, images in data.items():
                with archive.open(f"{name}.npz", "w", force_zip64=True) as member:
                    images.write(member)

    @once_made
    def preview(self) -> ImagePreview:
        """Show the first images of every class of the first set."""
        return preview_images(next(iter(self.load().values())))
