"""The one error that records raise: a code for programs, a sentence for people."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from sqlalchemy import exc

from digit_pipeline.atomic import NO_SPACE

Code = Literal[
    "no_space",
    "unavailable",
    "bad_record",
    "bad_url",
    "newer_schema",
    "unknown_correction",
    "unknown_job",
    "job_running",
    "job_lost",
]

STATUSES: dict[Code, int] = {
    "no_space": 507,
    "unavailable": 503,
    "bad_record": 422,
    "bad_url": 500,
    "newer_schema": 503,
    "unknown_correction": 404,
    "unknown_job": 404,
    "job_running": 409,
    "job_lost": 409,
}
# A write that a file size limit or a quota stops is an I/O error to SQLite.
SQLITE_NO_SPACE = {
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_SHMSIZE,
    sqlite3.SQLITE_IOERR_TRUNCATE,
}
POSTGRES_DISK_FULL = "53100"


class RecordsError(RuntimeError):
    """Records could not be read or written.

    Attributes:
        code: one of ``STATUSES``, for programs.
        sentence: what was expected, what came and what to do, for people.
        status: the HTTP status that says the same.
    """

    def __init__(self, code: Code, sentence: str):
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
        self.status = STATUSES[code]


def no_space(reason: str) -> RecordsError:
    """Give the error for a disk, a quota or a file size limit that is full."""
    return RecordsError(
        "no_space",
        f"Expected room on the disk for the records, but {reason}; free some space, "
        "or prune old records.",
    )


def unavailable(reason: str) -> RecordsError:
    """Give the error for a database that does not answer or can't be written."""
    return RecordsError(
        "unavailable",
        f"Expected a database that can be written, but {reason}; see that it runs and "
        "that its folder is writable, then try again.",
    )


def bad_record(reason: str) -> RecordsError:
    """Give the error for a row that the database does not take."""
    return RecordsError(
        "bad_record",
        f"Expected a record that is new and fits its table, but {reason}; "
        "send another one.",
    )


@contextmanager
def translated() -> Iterator[None]:
    """Turn what databases and disks raise into ``RecordsError``."""
    try:
        yield
    except RecordsError:
        raise
    except (exc.IntegrityError, exc.DataError, exc.StatementError) as error:
        if isinstance(error, exc.DBAPIError) and not isinstance(
            error, exc.IntegrityError | exc.DataError
        ):
            raise _from_driver(error.orig) from error
        raise bad_record(_first_line(error.orig)) from error
    except sqlite3.Error as error:
        raise _from_driver(error) from error
    except exc.TimeoutError as error:
        raise unavailable("all its connections are busy") from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        if error.errno in NO_SPACE:
            raise no_space(f"the system said {reason!r}") from error
        raise unavailable(f"the system said {reason!r}") from error


def _from_driver(error: BaseException | None) -> RecordsError:
    reason = f"it said {_first_line(error)!r}"
    code = getattr(error, "sqlite_errorcode", None)
    state = getattr(error, "sqlstate", None)
    if code in SQLITE_NO_SPACE or state == POSTGRES_DISK_FULL:
        return no_space(reason)
    return unavailable(reason)


def _first_line(error: BaseException | None) -> str:
    # Only the driver's words, and not all: what follows them quotes the row.
    lines = str(error or "it could not be stored").strip().splitlines()
    return lines[0] if lines else type(error).__name__


def disk_full(reason: str) -> OSError:
    """Give the system's error for a disk with too little room left."""
    return OSError(errno.ENOSPC, reason)
