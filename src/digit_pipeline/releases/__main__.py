"""``python -m digit_pipeline.releases``: look, check, go back, freeze, mirror."""

import argparse
import json
import logging
import os
import sys
from pathlib import Path

from digit_pipeline.releases.baseline import read_baseline
from digit_pipeline.releases.release import Release, ReleaseError
from digit_pipeline.releases.store import ReleaseStore


def main(arguments: list[str] | None = None) -> int:
    """Run a command; one sentence on stderr and exit code 1 when it fails."""
    options = _parse(arguments)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    store = ReleaseStore(options.store)
    try:
        match options.command:
            case "list":
                _list(store)
            case "show":
                _show(store, options.version)
            case "check":
                _check(store, options.release)
            case "rollback":
                _roll_back(store, options.to, options.reason)
            case "baseline":
                _baseline(store, options.to, options.reason)
            case "mirror":
                return _mirror(store.champion())
    except ReleaseError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m digit_pipeline.releases", description=__doc__
    )
    parser.add_argument(
        "--store",
        type=Path,
        default=default_store(),
        help="the store's folder (default: %(default)s)",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="name every release, the champion marked")
    show = commands.add_parser("show", help="print a release's manifest")
    show.add_argument("version", nargs="?", help="default: the champion")
    check = commands.add_parser("check", help="try a release as a server would")
    check.add_argument("release", nargs="?", help="version or folder (the champion)")
    rollback = commands.add_parser("rollback", help="make an earlier release champion")
    rollback.add_argument("--to", metavar="VERSION", help="default: the previous one")
    rollback.add_argument(
        "--reason", default="rolled back by hand", help="one sentence"
    )
    baseline = commands.add_parser(
        "baseline", help="show or move what retrained challengers are held to"
    )
    baseline.add_argument("--to", metavar="VERSION", help="default: only show it")
    baseline.add_argument("--reason", default="moved by hand", help="one sentence")
    commands.add_parser("mirror", help="have MLflow's registry name the champion")
    return parser.parse_args(arguments)


def default_store() -> Path:
    """Where the catalog keeps the served task's releases."""
    data = Path(os.environ.get("DATA_DIR") or "data")
    return data / "09_serving" / (os.environ.get("TASK") or "digits")


def _list(store: ReleaseStore) -> None:
    champion = store.champion().version
    frozen = read_baseline(store.folder)
    for version in store.versions():
        marks = {"champion": champion, "baseline": frozen.version if frozen else None}
        mark = ", ".join(name for name, marked in marks.items() if marked == version)
        try:
            manifest = store.verify(version).manifest
        except ReleaseError:
            print(f"{version}  damaged")
            continue
        accuracy = manifest["gate"]["accuracy"]
        names = f"{manifest.get('environment', '-')}/{manifest.get('candidate', '-')}"
        print(f"{version}  {names:<28} {accuracy:7.2%}  {mark}".rstrip())


def _show(store: ReleaseStore, version: str | None) -> None:
    release = store.verify(version) if version else store.champion()
    print(json.dumps(release.manifest, indent=2, ensure_ascii=False))


def _check(store: ReleaseStore, release: str | None) -> None:
    # Needs ONNX Runtime, which the other commands do without.
    from digit_pipeline.releases.self_test import check_release  # noqa: PLC0415

    if release and Path(release).is_dir():
        folder = Path(release)
    else:
        folder = (store.verify(release) if release else store.champion()).folder
    checked = check_release(folder)
    print(f"release {checked.version} is whole and answers as it should")


def _roll_back(store: ReleaseStore, to: str | None, reason: str) -> None:
    release, _ = store.rollback(reason=reason, to=to)
    print(f"{release.version} is champion again")
    _mirror(release)


def _mirror(release: Release) -> int:
    """Have MLflow name the champion; 1 when it could not be told, or is not there."""
    from digit_pipeline.registry_mirror import mirror_project  # noqa: PLC0415

    registered = mirror_project(release, Path.cwd())
    if registered is None:
        return 1
    print(f"version {registered} in MLflow's registry is release {release.version}")
    return 0


def _baseline(store: ReleaseStore, to: str | None, reason: str) -> None:
    if to:
        release = store.move_baseline(to, reason=reason)
        print(f"{release.version} is the baseline from now on")
        return
    found = store.baseline()
    if found is None:
        raise ReleaseError(
            f"there is no baseline in {store.folder}: the first promotion sets it, "
            "made by `make run`"
        )
    print(f"{found.version} is the baseline")


if __name__ == "__main__":
    sys.exit(main())
