"""What REST answers when something is wrong."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE_PROBLEM: dict[str, Any] = {
    "type": "about:blank",
    "title": "Unprocessable Content",
    "status": 422,
    "code": "truncated",
    "detail": "Expected a whole image, but its end is missing; send the file again.",
}


class Problem(BaseModel):
    """An error (RFC 9457): what was expected, what came, what to do."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_PROBLEM]})

    type: str = "about:blank"
    title: str
    status: int
    code: str = Field(description="For programs; stable.")
    detail: str = Field(description="For people; one sentence.")
