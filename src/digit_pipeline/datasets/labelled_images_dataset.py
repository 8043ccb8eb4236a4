"""``LabelledImagesDataset`` keeps one set of labelled images in an ``.npz`` file."""

from typing import IO

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import ImagePreview, once_made, preview_images
from digit_pipeline.labelled_images import LabelledImages


class LabelledImagesDataset(FileDataset[LabelledImages]):
    """Images, labels, groups, sources and strokes in one ``.npz``, without pickle.

    Examples:
        ```yaml
        train_set:
          type: digit_pipeline.datasets.LabelledImagesDataset
          filepath: data/03_primary/base/train_set.npz
        ```

        >>> import numpy as np
        >>> from digit_pipeline.datasets import LabelledImagesDataset
        >>> from digit_pipeline.labelled_images import LabelledImages
        >>> pixels = np.zeros((2, 28, 28, 1), np.uint8)
        >>> images = LabelledImages(pixels, np.array([0, 1]), ("0", "1"))
        >>> dataset = LabelledImagesDataset(filepath=tmp_path / "train_set.npz")
        >>> dataset.save(images)
        >>> dataset.load().class_counts()
        {'0': 1, '1': 1}
    """

    def _read(self, file: IO[bytes]) -> LabelledImages:
        return LabelledImages.read(file)

    def _write(self, data: LabelledImages, file: IO[bytes]) -> None:
        data.write(file)

    @once_made
    def preview(self) -> ImagePreview:
        """Show the first images of every class, a row per class."""
        return preview_images(self.load())
