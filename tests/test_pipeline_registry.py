"""Every registered name exists, runs from the command line, and is cheap to list."""

import subprocess
import sys

import pytest

NAMES = {
    "__default__",
    "train",
    "ingestion",
    "preprocessing",
    "training",
    "evaluation",
    "promotion",
    "batch_inference",
    "feedback",
    "monitoring",
    "retrain",
}


def kedro(*arguments: str, project, **environment: str) -> subprocess.CompletedProcess:
    import os

    return subprocess.run(
        [sys.executable, "-m", "kedro", *arguments],
        cwd=project,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )


def test_the_registry_names_every_pipeline(bootstrapped):
    from kedro.framework.project import pipelines

    assert set(pipelines.keys()) == NAMES
    assert all(pipelines[name].nodes for name in NAMES)


def test_composites_are_made_of_their_parts(bootstrapped):
    from kedro.framework.project import pipelines

    train = {n.name for n in pipelines["train"].nodes}
    everything = {n.name for n in pipelines["__default__"].nodes}
    assert everything - train == {n.name for n in pipelines["ingestion"].nodes}
    assert not any("batch" in name for name in everything)


@pytest.mark.slow
@pytest.mark.parametrize(
    "command",
    [
        ("registry", "list"),
        ("registry", "describe", "training"),
        ("catalog", "list-patterns"),
        ("catalog", "describe-datasets"),
    ],
)
def test_commands_that_train_nothing_import_no_tensorflow(project, tmp_path, command):
    # A module of this name at the front of the path would be imported in its place.
    (tmp_path / "tensorflow.py").write_text("raise SystemExit('tensorflow imported')")
    (tmp_path / "keras.py").write_text("raise SystemExit('keras imported')")
    done = kedro(
        *command,
        project=project,
        PYTHONPATH=str(tmp_path),
        DATA_DIR=str(tmp_path),
        MLFLOW_TRACKING_URI=f"sqlite:///{tmp_path}/mlflow.db",
    )
    output = done.stdout + done.stderr
    assert "imported" not in output
    assert done.returncode == 0, output
    assert not (tmp_path / "mlflow.db").exists()
