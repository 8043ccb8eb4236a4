"""Teach the running app as people would: draw, correct, review, retrain.

What ``learning_loop.py`` and ``poisoning.py`` have in common. Everything goes through
REST; only the automatic rules are run by ``kedro run --pipelines feedback``, as a
schedule would do.
"""

import base64
import io
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import httpx
import numpy as np
from PIL import Image

from benchmarks.drawn_digits import Score, ask, draw, load_digits, place_messily
from benchmarks.served_app import served_app
from benchmarks.sources import ROOT, load_source, read_configuration
from digit_pipeline.releases import ReleaseStore

KEY = "learning-loop-of-the-benchmark"
SEED = 20
PAGE = 100
# A retraining of `base` takes a minute or two; on a busy machine ten.
PATIENCE_SECONDS = 3600
POLL_SECONDS = 1.0


@dataclass(frozen=True)
class Gift:
    """One drawing with what somebody says that it is.

    Attributes:
        picture: PNG.
        label: what is said.
        truth: what it is.
        client: the address that it comes from.
    """

    picture: bytes
    label: str
    truth: str
    client: str


@dataclass(frozen=True)
class Decided:
    """How a retraining ended.

    Attributes:
        outcome: "promoted", "refused" or "already_champion".
        reason: why, in words.
        champion: the release that answers now.
        seconds: how long it took.
    """

    outcome: str
    reason: str
    champion: str
    seconds: float


def load_gifts(noise: float, seed: int = SEED) -> list[Gift]:
    """Let the pen training writers draw their digits, in an order of chance.

    Four of the 30 are missing: their drawings are the field set, of which no correction
    may be a copy.

    Args:
        noise: share of the drawings whose label is wrong, any other one evenly.
        seed: of the order, the places on the canvas and the wrong labels.
    """
    digits = load_source("pen_digits", splits=["train"])["train"]
    strokes, groups = digits.strokes, digits.groups
    if strokes is None or groups is None:
        raise ValueError("expected strokes and writers, got none: use UCI's pen digits")
    field_writers = read_configuration("catalog")["field_set"]["groups"]
    givers = np.flatnonzero(~np.isin(groups, field_writers))
    rng = np.random.default_rng(seed)
    writers = {name: i for i, name in enumerate(np.unique(groups).tolist())}
    gifts = []
    for position in rng.permutation(givers).tolist():
        truth = int(digits.labels[position])
        label = truth
        if rng.random() < noise:
            label = int((truth + rng.integers(1, len(digits.class_names))) % 10)
        gifts.append(
            Gift(
                to_png(draw(strokes[position], place_messily(rng))),
                digits.class_names[label],
                digits.class_names[truth],
                f"10.20.0.{1 + writers[str(groups[position])]}",
            )
        )
    return gifts


def to_png(picture: Image.Image) -> bytes:
    """Encode a picture as a browser's canvas does."""
    file = io.BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def prepare_store(folder: Path) -> Path:
    """Train the base champion once; give its data folder.

    Args:
        folder: where it is kept; what is there already is used.
    """
    data = folder / "start"
    if not (data / "09_serving" / "digits" / "champion.json").is_file():
        shutil.rmtree(data, ignore_errors=True)
        data.mkdir(parents=True)
        # What is downloaded is the same everywhere.
        raw = Path(read_configuration("globals")["data"]).resolve() / "01_raw"
        (data / "01_raw").symlink_to(raw)
        _run_kedro(data)
    return data


