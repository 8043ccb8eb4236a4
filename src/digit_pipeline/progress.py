"""Progress bars for long work: seen in a terminal, silent elsewhere."""

from collections.abc import Iterable, Iterator, Sized
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)

Item = TypeVar("Item")


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Open a bar on stderr that shows nothing when stderr is no terminal."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar


def track(
    items: Iterable[Item], description: str, total: int | None = None
) -> Iterator[Item]:
    """Hand the items on one by one and show how far they are.

    Args:
        items: what is worked on.
        description: a word or two, shown before the bar.
        total: how many items there are, when they can't say so themselves.
    """
    if total is None and isinstance(items, Sized):
        total = len(items)
    with progress_bar() as bar:
        task = bar.add_task(description, total=total, note="")
        for item in items:
            yield item
            bar.advance(task)
