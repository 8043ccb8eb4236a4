"""What a run tells the person who started it: a short table."""

from pathlib import Path
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from rich import box
from rich.console import Console
from rich.table import Table

NEXT_COMMANDS = (
    ("make app", "draw a digit"),
    ("make viz", "see the pipelines"),
    ("make mlflow", "compare the candidates"),
)


class SummaryHook:
    """Closes a run with what came out of it."""

    def __init__(self) -> None:
        self._saved: dict[str, Any] = {}

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Forget what an earlier run saved."""
        self._saved = {}

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Keep what the closing table is made of."""
        if dataset_name in {
            "comparison",
            "decision",
            "batch_summary",
            "drift_report",
            "feedback_report",
        }:
            self._saved[dataset_name] = data

    @hook_impl
    def after_pipeline_run(self, catalog: DataCatalog) -> None:
        """Print the candidates, the gate's decision, and where to go next."""
        console = Console()
        if "feedback_report" in self._saved:
            console.print(self._saved["feedback_report"]["sentence"], soft_wrap=True)
        if "comparison" in self._saved:
            console.print(_tabulate(self._saved["comparison"].to_dict("records")))
            report = getattr(catalog.get("report"), "_filepath", None)
            console.print(f"Report: {_shorten(report)}", soft_wrap=True)
        if "decision" in self._saved:
            console.print(_tell(self._saved["decision"]), soft_wrap=True)
        for report in ("batch_summary", "drift_report"):
            if report in self._saved:
                console.print(self._saved[report]["sentence"], soft_wrap=True)
        if "decision" in self._saved:
            for command, purpose in NEXT_COMMANDS:
                console.print(f"Next: [bold]{command}[/]: {purpose}")


def _tabulate(rows: list[dict[str, Any]]) -> Table:
    # Without a frame: with one, the widest figures do not fit in 80 columns.
    table = Table(
        title="Accuracy in %, on test images with its 95 % interval",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("candidate", overflow="fold")
    for heading in ("validation", "drawn anew", "test", "training"):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            row["candidate"],
            f"{100 * row['validation_accuracy']:.1f}",
            f"{100 * row['perturbed_accuracy']:.1f}",
            _with_interval(row, "test"),
            f"{row['train_seconds']:.1f} s",
            style="bold" if row["chosen"] else None,
        )
    return table


def _with_interval(row: dict[str, Any], side: str) -> str:
    share, low, high = (row[f"{side}_{kind}"] for kind in ("accuracy", "low", "high"))
    return f"{100 * share:.1f} ({100 * low:.1f}-{100 * high:.1f})"


def _tell(decision: dict[str, Any]) -> str:
    verb = {
        "promoted": "[bold green]Promoted[/]",
        "refused": "[bold yellow]Not promoted[/]",
        "already_champion": "[bold]Champion already[/]",
    }[decision["outcome"]]
    return f"{verb}: {decision['challenger']}. {decision['reason']}"


def _shorten(path: Path | None) -> str:
    if path is None:
        return "in memory"
    absolute = Path(path).absolute()
    here = Path.cwd()
    inside = absolute.is_relative_to(here)
    return str(absolute.relative_to(here) if inside else absolute)
