"""A line for every node in a terminal, and silence elsewhere."""

import pytest
from kedro.pipeline import Node, Pipeline
from rich.console import Console

from digit_pipeline.hooks import steps


def copy_value(value: int) -> int:
    return value


@pytest.fixture
def pipeline() -> Pipeline:
    first = Node(copy_value, inputs="a", outputs="b", name="fit_train_digits")
    second = Node(copy_value, inputs="b", outputs="c", name="train_model")
    return Pipeline([first]) + Pipeline([second], namespace="sketch_cnn")


def run_steps(pipeline: Pipeline) -> None:
    hook = steps.StepHook()
    hook.before_pipeline_run(pipeline)
    for node in pipeline.nodes:
        hook.before_node_run(node)


def test_every_step_is_named_and_counted_in_a_terminal(pipeline, capsys, monkeypatch):
    def terminal(**options) -> Console:
        return Console(**options, force_terminal=True, width=80, color_system=None)

    monkeypatch.setattr(steps, "Console", terminal)
    run_steps(pipeline)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 2
    assert "1/2" in told[0]
    assert any("fit train digits" in line for line in told)
    assert any("train model sketch_cnn" in line for line in told)


def test_nothing_is_told_where_nobody_watches(pipeline, capsys):
    run_steps(pipeline)
    assert capsys.readouterr() == ("", "")
