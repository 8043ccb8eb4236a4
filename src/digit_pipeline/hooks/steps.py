"""Where a run is: a line for every node, in a terminal."""

from kedro.framework.hooks import hook_impl
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from rich.console import Console


class StepHook:
    """Counts the nodes of a run aloud; silent when stderr is no terminal."""

    def __init__(self) -> None:
        self._total = 0
        self._done = 0

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline) -> None:
        """Count what is ahead."""
        self._total = len(pipeline.nodes)
        self._done = 0

    @hook_impl
    def before_node_run(self, node: Node) -> None:
        """Name the node that starts."""
        self._done += 1
        console = Console(stderr=True, highlight=False)
        if console.is_terminal:
            console.print(f"[dim]{self._done:>3}/{self._total}[/] {_title(node)}")


def _title(node: Node) -> str:
    step = node.name.rpartition(".")[2].replace("_", " ")
    return f"{step} [bold]{node.namespace}[/]" if node.namespace else step
