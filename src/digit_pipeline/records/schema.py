"""Bring a database to the newest schema, once, whoever comes first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from sqlalchemy import Connection, inspect, text

from digit_pipeline.records.engine import Database
from digit_pipeline.records.errors import RecordsError, translated

# The last file of migrations/versions; a test compares.
REVISION = "0003"
MIGRATIONS = Path(__file__).parent / "migrations"
# Any number that no other program locks on the same server.
UPGRADE_LOCK = 0x6D696772
# Seconds to wait for a process that upgrades: a million rows took it two minutes on a
# busy machine.
UPGRADE_SECONDS = 600


def upgrade_schema(database: Database) -> bool:
    """Bring the schema to ``REVISION``, keeping every row; say if it was not there.

    Several processes may do so at once: one does it, the others wait. The upgrade is
    one transaction, so that a crash leaves the old schema.

    Raises:
        RecordsError: ``newer_schema`` when a later version of this package has
            upgraded the database already; what the database raises.
    """
    with database.reading() as connection:
        if read_revision(connection) == REVISION:
            return False
    with _alone(database), database.writing(durable=True) as connection:
        if database.file is None:
            connection.execute(text(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})"))
        revision = read_revision(connection)
        if revision != REVISION:
            _migrate(connection, revision)
        return revision != REVISION


def read_revision(connection: Connection) -> str | None:
    """Say at which revision a database is; None for an empty one."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    return found.scalar_one_or_none()


def _migrate(connection: Connection, revision: str | None) -> None:
    # Alembic costs a start 0.3 s, which only an upgrade needs to pay.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = ScriptDirectory.from_config(config).walk_revisions()
    if revision is not None and revision not in {script.revision for script in known}:
        raise RecordsError(
            "newer_schema",
            f"Expected records at schema {REVISION} or older, but they are at "
            f"{revision}; install the version of this package that wrote them.",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, REVISION)


@contextmanager
def _alone(database: Database) -> Iterator[None]:
    """Keep other processes out while a SQLite file learns to have many writers."""
    if database.file is None:
        yield
        return
    lock = database.file.with_name(f"{database.file.name}.lock")
    with translated(), FileLock(lock, timeout=UPGRADE_SECONDS):
        connection = database.engine.raw_connection()
        try:
            connection.cursor().execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        yield
