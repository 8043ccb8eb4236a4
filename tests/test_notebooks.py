"""The notebooks run from start to end, and are stored without outputs."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient

from tests.conftest import PROJECT

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_are_stored_without_outputs(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_a_commit_leaves_notebooks_as_they_are(path, tmp_path):
    config = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text())
    (hooks,) = (repository["hooks"] for repository in config["repos"])
    entry = next(hook["entry"] for hook in hooks if hook["id"] == "nbstripout")
    program, *options = shlex.split(entry)
    copy = shutil.copy(path, tmp_path)
    installed = Path(sys.executable).with_name(Path(program).name)
    subprocess.run([installed, *options, copy], check=True)
    assert Path(copy).read_text() == path.read_text()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_hold_no_logic_of_their_own(path):
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            assert "def " not in cell.source
            assert "class " not in cell.source


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.name)
def test_notebooks_run_from_start_to_end(path, trained_project):
    notebook = nbformat.read(path, 4)
    environment = os.environ | trained_project.environment | {"KEDRO_ENV": "test"}
    client = NotebookClient(
        notebook, timeout=1200, resources={"metadata": {"path": str(path.parent)}}
    )
    client.execute(env=environment)
    pictures = [
        output
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert len(pictures) >= 5
