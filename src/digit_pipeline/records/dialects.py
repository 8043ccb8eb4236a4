"""What the two databases write in different ways."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Table,
    cast,
    func,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite


def is_one_of(
    connection: Connection, column: Column[Any], values: Iterable[str]
) -> ColumnElement[bool]:
    """Compare a column with any number of values.

    They go as one parameter: SQLite takes 32,766 of them, PostgreSQL 65,535.
    """
    listed = sorted(set(values))
    if connection.dialect.name == "sqlite":
        rows = func.json_each(json.dumps(listed)).table_valued("value")
        return column.in_(select(rows.c.value))
    values_ = func.json_array_elements_text(cast(listed, JSON)).column_valued("value")
    return column.in_(select(values_))


def insert_into(
    connection: Connection, table: Table
) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that can say what is done on conflicts."""
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)
