"""What the app can do. REST and the pages are two doors to it."""

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass

import numpy as np

from digit_pipeline.images import DigitView, view_digit
from digit_pipeline.uploads import open_upload
from gradio_app.champion import Champion, ChampionFollower
from gradio_app.settings import Settings
from gradio_app.why import Reason, give_reason

NO_RELEASE = (
    "No model has been released yet; run `make run` (or `kedro run`), and the answer "
    "comes without restarting this app."
)


class NotReadyError(RuntimeError):
    """There is no release to answer with."""


@dataclass(frozen=True)
class Prediction:
    """An answer, as DESIGN.md and the REST schema describe it.

    Attributes:
        id: signed, so that a correction can name the answer it corrects.
        verdict: ``recognised``, ``unsure``, ``unfamiliar`` or ``empty``.
        label: the best guess for ``recognised`` and ``unsure``, otherwise None.
        confidence: probability of the best guess in [0, 1]; 0 for ``empty``.
        probabilities: by label, summing to 1; nothing for ``empty``.
        model_version: the release that answered.
        elapsed_ms: time from bytes to answer.
        notes: sentences on how the picture was read.
    """

    id: str
    verdict: str
    label: str | None
    confidence: float
    probabilities: dict[str, float]
    model_version: str
    elapsed_ms: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Reading:
    """An answer and what the model saw."""

    prediction: Prediction
    view: DigitView


class Service:
    """Everything that both doors offer.

    Args:
        settings: limits and the signing key.
        follower: gives the champion.
    """

    def __init__(self, settings: Settings, follower: ChampionFollower):
        self.settings = settings
        self.follower = follower
        key = settings.signing_key
        self._key = key.get_secret_value().encode() if key else secrets.token_bytes(32)

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

    def read(self, body: bytes) -> Reading:
        """Read one digit from an image file.

        Args:
            body: a PNG, JPEG, WebP or BMP file.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        start = time.perf_counter()
        classifier = self.champion.classifier
        if classifier is None:
            raise NotReadyError(self.problem)
        opened = open_upload(body, self.settings.upload_limits)
        view = view_digit(opened.pixels)
        answers = classifier.answer(view.digit[None], [view.is_empty])
        probabilities, verdict = answers.probabilities[0], answers.verdicts[0]
        label, confidence, named = None, 0.0, {}
        if verdict != "empty":
            best = int(np.argmax(probabilities))
            confidence = float(probabilities[best])
            named = dict(
                zip(classifier.class_names, probabilities.tolist(), strict=True)
            )
            if verdict in {"recognised", "unsure"}:
                label = classifier.class_names[best]
        prediction = Prediction(
            id=self._new_id(),
            verdict=verdict,
            label=label,
            confidence=confidence,
            probabilities=named,
            model_version=classifier.version,
            elapsed_ms=round(1000 * (time.perf_counter() - start), 3),
            notes=opened.notes,
        )
        return Reading(prediction, view)

    def explain(self, body: bytes) -> Reason:
        """Say why an image file is read as it is.

        Args:
            body: a PNG, JPEG, WebP or BMP file.

        Raises:
            ImageError: when the file cannot be opened.
            NotReadyError: when there is no release.
        """
        classifier = self.champion.classifier
        if classifier is None:
            raise NotReadyError(self.problem)
        reading = self.read(body)
        return give_reason(reading.view, classifier, reading.prediction.verdict)

    def signed(self, prediction_id: str) -> bool:
        """Tell whether an id was given out by this app."""
        name, _, signature = prediction_id.partition(".")
        return hmac.compare_digest(signature.encode(), self._sign(name).encode())

    def _new_id(self) -> str:
        name = secrets.token_hex(12)
        return f"{name}.{self._sign(name)}"

    def _sign(self, name: str) -> str:
        return hmac.new(self._key, name.encode(), hashlib.sha256).hexdigest()[:24]
