"""`kedro mlflow ui` finds its settings, though the project's own hook does the work."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.ports import pick_port

PATIENCE = 300  # seconds; MLflow makes its database first


@pytest.mark.slow
def test_the_ui_opens_without_noise(project: Path, tmp_path: Path) -> None:
    port = str(pick_port())
    folder = Path(sys.executable).parent
    variables = {
        "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}",
        "MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path / 'mlflow.db'}",
        "MLFLOW_ARTIFACTS": str(tmp_path / "artifacts"),
        "MLFLOW_WORKERS": "1",
    }
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [folder / "kedro", "mlflow", "ui", "--host", "127.0.0.1", "--port", port],
            cwd=project,
            env=os.environ | variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert _wait(f"http://127.0.0.1:{port}/", process), log_of(tmp_path)
        for noise in ("resolver", "converted", "executor", "Deprecat"):
            assert noise not in log_of(tmp_path)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(60)


def log_of(folder: Path) -> str:
    return (folder / "log").read_text()[-2000:]


def _wait(url: str, process: subprocess.Popen) -> bool:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            return httpx.get(url, timeout=30).status_code == 200
        except httpx.TransportError:
            time.sleep(0.5)
    return False