def copy_store(start: Path, folder: Path) -> Path:
    """Begin with a store of one's own."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(start, folder, symlinks=True)
    return folder


def screen(data: Path) -> None:
    """Let the automatic rules look at what has come."""
    _run_kedro(data, "--pipelines", "feedback")


@contextmanager
def taught_app(data: Path) -> Iterator[httpx.Client]:
    """Run the app on a store, and give a client that holds the key."""
    with (
        served_app(
            PAGES="off",
            DATA_DIR=str(data),
            API_KEY=KEY,
            SIGNING_KEY=KEY,  # clients' hashes, and so who validates, stay the same
            RATE_LIMIT="0",
            DAILY_CORRECTIONS="0",
            TRUSTED_PROXIES="127.0.0.0/8",
            RETRAIN_ENV="base",
            TRACKING="off",
        ) as (url, _),
        httpx.Client(
            base_url=url, timeout=60, headers={"Authorization": f"Bearer {KEY}"}
        ) as client,
    ):
        yield client


def give(client: httpx.Client, gifts: Sequence[Gift]) -> dict[str, str]:
    """Draw each, ask for the answer, and say what it should have been.

    Returns:
        the truth by the correction's id.
    """
    truths = {}
    for gift in gifts:
        sender = {"X-Forwarded-For": gift.client}
        answer = client.post("/api/predict", content=gift.picture, headers=sender)
        answer.raise_for_status()
        said = client.post(
            "/api/feedback",
            json={
                "prediction_id": answer.json()["id"],
                "label": gift.label,
                "image": base64.b64encode(gift.picture).decode(),
            },
            headers=sender,
        )
        said.raise_for_status()
        truths[said.json()["id"]] = gift.truth
    return truths


def review(
    client: httpx.Client, judge: Callable[[str, str], tuple[str, str | None]]
) -> dict[str, int]:
    """Decide on every correction that the rules left open.

    Args:
        client: holds the key.
        judge: from a correction's id and label to the action and, for "relabel", the
            label.

    Returns:
        how many were decided each way.
    """
    counts: dict[str, int] = {}
    while True:
        page = client.get(
            "/api/review", params={"state": "quarantined", "page_size": PAGE}
        )
        page.raise_for_status()
        items = page.json()["items"]
        if not items:
            return counts
        decisions = []
        for item in items:
            action, label = judge(item["id"], item["label"])
            counts[action] = counts.get(action, 0) + 1
            decisions.append({"id": item["id"], "action": action, "label": label})
        client.post(
            "/api/review",
            json={"decisions": decisions},
            headers={"X-Reviewer": "scripted"},
        ).raise_for_status()


def scripted_reviewer(
    truths: Mapping[str, str], mistakes: float, seed: int
) -> Callable[[str, str], tuple[str, str | None]]:
    """Review as a careful person does, who overlooks a share of wrong labels."""
    rng = np.random.default_rng(seed)

    def judge(correction: str, label: str) -> tuple[str, str | None]:
        truth = truths[correction]
        if label == truth or rng.random() < mistakes:
            return "accept", None
        return "relabel", truth

    return judge


def retrain(client: httpx.Client) -> Decided:
    """Press the button and wait for the gate's decision.

    Raises:
        RuntimeError: when the retraining fails; with its sentence.
    """
    started = time.monotonic()
    client.post("/api/retrain").raise_for_status()
    while time.monotonic() - started < PATIENCE_SECONDS:
        time.sleep(POLL_SECONDS)
        status = client.get("/api/retrain/status").json()
        if status["running"]:
            continue
        job = status["job"]
        if job["state"] not in {"promoted", "refused"}:
            raise RuntimeError(f"the retraining ended as {job['state']}: {job}")
        return Decided(
            job["decision"]["outcome"],
            job["decision"]["reason"],
            client.get("/api/model/info").json()["version"],
            time.monotonic() - started,
        )
    raise RuntimeError(f"expected a decision within {PATIENCE_SECONDS} s, got none")


def measure(client: httpx.Client) -> Score:
    """Let the champion read what 14 unseen writers drew in the middle of a canvas."""
    digits = load_digits()
    return ask(str(client.base_url), digits, range(len(digits)), messy=False)


def list_ids(client: httpx.Client, state: str) -> list[str]:
    """Name the corrections that are in a state."""
    found: list[str] = []
    page = 1
    while True:
        answer = client.get(
            "/api/review", params={"state": state, "page": page, "page_size": PAGE}
        )
        answer.raise_for_status()
        items = answer.json()["items"]
        found += [item["id"] for item in items]
        if len(items) < PAGE:
            return found
        page += 1


def count_states(client: httpx.Client) -> dict[str, int]:
    """Count the corrections by state."""
    return {
        state: client.get(
            "/api/review", params={"state": state, "page_size": 1}
        ).json()["total"]
        for state in ("quarantined", "accepted", "rejected")
    }


def read_releases(data: Path) -> list[dict[str, Any]]:
    """Give the promotions of a store, oldest first."""
    return [vars(line) for line in ReleaseStore(data / "09_serving/digits").history()]


def _run_kedro(data: Path, *arguments: str) -> None:
    environment = {
        **os.environ,
        "DATA_DIR": str(data),
        "TRACKING": "off",
        "KEDRO_DISABLE_TELEMETRY": "1",
    }
    command = [sys.executable, "-m", "kedro", "run", *arguments]
    ended = subprocess.run(  # noqa: S603 - this project's own pipelines
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    if ended.returncode:
        raise RuntimeError(f"{' '.join(command)} failed: {ended.stderr[-2000:]}")
