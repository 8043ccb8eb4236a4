"""Mirror the champion into MLflow's model registry.

The release store is the truth. The registry holds a version per release and the alias
``champion``, so that those who look for models in MLflow find what is served. Doing it
twice changes nothing, and a registry that does not answer costs a sentence.
"""

import io
import logging
import warnings
from contextlib import redirect_stderr
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from digit_pipeline.releases import Release
from digit_pipeline.releases.release import MODEL

ALIAS = "champion"
RELEASE_TAG = "release"
MANIFEST_TAG = "manifest_sha256"

logger = logging.getLogger(__name__)


def mirror_champion(
    release: Release,
    *,
    tracking_uri: str | None = None,
    experiment: str | None = None,
) -> str | None:
    """Register a release as a version of the task's model, and point the alias at it.

    Args:
        release: the champion.
        tracking_uri: MLflow's address; None keeps the one that is set.
        experiment: where a run is opened when none is active; None keeps the default.

    Returns:
        The registered version; None when MLflow failed, which has been logged.
    """
    try:
        return _mirror(release, tracking_uri, experiment)
    except Exception as error:  # whatever MLflow or its database raise
        _report(release, error)
        return None


def mirror_project(release: Release, project: Path) -> str | None:
    """Mirror outside a run, by the project's ``conf/base/mlflow.yml``.

    Args:
        release: the champion.
        project: the project's folder. Without that file, or where MLflow is not
            installed, there is nothing to mirror to.
    """
    settings = project / "conf" / "base" / "mlflow.yml"
    if not settings.is_file() or find_spec("mlflow") is None:
        return None
    try:
        loaded = _load_settings(project / "conf")
    except Exception as error:  # whatever a broken configuration raises
        _report(release, error)
        return None
    return mirror_champion(
        release,
        tracking_uri=loaded["server"]["mlflow_tracking_uri"],
        experiment=loaded["tracking"]["experiment"]["name"],
    )


def _report(release: Release, error: Exception) -> None:
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    logger.warning(
        "Release %s is champion, but MLflow's registry could not be told (%s): the "
        "next promotion or roll-back will",
        release.version,
        said,
    )


def _load_settings(conf: Path) -> Any:
    from kedro.config import OmegaConfigLoader  # noqa: PLC0415 - 1 s
    from omegaconf.resolvers import oc  # noqa: PLC0415

    with warnings.catch_warnings():
        # Kedro 1.7 registers its resolvers in a way that omegaconf 2.4 deprecates.
        warnings.filterwarnings("ignore", "register_new_resolver", UserWarning)
        loader = OmegaConfigLoader(
            conf_source=str(conf),
            base_env="base",
            default_run_env="local",
            custom_resolvers={"oc.env": oc.env},
            config_patterns={"mlflow": ["mlflow*"]},
        )
        return loader["mlflow"]


def _mirror(release: Release, tracking_uri: str | None, experiment: str | None) -> str:
    import mlflow  # noqa: PLC0415 - 5 s that only a mirror pays

    if tracking_uri is not None:
        mlflow.set_tracking_uri(tracking_uri)
    client = mlflow.MlflowClient()
    name = str(release.manifest.get("task") or "digits")
    version = _find_version(client, name, release)
    if version is None:
        version = _register(mlflow, name, release, experiment)
    if _champion_version(client, name) != version:
        client.set_registered_model_alias(name, ALIAS, version)
    return version


def _find_version(client: Any, name: str, release: Release) -> str | None:
    query = f"name = '{name}' and tags.{RELEASE_TAG} = '{release.version}'"
    found = [
        version
        for version in client.search_model_versions(query)
        if version.tags.get(MANIFEST_TAG) == release.manifest_sha256
    ]
    return str(found[0].version) if found else None


def _champion_version(client: Any, name: str) -> str | None:
    from mlflow.exceptions import MlflowException  # noqa: PLC0415

    try:
        return str(client.get_model_version_by_alias(name, ALIAS).version)
    except MlflowException:
        return None


def _register(mlflow: Any, name: str, release: Release, experiment: str | None) -> str:
    """Log the model in the active run, or in one of its own, and register it."""
    if mlflow.active_run():
        return _log_version(mlflow, name, release)
    if experiment is not None:
        mlflow.set_experiment(experiment)
    with mlflow.start_run(run_name=f"release {release.version}"):
        return _log_version(mlflow, name, release)


def _log_version(mlflow: Any, name: str, release: Release) -> str:
    import digit_pipeline.private_onnxruntime  # noqa: F401, PLC0415 - first

    # isort: split
    import mlflow.onnx  # noqa: PLC0415
    import onnx  # noqa: PLC0415
    import onnxruntime  # noqa: PLC0415

    info = mlflow.onnx.log_model(
        onnx.load_model_from_string(release.read(MODEL)),
        name=ALIAS,
        # One file: external data of the same name would break the next version.
        save_as_external_data=False,
        signature=_signature(release),
        # Left to itself MLflow loads the model in a new process to find them: 10 s.
        pip_requirements=[
            f"onnx=={onnx.__version__}",
            f"onnxruntime=={onnxruntime.__version__}",
        ],
    )
    tags = {RELEASE_TAG: release.version, MANIFEST_TAG: release.manifest_sha256}
    with redirect_stderr(io.StringIO()):  # it tells the terminal what it did
        version = mlflow.register_model(info.model_uri, name, tags=tags)
    return str(version.version)


def _signature(release: Release) -> Any:
    import numpy as np  # noqa: PLC0415
    from mlflow.models import ModelSignature  # noqa: PLC0415
    from mlflow.types import Schema, TensorSpec  # noqa: PLC0415

    single = np.dtype(np.float32)
    classes = len(release.class_names)
    return ModelSignature(
        inputs=Schema([TensorSpec(single, (-1, 28, 28, 1), "image")]),
        outputs=Schema([TensorSpec(single, (-1, classes), "logits")]),
    )
