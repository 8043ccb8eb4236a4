"""``PredictionLogDataset``: what the app has answered, read where it is asked for."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from digit_pipeline.datasets.kept_records import KeptRecords, RecordsDataset
from digit_pipeline.datasets.previews import JSONPreview
from digit_pipeline.drift import DriftSettings

if TYPE_CHECKING:
    from digit_pipeline.records import PredictionRecord


@dataclass(frozen=True)
class PredictionLog:
    """Answers in the records, which may be millions: read by the piece.

    Attributes:
        records: where they lie.
    """

    records: KeptRecords

    def ends(
        self, version: str, settings: DriftSettings
    ) -> "tuple[list[PredictionRecord], list[PredictionRecord]]":
        """Give a release's first answers and its latest ones, to look for drift in.

        Args:
            version: the release.
            settings: which answers, and how many.

        Returns:
            both oldest first; nothing where nobody has asked yet.

        Raises:
            DatasetError: when the records cannot be read.
        """
        if not self.records.exist():
            return [], []
        from digit_pipeline.records.predictions import Ends  # noqa: PLC0415 - 0.5 s

        with self.records.open() as records:
            return records.ends(version, Ends.of(settings))

    def count(self) -> dict[str, int]:
        """Count the answers by release.

        Raises:
            DatasetError: when the records cannot be read.
        """
        if not self.records.exist():
            return {}
        with self.records.open() as records:
            return records.statistics().by_version


class PredictionLogDataset(RecordsDataset[PredictionLog]):
    """What the app has answered. Read only.

    Examples:
        ```yaml
        prediction_log:
          type: digit_pipeline.datasets.PredictionLogDataset
          records:
            path: data/10_records/digits
            url: null # SQLite in that folder; or postgresql+psycopg://…
        ```

        >>> from digit_pipeline.datasets import PredictionLogDataset
        >>> from digit_pipeline.drift import DriftSettings
        >>> log = PredictionLogDataset(records={"path": tmp_path / "digits"}).load()
        >>> log.ends("000001-20261120T231949Z", DriftSettings())
        ([], [])
    """

    INSTEAD = "answers are recorded by the app"

    def load(self) -> PredictionLog:
        """Give the log; nothing is read before it is asked for."""
        return PredictionLog(self.records)

    def preview(self) -> JSONPreview:
        """Show how many answers each release has given."""
        return JSONPreview(json.dumps(self.load().count()))
