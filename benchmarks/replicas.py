"""Measure REST replicas behind nginx: one, two, three, and one without nginx.

``python benchmarks/replicas.py [--rounds 3] [--seconds 8] [--clients 16] [--save]``,
with a champion in ``DATA_DIR``/09_serving, nginx and wrk. Three replicas run all the
time, each with one process; an nginx for each number of them asks only so many. They
are measured by turns. wrk sends a drawing of 400x400 as a raw PNG over connections that
it keeps. Every answer is recorded while this is measured; the limits on how often one
client may ask are off, because all come from one.
"""

import argparse
import io
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import psutil
from PIL import Image, ImageDraw

from benchmarks.results import save_result
from deploy.replicas import CONFIGURATION, Nginx, Replicas, find_free_port
from deploy.replicas import render as render_nginx

NAME = "replicas"
COUNTS = (1, 2, 3)
DIRECT = "direct"
# Cores of other work, beyond which the figures say nothing.
BUSY = 0.3
SCRIPT = """
local file = io.open("{picture}", "rb")
wrk.method = "POST"
wrk.body = file:read("*all")
wrk.headers["Content-Type"] = "image/png"
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format(
    '\\n{{"requests": %d, "microseconds": %d, "p50": %d, "p99": %d, "failed": %d}}\\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
"""

Figures = dict[str, float]


def main() -> int:
    """Measure by turns, and print or save the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--save", action="store_true", help="into benchmarks/results")
    options = parser.parse_args()
    if shutil.which("wrk") is None:
        parser.error("expected wrk on PATH, got none: install your system's wrk")
    measured: dict[str, list[Figures]] = {}
    with tempfile.TemporaryDirectory() as folder, _doors() as (doors, processes):
        script = write_script(Path(folder))
        # The first round warms up and is not counted.
        for turn in range(options.rounds + 1):
            for name, url in doors.items():
                seconds = options.seconds if turn else 2
                figures = measure(url, script, seconds, options.clients, processes)
                if turn:
                    measured.setdefault(name, []).append(figures)
    figures = summarise(measured, options.clients, options.seconds)
    print(render(figures))
    if options.save:
        print(f"saved {save_result(NAME, figures)}")
    return 0


@contextmanager
def _doors() -> Iterator[tuple[dict[str, str], dict[str, list[psutil.Process]]]]:
    """Start everything; give each door's address, and whose time is counted."""
    with ExitStack() as stack:
        replicas = stack.enter_context(
            Replicas(max(COUNTS), pages=False, port=0, limits=False)
        )
        ports = [app.port for app in replicas.rest]
        doors = {DIRECT: f"http://127.0.0.1:{ports[0]}"}
        for count in COUNTS:
            folder = replicas.folder / f"nginx-{count}"
            folder.mkdir()
            port = find_free_port()
            text = render_nginx(
                CONFIGURATION.read_text(encoding="utf-8"),
                port=port, rest=ports[:count], pages=None, limits=False,
            )  # fmt: skip
            nginx = Nginx(folder, text, port)
            stack.callback(nginx.stop)
            nginx.start()
            doors[str(count)] = nginx.url
        apps = [app.process for app in replicas.rest if app.process is not None]
        children = psutil.Process().children(recursive=True)
        yield (
            doors,
            {
                "replicas": [psutil.Process(process.pid) for process in apps],
                "nginx": [one for one in children if one.name() == "nginx"],
            },
        )


def write_script(folder: Path) -> Path:
    """Draw the picture, and tell wrk to send it."""
    picture = Image.new("RGBA", (400, 400), (255, 255, 255, 255))
    line = [(120, 90), (290, 90), (180, 320)]
    ImageDraw.Draw(picture).line(line, "black", 22, joint="curve")
    file = io.BytesIO()
    picture.save(file, "PNG")
    (folder / "drawing.png").write_bytes(file.getvalue())
    script = folder / "post.lua"
    script.write_text(SCRIPT.format(picture=folder / "drawing.png"))
    return script


