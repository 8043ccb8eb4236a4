"""Images that occur more than once, within a source and across its published split."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.labelled_images import LabelledImages


@dataclass(frozen=True, eq=False)
class Duplicates:
    """What to leave out of a training part.

    Attributes:
        repeated: bool ``(n,)``: an earlier image with the same label is kept instead.
        conflicting: bool ``(n,)``: the same image carries two labels; all copies go.
        published: bool ``(n,)``: the image stands in the published test split.
    """

    repeated: NDArray[np.bool_]
    conflicting: NDArray[np.bool_]
    published: NDArray[np.bool_]


def find_duplicates(
    training: LabelledImages, test_hashes: NDArray[np.str_]
) -> Duplicates:
    """Compare exact pixels by hash.

    Args:
        training: the part that may lose images.
        test_hashes: content hashes of the published test split, which stays whole.
    """
    hashes = training.content_hashes()
    _, first, image = np.unique(hashes, return_index=True, return_inverse=True)
    differs = training.labels != training.labels[first][image]
    conflicting = np.isin(image, image[differs])
    published = np.isin(hashes, test_hashes)
    repeated = np.ones(len(training), bool)
    repeated[first] = False
    return Duplicates(repeated & ~conflicting & ~published, conflicting, published)


def drop_duplicates(
    training: LabelledImages, test: LabelledImages | None
) -> tuple[LabelledImages, dict[str, int]]:
    """Leave duplicates out of the training part and count them by reason."""
    hashes = np.array([], "U32") if test is None else test.content_hashes()
    found = find_duplicates(training, hashes)
    keep = ~(found.repeated | found.conflicting | found.published)
    return training.take(keep), {
        "duplicate": int(found.repeated.sum()),
        "duplicate with another label": int(found.conflicting.sum()),
        "duplicate across splits": int(found.published.sum()),
    }
