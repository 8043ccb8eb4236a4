"""Watch a release after its promotion, and bring the one before it back if it breaks.

Several processes may watch one store: the store's lock and the check that the pointer
still names the watched release let one of them act.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digit_pipeline.records import RecordsError, Saying, VersionFigures
from digit_pipeline.releases import (
    DamagedReleaseError,
    Promotion,
    ReleaseConflictError,
    ReleaseError,
)
from digit_pipeline.watch import Faults, Judgement, WatchSettings, decide, leave
from gradio_app.repeater import Repeater
from gradio_app.second_opinion import RecentPictures, compare_answers
from gradio_app.service import Service, ServiceError

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

log = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
# Of the time, what counting may take: a busy hour's rows are counted more seldom.
BUSY_SHARE = 0.05
# What the release before is compared by: its last week.
BEFORE = timedelta(days=7)
# Clocks of the machine that promotes and of this one differ by less.
CLOCKS = timedelta(hours=1)
# Rules that no picture excuses. By the others what people draw, or say, may be to blame
# as well as the release.
FAULTS = {"load", "errors"}


@dataclass(frozen=True)
class Watch:
    """One release under watch.

    Attributes:
        promotion: what made it champion.
        until: when the watch ends, UTC.
        judgement: what was found last; None before the first look.
        rolled_back_to: the release that was brought back, or None.
        over: whether nothing will be looked at any more.
    """

    promotion: Promotion
    until: datetime
    judgement: Judgement | None = None
    rolled_back_to: str | None = None
    over: bool = False


class Watching:
    """Look at the newest release, in the background.

    Args:
        service: its store, its champion and its records.
        count_requests: requests that failed on our side, and all, of this process.
        pictures: what this process answered last.
        minutes: how long a release is watched; 0 watches none.
        rules: when a release is worse.

    Attributes:
        current: the release that is watched, or was last; None before the first.
    """

    def __init__(
        self,
        service: Service,
        count_requests: Callable[[], tuple[int, int]],
        pictures: RecentPictures,
        minutes: float,
        rules: WatchSettings | None = None,
    ):
        self.current: Watch | None = None
        self._service = service
        self._count_requests = count_requests
        self._pictures = pictures
        self._minutes = minutes
        self._rules = rules or WatchSettings()
        self._before: VersionFigures | None = None
        self._second: Classifier | None = None
        self._requests = (0, 0)
        self._failing_since: float | None = None
        self._has_looked = False
        self._repeater = Repeater(
            "watch",
            self._look_on,
            seconds=LOOK_SECONDS,
            failed="Looking at the newest release failed",
        )

    def start(self) -> None:
        """Watch from now on, if at all."""
        if self._minutes:
            self._repeater.start()

    def stop(self) -> None:
        """Stop watching."""
        self._repeater.stop()

    def look(self) -> None:
        """Look once: begin, judge, roll back or end the watch."""
        promotion = self._service.store.pointer()
        if self.current is None or promotion != self.current.promotion:
            self._begin(promotion)
        self._has_looked = True
        watch = self.current
        if watch is None or watch.over or promotion is None:
            return
        if watch.promotion != promotion:
            # Somebody went back: there is nothing to watch any more.
            self.current = replace(watch, over=True)
            return
        if datetime.now(UTC) > watch.until:
            self._end(watch)
            return
        judgement = self._judge(watch.promotion)
        self.current = replace(watch, judgement=judgement)
        if judgement.broken:
            self._roll_back(self.current, judgement)

    def _look_on(self) -> float:
        start = time.monotonic()
        self.look()
        return max(LOOK_SECONDS, (time.monotonic() - start) / BUSY_SHARE)

    def _begin(self, promotion: Promotion | None) -> None:
        """Watch a promotion; what people went back to is theirs to judge."""
        watched = promotion and promotion.action == "promote" and promotion.previous
        if not promotion or not watched:
            return
        # A promotion that is seen to come began now, whatever the other machine's clock
        # says; one that was there before this process did is as old as it says.
        began = datetime.now(UTC) if self._has_looked else _read_time(promotion.when)
        until = began + timedelta(minutes=self._minutes)
        self.current = Watch(promotion, until, over=datetime.now(UTC) > until)
        self._before = self._second = None
        self._failing_since = None
        self._requests = self._count_requests()
        if not self.current.over:
            log.info(
                "Release %s is watched until %s", promotion.version, _word_time(until)
            )

    def _judge(self, promotion: Promotion) -> Judgement:
        after = self._count(promotion)
        faults = self._find_faults(promotion)
        judgement = decide(self._before, after, self._rules, faults)
        if not judgement.broken or judgement.rule in FAULTS:
            return judgement
        return self._ask_again(promotion, judgement)

    def _count(self, promotion: Promotion) -> VersionFigures:
        """Count what the release did, and once what the one before it did."""
        when = _read_time(promotion.when)
        try:
            records = self._service.recorder.records
            if self._before is None and promotion.previous:
                self._before = records.figures_of(
                    promotion.previous, when - BEFORE, when + CLOCKS
                )
            return records.figures_of(promotion.version, when - CLOCKS)
        except (RecordsError, ServiceError) as error:
            log.warning(
                "What release %s does is not known: %s", promotion.version, error
            )
            return NOTHING

    def _ask_again(self, promotion: Promotion, judgement: Judgement) -> Judgement:
        """Ask the release before about the same pictures, before it comes back."""
        shown = self._pictures.answered_by(promotion.version)
        if len(shown) < self._rules.min_predictions:
            return leave(
                f"{judgement.sentence} Of these pictures {len(shown)} are at hand, and "
                f"{self._rules.min_predictions} are needed to ask the release before."
            )
        try:
            before = self._load_before(promotion)
        except ReleaseError as error:
            # Then it cannot come back either, and that attempt says so.
            log.warning("The release before cannot be asked: %s", error)
            return judgement
        said = self._read_sayings(promotion)
        again = decide(*compare_answers(before, shown, said), self._rules)
        if not again.broken:
            return leave(
                f"{judgement.sentence} But the release before, asked about the last "
                f"{len(shown)} of these pictures, answers them no better."
            )
        sentence = f"{judgement.sentence} On the same pictures: {again.sentence}"
        return replace(again, sentence=sentence)

    def _read_sayings(self, promotion: Promotion) -> list[Saying]:
        try:
            records = self._service.recorder.records
            return records.sayings_of(
                promotion.version, _read_time(promotion.when) - CLOCKS
            )
        except (RecordsError, ServiceError) as error:
            log.warning("What people said of answers is not known: %s", error)
            return []

    def _load_before(self, promotion: Promotion) -> "Classifier":
        # ONNX Runtime is loaded by now: somebody has been answered.
        from digit_pipeline.classifier import Classifier  # noqa: PLC0415

        if self._second is None:
            release = self._service.store.verify(str(promotion.previous))
            self._second = Classifier.load(release)
        return self._second

    def _find_faults(self, promotion: Promotion) -> Faults:
        errors, requests = self._count_requests()
        champion = self._service.champion
        problem = None
        if champion.desired == promotion.version != champion.serving:
            problem = champion.problem
        if problem is None:
            self._failing_since = None
        elif self._failing_since is None:
            self._failing_since = time.monotonic()
        since = self._failing_since
        return Faults(
            problem,
            0.0 if since is None else time.monotonic() - since,
            errors - self._requests[0],
            requests - self._requests[1],
        )

    def _roll_back(self, watch: Watch, judgement: Judgement) -> None:
        version = watch.promotion.version
        reason = (
            f"The watch brought it back, because of {version}: {judgement.sentence}"
        )
        log.warning("Release %s is rolled back: %s", version, judgement.sentence)
        try:
            promotion = self._service.releases.rollback(
                reason, to=watch.promotion.previous, expected_current=version
            )
        except ReleaseConflictError:
            log.info("Somebody else has replaced release %s already", version)
            self.current = replace(watch, over=True)
            return
        except DamagedReleaseError as error:
            # It would fail again: a person has to look.
            log.error("Release %s cannot be rolled back: %s", version, error)
            self.current = replace(watch, over=True)
            return
        except ReleaseError as error:
            # A full disk, another writer: the next look tries it again.
            log.error("Release %s is not rolled back yet: %s", version, error)
            return
        self.current = replace(watch, over=True, rolled_back_to=promotion.version)

    def _end(self, watch: Watch) -> None:
        self.current = replace(watch, over=True)
        self._second = None
        found = watch.judgement.sentence if watch.judgement else "It was not looked at."
        log.info("The watch of release %s is over. %s", watch.promotion.version, found)


NOTHING = VersionFigures(0, {}, None, 0, 0, 0)


def _word_time(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _read_time(when: str) -> datetime:
    """Read a promotion's time; one that says no zone is meant as UTC."""
    try:
        time = datetime.fromisoformat(when)
    except ValueError:
        return datetime.now(UTC)
    return time if time.tzinfo else time.replace(tzinfo=UTC)
