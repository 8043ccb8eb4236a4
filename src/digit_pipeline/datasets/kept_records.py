"""The records as the catalog names them: a folder, and a server where there is one."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from kedro.io import AbstractDataset, DatasetError

if TYPE_CHECKING:
    from digit_pipeline.records import Records

Found = TypeVar("Found")

FILE = "records.sqlite3"
IMAGES = "images"


@dataclass(frozen=True)
class KeptRecords:
    """Where a task's records lie, the same for the app and for the pipelines.

    Attributes:
        folder: holds the kept images, and the SQLite file where no server is named.
        url: of the database; None for that file.
    """

    folder: Path
    url: str | None = None

    @classmethod
    def from_config(cls, records: Mapping[str, str | None]) -> "KeptRecords":
        """Read ``path`` and ``url`` of a catalog entry."""
        path = records["path"]
        if path is None:
            raise DatasetError("Expected `records.path`, got none: name the folder.")
        return cls(Path(path), records.get("url") or None)

    def exist(self) -> bool:
        """Tell whether there may be any, without making them."""
        return self.url is not None or (self.folder / FILE).is_file()

    @contextmanager
    def open(self) -> Iterator["Records"]:
        """Open them.

        Raises:
            DatasetError: what the records complain of.
        """
        # A database costs half a second that other commands should not pay.
        from digit_pipeline.records import Records, RecordsError  # noqa: PLC0415

        try:
            records = Records(
                self.url or f"sqlite:///{(self.folder / FILE).resolve()}",
                self.folder / IMAGES,
            )
            try:
                yield records
            finally:
                records.close()
        except RecordsError as error:
            raise DatasetError(str(error)) from error


class RecordsDataset(AbstractDataset[Any, Found]):
    """Something in the records, which the app and commands write. Read only.

    Attributes:
        records: where it lies.
    """

    INSTEAD: ClassVar[str]

    def __init__(
        self,
        *,
        records: Mapping[str, str | None],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the records.

        Args:
            records: ``path``, the folder of the task's records, and ``url`` of their
                database where it is a server.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self.records = KeptRecords.from_config(records)
        self.metadata = metadata

    def save(self, data: Any) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse.

        Raises:
            DatasetError: always, with how it comes there.
        """
        raise DatasetError(f"{type(self).__name__} is read only: {self.INSTEAD}.")

    def _exists(self) -> bool:
        return True

    def _describe(self) -> dict[str, Any]:
        return {"records": self.records.folder.as_posix()}
