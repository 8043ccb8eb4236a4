"""What the parts of the records share: a database, a folder of images, their locks."""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from digit_pipeline.records.engine import Database
from digit_pipeline.records.kept_images import KeptImages

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
        return [self.images.save(c) if c is not None else None for c in contents]

    def _keep_deletions_out(self, connection: Connection) -> None:
        """Share a lock that deletions want alone; SQLite has one writer anyway."""
        if self.database.file is None:
            connection.execute(
                text(f"SELECT pg_advisory_xact_lock_shared({DELETION_LOCK})")
            )

    def _wait_for_additions(self, connection: Connection) -> None:
        if self.database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({DELETION_LOCK})"))
