"""What every part of the service stands on: release, records, keys."""

import secrets
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from digit_pipeline.records import PredictionRecord
from digit_pipeline.releases import ReleaseStore
from gradio_app.champion import Champion, ChampionFollower
from gradio_app.registry import Registry
from gradio_app.service import errors
from gradio_app.service.errors import NotReadyError
from gradio_app.service.recorder import Recorder
from gradio_app.service.signing import Signer, keep_key
from gradio_app.settings import Settings

if TYPE_CHECKING:
    from digit_pipeline.classifier import Classifier

NO_RELEASE = (
    "No model has been released yet; run `make run` (or `kedro run`), and the answer "
    "comes without restarting this app."
)


class Core:
    """The release that answers, the records, and the names that are given out.

    Args:
        settings: limits, keys and where records are kept.
        follower: gives the champion.

    Attributes:
        store: every release, and the pointer to the champion.
        recorder: the records, and the way of predictions into them.
        registry: MLflow's, which hears of roll-backs.
        started: seconds since the epoch at which the app began.
    """

    def __init__(self, settings: Settings, follower: ChampionFollower):
        self.settings = settings
        self.follower = follower
        self.store = ReleaseStore(follower.pointer.parent)
        self.recorder = Recorder(settings)
        self.registry = Registry(settings)
        self.started = time.time()
        given = settings.signing_key
        key = given.get_secret_value().encode() if given else secrets.token_bytes(32)
        self._signer = Signer(key)

    def start(self) -> None:
        """Open the records, load the champion and follow it."""
        self.started = time.time()
        if self.settings.signing_key is None:
            path = self.settings.records_images.with_name("signing.key")
            self._signer = Signer(keep_key(path))
        self.recorder.start()
        self.follower.start()

    def stop(self) -> None:
        """Stop following, and write what waits to be recorded."""
        self.follower.stop()
        self.recorder.stop()

    @property
    def champion(self) -> Champion:
        """What is served at this moment."""
        return self.follower.current

    @property
    def is_ready(self) -> bool:
        """Whether a release is loaded."""
        return self.champion.classifier is not None

    @property
    def problem(self) -> str | None:
        """One sentence on why the app does not answer, or not with what it should."""
        champion = self.champion
        if champion.classifier is None and champion.desired is None:
            return NO_RELEASE
        return champion.problem

    @property
    def classifier(self) -> "Classifier":
        """The release that answers at this moment.

        Raises:
            NotReadyError: when there is none.
        """
        classifier = self.champion.classifier
        if classifier is None:
            raise NotReadyError(self.problem)
        return classifier

    def new_id(self) -> str:
        """Give an answer a signed id."""
        return self._signer.new_id()

    def signed(self, prediction_id: str) -> bool:
        """Tell whether an id was given out by this app."""
        return self._signer.is_own(prediction_id)

    def hash_client(self, address: str) -> str:
        """Turn an address into what tells clients apart and names none."""
        return self._signer.hash_client(address)

    def sign(self, text: str) -> str:
        """Give the name that a text has here, and that nobody else can give it."""
        return self._signer.name(text)

    def check_quota(self, client: str, more: int = 1) -> None:
        """Refuse more corrections than one client may send in a day.

        Args:
            client: keyed hash of its address.
            more: how many it is about to send.

        Raises:
            ServiceError: ``quota``.
        """
        limit = self.settings.daily_corrections
        since = datetime.now(UTC) - timedelta(days=1)
        if limit and self.recorder.records.count_feedback(client, since) + more > limit:
            raise errors.quota_spent(limit)

    def flush(self, seconds: float = 1.0) -> None:
        """Wait a little for what was just predicted to be recorded."""
        if self.recorder.log:
            self.recorder.log.flush(seconds)

    def find_prediction(self, prediction_id: str) -> PredictionRecord | None:
        """Find what was answered; it may still be on its way to the records."""
        records = self.recorder.records
        found = records.prediction(prediction_id)
        if found is None:
            self.flush()
            found = records.prediction(prediction_id)
        return found
