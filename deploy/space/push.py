"""Send a Space's folder to Hugging Face."""

from dataclasses import dataclass
from pathlib import Path

from deploy.space.build import read_card
from deploy.space.modules import is_source

# The hub's own: which files it stores beside the repository.
KEPT = ".gitattributes"


@dataclass(frozen=True)
class SentFile:
    """A file that goes: its name in the Space, and its size in bytes."""

    name: str
    size: int


def list_files(folder: Path) -> list[SentFile]:
    """List what goes, sorted by name.

    Raises:
        ValueError: when the folder is no Space.
    """
    if not (folder / "README.md").is_file():
        raise ValueError(
            f"expected a Space in {folder}, got none: put it together with `make space`"
        )
    read_card(folder / "README.md")
    paths = sorted(path for path in folder.rglob("*") if _goes(path))
    return [
        SentFile(path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in paths
    ]


def push_space(folder: Path, repository: str, token: str, message: str) -> str:
    """Make the Space if it is missing, and replace its files in one commit.

    Args:
        folder: what ``build_space`` made.
        repository: ``owner/name``.
        token: of an account that may write there.
        message: the commit's.

    Returns:
        the commit's address.

    Raises:
        ValueError: when the folder is no Space.
        HfHubHTTPError: when Hugging Face refuses.
    """
    # Costs a second, which a dry run need not pay.
    from huggingface_hub import (  # noqa: PLC0415
        CommitOperationAdd,
        CommitOperationDelete,
        HfApi,
    )

    names = [file.name for file in list_files(folder)]
    card = read_card(folder / "README.md")
    hub = HfApi(token=token)
    hub.create_repo(repository, repo_type="space", space_sdk=card["sdk"], exist_ok=True)
    # Files of the last release must not stay: the Space would grow with each.
    there = hub.list_repo_files(repository, repo_type="space")
    left = sorted({*there} - {*names, KEPT})
    # Not `upload_folder`, which parts what has more than 200 files: between two commits
    # a Space would be built that lacks some.
    commit = hub.create_commit(
        repository,
        [
            *(CommitOperationDelete(name) for name in left),
            *(CommitOperationAdd(name, folder / name) for name in names),
        ],
        repo_type="space",
        commit_message=message,
    )
    return str(commit.commit_url)


def _goes(path: Path) -> bool:
    return is_source(path) or path.name == ".gitkeep"
