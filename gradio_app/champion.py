"""Follow the champion's pointer: load what it names, keep what works."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gradio_app.repeater import Repeater

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

log = logging.getLogger(__name__)

# A release that failed may have been on its way still: it is tried again after this,
# and several times before the watch loses its patience; then ever more seldom.
RETRY_SECONDS = 1.0
QUICK_TRIES = 5
MOST_DOUBLINGS = 6  # of the wait: a minute


@dataclass(frozen=True)
class Champion:
    """What is served, and what should be.

    Attributes:
        classifier: the release that answers, or None.
        desired: version that the pointer names, or None when it names none.
        problem: one sentence on why ``desired`` does not serve, or None.
        since: seconds since the epoch at which ``classifier`` began to serve.
    """

    classifier: "Classifier | None" = None
    desired: str | None = None
    problem: str | None = None
    since: float | None = None

    @property
    def serving(self) -> str | None:
        """Version of the release that answers."""
        return self.classifier.version if self.classifier else None


class ChampionFollower:
    """Hold the champion, and swap it when its pointer changes.

    Readers take ``current`` once per request: the swap replaces the whole object, so
    no answer mixes two releases.

    Args:
        load: loads the release that the pointer names; raises when it cannot.
        desired: reads the version that the pointer names, None when it names none.
        pointer: the file that changes with every promotion and roll-back.
        seconds: how often the pointer is looked at.

    Attributes:
        current: what is served.
        pointer: the file that is looked at.
    """

    def __init__(
        self,
        load: "Callable[[], Classifier]",
        desired: Callable[[], str | None],
        pointer: Path,
        seconds: float,
    ):
        self.current = Champion()
        self.failures = 0
        self._load = load
        self._desired = desired
        self.pointer = pointer
        self._seconds = seconds
        self._seen: object = self
        self._tried = 0.0
        self._tries = 0
        self._looking = threading.Lock()
        self._repeater = Repeater(
            "champion",
            self._follow,
            seconds=seconds,
            failed="Looking at the champion failed",
        )

    def start(self) -> None:
        """Load the champion, then follow its pointer in the background."""
        self.look()
        self._repeater.start()

    def stop(self) -> None:
        """Stop following."""
        self._repeater.stop()

    def look(self) -> None:
        """Look at the pointer once, and load what it names if that is new.

        Two callers look one after the other, so that whoever returns finds in
        ``current`` what the pointer named.
        """
        with self._looking:
            seen = self._signature()
            now = time.monotonic()
            failed = self.current.problem is not None
            if seen != self._seen:
                self._tries = 0
            elif not failed or now - self._tried <= self._patience():
                return
            self._seen, self._tried = seen, now
            self._tries += 1
            self._swap()

    def _patience(self) -> float:
        """Seconds until what failed is tried again."""
        doublings = min(max(0, self._tries - QUICK_TRIES), MOST_DOUBLINGS)
        return RETRY_SECONDS * 2**doublings

    def _follow(self) -> float:
        self.look()
        return self._seconds

    def _signature(self) -> object:
        try:
            status = self.pointer.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size, status.st_ino

    def _swap(self) -> None:
        old = self.current
        desired = None
        try:
            desired = self._desired()
            if desired is not None and desired == old.serving:
                self.current = Champion(old.classifier, desired, None, old.since)
                return
            classifier = self._load()
        except Exception as error:
            problem = " ".join(str(error).split())
            self.failures += desired is not None
            self.current = Champion(old.classifier, desired, problem, old.since)
            log.warning("Release %s is not served: %s", desired or "(none)", problem)
            return
        since: float | None = time.time()
        if old.classifier and classifier.version == old.serving:
            classifier, since = old.classifier, old.since
        self.current = Champion(
            classifier, desired, _problem(classifier, desired), since
        )
        self.failures += desired not in {None, classifier.version}
        log.info("Release %s serves", classifier.version)


def _problem(classifier: "Classifier", desired: str | None) -> str | None:
    """Say why the release that was found is not the one that was asked for."""
    if classifier.version == desired:
        return None
    wanted = f"release {desired} is damaged" if desired else "the pointer is lost"
    return f"{wanted}, so {classifier.version} serves; promote or roll back to mend it"
