"""What tests share: where real data lies, and a Kedro project in a temporary folder."""

import os
import shutil
import warnings
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[1]
DATASETS = Path(os.environ.get("DATASETS_DIR", PROJECT.parent / "shared" / "datasets"))

os.environ["DO_NOT_TRACK"] = "1"
os.environ["KEDRO_DISABLE_TELEMETRY"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"


@pytest.fixture(scope="session")
def project() -> Path:
    """Root of the project."""
    return PROJECT


@pytest.fixture(scope="session")
def datasets_dir() -> Path:
    """Folder with the publishers' files, or skip with the reason."""
    if not DATASETS.is_dir():
        pytest.skip(f"no folder {DATASETS}: set DATASETS_DIR to the publishers' files")
    return DATASETS


class KedroProject:
    """Runs the project's pipelines with everything they write in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            "DATA_DIR": str(folder / "data"),
            "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
            "MLFLOW_ARTIFACTS": str(folder / "artifacts"),
        }

    def run(self, *pipelines: str, env: str = "test", **options: Any) -> dict[str, Any]:
        """Do what `kedro run` does, in this process."""
        from kedro.framework.session import KedroSession

        with (
            pytest.MonkeyPatch.context() as patch,
            KedroSession.create(
                PROJECT, env=env, runtime_params=options.pop("params", None)
            ) as session,
        ):
            for name, value in self.environment.items():
                patch.setenv(name, value)
            return session.run(pipeline_names=list(pipelines) or None, **options)

    def load(self, dataset: str, env: str = "test") -> Any:
        """Load a catalog entry."""
        from kedro.framework.session import KedroSession

        with pytest.MonkeyPatch.context() as patch:
            for name, value in self.environment.items():
                patch.setenv(name, value)
            with KedroSession.create(PROJECT, env=env) as session:
                return session.load_context().catalog.load(dataset)


@pytest.fixture(scope="session")
def bootstrapped() -> None:
    """Let Kedro know this project, once."""
    from kedro.framework.startup import bootstrap_project

    # MLflow 3.17 warns of kedro-mlflow's model past our filters, by one of its own.
    with warnings.catch_warnings(record=True):
        import kedro_mlflow.mlflow  # noqa: F401
    bootstrap_project(PROJECT)


@pytest.fixture
def kedro_project(bootstrapped: None, tmp_path: Path) -> KedroProject:
    """A project that nothing has run in yet."""
    return KedroProject(tmp_path)


@pytest.fixture(scope="session")
def trained_project(
    bootstrapped: None, tmp_path_factory: pytest.TempPathFactory
) -> KedroProject:
    """A project after one default run with the tiny `test` environment.

    Tests may run more in it; `mlflow-first.db` is MLflow's database as it was then.
    """
    project = KedroProject(tmp_path_factory.mktemp("trained"))
    project.run()
    shutil.copy(project.folder / "mlflow.db", project.folder / "mlflow-first.db")
    return project
