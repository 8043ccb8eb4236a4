"""The one error that a run shows as a sentence, without a traceback."""

from typing import IO, Any

import click
from kedro.framework.cli.utils import KedroCliError


class SentenceError(KedroCliError):
    """What keeps a run from going on, in words for whoever started it.

    Kedro 1.7 shows the exception that is being handled; with click 8.5 there is none
    any more, and "NoneType: None" takes the words' place.
    """

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentence to stderr."""
        click.secho(self.format_message(), file=file, err=True, fg="yellow")
