"""The candidates: what the configuration names under `training.candidates`."""

import os
from pathlib import Path

from kedro.framework.project import settings
from kedro.utils import find_kedro_project

HERE = Path(__file__).resolve().parents[2]


def candidate_names(environment: str | None = None) -> tuple[str, ...]:
    """Give the candidates' names in the configuration's order.

    Args:
        environment: the configuration environment; KEDRO_ENV, or the base, where it
            is not given.

    Raises:
        ValueError: when the configuration names none.
    """
    environment = environment or os.environ.get("KEDRO_ENV")
    folder = find_kedro_project(Path.cwd()) or HERE
    loader = settings.CONFIG_LOADER_CLASS(
        conf_source=str(Path(folder) / settings.CONF_SOURCE),
        env=environment,
        **settings.CONFIG_LOADER_ARGS,
    )
    candidates = loader["parameters"].get("training", {}).get("candidates", {})
    if not candidates:
        raise ValueError(
            "expected candidates under `training.candidates`, found none: add one to "
            "conf/base/parameters_training.yml"
        )
    return tuple(candidates)
