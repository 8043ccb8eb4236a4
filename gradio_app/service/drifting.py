"""Whether people draw otherwise than before, looked at now and then."""

import threading
import time

from digit_pipeline.drift import DriftReport, DriftSettings, Observations, report_drift
from digit_pipeline.records.predictions import Ends
from digit_pipeline.releases import ReleaseError
from gradio_app.service.core import Core
from gradio_app.service.errors import ServiceError
from gradio_app.service.release_list import find_release

# A look takes a second of one core, and what is found does not change faster.
KEPT_SECONDS = 60.0


class Drifting:
    """Compare the answers of the release that is served with what they are held to.

    Args:
        core: whose records and releases they are.
        settings: when there is drift.

    Attributes:
        settings: when there is drift.
    """

    def __init__(self, core: Core, settings: DriftSettings | None = None):
        self.settings = settings or DriftSettings()
        self._core = core
        self._looking = threading.Lock()
        self._found: DriftReport | None = None
        self._until = 0.0

    @property
    def found(self) -> DriftReport | None:
        """What was found last of the release that is served; looks at nothing."""
        serving = self._core.champion.serving
        return self._find(serving) if serving else None

    def report(self) -> DriftReport:
        """Give what was found within the last minute; look again when that is past.

        While one looks, others get what was found before, if that is of this release.

        Raises:
            NotReadyError: when there is no release.
            NoRecordsError, RecordsError: when the records do not answer.
        """
        version = self._core.classifier.version
        found = self._find(version)
        if found and time.monotonic() < self._until:
            return found
        if found and self._looking.locked():
            return found
        with self._looking:
            return self._look(version)

    def _find(self, version: str) -> DriftReport | None:
        """Give what was found last, if that is of this release."""
        found = self._found
        return found if found and found.version == version else None

    def _look(self, version: str) -> DriftReport:
        found = self._find(version)
        if found and time.monotonic() < self._until:
            # Somebody else has looked while this one waited.
            return found
        settings = self.settings
        records = self._core.recorder.records
        first, latest = records.ends(version, Ends.of(settings))
        found = report_drift(version, self._reference(version), first, latest, settings)
        self._found, self._until = found, time.monotonic() + KEPT_SECONDS
        return found

    def _reference(self, version: str) -> Observations | None:
        try:
            return find_release(self._core.store, version).drift_reference
        except (ReleaseError, ServiceError):
            # What is served was read before; the app says what is damaged elsewhere.
            return None
