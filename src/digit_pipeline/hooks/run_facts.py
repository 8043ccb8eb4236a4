"""What MLflow is told of a run itself: where it comes from, and what it found."""

from pathlib import Path
from typing import Any

from digit_pipeline.provenance import git_state


def tag_provenance(run_params: dict[str, Any]) -> None:
    """Tag the commit, whether it was clean, and the environment.

    Args:
        run_params: Kedro's, of the run.
    """
    import mlflow  # noqa: PLC0415

    state = git_state(Path(run_params["project_path"]))
    mlflow.set_tags(
        {
            "git_commit": state["commit"],
            "git_dirty": state["dirty"],
            "environment": run_params["env"] or "base",
        }
    )


def tag_digests(digests: dict[str, Any]) -> None:
    """Tag the exact training images: MLflow's own digest reads only the first ones.

    Args:
        digests: ``sha256`` by set of images.
    """
    import mlflow  # noqa: PLC0415

    mlflow.set_tags({f"digest.{name}": d["sha256"] for name, d in digests.items()})


def log_drift(report: dict[str, Any]) -> None:
    """Log how far the answers have drifted, so that MLflow draws it over the runs.

    Args:
        report: of the monitoring pipeline.
    """
    import mlflow  # noqa: PLC0415

    mlflow.set_tag("drift", report["state"])
    for comparison in ("from_checked", "in_use"):
        families = (report[comparison] or {"measured": {}})["measured"]
        for family, found in families.items():
            name = f"drift.{comparison}.{family}"
            mlflow.log_metric(f"{name}.p_value", found["p_value"])
            for column, one in found["distances"].items():
                mlflow.log_metric(f"{name}.{column}", one["value"])
