"""The child runs: a candidate's parameters, metrics and epoch curves in MLflow."""

import time
from collections.abc import Mapping
from typing import Any

from mlflow.entities import Metric, Param
from mlflow.tracking import MlflowClient
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID


class CandidateRuns:
    """One nested MLflow run for each candidate, opened when it is first heard of."""

    def __init__(self, parent_run_id: str) -> None:
        self._client = MlflowClient()
        self._parent = self._client.get_run(parent_run_id)
        self._run_ids: dict[str, str] = {}
        self._logged: dict[str, set[str]] = {}

    def log_parameters(self, candidate: str, inputs: Mapping[str, Any]) -> None:
        """Log a node's parameters, flattened, each once."""
        values = {
            key: value
            for name, given in inputs.items()
            if name.startswith("params:")
            for key, value in _flatten(name.rpartition(".")[2], given).items()
        }
        run_id = self._run_id(candidate)
        new = {k: v for k, v in values.items() if k not in self._logged[candidate]}
        self._logged[candidate] |= set(new)
        self._client.log_batch(
            run_id, params=[Param(key, str(value)) for key, value in new.items()]
        )

    def log_output(self, candidate: str, kind: str, data: Any) -> None:
        """Log what a candidate's node returned, if it is numbers.

        Args:
            candidate: its name.
            kind: "history" (a table of epochs), "training_report",
                "validation_metrics" or "test_metrics"; others are passed over.
            data: the table, or nested numbers.
        """
        if kind == "history":
            metrics = _epoch_metrics(data.to_dict("records"))
        elif kind == "training_report":
            metrics = _metrics(_numbers("", data))
        elif kind.endswith("_metrics"):
            metrics = _metrics(_numbers(kind.removesuffix("_metrics"), data))
        else:
            return
        self._client.log_batch(self._run_id(candidate), metrics=metrics)

    def close(self, status: str) -> None:
        """End all child runs as "FINISHED", "FAILED" or "KILLED"."""
        for run_id in self._run_ids.values():
            self._client.set_terminated(run_id, status)

    def _run_id(self, candidate: str) -> str:
        if candidate not in self._run_ids:
            run = self._client.create_run(
                self._parent.info.experiment_id,
                tags={MLFLOW_PARENT_RUN_ID: self._parent.info.run_id},
                run_name=candidate,
            )
            self._run_ids[candidate] = run.info.run_id
            self._logged[candidate] = set()
        return self._run_ids[candidate]


def _flatten(prefix: str, value: Any) -> dict[str, Any]:
    """Flatten nested mappings: only the innermost name of the outermost is dropped."""
    if not isinstance(value, Mapping):
        return {prefix: value}
    return {
        name: leaf
        for key, inner in value.items()
        for name, leaf in _flatten(key, inner).items()
    }


def _numbers(prefix: str, value: Any) -> dict[str, float]:
    if isinstance(value, Mapping):
        found: dict[str, float] = {}
        for key, inner in value.items():
            found |= _numbers(f"{prefix}.{key}".strip("."), inner)
        return found
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {prefix: float(value)}
    return {}


def _metrics(numbers: Mapping[str, float]) -> list[Metric]:
    now = int(time.time() * 1000)
    return [Metric(name, value, now, 0) for name, value in numbers.items()]


def _epoch_metrics(epochs: list[dict[str, float]]) -> list[Metric]:
    now = int(time.time() * 1000)
    return [
        Metric(name, float(value), now, int(row["epoch"]))
        for row in epochs
        for name, value in row.items()
        if name != "epoch"
    ]
