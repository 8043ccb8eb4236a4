"""Put together the folder that Hugging Face hosts."""

import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from deploy.space.modules import PACKAGE, find_needed, is_source
from deploy.space.requirements import find_pin, pin_runtime
from digit_pipeline.releases import Release, ReleaseError, ReleaseStore
from digit_pipeline.releases.pointer import POINTER, RECORD
from digit_pipeline.releases.self_test import check_release

ROOT = Path(__file__).resolve().parents[2]
CONFIGURATION = ("catalog_09_serving.yml", "globals.yml")
NEEDED_BY_CARD = (
    "title", "sdk", "sdk_version", "python_version", "app_file", "short_description",
    "license", "models", "tags",
)  # fmt: skip
# As Hugging Face's card reference says.
LONGEST_DESCRIPTION = 60
# A folder that has them was made here, and may be made anew.
MARKS = ("README.md", "app.py", "requirements.txt", "data")


def build_space(out: Path, store: Path, root: Path = ROOT) -> Release:
    """Make the folder: card, pins, code, configuration and the champion.

    Args:
        out: the folder; one that an earlier call made is replaced, whole.
        store: the releases to take the champion from.
        root: the project.

    Returns:
        the release, as it lies in ``out``: every file is what its manifest says, and
        it answers its golden batch and its gate images.

    Raises:
        ReleaseError: when there is no champion, or it is damaged.
        ValueError: when ``out`` holds something else, or the card is not whole.
    """
    if out.exists() and not all((out / name).exists() for name in MARKS):
        raise ValueError(
            f"expected {out} to be missing or an earlier Space, got another folder: "
            "name one with --out, or remove it"
        )
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".space-") as folder:
        made = Path(folder) / "space"
        made.mkdir()
        card = _copy_card(root, made)
        _copy_code(root, made)
        _copy_configuration(root, made)
        pins = pin_runtime(
            root / "pyproject.toml", root / "requirements.lock", card["python_version"]
        )
        (made / "requirements.txt").write_text(pins, encoding="utf-8")
        _copy_champion(store, made / "data" / "09_serving" / store.name)
        if out.exists():
            shutil.rmtree(out)
        made.rename(out)
    return ReleaseStore(out / "data" / "09_serving" / store.name).champion()


def read_card(path: Path) -> dict[str, Any]:
    """Read the front matter of a card.

    Raises:
        ValueError: when a field is missing, or is not what Hugging Face expects.
    """
    _, front, _ = path.read_text(encoding="utf-8").split("---\n", 2)
    card: dict[str, Any] = yaml.safe_load(front)
    if missing := [name for name in NEEDED_BY_CARD if name not in card]:
        raise ValueError(f"expected {', '.join(missing)} in {path}, got no such field")
    for name in ("sdk_version", "python_version"):
        if not isinstance(card[name], str):
            raise ValueError(
                f"expected {name} in quotes in {path}, got the number {card[name]}: "
                "YAML would make 3.1 of 3.10"
            )
    if len(card["short_description"]) > LONGEST_DESCRIPTION:
        raise ValueError(
            f"expected at most {LONGEST_DESCRIPTION} characters of short_description "
            f"in {path}, got {len(card['short_description'])}: shorten it"
        )
    return card


def _copy_card(root: Path, out: Path) -> dict[str, Any]:
    path = root / "gradio_app" / "README.md"
    card = read_card(path)
    lock = root / "requirements.lock"
    pinned = find_pin(lock, card["sdk"], card["python_version"])
    if card["sdk_version"] != pinned:
        raise ValueError(
            f"expected sdk_version {pinned}, as requirements.lock pins, in {path}, got "
            f"{card['sdk_version']}: the Space would install that instead"
        )
    shutil.copyfile(path, out / "README.md")
    return card


def _copy_code(root: Path, out: Path) -> None:
    source, app = root / "src", root / "gradio_app"
    shutil.copyfile(Path(__file__).with_name("app.py"), out / "app.py")
    shutil.copyfile(root / "LICENSE", out / "LICENSE")
    for path in find_needed(source, app):
        _copy(path, out / path.relative_to(source))
    for path in app.rglob("*"):
        if is_source(path) and path != app / "README.md":
            _copy(path, out / path.relative_to(root))
    if not (out / PACKAGE / "images.py").is_file():
        raise ValueError(f"expected the app to need {PACKAGE}, got no import of it")


def _copy_configuration(root: Path, out: Path) -> None:
    for name in CONFIGURATION:
        _copy(root / "conf" / "base" / name, out / "conf" / "base" / name)
    # Kedro reads a second environment over the base, and an upload skips empty folders.
    _copy(root / "conf" / "local" / ".gitkeep", out / "conf" / "local" / ".gitkeep")


def _copy_champion(store: Path, out: Path) -> None:
    """Copy the release that the pointer names; try the copy as a server would."""
    promotion = ReleaseStore(store).pointer()
    if promotion is None:
        raise ReleaseError(
            f"there is no released model in {store}: make one with `make run`"
        )
    release = ReleaseStore(store).verify(promotion.version)
    copied = out / "releases" / promotion.version
    for name in ("MANIFEST.json", *release.manifest["files"]):
        _copy(release.folder / name, copied / name)
    line = json.dumps(asdict(promotion)) + "\n"
    for name in (POINTER, RECORD):
        (out / name).write_text(line, encoding="utf-8")
    check_release(copied)
    if ReleaseStore(out).champion().version != promotion.version:
        raise ReleaseError(
            f"release {promotion.version} is not what the pointer says: promote or "
            "roll back to mend it"
        )


def _copy(path: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
