"""The Space: what goes into it, and that it runs where Hugging Face runs it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from deploy.space.__main__ import main
from deploy.space.build import build_space, read_card
from deploy.space.modules import find_needed
from deploy.space.push import list_files
from deploy.space.requirements import find_pin, pin_runtime
from digit_pipeline.releases import DamagedReleaseError, ReleaseStore
from gradio_app.settings import Settings
from tests.conftest import PROJECT
from tests.deploy.hub import run_hub
from tests.serving_fixtures import publish

VISITOR = Path(__file__).with_name("space_visitor.py")
PICTURE = PROJECT / "tests" / "golden" / "seven_drawing.png"
IN_CI = os.environ.get("CI") == "true"
TRAINING = {"tensorflow", "keras", "mlflow", "kedro-viz", "scikit-learn", "matplotlib"}


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with two releases; the second is champion."""
    folder = tmp_path_factory.mktemp("data") / "09_serving" / "digits"
    publish(folder, "first")
    publish(folder, "second")
    return folder


@pytest.fixture(scope="module")
def space(store, tmp_path_factory):
    """The folder, made once; tests that change it copy it."""
    out = tmp_path_factory.mktemp("build") / "space"
    build_space(out, store)
    return out


def test_it_holds_the_champion_and_no_other_release(space, store):
    champion = ReleaseStore(store).champion()
    copied = ReleaseStore(space / "data" / "09_serving" / "digits")
    assert copied.versions() == [champion.version]
    assert copied.champion().manifest == champion.manifest


