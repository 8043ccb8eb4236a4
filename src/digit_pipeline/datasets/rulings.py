"""``RulingsDataset``: what the automatic rules decided, carried out in the records."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from typing import IO, Any, Literal

from digit_pipeline.datasets.file_dataset import FileDataset
from digit_pipeline.datasets.kept_records import KeptRecords
from digit_pipeline.datasets.previews import JSONPreview, once_made
from digit_pipeline.quarantine import Ruling

DECISIONS: dict[str, Literal["accept", "reject"]] = {
    "accept": "accept",
    "reject": "reject",
}


class RulingsDataset(FileDataset[list[Ruling]]):
    """The rulings of a run, as JSON; saving carries them out in the records.

    What the rules leave to a person stays in quarantine, and what a person has decided
    meanwhile stays decided.

    Examples:
        ```yaml
        rulings:
          type: digit_pipeline.datasets.RulingsDataset
          filepath: data/05_model_input/base_retrained/rulings.json
          records:
            path: data/10_records/digits
        ```

        >>> from digit_pipeline.datasets import RulingsDataset
        >>> from digit_pipeline.quarantine import Ruling
        >>> dataset = RulingsDataset(
        ...     filepath=tmp_path / "rulings.json",
        ...     records={"path": tmp_path / "digits"},
        ... )
        >>> dataset.save([Ruling("1f", "ask", "unsure", "The champion is not sure.")])
        >>> dataset.load()[0].action
        'ask'
    """

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        records: Mapping[str, str | None],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the file and the records.

        Args:
            filepath: local JSON file; its folder is made when needed.
            records: ``path``, the folder of the task's records, and ``url`` of their
                database where it is a server.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        super().__init__(filepath=filepath, metadata=metadata)
        self.records = KeptRecords.from_config(records)

    def save(self, data: list[Ruling]) -> None:
        """Decide in the records what the rulings decide, then keep them all.

        Raises:
            DatasetError: when records or disk can't be written; all or none of the
                corrections are decided then.
        """
        decided = {ruling.id: ruling for ruling in data if ruling.action in DECISIONS}
        if decided:
            self._carry_out(decided)
        super().save(data)

    def _carry_out(self, rulings: dict[str, Ruling]) -> None:
        from digit_pipeline.records import (  # noqa: PLC0415 - 0.5 s
            RULES,
            CorrectionFilter,
            Decision,
        )

        wanted = CorrectionFilter(state="quarantined", ids=rulings.keys())
        with self.records.open() as records:
            # Some may have been withdrawn, and forgotten, since they were read.
            still = [one.id for one in records.iterate_corrections(wanted)]
            records.review(
                [
                    Decision(
                        id,
                        DECISIONS[rulings[id].action],
                        reason=rulings[id].sentence,
                    )
                    for id in still
                ],
                RULES,
                only={"quarantined"},
            )

    def _read(self, file: IO[bytes]) -> list[Ruling]:
        return [Ruling(**row) for row in json.load(file)]

    def _write(self, data: list[Ruling], file: IO[bytes]) -> None:
        rows = [asdict(ruling) for ruling in data]
        file.write(json.dumps(rows, indent=1, ensure_ascii=False).encode() + b"\n")

    @once_made
    def preview(self) -> JSONPreview:
        """Show the rulings."""
        return JSONPreview(json.dumps([asdict(ruling) for ruling in self.load()]))
