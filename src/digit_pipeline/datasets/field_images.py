"""``FieldImages``: evaluation drawings that no training and no user ever touches."""

from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np
from kedro.io import AbstractDataset, DatasetError
from numpy.typing import NDArray

from digit_pipeline.datasets.previews import ImagePreview, preview_images
from digit_pipeline.datasets.source_dataset import SourceDataset
from digit_pipeline.labelled_images import LabelledImages


class FieldImages(AbstractDataset[NoReturn, LabelledImages]):
    """A frozen part of a raw source: certain groups, or what comes late of each class.

    Nothing is written: the published files are checked by their own sha256, and the
    gate holds the images to the digest in its parameters. Where an optional source is
    not in place the set is empty, uint8 ``(0, 28, 28, 1)``.

    Examples:
        ```yaml
        field_set:
          type: digit_pipeline.datasets.FieldImages
          source:
            type: digit_pipeline.datasets.EmbeddedDigits
            per_class: 30
          skip_per_class: 24 # the others may be trained on
        ```

        >>> from digit_pipeline.datasets import FieldImages
        >>> source = {"type": "digit_pipeline.datasets.EmbeddedDigits"}
        >>> dataset = FieldImages(source={**source, "per_class": 4}, skip_per_class=1)
        >>> dataset.load().class_counts()["7"]
        3
    """

    def __init__(
        self,
        *,
        source: Mapping[str, Any],
        groups: Sequence[str] | None = None,
        skip_per_class: int = 0,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Choose the images.

        Args:
            source: the catalog entry of a raw source.
            groups: the writers whose images are taken; all when not given.
            skip_per_class: images of each class that are left out, the first ones.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        dataset = AbstractDataset.from_config("field_set", dict(source))
        if not isinstance(dataset, SourceDataset):
            raise DatasetError(
                f"FieldImages expects a raw image source, got {type(dataset).__name__}."
            )
        self._source: SourceDataset = dataset
        self._groups = None if groups is None else tuple(groups)
        self._skip = skip_per_class
        self.metadata = metadata

    def load(self) -> LabelledImages:
        """Read the chosen images, as large as the source has them.

        Raises:
            DatasetError: when the source cannot be had, or lacks a group.
        """
        parts = list(self._source.load().values())
        if not parts:
            names = tuple("0123456789")
            empty = np.zeros((0, 28, 28, 1), np.uint8)
            return LabelledImages(empty, np.zeros(0, np.int64), names)
        images = LabelledImages.concatenate(parts)
        return images.take(self._choose(images))

    def save(self, data: NoReturn) -> None:  # noqa: ARG002
        """Refuse: the field set is frozen."""
        raise DatasetError(
            "FieldImages is read only: save to a LabelledImagesDataset instead."
        )

    def preview(self) -> ImagePreview:
        """Show the first images of every class, or nothing rather than download."""
        return preview_images(self.load()) if self._exists() else ImagePreview("")

    def _choose(self, images: LabelledImages) -> NDArray[np.int64]:
        chosen = np.arange(len(images))
        if self._groups is not None:
            groups = images.groups if images.groups is not None else np.array([], str)
            missing = sorted(set(self._groups) - set(groups.tolist()))
            if missing:
                raise DatasetError(
                    f"FieldImages expects images by {', '.join(missing)}, and there "
                    "are none: correct `groups`."
                )
            chosen = np.flatnonzero(np.isin(groups, self._groups))
        late = [
            chosen[images.labels[chosen] == label][self._skip :]
            for label in range(len(images.class_names))
        ]
        return np.sort(np.concatenate(late))

    def _exists(self) -> bool:
        return self._source.exists()

    def _describe(self) -> dict[str, Any]:
        return {"groups": self._groups, "skip_per_class": self._skip}
