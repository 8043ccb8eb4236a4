"""Environment variables as typed settings."""

from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digit_pipeline.uploads import UploadLimits

PROJECT = Path(__file__).resolve().parents[1]
MEGABYTE = 1 << 20


class Settings(BaseSettings):
    """What can be set from outside; each field is an environment variable.

    Attributes:
        gradio_server_name: address to listen on.
        gradio_server_port: port to listen on; 0 takes a free one.
        task: the task whose champion is served.
        data_dir: root of everything the pipelines generate.
        conf_source: folder of the Kedro configuration.
        pages: ``off`` serves REST alone, without importing Gradio.
        max_upload_mb: size of an image file, in MB.
        max_pixels: width times height of an image.
        max_side: longer side of an image, in pixels.
        poll_seconds: how often the champion's pointer is looked at.
        signing_key: signs prediction ids; made anew at every start if not given.
        allowed_origins: sites, besides this one, whose pages may send requests
            (comma-separated ``https://host``), and may show the page in a frame.
    """

    model_config = SettingsConfigDict(frozen=True)

    gradio_server_name: str = "127.0.0.1"
    gradio_server_port: int = Field(default=7860, ge=0, le=65535)
    task: str = Field(default="digits", pattern=r"^[a-z0-9_]+$")
    data_dir: Path = PROJECT / "data"
    conf_source: Path = PROJECT / "conf"
    pages: Literal["on", "off"] = "on"
    max_upload_mb: float = Field(default=10, gt=0, le=100)
    max_pixels: int = Field(default=25_000_000, gt=0)
    max_side: int = Field(default=10_000, gt=0)
    poll_seconds: float = Field(default=0.5, gt=0)
    signing_key: SecretStr | None = None
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part)
        return value

    @cached_property
    def upload_limits(self) -> UploadLimits:
        """The limits of one image."""
        body = int(self.max_upload_mb * MEGABYTE)
        return UploadLimits(body, self.max_pixels, self.max_side)

    @property
    def max_body(self) -> int:
        """Bytes of any request: an image as base64 in JSON is a third larger."""
        return self.upload_limits.body * 4 // 3 + 64 * 1024
