"""Environment variables as typed settings."""

from functools import cached_property
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from digit_pipeline.door import Door
from digit_pipeline.uploads import UploadLimits

PROJECT = Path(__file__).resolve().parents[1]
MEGABYTE = 1 << 20
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
DEFAULT_RATE = 600
SHORTEST_KEY = 16
Network = IPv4Network | IPv6Network


class Settings(BaseSettings):
    """What can be set from outside; each field is an environment variable.

    Attributes:
        gradio_server_name: address to listen on. Where only this machine can ask,
            ``Host`` has to be a name of it.
        gradio_server_port: port to listen on; 0 takes a free one.
        task: the task whose champion is served.
        data_dir: root of everything the pipelines generate.
        conf_source: folder of the Kedro configuration.
        pages: ``off`` serves REST alone, without importing Gradio.
        max_upload_mb: size of an image file, in MB.
        max_pixels: width times height of an image.
        max_side: longer side of an image, in pixels.
        poll_seconds: how often the champion's pointer is looked at.
        watch_minutes: how long a new release is compared in use with the one before
            it, which comes back by itself if the new one does worse; 0 for not at all.
        signing_key: signs prediction ids; made once and kept in ``data_dir`` if not
            given.
        allowed_origins: sites, besides this one, whose pages may send requests
            (comma-separated ``https://host``), and may show the page in a frame.
        api_key: opens the routes that change the model or show everybody's data;
            without one (here or in a file) those routes do not exist.
        api_key_file: a file that holds the key, such as a mounted secret.
        records_url: database of predictions and corrections; SQLite below
            ``data_dir`` if not given, ``postgresql+psycopg://…`` for several machines.
        keep_images: share of the predicted images that are kept, 0 to 1; those that
            come with a correction are always kept.
        keep_days: age in days at which predictions are deleted; 0 keeps them.
        daily_corrections: corrections that one client may send in a day, pictures of
            uploads among them; 0 for any number.
        rate_limit: requests per minute that one client may make; 0 for any number.
            If not given: 600, or any number where only this machine can ask.
        max_in_flight: requests worked on at the same time; five times as many of
            those that ask about a picture under 2 kB.
        max_wait_seconds: how long a request may wait for its turn, before 503.
        slow_seconds: how long a client may let the server wait for its headers or for
            100 kB of its body, before 408.
        trusted_proxies: addresses or networks whose ``X-Forwarded-For`` is believed
            (comma-separated, such as ``10.0.0.0/8``).
        min_free_mb: free disk in MB below which the app is not ready.
        drain_seconds: how long it still takes requests, while telling balancers that
            it is not ready, after SIGTERM.
        workers: processes that answer, on one port; more than one needs ``pages=off``.
        retrain_env: Kedro's environment of retrainings; the champion's if not given.
        retrain_minutes: after so many a retraining is stopped.
        retrain_after: accepted corrections that no retraining has learned from which
            start the next one; 0 leaves that to people.
        retrain_after_drift: as many of them suffice when drift is confirmed; 0 has
            drift start nothing.
        drift_door: where the answers come in by which drift is looked for: ``draw``,
            ``upload``, ``rest`` or ``batch``.
        project_dir: folder of the Kedro project that retrains.
        log_format: ``json``, ``plain``, or ``auto``: plain on a terminal.
        log_requests: ``all``, or only the ``failed``: refused, broken, or slow.
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
    watch_minutes: float = Field(default=60, ge=0, le=100_000)
    signing_key: SecretStr | None = None
    allowed_origins: Annotated[tuple[str, ...], NoDecode] = ()
    api_key: SecretStr | None = None
    api_key_file: Path | None = None
    records_url: str | None = None
    keep_images: float = Field(default=0, ge=0, le=1)
    keep_days: float = Field(default=90, ge=0)
    daily_corrections: int = Field(default=2000, ge=0)
    rate_limit: int | None = Field(default=None, ge=0)
    max_in_flight: int = Field(default=4, gt=0, le=1000)
    max_wait_seconds: float = Field(default=1, ge=0, le=60)
    slow_seconds: float = Field(default=10, gt=0)
    trusted_proxies: Annotated[tuple[Network, ...], NoDecode] = ()
    min_free_mb: float = Field(default=100, ge=0)
    drain_seconds: float = Field(default=0.5, ge=0, le=60)
    workers: int = Field(default=1, gt=0, le=64)
    retrain_env: str | None = Field(default=None, pattern=r"^[a-z0-9_]+$")
    retrain_minutes: float = Field(default=120, gt=0)
    retrain_after: int = Field(default=0, ge=0)
    retrain_after_drift: int = Field(default=0, ge=0)
    drift_door: Door = "draw"
    project_dir: Path = PROJECT
    log_format: Literal["auto", "json", "plain"] = "auto"
    log_requests: Literal["all", "failed"] = "failed"

    @field_validator("api_key")
    @classmethod
    def _check_length(cls, key: SecretStr | None) -> SecretStr | None:
        if key is not None and len(key) < SHORTEST_KEY:
            raise ValueError(
                f"expected at least {SHORTEST_KEY} characters, got {len(key)}"
            )
        return key

    @field_validator("allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip().rstrip("/") for part in value.split(",") if part)
        return value

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _split_networks(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(
                ip_network(part.strip(), strict=False)
                for part in value.split(",")
                if part.strip()
            )
        return value

    @model_validator(mode="after")
    def _check_workers(self) -> Self:
        if self.workers > 1 and self.pages == "on":
            raise ValueError(
                "Expected PAGES=off with more than one of WORKERS, as a page's "
                "requests belong to one process; set PAGES=off or WORKERS=1"
            )
        return self

    @property
    def records_address(self) -> str:
        """The database's URL."""
        file = self.data_dir.resolve() / "10_records" / self.task / "records.sqlite3"
        return self.records_url or f"sqlite:///{file}"

    @property
    def records_images(self) -> Path:
        """The folder of kept images."""
        return self.data_dir.resolve() / "10_records" / self.task / "images"

    @property
    def is_local(self) -> bool:
        """Whether only this machine can ask."""
        return self.gradio_server_name in LOOPBACK and not self.trusted_proxies

    @property
    def requests_per_minute(self) -> int:
        """Requests per minute and client; 0 for any number."""
        if self.rate_limit is not None:
            return self.rate_limit
        return 0 if self.is_local else DEFAULT_RATE

    @cached_property
    def upload_limits(self) -> UploadLimits:
        """The limits of one image."""
        body = int(self.max_upload_mb * MEGABYTE)
        return UploadLimits(body, self.max_pixels, self.max_side)

    @property
    def max_body(self) -> int:
        """Bytes of any request: an image as base64 in JSON is a third larger."""
        return self.upload_limits.body * 4 // 3 + 64 * 1024
