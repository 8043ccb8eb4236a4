"""A Kedro project whose `kedro` trains nothing: it says how it was called, and ends."""

from pathlib import Path

# Takes the place of Kedro: `python -m kedro` looks in the project's folder first.
KEDRO = """
import os, sys, time
print("ran", sys.argv[1:], os.environ["DATA_DIR"], flush=True)
time.sleep(30 if os.path.exists("slow") else 0)
sys.exit("Error: nothing to train here")
"""


def make_project(folder: Path) -> Path:
    """Make the project's folder; a file `slow` in it has each run take its time."""
    folder.mkdir()
    (folder / "pyproject.toml").write_text("[tool.kedro]\n")
    (folder / "kedro.py").write_text(KEDRO)
    return folder
