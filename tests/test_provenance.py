"""Which code made something."""

import subprocess
from pathlib import Path

import pytest

from digit_pipeline.preprocessing_digest import digest_preprocessing
from digit_pipeline.provenance import git_state


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    command = ["git", *identity, *arguments]
    return subprocess.check_output(command, cwd=folder, text=True).strip()


def test_commit_and_dirtiness(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", "a")
    git(tmp_path, "commit", "-q", "-m", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    (tmp_path / "untracked").write_text("1")
    assert git_state(tmp_path) == {"commit": commit, "dirty": False}
    (tmp_path / "a").write_text("2")
    assert git_state(tmp_path) == {"commit": commit, "dirty": True}


def test_no_repository_and_no_git(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert git_state(tmp_path) == {"commit": None, "dirty": None}
    monkeypatch.setenv("PATH", "")
    assert git_state(tmp_path) == {"commit": None, "dirty": None}


def test_preprocessing_digest_follows_the_contract(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digest = digest_preprocessing()
    assert digest == digest_preprocessing.__wrapped__()
    monkeypatch.setattr("digit_pipeline.images.INK_SIDE", 19)
    assert digest != digest_preprocessing.__wrapped__()
