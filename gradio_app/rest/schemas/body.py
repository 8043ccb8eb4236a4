"""What every JSON body that REST takes has in common."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

UNKNOWN_FIELDS = "unknown_fields"


class RequestBody(BaseModel):
    """A body of known fields and no others: one misspelt would be left out silently."""

    # For OpenAPI; the check below is earlier, and knows which fields there are.
    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, given: Any) -> Any:
        known = list(cls.model_fields)
        came = given if isinstance(given, Mapping) else ()
        unknown = [name for name in came if name not in cls.model_fields]
        if unknown:
            names = {"known": known, "unknown": unknown}
            raise PydanticCustomError(UNKNOWN_FIELDS, "unknown fields", names)
        return given
