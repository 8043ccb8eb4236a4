"""Measure one whole `kedro run`: wall time, processor time, peak memory, accuracy.

``python benchmarks/default_run.py [--env base] [--keep FOLDER] [--save]``. The run
starts from nothing in a folder of its own; raw files are taken from ``DATA_DIR``/01_raw
(or data/01_raw), so that no download is timed. Accuracy is the champion's on the
published test images, by source, and on the pen test set where its files are in place;
then come its calibration and what it refuses, of digits and of pictures that are none.
Last comes what the time went to.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.results import save_result
from benchmarks.run_times import EVENTS, group_seconds, read_node_seconds

NAME = "default_run"
PIPELINES = ("ingestion", "preprocessing", "training", "evaluation", "promotion")
ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run, then print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--env", default="base")
    parser.add_argument("--keep", type=Path, help="run there and keep what it made")
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    began = time.time()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.keep or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        seconds = _run(options.env, folder)
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"kedro run --env {options.env}, on {os.cpu_count()} cores")
        print(f"wall             {seconds:8.1f} s")
        print(f"processor        {usage.ru_utime + usage.ru_stime:8.1f} s")
        print(f"peak memory      {usage.ru_maxrss / 1024:8.0f} MB")
        reporting = folder / "data" / "08_reporting" / options.env
        _print_accuracy(reporting)
        _print_honesty(reporting)
    groups = group_seconds(
        read_node_seconds(ROOT / EVENTS, began), _name_nodes(), seconds
    )
    for name, part in groups.items():
        print(f"{part:8.1f} s  {name}")
    if options.save:
        figures = {
            "environment": options.env,
            "wall": round(seconds, 1),
            "processor": round(usage.ru_utime + usage.ru_stime, 1),
            "peak_mb": round(usage.ru_maxrss / 1024),
            "seconds": {name: round(part, 1) for name, part in groups.items()},
        }
        print(f"saved {save_result(NAME, figures)}")
    return 0


def render(figures: Mapping[str, Any]) -> str:
    """Write what the time went to as Markdown."""
    rows = "\n".join(
        f"| {name} | {part:.1f} s | {part / figures['wall']:.0%} |"
        for name, part in figures["seconds"].items()
    )
    return (
        f"| `kedro run`: {figures['wall']:.0f} s, {figures['processor']:.0f} s of "
        f"processor time, {figures['peak_mb']:,} MB | time | share |\n"
        f"| --- | --- | --- |\n{rows}"
    )


def _name_nodes() -> dict[str, set[str]]:
    """Give the nodes of each pipeline."""
    from digit_pipeline.pipeline_registry import register_pipelines  # noqa: PLC0415

    registered = register_pipelines()
    return {name: {node.name for node in registered[name].nodes} for name in PIPELINES}


def _run(environment: str, folder: Path) -> float:
    raw = Path(os.environ.get("DATA_DIR", ROOT / "data")).absolute() / "01_raw"
    data = folder / "data"
    data.mkdir(exist_ok=True)
    if raw.is_dir() and not (data / "01_raw").exists():
        (data / "01_raw").symlink_to(raw)
    variables = {
        "DATA_DIR": str(data),
        "MLFLOW_TRACKING_URI": f"sqlite:///{folder / 'mlflow.db'}",
        "MLFLOW_ARTIFACTS": str(folder / "artifacts"),
    }
    started = time.perf_counter()
    command = [sys.executable, "-m", "kedro", "run"]
    command += [] if environment == "base" else ["--env", environment]
    subprocess.run(command, cwd=ROOT, env=os.environ | variables, check=True)  # noqa: S603
    return time.perf_counter() - started


def _print_accuracy(reporting: Path) -> None:
    choice = json.loads((reporting / "choice.json").read_text())
    metrics = json.loads((reporting / "chosen_metrics.json").read_text())
    drawn = json.loads((reporting / "drawn_digit_score.json").read_text())
    print(f"chosen           {choice['candidate']}")
    print(f"its training     {metrics['cost']['train_seconds']:8.1f} s")
    for source, score in metrics["by_source"].items():
        print(f"test {source:<12}{_tell(score)}")
    print(f"pen test         {_tell(drawn) if drawn['n'] else drawn['sentence']}")


def _print_honesty(reporting: Path) -> None:
    metrics = json.loads((reporting / "chosen_metrics.json").read_text())
    drawn = json.loads((reporting / "drawn_digit_score.json").read_text())
    refusal = json.loads((reporting / "chosen_refusal.json").read_text())
    print(f"ECE, test        {100 * metrics['ece']:8.2f} %")
    if drawn["n"]:
        print(f"ECE, pen test    {100 * drawn['ece']:8.2f} %")
    print(f"refused digits   {100 * refusal['refused_digits']:8.2f} %")
    for family, row in refusal["non_digits"].items():
        print(
            f"taken for a digit: {family:<12} {100 * row['recognised']:5.1f} % "
            f"of {row['n']:,}"
        )
    for name in ("softmax", "energy"):
        scores = refusal["scores"][name]["all"]
        print(
            f"{name:<8} AUROC {scores['auroc']:.4f}, "
            f"FPR95 {100 * scores['fpr95']:.2f} %"
        )


def _tell(score: dict[str, Any]) -> str:
    low, high = 100 * score["accuracy_low"], 100 * score["accuracy_high"]
    share = 100 * score["accuracy"]
    return f"{share:8.2f} % (95 %: {low:.2f}-{high:.2f}; n = {score['n']:,})"


if __name__ == "__main__":
    sys.exit(main())
