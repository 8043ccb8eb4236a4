"""What a run of several pipelines is called."""

import click
import pytest

from digit_pipeline.hooks.tracking import order_as_given


@pytest.mark.parametrize(
    ("given", "names", "expected"),
    [
        ("evaluation promotion", "promotion evaluation", "evaluation promotion"),
        ("promotion evaluation", "evaluation promotion", "promotion evaluation"),
        ("training training", "training", "training"),
        # What another command, or --pipeline, asks for.
        ("", "promotion evaluation", "promotion evaluation"),
    ],
)
def test_pipelines_keep_the_order_in_which_they_were_given(given, names, expected):
    command = click.Context(click.Command("run"))
    command.params["pipelines"] = given.split()
    with command:
        assert order_as_given(names.split()) == expected.split()


def test_without_a_command_names_stay_as_they_are():
    assert order_as_given(["promotion", "evaluation"]) == ["promotion", "evaluation"]
    assert order_as_given(None) is None
