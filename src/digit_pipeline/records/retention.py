"""Delete predictions that are too old, and pictures that nobody needs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, select

from digit_pipeline.records.dialects import is_one_of
from digit_pipeline.records.kept_images import NAME, KeptImages
from digit_pipeline.records.tables import feedback, predictions
from digit_pipeline.records.tallies import COUNTED, count_tallies, subtract_tallies

# Rows of one transaction: other writers wait for it.
CHUNK = 2000


@dataclass(frozen=True)
class Forgotten:
    """What was deleted.

    Attributes:
        predictions: rows.
        feedback: rows.
        images: files that nobody else had sent too.
        releases: versions that were trained with some of it, sorted; of those
            corrections it stays known that they were withdrawn, and nothing else.
    """

    predictions: int
    feedback: int
    images: int
    releases: tuple[str, ...] = ()


def prune_predictions(
    connection: Connection, images: KeptImages, before: datetime
) -> int:
    """Delete up to ``CHUNK`` old predictions; 0 when none is left."""
    oldest = (
        select(predictions.c.number)
        .where(predictions.c.time < before)
        .order_by(predictions.c.time)
        .limit(CHUNK)
    )
    gone, names = delete_predictions(
        connection, predictions.c.number.in_(oldest.scalar_subquery())
    )
    delete_unused(connection, images, names)
    return gone


def delete_predictions(
    connection: Connection, condition: ColumnElement[bool]
) -> tuple[int, set[str]]:
    """Delete predictions and uncount them; say how many, and their images' names."""
    columns = [predictions.c[name] for name in (*COUNTED, "image")]
    rows = connection.execute(
        delete(predictions).where(condition).returning(*columns)
    ).all()
    subtract_tallies(connection, count_tallies(rows))
    return len(rows), {row.image for row in rows if row.image}


def delete_unused(
    connection: Connection, images: KeptImages, names: Iterable[str]
) -> int:
    """Delete images that no row names any more."""
    wanted = set(names)
    unused = wanted - _find_used(connection, wanted)
    return images.delete_all(unused)


def delete_orphans(connection: Connection, images: KeptImages) -> int:
    """Delete old files that no row names: a crash came between file and row."""
    gone = 0
    for path in images.find_old():
        if NAME.fullmatch(path.stem) and _find_used(connection, {path.stem}):
            continue
        path.unlink(missing_ok=True)
        gone += 1
    return gone


def _find_used(connection: Connection, names: set[str]) -> set[str]:
    if not names:
        return set()
    used: set[str] = set()
    for table in (predictions, feedback):
        named = is_one_of(connection, table.c.image, names)
        used |= set(connection.execute(select(table.c.image).where(named)).scalars())
    return used
