"""What the parts of the records share: a database, a folder of images, their locks."""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, text

from digit_pipeline.records.engine import Database
from digit_pipeline.records.kept_images import KeptImages
from digit_pipeline.records.retention import delete_unused

# Any number that no other program locks on the same server.
DELETION_LOCK = 0x64656C65


class Store:
    """Where the rows and the images lie.

    Args:
        database: the rows'.
        images: the kept images.
    """

    def __init__(self, database: Database, images: KeptImages):
        self.database = database
        self.images = images

    def _save(self, contents: Sequence[bytes | None]) -> list[str | None]:
        return self.images.save_all(contents)

    def _delete_unused(self, names: Collection[str]) -> int:
        """Delete images that no row names any more; give their number.

        After the rows are gone for good: the other way round a crash, or a disk that
        is full, would leave rows without their images. A crash in between leaves files
        that a prune finds.
        """
        if not names:
            return 0
        with self.database.writing() as connection:
            self._wait_for_additions(connection)
            return delete_unused(connection, self.images, names)

    def _keep_deletions_out(self, connection: Connection) -> None:
        """Share a lock that deletions want alone; SQLite has one writer anyway."""
        if self.database.file is None:
            connection.execute(
                text(f"SELECT pg_advisory_xact_lock_shared({DELETION_LOCK})")
            )

    def _wait_for_additions(self, connection: Connection) -> None:
        if self.database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({DELETION_LOCK})"))
