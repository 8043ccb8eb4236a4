"""Take corrections back: no later training sees them, and it shows who saw them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, select, update

from digit_pipeline.records.corrections import CorrectionFilter, to_conditions
from digit_pipeline.records.dialects import is_one_of
from digit_pipeline.records.feedback import COLUMNS, to_feedback
from digit_pipeline.records.manifests import find_affected
from digit_pipeline.records.reviews import add_history, to_history
from digit_pipeline.records.tables import feedback as table


@dataclass(frozen=True)
class Withdrawal:
    """What was taken back, and where it had gone before.

    Attributes:
        corrections: ids of all that are meant, also of those withdrawn before.
        manifests: digests of the training manifests that one of them lies in, sorted.
        releases: versions that were trained from those, sorted.
        changed: how many of the corrections were not withdrawn before.
    """

    corrections: tuple[str, ...]
    manifests: tuple[str, ...]
    releases: tuple[str, ...]
    changed: int


def withdraw_corrections(
    connection: Connection, wanted: CorrectionFilter, reason: str, by: str
) -> tuple[Withdrawal, set[str]]:
    """Withdraw corrections; give the names of pictures that they need no more."""
    now = datetime.now(UTC)
    rows = connection.execute(
        select(*COLUMNS)
        .where(*to_conditions(connection, wanted))
        .order_by(table.c.number)
        .with_for_update()
    )
    meant = [to_feedback(row) for row in rows.mappings()]
    open_ = [record for record in meant if record.state != "withdrawn"]
    changes: dict[str, Any] = {
        "state": "withdrawn",
        "image": None,
        "reviewer": by,
        "reviewed": now,
        "reason": reason,
    }
    connection.execute(
        update(table)
        .where(is_one_of(connection, table.c.id, [record.id for record in open_]))
        .values(changes)
    )
    history = [to_history(r, replace(r, **changes), "withdraw") for r in open_]
    add_history(connection, history)
    ids = tuple(record.id for record in meant)
    manifests, releases = find_affected(connection, ids)
    gone = Withdrawal(ids, manifests, releases, len(open_))
    return gone, {record.image for record in open_ if record.image}
