"""What `make` does with the folders of somebody who works here."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PROJECT

KEPT = (
    "data/.gitkeep",
    "data/api_key",
    "data/01_raw/pendigits/pendigits-orig.tra",
    "data/01_raw/batch/mine.png",
    "data/09_serving/digits/champion.json",
    "data/09_serving/digits/releases/000001/model.onnx",
    "data/10_records/digits/records.sqlite3",
    "data/10_records/digits/signing_key",
    "mlflow.db",
)
GENERATED = (
    "build/space/app.py",
    ".viz/stats.json",
    "data/02_intermediate/base/clean_images.zip",
    "data/05_model_input/base/train_input.npz",
    "data/08_reporting/base/report.html",
)


def make(
    folder: Path, *arguments: str, **variables: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", "-f", PROJECT / "Makefile", "-C", folder, *arguments],
        env=os.environ | variables,
        capture_output=True,
        text=True,
    )


def put(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("content")


@pytest.mark.parametrize("elsewhere", [False, True])
def test_clean_removes_what_was_generated_and_nothing_else(
    tmp_path: Path, elsewhere: bool
) -> None:
    put(tmp_path, *KEPT, *GENERATED)
    variables = {"DATA_DIR": ""}
    if elsewhere:
        (tmp_path / "data").rename(tmp_path / "my data")
        variables = {"DATA_DIR": str(tmp_path / "my data")}
    done = make(tmp_path, "clean", **variables)
    assert done.returncode == 0, done.stderr
    if elsewhere:
        (tmp_path / "my data").rename(tmp_path / "data")
    left = {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*") if p.is_file()}
    assert left == set(KEPT)


def test_clean_has_nothing_to_say_where_nothing_was_made(tmp_path: Path) -> None:
    assert make(tmp_path, "clean", DATA_DIR="").returncode == 0
