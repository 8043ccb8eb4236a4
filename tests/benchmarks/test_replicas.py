"""The table of replicas: what is counted, and what is said of cores."""

import subprocess
from pathlib import Path

import pytest

from benchmarks import replicas

ROUND = {
    "rate": 100.0, "p50": 10.0, "p99": 40.0, "failed": 0,
    "generator": 0.1, "replicas": 0.9, "nginx": 0.1, "others": 0.2,
}  # fmt: skip


@pytest.fixture
def measured():
    """Two doors' rounds by hand: with two replicas one round is an outlier."""
    return {
        "direct": [ROUND],
        "1": [{**ROUND, "rate": rate} for rate in (90, 100, 95)],
        "2": [{**ROUND, "rate": rate, "failed": 1} for rate in (190, 20, 200)],
        "3": [{**ROUND, "rate": 285.0}],
    }


def test_medians_are_given_with_their_range_and_every_failure(measured):
    doors = replicas.summarise(measured, clients=16, seconds=8)["doors"]
    assert (doors["1"]["rate"], doors["1"]["low"], doors["1"]["high"]) == (95, 90, 100)
    assert doors["2"]["rate"] == 190
    assert doors["2"]["failed"] == 3


@pytest.mark.parametrize(
    ("cores", "remark"), [(2, "share what there is"), (16, "cores of their own")]
)
def test_the_table_says_how_many_cores_there_were(measured, cores, remark):
    figures = replicas.summarise(measured, clients=16, seconds=8)
    text = replicas.render({**figures, "cores": cores})
    assert "| 2 | 190 (20 to 200) | 10.0 | 40.0 | 3 |" in text
    assert "Two replicas answer 2.00 and three 3.00 times" in text
    assert f"There were {cores} cores" in text
    assert remark in text


def test_figures_of_a_busy_machine_are_not_taken_for_more_than_they_are(measured):
    measured["2"] = [{**ROUND, "others": 1.5}]
    text = replicas.render(replicas.summarise(measured, clients=16, seconds=8))
    assert "other work kept up to 1.5 of them busy" in text


def test_wrk_is_told_to_send_a_drawing(tmp_path: Path):
    script = replicas.write_script(tmp_path)
    picture = tmp_path / "drawing.png"
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert str(picture) in script.read_text()


def test_a_generator_without_figures_is_told_of(tmp_path, monkeypatch):
    """A wrk that prints something else, as an older one may."""
    program = tmp_path / "wrk"
    program.write_text("#!/bin/sh\necho Requests/sec: 12\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert subprocess.run(["wrk"], capture_output=True, check=True).stdout
    with pytest.raises(ValueError, match="JSON"):
        replicas.measure("http://127.0.0.1:1", tmp_path / "x.lua", 1, 1, {})
