"""What `make` does with the folders of somebody who works here."""

import importlib.util
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import PROJECT

MAKEFILE = (PROJECT / "Makefile").read_text()
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
    """Run it as from a shell, even within `make test`."""
    outside = {name: value for name, value in os.environ.items() if "MAKE" not in name}
    return subprocess.run(
        ["make", "-f", PROJECT / "Makefile", "-C", folder, *arguments],
        env=outside | variables,
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


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder where `make` takes everything for installed; its programs do nothing."""
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
    programs = tmp_path / ".venv" / "bin"
    programs.mkdir(parents=True)
    for name in ("python", "kedro"):
        write_program(programs / name, ":")
    (tmp_path / ".venv" / "installed").touch()
    return tmp_path


def write_program(path: Path, script: str) -> None:
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_the_site_of_kedro_viz_lies_apart_from_releases(installed: Path) -> None:
    # As Kedro-Viz does it: its pages, and what they ask for.
    (package,) = importlib.util.find_spec("kedro_viz").submodule_search_locations
    write_program(
        installed / ".venv" / "bin" / "kedro",
        f"mkdir -p build/api; touch build/api/main; cp -r {package}/html/* build",
    )
    put(installed, "build/release.tar.gz", "build/space/app.py", "build/viz/old.html")
    for _ in range(2):
        done = make(installed, "viz-build")
        assert done.returncode == 0, done.stderr
    site = {path.name for path in (installed / "build" / "viz").iterdir()}
    pages = {path.name for path in Path(package, "html").glob("[!.]*")}
    assert site == pages | {"api"}
    beside = {path.name for path in (installed / "build").iterdir()}
    assert beside == {"release.tar.gz", "space", "viz"}


def test_installing_says_beforehand_that_it_takes_a_while(installed: Path) -> None:
    (installed / ".venv" / "installed").unlink()
    python = installed / ".venv" / "bin" / "python"
    write_program(python, 'echo "pip was asked"')
    done = make(installed, "install", f"PYTHON={python}")
    assert done.returncode == 0, done.stderr
    assert "some minutes" in done.stdout.partition("-m pip install")[0]


def test_importing_says_which_archive_is_missing(installed: Path) -> None:
    done = make(installed, "import-release", DATA_DIR="")
    assert done.returncode != 0
    (sentence,) = [line for line in done.stderr.splitlines() if "make:" not in line]
    assert "build/release.tar.gz" in sentence
    assert "make export-release" in sentence
    assert not (installed / "data").exists()


@pytest.mark.parametrize("target", re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.M))
def test_the_readme_names_every_target(target: str) -> None:
    text = (PROJECT / "README.md").read_text()
    assert re.search(rf"`make {target}\b(?!-)", text)


def test_clean_has_nothing_to_say_where_nothing_was_made(tmp_path: Path) -> None:
    assert make(tmp_path, "clean", DATA_DIR="").returncode == 0
