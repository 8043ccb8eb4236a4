"""Ask a running app to retrain, from a schedule, and wait for the gate's decision.

``API_KEY=… python -m deploy.ask_retraining https://digits.example`` ends with 0 when
the gate has decided, either way, and with 1 and one sentence when nothing was decided.
With ``--when-drifted`` it starts one only if the app has found that people draw
otherwise than before; if not, it says so and ends with 0.
"""

import argparse
import os
import sys
import time
from typing import Any

import httpx

POLL_SECONDS = 5.0
# An app that is being restarted is asked again for so long.
PATIENCE_SECONDS = 120.0
DECIDED = {"promoted", "refused"}
CONFLICT = 409
DRIFTED = "confirmed"


class AskingError(RuntimeError):
    """One sentence on why there is no decision."""


def main(arguments: list[str] | None = None) -> int:
    """Start a retraining, or wait for the one that runs; tell how it ends."""
    options = _parse(arguments)
    key = os.environ.get("API_KEY")
    if not key:
        print("Expected the app's key in API_KEY, got none; set it.", file=sys.stderr)
        return 1
    headers = {"Authorization": f"Bearer {key}", "X-Reviewer": "schedule"}
    try:
        with httpx.Client(base_url=options.url, headers=headers, timeout=30) as client:
            if options.when_drifted and not has_drifted(client):
                return 0
            start(client)
            job = wait(client, options.poll_seconds)
    except AskingError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{job['state']}: {job['sentence']}")
    return 0 if job["state"] in DECIDED else 1


def has_drifted(client: httpx.Client) -> bool:
    """Print what the app says of drift; tell whether it is confirmed.

    Raises:
        AskingError: when the app cannot be asked, or does not tell.
    """
    answer = _send(client, "GET", "/api/drift")
    try:
        found = answer.raise_for_status().json()
        state, sentence = str(found["state"]), str(found["sentence"])
    except (httpx.HTTPStatusError, ValueError, KeyError, TypeError) as error:
        raise AskingError(
            "Expected the app to tell whether people draw otherwise than before, got "
            f"{answer.status_code}: {_sentence(answer)}"
        ) from error
    print(sentence, flush=True)
    return state == DRIFTED


def start(client: httpx.Client) -> None:
    """Start a retraining; one that runs already is as good.

    Raises:
        AskingError: when the app cannot be asked, or says no.
    """
    answer = _send(client, "POST", "/api/retrain")
    if answer.is_error and answer.status_code != CONFLICT:
        raise AskingError(
            f"Expected a retraining to start, got {answer.status_code}: "
            f"{_sentence(answer)}"
        )


def wait(client: httpx.Client, poll_seconds: float) -> dict[str, Any]:
    """Wait for the end of the retraining that runs, and give it.

    Raises:
        AskingError: when the app stops answering.
    """
    answered = time.monotonic()
    while True:
        try:
            status = client.get("/api/retrain/status").raise_for_status().json()
        except httpx.HTTPError as error:
            if time.monotonic() - answered > PATIENCE_SECONDS:
                raise AskingError(
                    f"Expected the app to go on answering, got {error!r} for "
                    f"{PATIENCE_SECONDS:g} s; look at its log."
                ) from error
        else:
            answered = time.monotonic()
            if not status["running"]:
                job: dict[str, Any] = status["job"]
                return job
        time.sleep(poll_seconds)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url", help="the app's address")
    parser.add_argument("--poll-seconds", type=float, default=POLL_SECONDS)
    parser.add_argument(
        "--when-drifted",
        action="store_true",
        help="only if the app has found that people draw otherwise than before",
    )
    return parser.parse_args(arguments)


def _send(client: httpx.Client, method: str, path: str) -> httpx.Response:
    try:
        return client.request(method, path)
    except httpx.HTTPError as error:
        raise AskingError(
            f"Expected an app at {client.base_url}, got {error!r}; start it, or "
            "correct the address."
        ) from error


def _sentence(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:200]


if __name__ == "__main__":
    sys.exit(main())
