"""What REST answers about the process itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Health(BaseModel):
    """Whether the process answers, and with which release."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "status": "ok",
                    "ready": True,
                    "serving": "000012-20261120T231949Z",
                    "desired": "000012-20261120T231949Z",
                    "problem": None,
                }
            ]
        }
    )

    status: Literal["ok"] = "ok"
    ready: bool = Field(description="Whether it should be asked for predictions.")
    serving: str | None = Field(description="The release that answers.")
    desired: str | None = Field(description="The release that should answer.")
    problem: str | None = Field(description="What is wrong, if anything is.")


class Uptime(BaseModel):
    """For how long the process and its release have been answering."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "started": "2026-11-21T08:00:00+00:00",
                    "uptime_seconds": 7265.4,
                    "model_version": "000012-20261120T231949Z",
                    "serving_since": "2026-11-21T09:30:00+00:00",
                    "serving_seconds": 1865.4,
                }
            ]
        }
    )

    started: str = Field(description="When the process began, ISO 8601, UTC.")
    uptime_seconds: float = Field(ge=0)
    model_version: str | None = Field(description="The release; null without one.")
    serving_since: str | None = Field(description="When it began to answer.")
    serving_seconds: float | None
