"""Connections to the records: SQLite by default, PostgreSQL by URL."""

from collections.abc import Iterator
from contextlib import contextmanager
from json import JSONEncoder
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from digit_pipeline.records.errors import RecordsError, translated

# Seconds to wait for another writer, or for a server to answer.
BUSY_SECONDS = 30
CONNECT_SECONDS = 5
# Bytes that the write-ahead log keeps on disk between bursts.
WAL_BYTES = 64 << 20
WRITES, DURABLE = "records_writes", "records_durable"


class Database:
    """Transactions on the records' database.

    Args:
        url: ``sqlite:///<file>`` or ``postgresql+psycopg://<server>/<database>``.

    Raises:
        RecordsError: ``bad_url``.
    """

    def __init__(self, url: str):
        self.url = _parse(url)
        try:
            self.engine = _create_engine(self.url)
        except ModuleNotFoundError as error:
            raise RecordsError(
                "bad_url",
                "Expected the driver of PostgreSQL to be installed, but psycopg is "
                'missing; run pip install ".[postgres]" in the project.',
            ) from error

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on a server."""
        return Path(self.url.database or "") if _is_sqlite(self.url) else None

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a transaction that sees one state and writes nothing.

        Raises:
            RecordsError: ``unavailable``.
        """
        with translated(), self.engine.connect() as connection:
            if self.file is None:
                connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self, *, durable: bool = False) -> Iterator[Connection]:
        """Open a transaction that is committed when the block ends well.

        Args:
            durable: wait until a power cut can't undo it.

        Raises:
            RecordsError: ``no_space``, ``unavailable`` or ``bad_record``; nothing of
                the block is stored then.
        """
        with translated(), self.engine.connect() as connection:
            connection.execution_options(**{WRITES: True, DURABLE: durable})
            with connection.begin():
                yield connection

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _parse(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise _bad_url("something else") from error
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise _bad_url(repr(url.render_as_string(hide_password=True)))
    if _is_sqlite(url) and url.database in {None, "", ":memory:"}:
        raise _bad_url("a database in memory, which no second process would see")
    return url


def _bad_url(got: str) -> RecordsError:
    return RecordsError(
        "bad_url",
        "Expected RECORDS_URL as sqlite:///<file> or postgresql+psycopg://<user>@"
        f"<host>/<database>, but got {got}; correct it.",
    )


def _create_engine(url: URL) -> Engine:
    compact = JSONEncoder(
        # NaN is no JSON: PostgreSQL refuses it, and so would who reads it.
        allow_nan=False,
        ensure_ascii=False,
        separators=(",", ":"),
    ).encode
    if not _is_sqlite(url):
        engine = create_engine(
            url,
            json_serializer=compact,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_SECONDS},
        )
        event.listen(engine, "begin", _begin_on_postgres)
        return engine
    with translated():
        Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, json_serializer=compact, connect_args={"timeout": BUSY_SECONDS}
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_on_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _: object) -> None:
    # Python's driver would begin transactions itself, and not IMMEDIATE.
    connection.isolation_level = None
    connection.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
    # What is deleted is overwritten: it may be somebody's wish.
    connection.execute("PRAGMA secure_delete = ON")


def _begin_on_sqlite(connection: Connection) -> None:
    """Begin IMMEDIATE: a lock taken later than the first read loses writes."""
    options = connection.get_execution_options()
    if not options.get(WRITES):
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
        return
    connection.exec_driver_sql("PRAGMA query_only = OFF")
    synchronous = "FULL" if options.get(DURABLE) else "NORMAL"
    connection.exec_driver_sql(f"PRAGMA synchronous = {synchronous}")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_on_postgres(connection: Connection) -> None:
    options = connection.get_execution_options()
    if options.get(WRITES) and not options.get(DURABLE):
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


def default_url(folder: Path) -> str:
    """Give the URL of the SQLite file in a folder."""
    return f"sqlite:///{folder / 'records.sqlite3'}"
