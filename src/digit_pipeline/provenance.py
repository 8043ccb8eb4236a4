"""Which code made something, and whether MLflow is told."""

import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict


class GitState(TypedDict):
    """The checked-out commit (hex), and whether tracked files differ from it."""

    commit: str | None
    dirty: bool | None


def git_state(root: Path) -> GitState:
    """Ask git about a folder; both None where there is no git or no repository."""
    commit = _ask_git(root, "rev-parse", "HEAD")
    if commit is None:
        return {"commit": None, "dirty": None}
    changes = _ask_git(root, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "dirty": None if changes is None else bool(changes)}


def is_tracked() -> bool:
    """Tell whether MLflow is wanted; ``TRACKING=off`` does without it."""
    return os.environ.get("TRACKING", "on") != "off"


def active_run_id() -> str | None:
    """Ask MLflow which run this is, if anyone has started one in this process."""
    mlflow = sys.modules.get("mlflow")
    run = mlflow.active_run() if mlflow else None
    return run.info.run_id if run else None


def _ask_git(root: Path, *arguments: str) -> str | None:
    try:
        answer = subprocess.run(  # noqa: S603
            ["git", *arguments],  # noqa: S607 - the git of whoever runs this
            cwd=root,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip()
