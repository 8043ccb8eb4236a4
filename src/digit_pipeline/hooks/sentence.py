"""The one error that a run shows as a sentence, without a traceback."""

import logging
from typing import IO, Any

import click
from kedro.framework.cli.utils import KedroCliError

OWN = "digit_pipeline."

logger = logging.getLogger(__name__)


class SentenceError(KedroCliError):
    """What keeps a run from going on, in words for whoever started it.

    Kedro 1.7 shows the exception that is being handled; with click 8.5 there is none
    any more, and "NoneType: None" takes the words' place.
    """

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence to stderr; set the log to DEBUG for the traceback."""
        logger.debug("The run ended here:", exc_info=self)
        click.secho(self.format_message(), file=file, err=True, fg="yellow")


def find_own(error: BaseException | None) -> BaseException | None:
    """Find the error that the project raised on purpose, behind Kedro's wrappings.

    Returns:
        None when there is none among the causes: then it is a bug, or a library's.
    """
    while error is not None:
        if type(error).__module__.startswith(OWN):
            return error
        error = error.__cause__
    return None
