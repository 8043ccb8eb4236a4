"""Find the label of each picture of an upload: given, in a table, or its folder."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from digit_pipeline.image_errors import ImageError
from gradio_app.service.archives import Member, MemberError, is_zip, read_zip
from gradio_app.service.errors import ServiceError
from gradio_app.service.label_tables import is_table, read_tables
from gradio_app.service.names import plain_path

Given = Sequence[str] | Mapping[str, str]


@dataclass(frozen=True)
class Labelled:
    """A picture, and what it is said to show.

    Attributes:
        name: as it came; for showing, never for opening a file.
        label: what it is said to show, whether there is such a class or not; None
            where nothing says so.
        content: the file, or why it is not read.
    """

    name: str
    label: str | None
    content: bytes | ImageError


def read_labels(texts: Sequence[str]) -> Given:
    """Read the labels that came with a form's files.

    Args:
        texts: the fields: one JSON object of labels by file name, one JSON list, or
            a label per file.

    Raises:
        ServiceError: ``bad_labels`` (422) for JSON that is neither.
    """
    if len(texts) != 1 or not texts[0].lstrip().startswith(("{", "[")):
        return list(texts)
    try:
        given = json.loads(texts[0])
    except RecursionError:
        raise _bad_labels("they are nested too deeply") from None
    except ValueError:
        raise _bad_labels("they are not JSON") from None
    labels = given.values() if isinstance(given, dict) else given
    if not all(isinstance(label, str) for label in labels):
        raise _bad_labels("some are no strings")
    if isinstance(given, dict):
        return {plain_path(name): label for name, label in given.items()}
    return list(given)


def label_files(files: Sequence[Member], given: Given) -> Iterator[Labelled]:
    """Pair each picture with its label.

    What is given for a file goes before a table's row, and that before the name of
    its folder. A single zip is unpacked; a table in it, or beside the files, is read
    first.

    Args:
        files: pictures, tables, or one zip.
        given: labels by name, or in the order of the pictures.

    Yields:
        the pictures in their order, then the files that only a table knows.

    Raises:
        ServiceError: ``bad_table``, ``bad_labels``, ``too_large``, ``corrupt_zip``.
    """
    tables = [one for one in files if is_table(one.name)]
    pictures = [one for one in files if not is_table(one.name)]
    members: Iterator[Member] = iter(pictures)
    archive = pictures[0].content if len(pictures) == 1 else None
    count: int | None = len(pictures)
    if isinstance(archive, bytes) and is_zip(archive):
        tables += read_zip(archive, wanted=is_table)
        members, count = read_zip(archive, wanted=lambda name: not is_table(name)), None
    rows = read_tables(tables)
    return _pair(members, rows, _by_place(given, count), _by_name(given))


def _by_place(given: Given, count: int | None) -> Sequence[str] | None:
    if isinstance(given, Mapping) or not given:
        return None
    if len(given) != count:
        files = "a zip" if count is None else f"{count} files"
        raise _bad_labels(f"{len(given)} came for {files}")
    return given


def _by_name(given: Given) -> Mapping[str, str]:
    return given if isinstance(given, Mapping) else {}


def _pair(
    members: Iterator[Member],
    rows: Sequence[tuple[str, str]],
    in_order: Sequence[str] | None,
    named: Mapping[str, str],
) -> Iterator[Labelled]:
    table: dict[str, set[str]] = {}
    for name, label in rows:
        table.setdefault(name, set()).add(label)
    unused = dict.fromkeys(table)
    for place, member in enumerate(members):
        if in_order is not None:
            yield Labelled(member.name, in_order[place], member.content)
            continue
        path = plain_path(member.name)
        row = _find_row(path, table)
        if row is not None:
            unused.pop(row, None)
        if path in named:
            yield Labelled(member.name, named[path], member.content)
        elif row is None:
            yield Labelled(member.name, _folder_of(path), member.content)
        elif len(table[row]) > 1:
            yield Labelled(member.name, None, _two_labels(table[row]))
        else:
            yield Labelled(member.name, min(table[row]), member.content)
    for name in unused:
        yield Labelled(name, min(table[name]), _no_file())


def _find_row(path: str, table: Mapping[str, set[str]]) -> str | None:
    """Find a file in a table, which may lie in any of the folders above it."""
    parts = path.split("/")
    tails = ("/".join(parts[start:]) for start in range(len(parts)))
    return next((tail for tail in tails if tail in table), None)


def _folder_of(path: str) -> str | None:
    name = PurePosixPath(path).parent.name
    return None if name in {"", ".."} else name


def _two_labels(labels: set[str]) -> ImageError:
    shown = " and ".join(repr(label[:40]) for label in sorted(labels)[:2])
    return MemberError(
        "two_labels",
        f"Expected one label for this file, but the table gives {shown}; keep the "
        "right one.",
    )


def _no_file() -> ImageError:
    return MemberError(
        "no_file",
        "Expected this file beside the table that names it, but it did not come; send "
        "it, or take out its row.",
    )


def _bad_labels(what: str) -> ServiceError:
    return ServiceError(
        422,
        "bad_labels",
        "Expected the labels as one per file in the order of the files, or as JSON "
        f'such as {{"a.png": "7"}}, but {what}; send them that way.',
    )
