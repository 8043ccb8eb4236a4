"""Write the committed results of the benchmarks into the README.

``python benchmarks/figures.py [--check]`` renders ``benchmarks/results/<name>.json``
between ``<!-- figures:begin <name> -->`` and ``<!-- figures:end -->``. With ``--check``
it changes nothing and exits 1 when a block is out of date; a test does the same.
"""

import argparse
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks import (
    accuracy,
    batch_prediction,
    contract_ablation,
    default_run,
    drift,
    gate_power,
    learning_loop,
    overload,
    poisoning,
    records,
    replicas,
    serving_tables,
    splitting,
    time_to_accuracy,
)
from benchmarks.results import FOLDER, load_result, tell_machine

README = Path(__file__).resolve().parents[1] / "README.md"
BLOCK = re.compile(
    r"(?P<begin><!-- figures:begin (?P<name>\w+) -->\n).*?"
    r"(?P<end><!-- figures:end -->)",
    re.DOTALL,
)
Renderer = Callable[[Mapping[str, Any]], str]
RENDERERS: dict[str, Renderer] = {
    "time_to_accuracy": time_to_accuracy.render,
    "batch_prediction": batch_prediction.render,
    "contract_ablation": contract_ablation.render,
    "default_run": default_run.render,
    "gate_power": gate_power.render,
    "splitting": splitting.render,
    "records": records.render,
    "overload": overload.render,
    "replicas": replicas.render,
    "learning_loop": learning_loop.render,
    "poisoning": poisoning.render,
    "drift": drift.render,
    "serving": serving_tables.render,
    **{f"accuracy_{name}": accuracy.render for name in ("base", "mnist", "sketch")},
}


def main() -> int:
    """Rewrite the README's blocks, or say that they are out of date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    options = parser.parse_args()
    written = README.read_text(encoding="utf-8")
    current = fill_blocks(written)
    if current == written:
        return 0
    if options.check:
        print("README.md is out of date: run `python benchmarks/figures.py`")
        return 1
    README.write_text(current, encoding="utf-8")
    return 0


def fill_blocks(
    text: str, folder: Path = FOLDER, renderers: Mapping[str, Renderer] = RENDERERS
) -> str:
    """Fill every block of a page with the committed result of its name.

    Args:
        text: the page.
        folder: where the results lie.
        renderers: what turns a result's ``figures`` into Markdown, by name.

    Returns:
        the page; what lies outside the blocks is as it was.

    Raises:
        ValueError: when a block names no benchmark or one without a result.
    """

    def fill(block: re.Match[str]) -> str:
        name = block["name"]
        result = load_result(name, folder)
        if result is None or name not in renderers:
            raise ValueError(
                f"expected a result and a renderer for the block {name!r}, got none: "
                f"run the benchmark with --save, or correct the block's name"
            )
        return f"{block['begin']}{_render(result, renderers[name])}\n{block['end']}"

    return BLOCK.sub(fill, text)


def _render(result: Mapping[str, Any], renderer: Renderer) -> str:
    source = (
        f"`{result['command']}`, {result['date']}, {tell_machine(result['machine'])}."
    )
    return f"{renderer(result['figures']).rstrip()}\n\n{source}"


if __name__ == "__main__":
    sys.exit(main())
