"""The candidates: what the configuration names under `training.candidates`."""

import os
from pathlib import Path

import yaml
from kedro.framework.project import settings
from kedro.utils import find_kedro_project

HERE = Path(__file__).resolve().parents[2]
FILE = "parameters_training.yml"


def candidate_names(environment: str | None = None) -> tuple[str, ...]:
    """Give the candidates' names in the configuration's order.

    The files are read as they are: a second config loader would take Kedro's resolvers,
    which are global, away from the one that the run goes by.

    Args:
        environment: read over the base; KEDRO_ENV, or "local", where it is not given.

    Raises:
        ValueError: when the configuration names none.
    """
    over = environment or os.environ.get("KEDRO_ENV") or "local"
    folder = Path(find_kedro_project(Path.cwd()) or HERE) / settings.CONF_SOURCE
    names: dict[str, None] = {}
    for layer in ("base", over):
        path = folder / layer / FILE
        if path.is_file():
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            names |= dict.fromkeys(content.get("training", {}).get("candidates", {}))
    if not names:
        raise ValueError(
            "expected candidates under `training.candidates`, found none: add one to "
            f"conf/base/{FILE}"
        )
    return tuple(names)
