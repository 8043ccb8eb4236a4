"""What Prometheus asks for: requests, predictions, load, releases."""

import os
from typing import TYPE_CHECKING

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from gradio_app.service import Reading, Service
from gradio_app.slots import Slots

if TYPE_CHECKING:
    from gradio_app.readiness import Readiness

# Set before this module is imported when several processes answer: then each writes
# its figures to a file there, and whoever is asked adds them up.
SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
# Seconds: from a 28x28 picture's answer to a large batch's.
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)
PREFIX = "digit_pipeline"
# Server errors that are no failure: busy or not ready yet (503), disk full (507).
FORESEEN = {503, 507}
BROKEN = 500
# A second series for each, to say when it began: nothing here asks for it.
disable_created_metrics()


class Metrics:
    """The figures of one app.

    Args:
        service: whose releases and records are told of.
        slots: how many requests are worked on.
        readiness: whether it can predict.

    Attributes:
        requests: how many this process has answered.
        failures: how many of them failed on our side.
    """

    def __init__(self, service: Service, slots: Slots, readiness: "Readiness"):
        self._service = service
        self._slots = slots
        self._readiness = readiness
        self.requests = 0
        self.failures = 0
        self.registry = CollectorRegistry()
        self._add_figures()
        # Looked up once: finding a label's counter costs more than counting.
        self._routes: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._answers: dict[tuple[str, str, str, str], Counter] = {}
        self._told: dict[str, int] = {}
        self._versions: dict[str, str] = {}
        self._drift_state: str | None = None

    def count_request(
        self, route: str, method: str, status: int, seconds: float
    ) -> None:
        """Count a request that was answered.

        Args:
            route: the pattern that it matched, never the path itself.
            method: of HTTP.
            status: 499 when the client left before its answer began.
            seconds: from its first byte to the end of its answer.
        """
        self.requests += 1
        self.failures += status >= BROKEN and status not in FORESEEN
        key = route, method, status
        found = self._routes.get(key)
        if found is None:
            found = (
                self._requests.labels(route, method, str(status)),
                self._seconds.labels(route),
            )
            self._routes[key] = found
        found[0].inc()
        found[1].observe(seconds)

    def count_prediction(self, reading: Reading, door: str) -> None:
        """Count an answer by label, verdict, release and door."""
        prediction = reading.prediction
        key = (
            prediction.label or "none",
            prediction.verdict,
            prediction.model_version,
            door,
        )
        found = self._answers.get(key)
        if found is None:
            found = self._answers[key] = self._predictions.labels(*key)
        found.inc()

    def sample(self) -> None:
        """Take over what others count; done every few seconds and when asked."""
        self._in_flight.set(self._slots.working)
        self._waiting.set(self._slots.waiting)
        self._ready.set(not self._readiness.problems)
        recorder, follower = self._service.recorder, self._service.follower
        log = recorder.log
        dropped = recorder.missed + (log.dropped if log else 0)
        self._raise_to(self._dropped, "dropped", dropped)
        self._raise_to(self._recorded, "recorded", log.written if log else 0)
        self._raise_to(self._load_failures, "failures", follower.failures)
        champion = self._service.champion
        self._tell_release("serving", champion.serving)
        self._tell_release("desired", champion.desired)
        self._tell_drift()

    def render(self) -> bytes:
        """Write all figures in Prometheus' text format, of all processes together."""
        self.sample()
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)
        return generate_latest(everybody)

    def _raise_to(self, counter: Counter, name: str, total: int) -> None:
        counter.inc(max(0, total - self._told.get(name, 0)))
        self._told[name] = total

    def _tell_release(self, role: str, version: str | None) -> None:
        before, after = self._versions.get(role), version or "none"
        if before and before != after:
            self._release.labels(role, before).set(0)
        self._release.labels(role, after).set(1)
        self._versions[role] = after

    def _tell_drift(self) -> None:
        """Tell what was found last, of the release that is served; look at nothing."""
        found = self._service.drifting.found
        if self._drift_state is not None:
            self._drift.labels(self._drift_state).set(0)
        self._drift_state = found.state if found else None
        if self._drift_state is not None:
            self._drift.labels(self._drift_state).set(1)

    def _add_figures(self) -> None:
        self._requests = self._counter(
            "requests", "Requests answered.", "route", "method", "status"
        )
        self._seconds = Histogram(
            f"{PREFIX}_request_seconds",
            "Time from a request's first byte to the end of its answer.",
            ["route"],
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._predictions = self._counter(
            "predictions", "Digits read.", "label", "verdict", "release", "door"
        )
        self._recorded = self._counter("records_written", "Predictions recorded.")
        self._dropped = self._counter(
            "records_dropped", "Predictions that were answered but not recorded."
        )
        self._load_failures = self._counter(
            "release_load_failures", "Releases that were refused when loaded."
        )
        self._in_flight = self._gauge("requests_in_flight", "Requests worked on.")
        self._waiting = self._gauge("requests_waiting", "Requests without a slot yet.")
        self._ready = self._gauge("ready", "Processes that can predict.")
        self._release = self._gauge(
            "release", "1 for the release in its role.", "role", "version"
        )
        self._drift = self._gauge(
            "drift",
            "1 for what was last found of how people draw.",
            "state",
        )

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{PREFIX}_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(
            f"{PREFIX}_{name}",
            text,
            labels,
            registry=self.registry,
            multiprocess_mode="livesum",
        )
