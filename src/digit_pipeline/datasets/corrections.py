"""``CorrectionsDataset``: what people said, from the records, through the contract."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from digit_pipeline.datasets.kept_records import RecordsDataset
from digit_pipeline.datasets.previews import ImagePreview, preview_images
from digit_pipeline.images import DIGIT_SIDE, view_digit
from digit_pipeline.labelled_images import LabelledImages
from digit_pipeline.progress import track
from digit_pipeline.quarantine import Corrections
from digit_pipeline.uploads import UploadLimits, open_upload

if TYPE_CHECKING:
    from digit_pipeline.records import FeedbackRecord, Records

State = Literal["quarantined", "accepted"]

# Kept pictures are at most 400 px wide.
LIMITS = UploadLimits(body=1 << 24, pixels=1 << 20, side=1 << 12)


class CorrectionsDataset(RecordsDataset[Corrections]):
    """Corrections in one state of their review, oldest first. Read only.

    Nobody has to have corrected anything: without records, none are made and none are
    there.

    Examples:
        ```yaml
        accepted_corrections:
          type: digit_pipeline.datasets.CorrectionsDataset
          records:
            path: data/10_records/digits
            url: null # SQLite in that folder; or postgresql+psycopg://…
          state: accepted
        ```

        >>> from digit_pipeline.datasets import CorrectionsDataset
        >>> dataset = CorrectionsDataset(
        ...     records={"path": tmp_path / "digits"}, state="accepted"
        ... )
        >>> len(dataset.load())
        0
    """

    INSTEAD = "save rulings to a RulingsDataset"

    def __init__(
        self,
        *,
        records: Mapping[str, str | None],
        state: State,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the records.

        Args:
            records: ``path``, the folder of the task's records, and ``url`` of their
                database where it is a server.
            state: which corrections: "quarantined" or "accepted".
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        super().__init__(records=records, metadata=metadata)
        self._state: State = state

    def load(self) -> Corrections:
        """Read them.

        Raises:
            DatasetError: when the records cannot be read.
        """
        if not self.records.exist():
            return NONE
        from digit_pipeline.records import CorrectionFilter  # noqa: PLC0415 - 0.5 s

        with self.records.open() as records:
            found = list(
                records.iterate_corrections(CorrectionFilter(state=self._state))
            )
            pictures = [
                _view(records, one) for one in track(found, "Reading corrections")
            ]
        return _collect(found, pictures)

    def preview(self) -> ImagePreview:
        """Show the first of every label."""
        corrections = self.load()
        names = tuple(sorted(set(corrections.labels)))
        if not names:
            return ImagePreview("")
        labels = corrections.find_labels(names)
        return preview_images(LabelledImages(corrections.images, labels, names))

    def _describe(self) -> dict[str, Any]:
        return {**super()._describe(), "state": self._state}


NONE = Corrections(
    (),
    np.zeros((0, DIGIT_SIDE, DIGIT_SIDE, 1), np.uint8),
    (),
    (),
    np.zeros(0),
    np.zeros(0, np.bool_),
)


def _view(records: "Records", correction: "FeedbackRecord") -> NDArray[np.uint8]:
    """Give what a model sees of it, uint8 ``(28, 28, 1)``; all zero without one."""
    body = records.image(correction.image) if correction.image else None
    if body is None:
        return np.zeros((DIGIT_SIDE, DIGIT_SIDE, 1), np.uint8)
    digit = view_digit(open_upload(body, LIMITS).pixels).digit
    return np.rint(digit * 255).astype(np.uint8)[..., np.newaxis]


def _collect(
    found: "list[FeedbackRecord]", pictures: list[NDArray[np.uint8]]
) -> Corrections:
    from digit_pipeline.records import RULES  # noqa: PLC0415 - 0.5 s

    shape = (len(found), DIGIT_SIDE, DIGIT_SIDE, 1)
    return Corrections(
        ids=tuple(one.id for one in found),
        images=np.array(pictures, np.uint8).reshape(shape),
        labels=tuple(one.final_label for one in found),
        # Whose address is forgotten is still told apart, by the place of its share.
        clients=tuple(one.client or str(one.share) for one in found),
        shares=np.array([one.share for one in found], np.float64),
        by_person=np.array(
            [one.reviewer not in (None, RULES) for one in found], np.bool_
        ),
    )
