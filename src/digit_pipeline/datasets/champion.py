"""Released models: the champion, who challengers meet, and what was taken back."""

import json
import logging
import os
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from kedro.io import AbstractDataset, DatasetError

import digit_pipeline
from digit_pipeline.datasets.previews import JSONPreview, once_made
from digit_pipeline.jobs.names import JOB_ID
from digit_pipeline.provenance import active_run_id, git_state
from digit_pipeline.releases import (
    NoChampionError,
    Release,
    ReleaseDraft,
    ReleaseError,
    ReleaseStore,
    TakenBack,
)

logger = logging.getLogger(__name__)
Given = TypeVar("Given")
Found = TypeVar("Found")


class _StoreDataset(AbstractDataset[Given, Found]):
    """Something in the release store."""

    def __init__(
        self,
        *,
        filepath: str | os.PathLike[str],
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Name the store.

        Args:
            filepath: the store's local folder; made by the first promotion.
            metadata: for Kedro-Viz and other plugins; ignored here.
        """
        self._filepath = Path(filepath)
        self._store = ReleaseStore(self._filepath)
        self.metadata = metadata

    def _describe(self) -> dict[str, Any]:
        return {"filepath": self._filepath.as_posix()}


class ChampionDataset(_StoreDataset[ReleaseDraft, Release]):
    """The champion: the release that the store's pointer resolves to.

    ``load`` gives it with every file verified. ``save`` publishes a draft that the
    gate has promoted, and leaves the champion where it is for any other draft.

    Examples:
        ```yaml
        champion_model:
          type: digit_pipeline.datasets.champion.ChampionDataset
          filepath: data/09_serving/digits
        ```

        >>> from digit_pipeline.datasets.champion import ChampionDataset
        >>> dataset = ChampionDataset(filepath=tmp_path / "digits")
        >>> dataset.exists()
        False
    """

    def load(self) -> Release:
        """Give the champion.

        Raises:
            DatasetError: when there is none; it says how to make one.
        """
        try:
            return self._store.champion()
        except ReleaseError as error:
            raise DatasetError(str(error)) from error

    def save(self, data: ReleaseDraft) -> None:
        """Publish a promoted draft; a refused one changes nothing.

        Raises:
            DatasetError: when the champion has changed since the comparison, or the
                release fails its self-test or cannot be written.
        """
        reason = data.decision["reason"]
        if not data.decision["promoted"]:
            logger.info("The champion stays. %s", reason)
            return
        facts = {
            **data.facts,
            "git": git_state(Path(digit_pipeline.__file__).parent),
            "mlflow_run": active_run_id(),
            "job": os.environ.get(JOB_ID),
        }
        try:
            release = self._store.publish(
                replace(data, facts=facts),
                expected_previous=data.champion,
                reason=reason,
            )
        except ReleaseError as error:
            raise DatasetError(str(error)) from error
        logger.info("Release %s is champion. %s", release.version, reason)

    @once_made
    def preview(self) -> JSONPreview:
        """Show which release answers, and how good it is."""
        return JSONPreview(json.dumps(_summarise(self.load())))

    def _exists(self) -> bool:
        try:
            self._store.champion()
        except ReleaseError:
            return False
        return True


class _ReadOnlyDataset(_StoreDataset[Any, Found]):
    """Something that is told of the store, and changed by other ways than saving."""

    NAME: ClassVar[str]
    INSTEAD: ClassVar[str]

    def save(self, data: Any) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse.

        Raises:
            DatasetError: always, with what to do instead.
        """
        raise DatasetError(
            f"expected `{self.NAME}` to be read only: {self.INSTEAD} instead"
        )

    def _exists(self) -> bool:
        return True


class IncumbentDataset(_ReadOnlyDataset[Release | None]):
    """The champion as it is before the gate; None when there is none yet. Read only.

    Examples:
        ```yaml
        incumbent:
          type: digit_pipeline.datasets.champion.IncumbentDataset
          filepath: data/09_serving/digits
        ```

        >>> from digit_pipeline.datasets.champion import IncumbentDataset
        >>> IncumbentDataset(filepath=tmp_path / "digits").load() is None
        True
    """

    NAME = "incumbent"
    INSTEAD = "save to `champion_model`"

    def load(self) -> Release | None:
        """Give the champion, or None."""
        try:
            return self._store.champion()
        except NoChampionError:
            return None

    def preview(self) -> JSONPreview:
        """Show which release challengers are held to."""
        release = self.load()
        return JSONPreview(json.dumps(_summarise(release) if release else None))


class BaselineDataset(IncumbentDataset):
    """The frozen release that retrained challengers are held to. Read only.

    None where nothing was ever promoted, and where it is missing or damaged: then a
    warning says so, and the gate refuses who would have to meet it.

    Examples:
        ```yaml
        baseline:
          type: digit_pipeline.datasets.champion.BaselineDataset
          filepath: data/09_serving/digits
        ```

        >>> from digit_pipeline.datasets.champion import BaselineDataset
        >>> BaselineDataset(filepath=tmp_path / "digits").load() is None
        True
    """

    NAME = "baseline"

    def load(self) -> Release | None:
        """Give the baseline, or None."""
        try:
            return self._store.baseline()
        except ReleaseError as error:
            logger.warning("There is no baseline to meet: %s", error)
            return None


class TakenBackDataset(_ReadOnlyDataset[list[TakenBack]]):
    """The releases that were rolled back from. Read only.

    Examples:
        ```yaml
        taken_back:
          type: digit_pipeline.datasets.champion.TakenBackDataset
          filepath: data/09_serving/digits
        ```

        >>> from digit_pipeline.datasets.champion import TakenBackDataset
        >>> TakenBackDataset(filepath=tmp_path / "digits").load()
        []
    """

    NAME = "taken_back"
    INSTEAD = "roll a release back"

    def load(self) -> list[TakenBack]:
        """Give them in the order of the roll-backs."""
        return self._store.taken_back()

    def preview(self) -> JSONPreview:
        """Show which, when, and what they were trained from."""
        return JSONPreview(json.dumps([asdict(one) for one in self.load()]))


def _summarise(release: Release) -> dict[str, Any]:
    manifest = release.manifest
    sets = manifest.get("metrics", {})
    return {
        "version": release.version,
        "candidate": manifest.get("candidate"),
        "environment": manifest.get("environment"),
        "created": manifest.get("created"),
        "previous": manifest["previous"],
        "accuracy": {
            "gate": manifest["gate"]["accuracy"],
            **{name: one.get("accuracy") for name, one in sets.items()},
        },
        "decided": manifest["decision"]["reason"],
    }
