"""Whether the app can do its work: more than being alive, and looked at all the time.

Health is another thing: it says that the process answers, whatever is missing.
"""

import logging
import shutil
from pathlib import Path
from typing import NamedTuple

from digit_pipeline.records import RecordsError
from gradio_app.repeater import Repeater
from gradio_app.service import (
    NotReadyError,
    Service,
    ServiceError,
    word_records_error,
)
from gradio_app.settings import MEGABYTE, Settings

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
LEAVING = "The app is stopping; ask another one."


class Problem(NamedTuple):
    """What is wrong: as everybody is told, and as the log has it."""

    told: str
    logged: str


class Readiness:
    """Look at everything an answer needs, in the background.

    Asking for ``problems`` costs nothing: a balancer may do it as often as it likes.
    A release in memory has passed its golden batch, or it would not be there.

    Args:
        service: whose release and records are looked at.
        settings: ``data_dir`` and ``min_free_mb``.
    """

    def __init__(self, service: Service, settings: Settings):
        self._service = service
        self._settings = settings
        self._leaving = False
        self._storage: tuple[Problem, ...] = ()
        self._repeater = Repeater(
            "ready",
            self._look_on,
            seconds=LOOK_SECONDS,
            failed="Looking at the storage failed",
        )

    @property
    def problems(self) -> tuple[str, ...]:
        """Why requests should go elsewhere, a sentence each; nothing when ready."""
        found: tuple[str, ...] = (LEAVING,) if self._leaving else ()
        if not self._service.is_ready:
            found += (str(NotReadyError(self._service.problem)),)
        return found + tuple(problem.told for problem in self._storage)

    @property
    def is_leaving(self) -> bool:
        """Whether the app has been told to stop."""
        return self._leaving

    def leave(self) -> None:
        """Be not ready from now on."""
        self._leaving = True

    def start(self) -> None:
        """Look once, then in the background."""
        self.look()
        self._repeater.start()

    def stop(self) -> None:
        """Stop looking."""
        self._repeater.stop()

    def look(self) -> None:
        """Look at disk and records once."""
        found = tuple(
            problem
            for problem in (self._find_full_disk(), self._find_broken_records())
            if problem
        )
        if found != self._storage:
            logged = " ".join(problem.logged for problem in found)
            log.warning("Storage: %s", logged or "all is well again.")
        self._storage = found

    def _look_on(self) -> float:
        self.look()
        return LOOK_SECONDS

    def _find_full_disk(self) -> Problem | None:
        folder = _existing(self._settings.data_dir.resolve())
        free = shutil.disk_usage(folder).free / MEGABYTE
        least = self._settings.min_free_mb
        if free >= least:
            return None
        sentence = (
            f"Expected {least:g} MB free on the disk of DATA_DIR, but there are "
            f"{free:.0f}; make room, or set MIN_FREE_MB."
        )
        return Problem(sentence, sentence)

    def _find_broken_records(self) -> Problem | None:
        try:
            self._service.recorder.records.check()
        except RecordsError as error:
            return Problem(word_records_error(error), str(error))
        except ServiceError as error:
            return Problem(str(error), str(error))
        return None


def _existing(folder: Path) -> Path:
    return next(one for one in (folder, *folder.parents) if one.exists())
