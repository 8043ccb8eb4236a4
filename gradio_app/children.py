"""What the app's own child processes are given, and where there can be any."""

import os
from collections.abc import Mapping

from gradio_app.settings import Settings

# What a child has no use for, or what would have a training be another one.
KEPT_BACK = (
    *("API_KEY", "API_KEY_FILE", "SIGNING_KEY"),
    *("PROMETHEUS_MULTIPROC_DIR", "KEDRO_ENV"),
)


def has_project(settings: Settings) -> bool:
    """Tell whether the Kedro project is there, and not only what serves."""
    return (settings.project_dir / "pyproject.toml").is_file()


def pass_on(own: Mapping[str, str]) -> dict[str, str]:
    """Give this process's variables, without its keys, and a child's own."""
    inherited = {k: v for k, v in os.environ.items() if k not in KEPT_BACK}
    return {**inherited, **own}
