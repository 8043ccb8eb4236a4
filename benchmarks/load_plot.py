"""Draw what Locust measured: ``python benchmarks/load_plot.py <…_stats_history.csv>``.

The plot lies beside the file, as PNG: requests and failures per second, and the 50th,
95th and 99th percentile of the time that answers took.
"""

import argparse
import csv
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt


def main() -> int:
    """Draw one file's rows of all requests together."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("history", type=Path)
    path = parser.parse_args().history
    with path.open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["Name"] == "Aggregated"]
    if not rows:
        print(
            f"Expected rows of all requests in {path}, but there are none; "
            "let the test run longer."
        )
        return 1
    print(f"drew {plot(rows, path.with_suffix('.png'))}")
    return 0


def plot(rows: list[dict[str, str]], path: Path) -> Path:
    """Draw rates above, times below, over the seconds of the test."""
    start = float(rows[0]["Timestamp"])
    seconds = [float(row["Timestamp"]) - start for row in rows]
    figure, (rates, times) = plt.subplots(2, 1, sharex=True, figsize=(8, 6))
    rates.plot(seconds, _read(rows, "Requests/s"), label="requests")
    rates.plot(seconds, _read(rows, "Failures/s"), label="failures", linestyle="--")
    rates.plot(seconds, _read(rows, "User Count"), label="users", linestyle=":")
    rates.set_ylabel("per second")
    for name in ("50%", "95%", "99%"):
        times.plot(seconds, _read(rows, name), label=name)
    times.set_ylabel("time to answer, ms")
    times.set_xlabel("seconds")
    for axes in (rates, times):
        axes.set_ylim(bottom=0)
        axes.legend()
        axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)
    return path


def _read(rows: list[dict[str, str]], name: str) -> list[float]:
    """Read a column; Locust writes N/A before the first answer."""
    return [float(row[name]) if row[name] != "N/A" else float("nan") for row in rows]


if __name__ == "__main__":
    sys.exit(main())
