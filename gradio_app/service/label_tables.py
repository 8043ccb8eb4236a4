"""Read a table of files and labels, as people export it from a spreadsheet."""

import csv
import io
from collections.abc import Iterable, Sequence

from gradio_app.service.archives import LIMITS, Member
from gradio_app.service.errors import ServiceError
from gradio_app.service.names import plain_path

ENDINGS = (".csv", ".tsv")
DELIMITERS = ",;\t"
# Rows of a table as large as a zip may hold files, with long names.
MAX_BYTES = 1 << 20
FILE_HEADS = frozenset({"file", "filename", "file name", "name", "image", "path"})
LABEL_HEADS = frozenset({"label", "class", "digit"})


def is_table(name: str) -> bool:
    """Tell whether a file is a table, by its name."""
    return name.lower().endswith(ENDINGS)


def read_tables(members: Iterable[Member]) -> list[tuple[str, str]]:
    """Read tables: a row per file, with its name and its label.

    The columns are the first two, or those that a first row calls ``file`` and
    ``label``; commas, semicolons or tabs divide them.

    Returns:
        paths with forward slashes, and labels without the space around them.

    Raises:
        ServiceError: ``bad_table`` (422) for what is no such table, ``too_large``
            (413) beyond a limit, of all tables together.
    """
    rows: list[tuple[str, str]] = []
    for member in members:
        rows += _read_table(member)
        if len(rows) > LIMITS.entries:
            raise _too_large(f"at most {LIMITS.entries} rows", "more")
    return rows


def _read_table(member: Member) -> list[tuple[str, str]]:
    text = _decode(member)
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    try:
        found = list(csv.reader(io.StringIO(text), delimiter=delimiter, strict=True))
    except csv.Error:
        raise _bad_table("some of its quotes are never closed") from None
    rows = [(number, row) for number, row in enumerate(found, 1) if any(row)]
    headed = _find_columns(rows[0][1]) if rows else None
    file, label = headed or (0, 1)
    return [_read_row(number, row, file, label) for number, row in rows[bool(headed) :]]


def _decode(member: Member) -> str:
    if not isinstance(member.content, bytes):
        raise ServiceError(422, member.content.code, member.content.sentence)
    if len(member.content) > MAX_BYTES:
        raise _too_large(f"at most {MAX_BYTES >> 20} MB", "more")
    try:
        text = member.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What spreadsheets write on Windows; every byte means something in it.
        text = member.content.decode("latin-1")
    if "\0" in text:
        raise _bad_table("it is not text")
    return text


def _find_columns(row: Sequence[str]) -> tuple[int, int] | None:
    heads = [cell.strip().lower() for cell in row]
    files = [i for i, head in enumerate(heads) if head in FILE_HEADS]
    labels = [i for i, head in enumerate(heads) if head in LABEL_HEADS]
    return (files[0], labels[0]) if files and labels else None


def _read_row(
    number: int, row: Sequence[str], file: int, label: int
) -> tuple[str, str]:
    if len(row) <= max(file, label) or not row[file].strip():
        raise _bad_table(f"row {number} has no file or no label")
    return plain_path(row[file].strip()), row[label].strip()


def _bad_table(what: str) -> ServiceError:
    return ServiceError(
        422,
        "bad_table",
        f"Expected a CSV with a file and its label in each row, but {what}; mend it "
        "and send it again.",
    )


def _too_large(limit: str, what: str) -> ServiceError:
    return ServiceError(
        413,
        "too_large",
        f"Expected {limit} in a table of labels, but {what} came; send the images in "
        "several uploads.",
    )
