"""What the app says: JSON for machines, plain lines for a terminal.

Every line of a request carries its ``request_id``. No line carries an address, a body,
a query string or a file name.
"""

import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime

from pythonjsonlogger.core import RESERVED_ATTRS
from pythonjsonlogger.json import JsonFormatter

from gradio_app.settings import Settings

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# Kedro tells of every dataset that it loads, Alembic of every step it does not take.
QUIET = ("kedro", "alembic", "httpx", "matplotlib")
OWN = {"request_id", "message", "asctime", "color_message"}


def configure_logs(settings: Settings) -> None:
    """Send everything that is logged to stderr, in the form that is wanted.

    Args:
        settings: ``log_format``; ``auto`` is plain on a terminal and JSON elsewhere.
    """
    handler = logging.StreamHandler(sys.stderr)
    plain = settings.log_format == "plain" or (
        settings.log_format == "auto" and sys.stderr.isatty()
    )
    handler.setFormatter(PlainFormatter() if plain else _json_formatter())
    handler.addFilter(_add_request_id)
    logging.basicConfig(handlers=[handler], level="INFO", force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel("WARNING")


class PlainFormatter(logging.Formatter):
    """``10:32:07 INFO gradio_app.champion: Release 000003 serves [request id]``."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:
        """Add what the record carries besides its message, in brackets."""
        line = super().formatMessage(record)
        more = [
            f"{name}={value}"
            for name, value in vars(record).items()
            if name not in RESERVED_ATTRS and name not in OWN and value is not None
        ]
        name = getattr(record, "request_id", None)
        more += [name] if name else []
        return f"{line} [{' '.join(more)}]" if more else line


class _TimedFormatter(JsonFormatter):
    def formatTime(
        self,
        record: logging.LogRecord,
        datefmt: str | None = None,  # noqa: ARG002
    ) -> str:
        return datetime.fromtimestamp(record.created, UTC).isoformat(
            timespec="milliseconds"
        )


def _json_formatter() -> logging.Formatter:
    return _TimedFormatter(
        "%(asctime)s %(levelname)s %(name)s %(message)s",
        rename_fields={"asctime": "time", "levelname": "level", "name": "logger"},
        reserved_attrs=[*RESERVED_ATTRS, "color_message"],
    )


def _add_request_id(record: logging.LogRecord) -> bool:
    name = request_id.get()
    if name is not None:
        record.request_id = name
    return True
