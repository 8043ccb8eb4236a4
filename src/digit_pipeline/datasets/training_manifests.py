"""``TrainingManifestDataset``: what the last training saw, kept by its digest."""

import json
import os
from pathlib import Path
from typing import IO, Any

from kedro.io import DatasetError

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.previews import JSONPreview, once_made
from digit_pipeline.training_manifest import (
    ManifestError,
    TrainingManifest,
    locate,
    read_manifest,
)


class TrainingManifestDataset(FileDataset[TrainingManifest]):
    """A training manifest: a file that says which it is, and a folder of all there are.

    A manifest is named by its digest and never changes, so the folder only grows, and
    the same training set is the same file whoever trains on it.

    Examples:
        ```yaml
        training_manifest:
          type: digit_pipeline.datasets.TrainingManifestDataset
          filepath: data/05_model_input/base/training_manifest.json
          manifests:
            path: data/09_serving/digits/manifests
        ```

        >>> import numpy as np
        >>> from digit_pipeline.datasets import TrainingManifestDataset
        >>> from digit_pipeline.labelled_images import LabelledImages
        >>> from digit_pipeline.training_manifest import TrainingManifest
        >>> pixels = np.zeros((2, 28, 28, 1), np.uint8)
        >>> images = LabelledImages(pixels, np.array([0, 1]), ("0", "1"))
        >>> dataset = TrainingManifestDataset(
        ...     filepath=tmp_path / "manifest.json", manifests={"path": tmp_path}
        ... )
        >>> dataset.save(TrainingManifest.of({"train": images}))
        >>> dataset.load().summarise()["images"]
        2
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        manifests: dict[str, str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the file and the folder.

        Args:
            filepath: local JSON file that names the manifest.
            manifests: ``path``: the folder that holds ``<digest>.csv.gz``.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self._folder = Path(manifests["path"])

    def locate(self, manifest: TrainingManifest) -> Path:
        """Say where a manifest lies."""
        return locate(self._folder, manifest.digest)

    def _read(self, file: IO[bytes]) -> TrainingManifest:
        try:
            return read_manifest(self._folder, str(json.load(file)["manifest"]))
        except ManifestError as error:
            raise DatasetError(str(error)) from error

    def _write(self, data: TrainingManifest, file: IO[bytes]) -> None:
        data.keep(self._folder)
        file.write(json.dumps(data.summarise(), indent=2).encode() + b"\n")

    @once_made
    def preview(self) -> JSONPreview:
        """Show how much of which source is in it."""
        return JSONPreview(json.dumps(self.load().summarise()))
