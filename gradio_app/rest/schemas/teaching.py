"""What REST takes and answers about labelled pictures in bulk."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

UPLOAD = "7c1e4b7a2f6d8035b1c9e7aa"
TAKEN: dict[str, Any] = {
    "name": "7/a.png",
    "label": "7",
    "taken": True,
    "code": None,
    "message": None,
    "preview": "data:image/png;base64,iVBORw0K…",
}
REFUSED: dict[str, Any] = {
    "name": "cats/b.png",
    "label": "cats",
    "taken": False,
    "code": "unknown_label",
    "message": "Expected one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 as the label, but 'cats' "
    "came; give this picture exactly one of them.",
    "preview": "data:image/png;base64,iVBORw0K…",
}
EXAMPLE_TAUGHT: dict[str, Any] = {
    "id": UPLOAD,
    "new": True,
    "dry_run": False,
    "taken": 1,
    "refused": 1,
    "items": [TAKEN, REFUSED],
}
EXAMPLE_UPLOAD: dict[str, Any] = {
    "id": UPLOAD,
    "time": "2026-11-21T10:00:00.123456+00:00",
    "name": "digits.zip",
    "taken": 1,
    "refused": 1,
    "states": {"quarantined": 1},
    "items": [
        {name: item[name] for name in ("name", "label", "taken", "code", "message")}
        for item in (TAKEN, REFUSED)
    ],
}


class ReportLine(BaseModel):
    """One file of an upload: taken, or the reason why not."""

    name: str = Field(description="As the file was named, cleaned; escape it in HTML.")
    label: str | None = Field(description="What it is said to show, if anything is.")
    taken: bool
    code: str | None = Field(description="Why not, for programs; stable.")
    message: str | None = Field(description="Why not, for people; one sentence.")


class TaughtItem(ReportLine):
    """One file of an upload, with what the model sees of it."""

    preview: str | None = Field(
        description="What the model sees: a PNG of 28 by 28, white on black, as a data "
        "URL; null for what cannot be read."
    )


class TeachAnswer(BaseModel):
    """What came of an upload, picture by picture."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_TAUGHT]})

    id: str | None = Field(
        description="Name of the upload; null when nothing was stored."
    )
    new: bool = Field(description="False when the very same was stored before.")
    dry_run: bool = Field(description="Whether this only says what would be taken.")
    taken: int = Field(ge=0)
    refused: int = Field(ge=0)
    items: list[TaughtItem]


class UploadRow(BaseModel):
    """An upload, and what has become of its pictures."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE_UPLOAD]})

    id: str
    time: str = Field(description="ISO 8601, UTC.")
    name: str | None = Field(description="Of the file; null once it is old.")
    taken: int = Field(ge=0)
    refused: int = Field(ge=0)
    states: dict[str, int] = Field(
        description="Its pictures by how far their review is: `quarantined`, "
        "`accepted`, `rejected`, `withdrawn`."
    )
    items: list[ReportLine] = Field(
        description="The report; of many refused files, the first 100."
    )


class UploadsAnswer(BaseModel):
    """A page of uploads, newest first."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "items": [EXAMPLE_UPLOAD],
                    "page": 1,
                    "page_size": 20,
                    "pages": 1,
                    "total": 1,
                }
            ]
        }
    )

    items: list[UploadRow]
    page: int = Field(ge=1)
    page_size: int = Field(ge=1)
    pages: int = Field(ge=1)
    total: int = Field(ge=0, description="Uploads on all pages.")


class TakenBackAnswer(BaseModel):
    """An upload that is withdrawn."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id": UPLOAD, "corrections": 1, "changed": 1}]}
    )

    id: str
    corrections: int = Field(ge=0, description="Its pictures.")
    changed: int = Field(ge=0, description="Those not withdrawn before.")
