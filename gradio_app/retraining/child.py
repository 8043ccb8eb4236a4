"""The process that retrains: a `kedro run` of its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from digit_pipeline.jobs.names import (
    JOB_ATTEMPT,
    JOB_FOLDER,
    JOB_ID,
    JOB_SECONDS,
    LOG,
    RETRAIN,
)
from gradio_app.children import pass_on
from gradio_app.settings import Settings

BASE = "base"


@dataclass(frozen=True)
class Order:
    """What a child is to do.

    Attributes:
        command: the program and its arguments.
        project: folder of the Kedro project.
        folder: the job's own.
        environment: variables besides this process's own.
    """

    command: Sequence[str]
    project: Path
    folder: Path
    environment: Mapping[str, str]


def order_retraining(
    settings: Settings, job_id: str, environment: str, folder: Path
) -> Order:
    """Say how a retraining is run with an app's data and records.

    Args:
        settings: the app's.
        job_id: the job's.
        environment: Kedro's.
        folder: the job's own.
    """
    # As on the command line, what is the user's own in `local` holds for `base`.
    chosen = [] if environment == BASE else ["--env", environment]
    return Order(
        command=[
            *(sys.executable, "-m", "kedro", "run", "--pipelines", RETRAIN, *chosen),
            *("--conf-source", str(settings.conf_source.resolve())),
        ],
        project=settings.project_dir.resolve(),
        folder=folder,
        environment={
            JOB_ID: job_id,
            JOB_FOLDER: str(folder),
            "DATA_DIR": str(settings.data_dir.resolve()),
            "RECORDS_URL": settings.records_address,
            "PYTHONUNBUFFERED": "1",
        },
    )


class Child:
    """A process that has been started; its group is its own.

    Args:
        order: what it is to do.
        attempt: from 1.
        seconds: after which it is to give up.

    Raises:
        OSError: when it cannot be started.
    """

    def __init__(self, order: Order, attempt: int, seconds: float):
        order.folder.mkdir(parents=True, exist_ok=True)
        with (order.folder / LOG).open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command
                order.command,
                cwd=order.project,
                env=pass_on(
                    {
                        **order.environment,
                        JOB_ATTEMPT: str(attempt),
                        JOB_SECONDS: str(round(seconds, 1)),
                    }
                ),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # What is meant for the app's terminal is not meant for it.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        """Wait for its end.

        Returns:
            its exit code, negative when a signal ended it; None when it still runs.
        """
        with suppress(subprocess.TimeoutExpired):
            return self._process.wait(seconds)
        return None

    def tell(self) -> None:
        """Ask it to stop."""
        self._process.terminate()

    def kill(self) -> None:
        """End it, and whatever it has started, at once."""
        if os.name == "posix":
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
        self._process.kill()
