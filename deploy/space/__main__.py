"""Put together what Hugging Face hosts, and send it: ``python -m deploy.space``."""

import argparse
import os
import sys
from pathlib import Path

from deploy.space.build import build_space
from deploy.space.push import list_files, push_space
from digit_pipeline.releases import ReleaseError
from digit_pipeline.releases.__main__ import default_store

TOKEN = "HF_TOKEN"  # noqa: S105 - a variable's name


def main(arguments: list[str] | None = None) -> int:
    """Run a command; one sentence on stderr and exit code 1 when it fails."""
    options = _parse(arguments)
    try:
        if options.command == "build":
            return _build(options.out, options.store)
        return _push(options.folder, options.repo, options.dry_run)
    except (OSError, ReleaseError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m deploy.space", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    folder = Path("build/space")
    build = commands.add_parser("build", help="put the folder together")
    build.add_argument("--out", type=Path, default=folder, help="(%(default)s)")
    build.add_argument(
        "--store",
        type=Path,
        default=default_store(),
        help="the releases to take the champion from (%(default)s)",
    )
    push = commands.add_parser("push", help=f"send it; the token is in {TOKEN}")
    push.add_argument("--repo", required=True, metavar="OWNER/NAME")
    push.add_argument("--folder", type=Path, default=folder, help="(%(default)s)")
    push.add_argument("--dry-run", action="store_true", help="list what would go")
    return parser.parse_args(arguments)


def _build(out: Path, store: Path) -> int:
    release = build_space(out, store)
    print(f"{out} serves release {release.version}, every file as its manifest says")
    print(f"try it: cd {out} && pip install -r requirements.txt && python app.py")
    return 0


def _push(folder: Path, repository: str, dry_run: bool) -> int:
    if repository.count("/") != 1:
        raise ValueError(
            f"expected the Space as OWNER/NAME, got {repository!r}: name it by "
            "make space-push SPACE=owner/name, or by --repo owner/name"
        )
    files = list_files(folder)
    total = f"{len(files)} files, {sum(file.size for file in files) / 1e6:.1f} MB"
    if dry_run:
        for file in files:
            print(f"{file.size:>10,}  {file.name}")
        print(f"{total} would go to https://huggingface.co/spaces/{repository}")
        return 0
    token = os.environ.get(TOKEN)
    if not token:
        raise ValueError(
            f"expected a token that may write to {repository} in {TOKEN}, got none: "
            "make one at https://huggingface.co/settings/tokens, or use --dry-run"
        )
    # Errors of the Hub are OSErrors, and say what to do.
    print(f"{total} sent: {push_space(folder, repository, token, 'Serve a release')}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
