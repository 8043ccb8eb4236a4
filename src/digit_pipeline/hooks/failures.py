"""What a run tells the person who started it when it can't go on: one sentence."""

import logging
import sys
from pathlib import Path
from typing import Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines

from digit_pipeline.datasets.errors import FileError
from digit_pipeline.hooks.folders import SUFFIXES
from digit_pipeline.hooks.sentence import SentenceError, find_own

# Who writes about an error that is told when the run ends anyway.
TALKATIVE = (
    "kedro.pipeline.node",
    "kedro.runner.sequential_runner",
    "kedro.runner.thread_runner",
    "kedro.runner.parallel_runner",
)
NOTHING_RAN = "No nodes ran."


class FailureHook:
    """Says the project's own errors in their sentence; others keep their traceback."""

    def __init__(self) -> None:
        self._loading = ""

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Refuse names that nothing has, before anybody stumbles over them.

        Raises:
            SentenceError: with the names to choose from.
        """
        for name in TALKATIVE:
            logging.getLogger(name).addFilter(is_worth_telling)
        _check_environment(context)
        _check_pipelines()

    @hook_impl
    def before_dataset_loaded(self, dataset_name: str) -> None:
        """Remember what is being read: its file does not know what it is called."""
        self._loading = dataset_name

    @hook_impl(trylast=True)
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any]) -> None:
        """Say what the project knows to say, after everybody else has heard of it.

        Raises:
            SentenceError: with the sentence, for errors that the project raised on
                purpose; others keep their traceback.
        """
        own = find_own(error)
        if isinstance(own, FileError):
            raise SentenceError(_say(own, self._loading, run_params)) from error
        if own is not None:
            raise SentenceError(str(own)) from error


def is_worth_telling(record: logging.LogRecord) -> bool:
    """Tell whether a line of Kedro's about an error says more than its sentence.

    Called while the error is being handled. The nodes to resume from are worth telling,
    unless nothing ran, or another run has to make a file first.
    """
    own = find_own(sys.exc_info()[1])
    if record.levelno >= logging.ERROR:
        return own is None
    is_hint = record.getMessage().startswith(NOTHING_RAN) or isinstance(own, FileError)
    return record.levelno < logging.WARNING or not is_hint


def _check_environment(context: KedroContext) -> None:
    folder = Path(context.config_loader.conf_source)
    # Configuration may also come from an archive or an address.
    if not context.env or not folder.is_dir() or (folder / context.env).is_dir():
        return
    there = sorted(path.name for path in folder.iterdir() if path.is_dir())
    raise SentenceError(
        f"expected an environment among {', '.join(there)}, got {context.env!r}: "
        "correct --env (or KEDRO_ENV)"
    )


def _check_pipelines() -> None:
    """Look at the command line: Kedro itself looks at the names after all hooks."""
    command = click.get_current_context(silent=True)
    given = command.params if command else {}
    named = [*(given.get("pipelines") or []), given.get("pipeline")]
    unknown = [name for name in named if name and name not in pipelines]
    if unknown:
        raise SentenceError(
            f"expected a pipeline among {', '.join(pipelines)}, got "
            f"{', '.join(unknown)}: correct --pipelines"
        )


def _say(error: FileError, dataset: str, run_params: dict[str, Any]) -> str:
    maker = _find_maker(dataset, run_params["pipeline_names"] or [])
    if maker is None:
        return str(error)
    env = f" --env {run_params['env']}" if run_params["env"] else ""
    return (
        f"expected {dataset} in {error.path}, but {error.found}: {error.cure}run "
        f"`kedro run --pipelines {maker}{env}`, which makes it"
    )


def _find_maker(dataset: str, names: list[str]) -> str | None:
    """Name the smallest pipeline that writes a dataset.

    Args:
        dataset: its name in the catalog.
        names: what is being run: a retraining reads what a retraining wrote.
    """
    apart = [name for name in names if name in SUFFIXES]
    makers = (n for n in [*apart, *pipelines] if dataset in pipelines[n].all_outputs())
    return next(makers, None)
