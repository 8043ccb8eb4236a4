"""The log: JSON for machines, plain for people, and nobody's data."""

import json
import os
import pty
import subprocess
import sys

from tests.running_app import ROOT

SCRIPT = """
import logging
from gradio_app.logs import configure_logs, request_id
from gradio_app.settings import Settings

configure_logs(Settings())
request_id.set("order-66")
logging.getLogger("gradio_app.requests").info("POST 200", extra={"status": 200})
try:
    1 / 0
except ZeroDivisionError:
    logging.getLogger("gradio_app").exception("It failed")
"""


def _run(stderr, **environment):
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env={**os.environ, **environment},
        stderr=stderr,
        check=True,
    )


def test_elsewhere_than_on_a_terminal_every_line_is_json():
    lines = _run(subprocess.PIPE).stderr.decode().splitlines()
    told, failed = map(json.loads, lines)
    assert told["level"] == "INFO"
    assert told["logger"] == "gradio_app.requests"
    assert told["message"] == "POST 200"
    assert told["status"] == 200
    assert told["request_id"] == failed["request_id"] == "order-66"
    assert told["time"].endswith("+00:00")
    assert "ZeroDivisionError" in failed["exc_info"]


def test_on_a_terminal_a_line_is_for_people():
    ours, theirs = pty.openpty()
    try:
        _run(theirs)
        text = os.read(ours, 65536).decode()
    finally:
        os.close(ours)
        os.close(theirs)
    first = text.splitlines()[0]
    assert first.endswith("INFO gradio_app.requests: POST 200 [status=200 order-66]")


def test_the_setting_decides_when_there_is_one():
    lines = _run(subprocess.PIPE, LOG_FORMAT="plain").stderr.decode().splitlines()
    assert "INFO gradio_app.requests: POST 200" in lines[0]
