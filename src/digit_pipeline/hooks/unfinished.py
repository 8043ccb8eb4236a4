"""MLflow runs whose process was killed are ended by the next run of the environment.

A process that is killed tells MLflow nothing, and its runs would be RUNNING for ever.
So each run notes its own in a file beside its lock and takes it out when it has closed
it; whoever holds the lock next knows that what still stands there is nobody's.
"""

import json
from contextlib import suppress
from pathlib import Path

from mlflow.entities import RunStatus
from mlflow.exceptions import MlflowException
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from digit_pipeline.atomic import write_atomically

RUNNING, KILLED = (
    RunStatus.to_string(s) for s in (RunStatus.RUNNING, RunStatus.KILLED)
)
# Those of addresses that nobody uses any more have to go some day.
MOST_NOTED = 100


class UnfinishedRuns:
    """The runs of one lock's holders that nobody has closed, by MLflow's address.

    Args:
        lock: whose holder alone may call this.
        address: MLflow's; runs noted at other addresses wait until it is that again.
    """

    def __init__(self, lock: Path, address: str) -> None:
        self._path = lock.with_suffix(".mlflow.json")
        self._address = address

    def end_abandoned(self) -> None:
        """End what earlier holders have left running, as killed.

        Raises:
            MlflowException: when MLflow does not answer.
        """
        noted = self._read()
        for address, run_id in noted:
            if address == self._address:
                _end(run_id)
        self._write([one for one in noted if one[0] != self._address])

    def note(self, run_id: str) -> None:
        """Note a run that begins."""
        self._write([*self._read(), [self._address, run_id]])

    def forget(self, run_id: str) -> None:
        """Take out a run that is closed."""
        self._write([one for one in self._read() if one[1] != run_id])

    def _read(self) -> list[list[str]]:
        try:
            return [[str(a), str(i)] for a, i in json.loads(self._path.read_bytes())]
        except (OSError, ValueError, TypeError):
            return []

    def _write(self, noted: list[list[str]]) -> None:
        if not noted:
            self._path.unlink(missing_ok=True)
            return
        # A full disk ends the run where it needs the room, and not here.
        with suppress(OSError), write_atomically(self._path) as file:
            file.write(json.dumps(noted[-MOST_NOTED:]).encode())


def _end(run_id: str) -> None:
    """End a run and its child runs, those that are running still."""
    client = MlflowClient()
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return  # somebody has deleted it
        raise
    children = client.search_runs(
        [run.info.experiment_id], f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{run_id}'"
    )
    for one in [*children, run]:
        if one.info.status == RUNNING:
            client.set_terminated(one.info.run_id, KILLED)
