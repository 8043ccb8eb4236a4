"""The README's figures are those of the committed results."""

import shlex
from pathlib import Path

import pytest

from benchmarks import figures, results

PAGE = "Before.\n<!-- figures:begin speed -->\nold\n<!-- figures:end -->\nAfter.\n"


def test_readme_agrees_with_the_committed_results():
    written = figures.README.read_text(encoding="utf-8")
    assert figures.fill_blocks(written) == written, "run `python benchmarks/figures.py`"


def test_every_committed_result_is_shown():
    shown = {found["name"] for found in figures.BLOCK.finditer(_readme())}
    assert shown == {path.stem for path in results.FOLDER.glob("*.json")}


def test_commands_of_committed_results_run_on_other_machines():
    for path in results.FOLDER.glob("*.json"):
        words = shlex.split(results.load_result(path.stem)["command"])
        assert [word for word in words if Path(word).is_absolute()] == [], path.name


def test_a_block_is_rewritten_and_the_rest_stays(tmp_path: Path):
    results.save_result("speed", {"value": 3}, tmp_path)
    text = figures.fill_blocks(PAGE, tmp_path, {"speed": lambda f: f"{f['value']} s"})
    assert text.startswith("Before.\n<!-- figures:begin speed -->\n3 s\n\n`python ")
    assert text.endswith(".\n<!-- figures:end -->\nAfter.\n")
    again = figures.fill_blocks(text, tmp_path, {"speed": lambda f: f"{f['value']} s"})
    assert again == text


def test_a_changed_result_no_longer_agrees(tmp_path: Path):
    renderers = {"speed": lambda f: f"{f['value']} s"}
    results.save_result("speed", {"value": 3}, tmp_path)
    text = figures.fill_blocks(PAGE, tmp_path, renderers)
    results.save_result("speed", {"value": 4}, tmp_path)
    assert figures.fill_blocks(text, tmp_path, renderers) != text


def test_a_block_without_a_result_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="the block 'speed'"):
        figures.fill_blocks(PAGE, tmp_path, {})


def test_a_result_says_where_and_how_it_was_measured(tmp_path: Path):
    results.save_result("speed", {"value": 3}, tmp_path)
    result = results.load_result("speed", tmp_path)
    assert result is not None
    assert result["benchmark"] == "speed"
    assert result["machine"]["cores"] >= 1
    assert result["command"].startswith("python benchmarks/")
    assert results.load_result("other", tmp_path) is None


def _readme() -> str:
    return figures.README.read_text(encoding="utf-8")
