"""The candidates: what the configuration names, and which of them are retrained."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from kedro.framework.project import settings
from kedro.utils import find_kedro_project

HERE = Path(__file__).resolve().parents[2]
FILE = "parameters_training.yml"
RETRAINING = "parameters_retraining.yml"


def candidate_names(environment: str | None = None) -> tuple[str, ...]:
    """Give the candidates' names in the configuration's order.

    The files are read as they are: a second config loader would take Kedro's resolvers,
    which are global, away from the one that the run goes by.

    Args:
        environment: read over the base; KEDRO_ENV, or "local", where it is not given.

    Raises:
        ValueError: when the configuration names none.
    """
    names: dict[str, None] = {}
    for content in _read(FILE, environment):
        names |= dict.fromkeys(content.get("training", {}).get("candidates", {}))
    if not names:
        raise ValueError(
            "expected candidates under `training.candidates`, found none: add one to "
            f"conf/base/{FILE}"
        )
    return tuple(names)


def retrained_names(environment: str | None = None) -> tuple[str, ...]:
    """Give the names of the candidates that a retraining trains, as configured.

    Args:
        environment: as for ``candidate_names``.

    Raises:
        ValueError: when the configuration names none, or one that there is not.
    """
    names: list[str] = []
    for content in _read(RETRAINING, environment):
        names = content.get("retraining", {}).get("candidates", names)
    known = candidate_names(environment)
    if not names or set(names) - set(known):
        raise ValueError(
            f"expected names among {', '.join(known)} under `retraining.candidates`, "
            f"got {', '.join(names) or 'none'}: correct conf/base/{RETRAINING}"
        )
    return tuple(names)


def _read(file: str, environment: str | None) -> Iterator[dict[str, Any]]:
    over = environment or os.environ.get("KEDRO_ENV") or "local"
    folder = Path(find_kedro_project(Path.cwd()) or HERE) / settings.CONF_SOURCE
    for layer in ("base", over):
        path = folder / layer / file
        if path.is_file():
            yield yaml.safe_load(path.read_text(encoding="utf-8")) or {}
