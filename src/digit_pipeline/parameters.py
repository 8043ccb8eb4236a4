"""Parameters by name: those that nobody knows, and those that are missing."""

import inspect
from collections.abc import Callable, Collection, Iterable
from typing import Any


class ParameterError(ValueError):
    """A parameter that nothing takes, or the lack of one that is needed."""


def check_names(
    what: str,
    given: Iterable[str],
    known: Collection[str],
    needed: Collection[str] = (),
) -> None:
    """Refuse parameters that nobody would read, and the lack of those that are needed.

    Args:
        what: what the parameters are of, in words.
        given: their names.
        known: the names there are.
        needed: those of them that have no value of their own.

    Raises:
        ParameterError: naming them.
    """
    there = set(given)
    unknown, missing = sorted(there - set(known)), sorted(set(needed) - there)
    if unknown:
        raise ParameterError(
            f"expected {what} among {', '.join(known)}, got {', '.join(unknown)}: "
            "correct parameters_training.yml"
        )
    if missing:
        raise ParameterError(
            f"expected {what} with {', '.join(missing)}, got none: add what is missing "
            "to parameters_training.yml"
        )


def check_call(
    what: str,
    called: Callable[..., Any],
    given: Iterable[str],
    own: Collection[str] = (),
) -> None:
    """Check names against what a function takes by keyword.

    Args:
        what: what the parameters are of, in words.
        called: the function, or a class.
        given: the names it would be called with.
        own: names that its caller gives it.

    Raises:
        ParameterError: naming those it does not take, or lacks.
    """
    taken = {
        name: parameter.default is inspect.Parameter.empty
        for name, parameter in inspect.signature(called).parameters.items()
        if name not in own
    }
    needed = [name for name, is_needed in taken.items() if is_needed]
    check_names(what, given, list(taken), needed)
