"""Points in time, as they come in queries."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

SINCE = "Not older than this; ISO 8601, UTC where no zone is given."
UNTIL = "Older than this; ISO 8601, UTC where no zone is given."
# Beyond these years, some zone has a time that Python cannot turn into UTC.
FIRST_YEAR, LAST_YEAR = 1900, 9000


def to_utc(value: datetime) -> datetime:
    """Give a time in UTC.

    Raises:
        ValueError: for years that nobody can mean.
    """
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise ValueError(f"a time in a year from {FIRST_YEAR} to {LAST_YEAR}")
    if value.tzinfo is None:
        return value.replace(tzinfo=UTC)
    return value.astimezone(UTC)


Moment = Annotated[datetime, AfterValidator(to_utc)]
