"""Records as CSV."""

import csv
import json
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from typing import IO

from digit_pipeline.records.feedback import FeedbackRecord
from digit_pipeline.records.predictions import PredictionRecord

# A spreadsheet would run a cell that begins so.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_csv(
    file: IO[str],
    kind: type[PredictionRecord] | type[FeedbackRecord],
    records: Iterable[PredictionRecord] | Iterable[FeedbackRecord],
) -> int:
    """Write a heading and a line per record; give the number of records.

    Times are ISO 8601 in UTC; what holds several values is JSON.
    """
    writer = csv.writer(file, lineterminator="\n")
    names = [field.name for field in fields(kind)]
    writer.writerow(names)
    count = 0
    for record in records:
        writer.writerow([_to_cell(getattr(record, name)) for name in names])
        count += 1
    return count


def _to_cell(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and value.startswith(FORMULA):
        return f"'{value}"
    return value
