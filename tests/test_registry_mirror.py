"""MLflow's registry follows the release store, and may fail."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from digit_pipeline.registry_mirror import mirror_champion, mirror_project
from digit_pipeline.releases import Release, ReleaseStore
from tests.stub_release import make_draft, make_model

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]

MLFLOW_YML = """
server: {{mlflow_tracking_uri: "{uri}"}}
tracking: {{experiment: {{name: digits}}}}
"""


@pytest.fixture
def mlflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """MLflow on a database of its own."""
    import mlflow

    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path / 'mlflow.db'}")
    # MLflow keeps the experiment of the last run of this process, by number
    mlflow.set_experiment("registry")
    yield mlflow
    mlflow.set_tracking_uri(before)


@pytest.fixture
def releases(tmp_path: Path) -> list[Release]:
    store = ReleaseStore(tmp_path / "digits")
    first = store.publish(make_draft(), expected_previous=None, reason="first")
    second = store.publish(
        make_draft(first.version, model=make_model(bias=1)),
        expected_previous=first.version,
        reason="second",
    )
    return [first, second]


def champion_tags(mlflow: Any) -> dict[str, str]:
    client = mlflow.MlflowClient()
    return dict(client.get_model_version_by_alias("digits", "champion").tags)


def test_alias_follows_and_versions_are_reused(
    mlflow: Any, releases: list[Release]
) -> None:
    first, second = releases
    assert mirror_champion(first) == "1"
    assert mirror_champion(first) == "1"
    assert mirror_champion(second) == "2"
    assert champion_tags(mlflow) == {
        "release": second.version,
        "manifest_sha256": second.manifest_sha256,
    }
    assert mirror_champion(first) == "1"
    assert champion_tags(mlflow)["release"] == first.version
    model = mlflow.onnx.load_model("models:/digits@champion")
    assert model.SerializeToString() == first.read("model.onnx")
    assert mlflow.active_run() is None


def test_active_run_is_used(mlflow: Any, releases: list[Release]) -> None:
    with mlflow.start_run() as run:
        mirror_champion(releases[0])
        assert mlflow.active_run().info.run_id == run.info.run_id
    [version] = mlflow.MlflowClient().search_model_versions("name = 'digits'")
    assert version.run_id == run.info.run_id


def test_by_the_projects_settings(
    mlflow: Any, releases: list[Release], tmp_path: Path
) -> None:
    uri = f"sqlite:///{tmp_path / 'other.db'}"
    base = tmp_path / "conf" / "base"
    base.mkdir(parents=True)
    (tmp_path / "conf" / "local").mkdir()
    (base / "mlflow.yml").write_text(MLFLOW_YML.format(uri=uri))
    assert mirror_project(releases[0], tmp_path) == "1"
    assert (tmp_path / "other.db").exists()
    assert mirror_project(releases[0], tmp_path / "digits") is None
    (base / "mlflow.yml").write_text("server: [")
    assert mirror_project(releases[0], tmp_path) is None


def test_failure_costs_a_sentence(
    releases: list[Release],
    mlflow: Any,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    uri = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder' / 'mlflow.db'}"
    (tmp_path / "no").write_text("a file where a folder should be")
    assert mirror_champion(releases[0], tracking_uri=uri) is None
    [record] = [r for r in caplog.records if r.name.startswith("digit_pipeline")]
    assert "registry could not be told" in record.getMessage()
    assert "\n" not in record.getMessage()
