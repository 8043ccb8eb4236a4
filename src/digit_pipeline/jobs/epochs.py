"""Where a training says that an epoch has ended, whoever listens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

Listener = Callable[[Mapping[str, float], int], None]

_listeners: list[Listener] = []


def report_epoch(row: Mapping[str, float], epochs: int) -> None:
    """Tell everybody who listens; nobody has to.

    Args:
        row: epoch (from 1), loss, accuracy, val_loss, val_accuracy, seconds.
        epochs: at most so many will there be.
    """
    for listener in tuple(_listeners):
        listener(row, epochs)


@contextmanager
def hear_epochs(listener: Listener) -> Iterator[None]:
    """Have a function called at the end of each epoch, as long as the block lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)