def test_a_damaged_release_is_refused(store, tmp_path):
    damaged = tmp_path / "digits"
    shutil.copytree(store, damaged)
    model = ReleaseStore(damaged).champion().folder / "model.onnx"
    content = bytearray(model.read_bytes())
    content[len(content) // 2] ^= 1
    model.write_bytes(bytes(content))
    with pytest.raises(DamagedReleaseError, match=r"model\.onnx"):
        build_space(tmp_path / "space", damaged)
    assert not (tmp_path / "space").exists()
    assert not list(tmp_path.glob(".space-*"))


def test_without_a_release_one_sentence_says_so(tmp_path, capsys):
    options = ["--out", str(tmp_path / "space"), "--store", str(tmp_path / "digits")]
    assert main(["build", *options]) == 1
    assert "make run" in capsys.readouterr().err


def test_a_folder_of_somebody_s_is_left_alone(store, tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(ValueError, match="another folder"):
        build_space(tmp_path, store)
    assert (tmp_path / "letters.txt").read_text() == "mine"


def test_it_is_made_anew_over_an_earlier_one(space, store, tmp_path):
    again = tmp_path / "space"
    shutil.copytree(space, again)
    (again / "stale.py").write_text("")
    build_space(again, store)
    assert not (again / "stale.py").exists()
    assert [f.name for f in list_files(again)] == [f.name for f in list_files(space)]


def test_it_needs_nothing_that_trains(space):
    lines = (space / "requirements.txt").read_text().splitlines()
    names = {line.partition("==")[0] for line in lines if "==" in line}
    assert {"gradio", "fastapi", "onnxruntime", "kedro", "pillow"} <= names
    assert not names & TRAINING
    assert not any(name.startswith(("opencv", "tensorflow", "scipy")) for name in names)
    locked = (PROJECT / "requirements.lock").read_text().splitlines()
    assert set(lines) - set(locked) == {lines[0]}


def test_every_pin_s_own_needs_are_pinned(space):
    """Or pip would choose a version that nobody has tried."""
    lines = (space / "requirements.txt").read_text().splitlines()
    pins = [Requirement(line) for line in lines if "==" in line]
    names = {
        pin.name.lower() for pin in pins if not pin.marker or pin.marker.evaluate()
    }
    for name in names:
        for line in requires(name) or []:
            needed = Requirement(line)
            if needed.marker and not needed.marker.evaluate({"extra": ""}):
                continue
            assert re.sub(r"[-_.]+", "-", needed.name).lower() in names, (name, line)


@pytest.mark.parametrize(("python", "pinned"), [("3.11", "2.4.6"), ("3.12", "2.5.5")])
def test_of_several_pins_the_one_for_the_space_s_python_is_kept(
    tmp_path, python, pinned
):
    lock = tmp_path / "requirements.lock"
    before = (PROJECT / "requirements.lock").read_text().splitlines()
    others = [line for line in before if not line.startswith("numpy==")]
    lines = [
        "numpy==2.4.6 ; python_full_version < '3.12'",
        "numpy==2.5.5 ; python_full_version >= '3.12'",
    ]
    lock.write_text("\n".join([*others, *lines]))
    kept = pin_runtime(PROJECT / "pyproject.toml", lock, python).splitlines()
    assert [line for line in kept if line.startswith("numpy")] == [
        line for line in lines if f"=={pinned} " in line
    ]
    assert find_pin(lock, "numpy", python) == pinned


def test_a_dependency_without_a_pin_is_refused(tmp_path):
    lock = tmp_path / "requirements.lock"
    lines = (PROJECT / "requirements.lock").read_text().splitlines()
    lock.write_text("\n".join(line for line in lines if "pillow==" not in line))
    with pytest.raises(ValueError, match="pillow"):
        pin_runtime(PROJECT / "pyproject.toml", lock, "3.11")


def test_it_holds_the_code_that_serves_and_none_that_trains(space):
    names = {file.name for file in list_files(space)}
    assert {"app.py", "gradio_app/app.py", "digit_pipeline/images.py"} <= names
    assert "digit_pipeline/datasets/champion.py" in names
    assert "digit_pipeline/records/migrations/env.py" in names
    assert "gradio_app/pages/assets/pad.js" in names
    assert not any(name.startswith("digit_pipeline/pipelines") for name in names)
    assert "digit_pipeline/architectures.py" not in names
    assert not any("__pycache__" in name or name.startswith("tests") for name in names)


def test_a_file_that_only_training_needs_is_not_needed(tmp_path):
    package = tmp_path / "src" / "digit_pipeline"
    app = tmp_path / "gradio_app"
    for path, text in {
        package / "__init__.py": "",
        package / "images.py": "from digit_pipeline.paper import white",
        package / "paper.py": "white = 1",
        package / "architectures.py": "",
        package / "records" / "__init__.py": "",
        package / "records" / "versions" / "0001.py": "",
        app / "app.py": "def f():\n    from digit_pipeline import images, records",
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    found = {
        p.relative_to(package).as_posix() for p in find_needed(package.parent, app)
    }
    assert found == {
        "__init__.py", "images.py", "paper.py", "records/__init__.py",
        "records/versions/0001.py",
    }  # fmt: skip


def test_the_card_is_what_hugging_face_expects(space):
    card = read_card(space / "README.md")
    assert card["sdk"] == "gradio"
    assert f"gradio=={card['sdk_version']}" in (space / "requirements.txt").read_text()
    assert (space / card["app_file"]).is_file()


def test_the_card_names_every_setting():
    text = (PROJECT / "gradio_app" / "README.md").read_text()
    missing = {name.upper() for name in Settings.model_fields}
    assert {name for name in missing if f"`{name}`" not in text} == set()


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ('sdk_version: "6.31.0"', "sdk_version: 6.31"),
        ('python_version: "3.11"', "python_version: 3.11"),
        ("license: apache-2.0\n", ""),
    ],
)
def test_a_card_that_would_mislead_the_host_is_refused(tmp_path, line, instead):
    text = (PROJECT / "gradio_app" / "README.md").read_text()
    assert line in text
    card = tmp_path / "README.md"
    card.write_text(text.replace(line, instead))
    with pytest.raises(ValueError, match=line.partition(":")[0]):
        read_card(card)


def test_a_dry_run_lists_everything_and_needs_no_token(space, monkeypatch, capsys):
    monkeypatch.delenv("HF_TOKEN", raising=False)
    options = ["--folder", str(space), "--repo", "someone/digits"]
    assert main(["push", *options, "--dry-run"]) == 0
    listed = capsys.readouterr().out
    for path in space.rglob("*"):
        if path.is_file():
            assert path.relative_to(space).as_posix() in listed
    assert "someone/digits" in listed
    assert main(["push", *options]) == 1
    assert "HF_TOKEN" in capsys.readouterr().err


def _push(space: Path, hub_url: str, token: str, home: Path):
    """Push as a user does; huggingface_hub reads its address when it is imported."""
    command = ["-m", "deploy.space", "push", "--folder", space]
    variables = {
        **os.environ,
        "HF_ENDPOINT": hub_url,
        "HF_HOME": str(home),
        "HF_TOKEN": token,
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    }
    return subprocess.run(
        [sys.executable, *command, "--repo", "someone/digits"],
        cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=300,
    )  # fmt: skip


@pytest.mark.slow
def test_a_push_makes_the_space_and_replaces_what_was_there(space, tmp_path):
    with run_hub("secret") as hub:
        hub.files["data/09_serving/digits/releases/old/model.onnx"] = b"old"
        pushed = _push(space, hub.url, "secret", tmp_path)
        assert pushed.returncode == 0, pushed.stderr
        assert "/commit/1" in pushed.stdout
    assert hub.tokens == {"Bearer secret"}
    assert [(made["sdk"], made["type"]) for made in hub.created] == [
        ("gradio", "space")
    ]
    assert len(hub.commits) == 1
    assert hub.files == {
        file.name: (space / file.name).read_bytes() for file in list_files(space)
    }


@pytest.mark.slow
def test_a_token_that_may_not_write_is_told_of(space, tmp_path):
    with run_hub("secret") as hub:
        pushed = _push(space, hub.url, "wrong", tmp_path)
    assert pushed.returncode == 1
    assert "401" in pushed.stderr
    assert "Traceback" not in pushed.stderr
    assert not hub.files


@pytest.mark.parametrize("repository", ["", "digits", "a/b/c"])
def test_a_repository_without_its_owner_is_refused(repository, tmp_path, capsys):
    options = ["--folder", str(tmp_path), "--repo", repository, "--dry-run"]
    assert main(["push", *options]) == 1
    told = capsys.readouterr().err
    assert "OWNER/NAME" in told
    assert "make space-push SPACE=owner/name" in told


@pytest.fixture(scope="module")
def hosted(space):
    """The Space, read-only, with an environment of nothing but its requirements."""
    # Not pytest's own folder: another user could not enter it.
    folder = Path(tempfile.mkdtemp(prefix="hosted-"))
    folder.chmod(0o755)
    shutil.copytree(space, folder / "space")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    installed = subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
         "--requirement", folder / "space" / "requirements.txt"],
        capture_output=True, text=True,
    )  # fmt: skip
    if installed.returncode and not IN_CI:
        pytest.skip(f"pip found no index: {installed.stderr.splitlines()[-1]}")
    assert installed.returncode == 0, installed.stderr
    for path in (folder / "space").rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    (folder / "space").chmod(0o555)
    (folder / "home").mkdir()
    (folder / "home").chmod(0o777)
    yield folder
    (folder / "space").chmod(0o755)
    for path in (folder / "space").rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def seen(hosted):
    """What a visitor sees."""
    before = _digest(hosted / "space")
    visited = subprocess.run(
        [*_cut_off(), sys.executable, VISITOR, hosted / "venv" / "bin" / "python",
         hosted / "space", hosted / "home", PICTURE],
        capture_output=True, text=True, timeout=900,
    )  # fmt: skip
    log = (hosted / "home" / "log").read_text()
    assert visited.returncode == 0, f"{visited.stderr}\n{log}"
    assert "Traceback" not in log, log
    assert _digest(hosted / "space") == before
    return json.loads(visited.stdout.splitlines()[-1])


