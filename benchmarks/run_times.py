"""What the time of a `kedro run` went to, as Kedro-Viz recorded it node by node."""

import json
from collections.abc import Mapping
from pathlib import Path

EVENTS = Path(".viz") / "kedro_pipeline_events.json"
REST = "start, imports, catalog, MLflow, files"
# Drawing and writing for people, apart from what is measured.
FIGURE_NODES = {
    "draw_results",
    "draw_data",
    "plot_results",
    "interpret_results",
    "write_report",
}


def read_node_seconds(events: Path, since: float) -> dict[str, float]:
    """Read how long each node took, s.

    Args:
        events: the file that Kedro-Viz writes after a run.
        since: seconds since the epoch before which it is another run's.

    Raises:
        FileNotFoundError: when it is missing or older.
    """
    if not events.is_file() or events.stat().st_mtime < since:
        raise FileNotFoundError(
            f"expected {events} of this run: install the extra `viz` and run again"
        )
    return {
        event["node"]: float(event["duration"])
        for event in json.loads(events.read_text(encoding="utf-8"))
        if event["event"] == "after_node_run"
    }


def group_seconds(
    nodes: Mapping[str, float], pipelines: Mapping[str, set[str]], total: float
) -> dict[str, float]:
    """Add the nodes up by what they do, s, the longest first.

    Args:
        nodes: seconds by node.
        pipelines: the nodes of each pipeline, by its name.
        total: of the whole run; what no node took is the rest.
    """
    groups: dict[str, float] = {}
    for node, seconds in nodes.items():
        group = _name_group(node, pipelines)
        groups[group] = groups.get(group, 0.0) + seconds
    groups[REST] = total - sum(groups.values())
    return dict(sorted(groups.items(), key=lambda item: -item[1]))


def _name_group(node: str, pipelines: Mapping[str, set[str]]) -> str:
    candidate, dot, step = node.rpartition(".")
    if dot and step == "train_model":
        return f"training {candidate}"
    if step == "export_onnx":
        return "export to ONNX"
    if step in FIGURE_NODES:
        return "figures and report"
    return next((name for name, names in pipelines.items() if node in names), "other")