def measure(
    url: str,
    script: Path,
    seconds: int,
    clients: int,
    processes: Mapping[str, Sequence[psutil.Process]],
) -> Figures:
    """Let wrk ask for some seconds.

    Returns:
        ``rate`` per second, ``p50`` and ``p99`` in ms, ``failed``, and how many cores
        the ``replicas``, ``nginx``, the ``generator`` and ``others`` kept busy.
    """
    before = _count_seconds(processes)
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", str(script)]
    ran = subprocess.run(  # noqa: S603
        [*command, f"{url}/api/predict"], check=True, capture_output=True, text=True
    )
    after = _count_seconds(processes)
    found = re.search(r"^\{.*\}$", ran.stdout, re.MULTILINE)
    if found is None:
        raise ValueError(f"expected wrk's figures as JSON, got {ran.stdout!r}: try wrk")
    told: dict[str, int] = json.loads(found[0])
    elapsed = told["microseconds"] / 1e6
    cores = {name: (after[name] - before[name]) / elapsed for name in after}
    known = sum(cores[name] for name in (*processes, "generator"))
    return {
        "rate": told["requests"] / elapsed,
        "p50": told["p50"] / 1000,
        "p99": told["p99"] / 1000,
        "failed": told["failed"],
        **{name: cores[name] for name in (*processes, "generator")},
        "others": max(0.0, cores["machine"] - known),
    }


def _count_seconds(
    processes: Mapping[str, Sequence[psutil.Process]],
) -> dict[str, float]:
    """Give the processor time that each has taken since it began, s."""
    generator = os.times()
    machine = psutil.cpu_times()
    return {
        **{
            name: sum(sum(one.cpu_times()[:2]) for one in ones)
            for name, ones in processes.items()
        },
        "generator": generator.children_user + generator.children_system,
        "machine": float(sum(machine) - machine.idle - machine.iowait),
    }


def summarise(
    measured: Mapping[str, Sequence[Figures]], clients: int, seconds: int
) -> dict[str, Any]:
    """Give the median of each figure, and the range of the rates.

    Returns:
        ``clients``, ``seconds``, ``rounds``, ``cores`` and ``doors``: by "direct" or
        number of replicas, each figure of ``measure``, with ``low`` and ``high`` rate.
    """
    return {
        "clients": clients,
        "seconds": seconds,
        "rounds": len(next(iter(measured.values()))),
        "cores": os.cpu_count(),
        "doors": {
            name: {
                **{
                    key: round(statistics.median(one[key] for one in rounds), 2)
                    for key in rounds[0]
                },
                "failed": sum(one["failed"] for one in rounds),
                "low": round(min(one["rate"] for one in rounds)),
                "high": round(max(one["rate"] for one in rounds)),
            }
            for name, rounds in measured.items()
        },
    }


def render(figures: Mapping[str, Any]) -> str:
    """Show the figures as Markdown: a table and some sentences."""
    lines = [
        "| replicas | requests per second, median (range) | p50, ms | p99, ms "
        "| failed | cores: replicas, nginx, wrk, other work |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    names = {DIRECT: "1, without nginx"}
    for name, one in figures["doors"].items():
        parts = ("replicas", "nginx", "generator", "others")
        cores = ", ".join(f"{one[part]:.2f}" for part in parts)
        lines.append(
            f"| {names.get(name, name)} "
            f"| {one['rate']:,.0f} ({one['low']:,} to {one['high']:,}) "
            f"| {one['p50']:.1f} | {one['p99']:.1f} | {one['failed']:.0f} | {cores} |"
        )
    rates = {name: one["rate"] for name, one in figures["doors"].items()}
    cores = figures["cores"]
    return "\n".join(lines) + (
        f"\n\n{figures['clients']} connections send a drawing of 400x400 as a raw PNG, "
        f"{figures['seconds']} s in each of {figures['rounds']} rounds by turns; every "
        f"answer is recorded, the limits per client are off. Two replicas answer "
        f"{rates['2'] / rates['1']:.2f} and three {rates['3'] / rates['1']:.2f} times "
        f"as many as one. {_tell_cores(figures)}"
    )


def _tell_cores(figures: Mapping[str, Any]) -> str:
    """Say what the cores allow to conclude."""
    cores = figures["cores"] or 1
    there = f"There were {cores} cores for replicas, nginx and generator together"
    others = max(one["others"] for one in figures["doors"].values())
    if others > BUSY:
        return (
            f"{there}, and other work kept up to {others:.1f} of them busy: more "
            "processes then get a larger share of what is left, so these figures "
            "compare nothing."
        )
    if cores <= max(COUNTS):
        return (
            f"{there}: more replicas share what there is, and what they bring is that "
            "one may die or restart."
        )
    return f"{there}: the replicas had cores of their own."


if __name__ == "__main__":
    sys.exit(main())