def _cut_off() -> list[str]:
    """Give the command that runs another one, as root, without a network."""
    for command in (["unshare", "--net"], ["sudo", "-n", "unshare", "--net"]):
        tried = (
            shutil.which(command[0])
            and not subprocess.run([*command, "true"], capture_output=True).returncode
        )
        if tried:
            return command
    if IN_CI:
        pytest.fail("expected to cut a process off the network, but may not: see above")
    return pytest.skip("only root can cut a process off the network (unshare --net)")


def _digest(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(
            path.read_bytes()
        ).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_it_answers_an_ordinary_user_s_two_slow_cores_without_a_network(seen, store):
    status, answer = seen["predict"]
    assert status == 200
    assert answer["verdict"] in {"recognised", "unsure"}
    assert answer["model_version"] == ReleaseStore(store).champion().version
    assert seen["outside"] != "reached"
    assert "Draw a digit" in seen["page"]
    # Seconds on such a machine; the margins are against hanging.
    assert seen["start"] < 400
    assert seen["median"] < 1


@pytest.mark.slow
def test_it_stops_when_told_and_leaves_nothing_behind(seen):
    assert seen["exit"] == 0
    assert seen["left"] == ["log"]


@pytest.mark.slow
def test_it_offers_a_visitor_nothing_that_changes_the_model(seen):
    assert seen["rollback"] == 404
    assert seen["evaluate"] == 404
    words = ("rollback", "evaluate", "retrain", "review", "withdraw", "promote")
    assert not [o for o in seen["operations"] if any(word in o for word in words)]
    # What is taught lies in quarantine, and nobody on a Space can let it out.
    assert "POST /api/upload/training-data" in seen["operations"]


@pytest.mark.slow
def test_it_keeps_a_visitor_s_own_feedback(seen):
    assert seen["feedback"] in {200, 201}
