"""One `kedro run` is one MLflow run, with a nested child run for each candidate.

kedro-mlflow's own hook opens and closes the run and logs the parameters. This one
holds its hand: MLflow is set up when a pipeline starts and not for every command, a
server that is down stops the run before anything was trained, and one that goes away
in the middle costs a sentence and not the models.
"""

import atexit
import logging
import os
import sqlite3
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from textwrap import shorten
from typing import Any

import click
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.io import DataCatalog
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from digit_pipeline.hooks.locks import is_ours, list_locks
from digit_pipeline.hooks.run_facts import log_drift, tag_digests, tag_provenance
from digit_pipeline.hooks.sentence import SentenceError
from digit_pipeline.jobs.endings import find_stop
from digit_pipeline.provenance import is_tracked

logger = logging.getLogger(__name__)

# MLflow's own default of 7 retries with back-off keeps a run hanging for minutes.
RETRIES = "MLFLOW_HTTP_REQUEST_MAX_RETRIES"
PATIENCE = {RETRIES: "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "10"}

# What `kedro mlflow ui` starts needs no jobs, and people no advice to its authors.
SERVER = {
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
    "PYTHONWARNINGS": "ignore:starlette.middleware.wsgi is deprecated",
}

MOST_NESTED = 10
LONGEST = 200
# The port of a service that nobody runs any more.
NOBODY = "http://127.0.0.1:9"
KILLED = "KILLED"


class TrackingHook:
    """Hands what happens in a run on to MLflow, as long as MLflow answers."""

    def __init__(self) -> None:
        self._context: KedroContext | None = None
        self._catalog: DataCatalog | None = None
        self._mlflow: Any = None
        self._children: Any = None
        self._unfinished: Any = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context; MLflow is set up when a pipeline starts.

        Or for kedro-mlflow's own commands, which look for it in the context.
        """
        self._context = context
        if _is_mlflow_command():
            # Here because it costs seconds that other commands should not pay.
            from kedro_mlflow.framework.hooks.mlflow_hook import (  # noqa: PLC0415
                MlflowHook,
            )

            _quieten()
            for name, value in SERVER.items():
                os.environ.setdefault(name, value)
            MlflowHook().after_context_created(context)

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Open the run, or say in one sentence why it can't be opened."""
        if not self._is_tracked(run_params["pipeline_names"] or []):
            return
        for name, value in PATIENCE.items():
            os.environ.setdefault(name, value)
        try:
            self._open_run(run_params, pipeline, catalog)
        except Exception as error:
            if stop := find_stop(error):
                self._kill_opened()
                raise SentenceError(str(stop)) from stop
            raise SentenceError(
                f"expected an answer from MLflow at {_tracking_uri()}, got "
                f"{_tell_cause(error)!r}: start or unlock it, or run without tracking "
                "by TRACKING=off"
            ) from error

    def _is_tracked(self, names: list[str]) -> bool:
        """Ask before MLflow is touched: a host that only predicts may have none."""
        if not is_tracked() or self._context is None:
            return False
        tracking = self._context.config_loader["mlflow"]["tracking"]
        return not set(names) & set(tracking["disable_tracking"]["pipelines"])

    def _open_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        from kedro_mlflow.framework.hooks.mlflow_hook import MlflowHook  # noqa: PLC0415

        from digit_pipeline.hooks.candidate_runs import CandidateRuns  # noqa: PLC0415

        _quieten()
        names = order_as_given(run_params["pipeline_names"])
        run_params = {**run_params, "pipeline_names": names}
        hook = MlflowHook()
        hook.after_context_created(self._context)
        hook.before_pipeline_run(run_params, pipeline, catalog)
        self._mlflow = hook
        self._catalog = catalog
        self._children = CandidateRuns(hook.run_id)
        # After MLflow's own, which would call an interrupted run finished: this goes
        # first.
        atexit.register(self._kill)
        self._unfinished = self._take_over(run_params)
        tag_provenance(run_params)

    @hook_impl
    def before_node_run(
        self, node: Node, catalog: DataCatalog, inputs: dict[str, Any], is_async: bool
    ) -> None:
        """Log the node's parameters: a candidate's on its own child run."""

        def log() -> None:
            if node.namespace:
                self._children.log_parameters(node.namespace, inputs)
            else:
                self._mlflow.before_node_run(node, catalog, inputs, is_async)

        self._attempt(log)

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Log metrics, curves and whatever lies in the reporting layer."""

        def log() -> None:
            candidate, _, kind = dataset_name.rpartition(".")
            if candidate:
                self._children.log_output(candidate, kind, data)
            elif dataset_name == "data_digests":
                tag_digests(data)
            elif dataset_name == "training_manifest":
                self._log_manifest(data)
            elif dataset_name == "drift_report":
                log_drift(data)
            elif dataset_name == "champion_model" and data.decision["promoted"]:
                self._mirror_champion()
            self._log_report(dataset_name)

        self._attempt(log)

    @hook_impl
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: DataCatalog
    ) -> None:
        """Close the run and its child runs."""

        def close() -> None:
            self._children.close("FINISHED")
            self._mlflow.after_pipeline_run(run_params, pipeline, catalog)
            if not self._mlflow._already_active_mlflow:
                _end_runs()
            self._forget()

        self._attempt(close)
        self._mlflow = None

    @hook_impl
    def on_pipeline_error(
        self,
        error: Exception,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: DataCatalog,
    ) -> None:
        """Mark the run and its child runs as failed."""

        def close() -> None:
            self._children.close("FAILED")
            self._mlflow.on_pipeline_error(error, run_params, pipeline, catalog)
            self._forget()

        self._attempt(close)
        self._mlflow = None

    def _take_over(self, run_params: dict[str, Any]) -> Any:
        """End what a killed run has left open, and note the one that has begun.

        Returns:
            where it is noted; None where another run might hold the lock.
        """
        from digit_pipeline.hooks.unfinished import UnfinishedRuns  # noqa: PLC0415

        if self._context is None:
            return None
        lock = list_locks(self._context, run_params["pipeline_names"])[0]
        if not is_ours(lock):
            return None
        unfinished = UnfinishedRuns(lock, _tracking_uri())
        unfinished.end_abandoned()
        # A run that was open before belongs to somebody who will close it.
        if not self._mlflow._already_active_mlflow:
            unfinished.note(self._mlflow.run_id)
        return unfinished

    def _kill(self) -> None:
        """Mark what an interrupted run has open: Kedro calls no hook after Ctrl-C."""

        def close() -> None:
            import mlflow  # noqa: PLC0415

            self._children.close(KILLED)
            while mlflow.active_run():
                mlflow.end_run(KILLED)
            self._forget()

        self._attempt(close)
        self._mlflow = None

    def _kill_opened(self) -> None:
        """Mark a run that was stopped while it was being opened, however far it was."""
        if self._unfinished is not None:
            self._kill()
        elif "mlflow" in sys.modules:
            _end_runs(KILLED)
        self._mlflow = None

    def _forget(self) -> None:
        atexit.unregister(self._kill)
        if self._unfinished is not None:
            self._unfinished.forget(self._mlflow.run_id)

    def _log_report(self, dataset_name: str) -> None:
        import mlflow  # noqa: PLC0415

        dataset = self._catalog.get(dataset_name) if self._catalog else None
        layer = (getattr(dataset, "metadata", None) or {}).get("kedro-viz", {})
        path = getattr(dataset, "_filepath", None)
        if layer.get("layer") != "reporting" or path is None:
            return
        if Path(path).is_file():
            mlflow.log_artifact(str(path), "report")

    def _log_manifest(self, manifest: Any) -> None:
        """Tag exactly what is trained on, and keep the list itself."""
        import mlflow  # noqa: PLC0415

        mlflow.set_tag("training_manifest", manifest.digest)
        dataset: Any = self._catalog.get("training_manifest") if self._catalog else None
        if dataset is not None:
            mlflow.log_artifact(str(dataset.locate(manifest)), "data")

    def _mirror_champion(self) -> None:
        import mlflow  # noqa: PLC0415

        from digit_pipeline.registry_mirror import mirror_champion  # noqa: PLC0415

        if self._catalog is None:
            return
        release = self._catalog.load("champion_model")
        mirror_champion(release)
        mlflow.log_artifact(str(release.folder / "model_card.md"))

    def _attempt(self, log: Callable[[], None]) -> None:
        """Log; give up on MLflow, once and aloud, when it stops answering in a run."""
        if self._mlflow is None:
            return
        try:
            log()
        except Exception as error:
            self._mlflow = None
            _drop_runs()
            logger.warning(
                "MLflow at %s stopped answering (%s): the run goes on without it and "
                "every model is kept; run `kedro run --pipelines evaluation,promotion` "
                "when it is back to log them",
                _tracking_uri(),
                _tell_cause(error),
            )


def _end_runs(status: str = "FINISHED") -> None:
    """End every open run: at nodes kedro-mlflow opens its own anew, within itself."""
    import mlflow  # noqa: PLC0415

    while mlflow.active_run():
        mlflow.end_run(status)


def _drop_runs() -> None:
    """Forget every open run, though MLflow can't be told that it ended.

    Each is closed at an address that refuses at once: at the true one, a locked
    database would have the run wait for 20 s every time.
    """
    import mlflow  # noqa: PLC0415

    address = mlflow.get_tracking_uri()
    retries = os.environ[RETRIES]
    os.environ[RETRIES] = "0"
    mlflow.set_tracking_uri(NOBODY)
    try:
        for _ in range(MOST_NESTED):
            if mlflow.active_run() is None:
                return
            with suppress(Exception):
                mlflow.end_run()
    finally:
        mlflow.set_tracking_uri(address)
        os.environ[RETRIES] = retries


def order_as_given(names: list[str] | None) -> list[str] | None:
    """Put a run's pipelines into the order of its command, for they name the run.

    Kedro puts them into a set on the way.
    """
    command = click.get_current_context(silent=True)
    given = (command.params.get("pipelines") if command else None) or []
    if names is None or set(names) != set(given):
        return names
    return list(dict.fromkeys(given))


def _quieten() -> None:
    """Take back what importing them did: INFO, whatever conf/logging.yml says."""
    for name in ("kedro_mlflow", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _is_mlflow_command() -> bool:
    command = click.get_current_context(silent=True)
    return command is not None and "mlflow" in command.command_path.split()


def _tracking_uri() -> str:
    import mlflow  # noqa: PLC0415

    return str(mlflow.get_tracking_uri())


def _tell_cause(error: BaseException) -> str:
    """Say in the system's or the database's words what lies at the bottom of it.

    MLflow, requests, urllib3 and SQLAlchemy each wrap it in an account of their own.
    """
    causes: list[BaseException] = []
    below: BaseException | None = error
    while below is not None and below not in causes:
        causes.append(below)
        below = below.__cause__ or below.__context__
    for cause in reversed(causes):
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        if isinstance(cause, sqlite3.Error | TimeoutError) and str(cause):
            return str(cause)
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return shorten(lines[0], LONGEST, placeholder=" …")
