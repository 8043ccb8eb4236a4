"""A retraining as seen from its own run: it holds the lease and tells how far it is.

Whoever starts it, the app or the command line: one runs at a time on everything that
shares the records.
"""

import os
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node

from digit_pipeline.hooks.sentence import SentenceError
from digit_pipeline.jobs.endings import (
    Ending,
    end_by_decision,
    end_by_error,
    end_without_decision,
)
from digit_pipeline.jobs.names import JOB_ID, RETRAIN
from digit_pipeline.provenance import is_tracked
from digit_pipeline.releases import NoChampionError, ReleaseStore

if TYPE_CHECKING:
    from digit_pipeline.jobs.holding import HeldJob


class RetrainingHook:
    """Takes the lease of a retraining, keeps it, and says how it ended.

    A run is one when its pipeline is, or when the environment names a job.
    """

    def __init__(self) -> None:
        self._context: KedroContext | None = None
        self._job: HeldJob | None = None
        self._store = ReleaseStore(Path())
        self._decision: dict[str, Any] | None = None
        self._version: str | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context: its globals say where records and releases are."""
        self._context = context

    @hook_impl(wrapper=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline
    ) -> Generator[None, Any, Any]:
        """Take the lease before anybody else prepares for the run.

        Raises:
            SentenceError: when another retraining runs, or the records don't answer.
        """
        names = run_params["pipeline_names"] or []
        if self._context and (RETRAIN in names or JOB_ID in os.environ):
            self._begin(self._context, pipeline)
        try:
            if self._context and self._job:
                self._mend(self._context)
            return (yield)
        except Exception as error:
            self._fail(error)
            raise

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Tell which step begins."""
        if self._job:
            self._job.begin(node.name, name_stage(node))

    @hook_impl
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Keep the gate's decision, and note the release that it let through."""
        if self._job is None:
            return
        if dataset_name == "decision":
            self._decision = data
        elif dataset_name == "champion_model" and data.decision["promoted"]:
            pointer = self._store.pointer()
            self._version = pointer.version if pointer else None

    @hook_impl(wrapper=True)
    def after_pipeline_run(self) -> Generator[None, Any, Any]:
        """End with what the gate decided, once everybody else has heard of it."""
        try:
            return (yield)
        finally:
            self._finish(
                end_by_decision(self._decision, self._version)
                if self._decision
                else end_without_decision()
            )

    @hook_impl(tryfirst=True)
    def on_pipeline_error(self, error: Exception) -> None:
        """End with what went wrong."""
        self._fail(error)

    def _begin(self, context: KedroContext, pipeline: Pipeline) -> None:
        # Here because a database costs half a second that other runs should not pay.
        from digit_pipeline.jobs.holding import HeldJob, Plan  # noqa: PLC0415
        from digit_pipeline.records import RecordsError  # noqa: PLC0415

        named = context.config_loader["globals"]
        data = context.project_path / named["data"]
        self._store = ReleaseStore(data / "09_serving" / named["task"])
        self._decision = self._version = None
        nodes = [node.name for node in pipeline.nodes]
        try:
            self._job = HeldJob(Plan(data, named["task"], context.env or "base", nodes))
        except RecordsError as error:
            raise SentenceError(str(error)) from error

    def _mend(self, context: KedroContext) -> None:
        """Bring in line what a publication that was killed has left behind."""
        from digit_pipeline.registry_mirror import mirror_project  # noqa: PLC0415

        self._store.mend()
        if is_tracked():
            with suppress(NoChampionError):
                mirror_project(self._store.champion(), context.project_path)

    def _fail(self, error: Exception) -> None:
        if self._job:
            self._finish(end_by_error(error, self._job.stage))

    def _finish(self, ending: Ending) -> None:
        if self._job:
            self._job.finish(ending)
        self._job = None


def name_stage(node: Node) -> str:
    """Say what a node does: its name in words, and whose it is."""
    step = node.name.rpartition(".")[2].replace("_", " ")
    return f"{step} ({node.namespace.replace('_', ' ')})" if node.namespace else step
