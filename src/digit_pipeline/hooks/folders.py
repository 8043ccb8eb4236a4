"""What a retraining makes is kept apart from what `kedro run` made.

`retrain` runs the same nodes on the same dataset names. In the catalog each data layer
has a folder per environment (`source` in globals.yml); whatever a run of `retrain`
writes goes to `<source>_retrained` instead, and what `feedback` alone writes to
`<source>_feedback`, so that neither changes what the other, or `kedro run`, is just
reading. Models, metrics and report of each stay whole, a retraining can be resumed by
`--from-nodes` like any run, and no entry stands in the catalog twice. A namespace would
need a second entry for each of fifty datasets, and other names in every hook.
"""

from collections.abc import Sequence
from typing import Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import DataCatalog

from digit_pipeline.datasets.file_dataset import FileDataset

# The later one names the folder of a run of both.
SUFFIXES = {"feedback": "_feedback", "retrain": "_retrained"}


class FolderHook:
    """Leads a retraining's outputs into folders of their own."""

    def __init__(self) -> None:
        self._context: KedroContext | None = None

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Remember the context, which knows the environment's folder."""
        self._context = context

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], catalog: DataCatalog
    ) -> None:
        """Lead what these pipelines write elsewhere, before anyone looks for it."""
        names = run_params["pipeline_names"] or []
        suffix = find_suffix(names)
        if not suffix or self._context is None:
            return
        source = self._context.config_loader["globals"]["source"]
        for name in sorted(set().union(*(pipelines[n].all_outputs() for n in names))):
            dataset = catalog.get(name)
            if isinstance(dataset, FileDataset):
                dataset.move_apart(source, f"{source}{suffix}")


def find_suffix(names: Sequence[str]) -> str:
    """Tell how the folders end that a run writes to; "" for the environment's own.

    Args:
        names: of the pipelines that are run; none for the default.
    """
    if not names or set(names) - set(SUFFIXES):
        return ""
    return [suffix for name, suffix in SUFFIXES.items() if name in names][-1]
