"""The API key: who may change the model, or see what is everybody's."""

import hashlib
import hmac
import logging
import math
import os
import secrets
from pathlib import Path
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from gradio_app.limits import Buckets
from gradio_app.settings import Settings

audit = logging.getLogger("gradio_app.audit")

FILE = "api_key"
# A guesser has five tries, and one more every three minutes.
FAILURES = 5
FAILURES_PER_MINUTE = 1 / 3
SCHEME = HTTPBearer(
    auto_error=False, description="The key from `API_KEY` or `API_KEY_FILE`."
)
UNAUTHORISED = (
    "Expected the API key in the header `Authorization: Bearer <key>`, but none or "
    "another one came; send the one that this server was started with."
)
TOO_MANY = (
    "Expected the API key, but too many wrong ones came from this address; try again "
    "in {} seconds."
)


class Keys:
    """Compare keys in constant time, count failures, and write both down.

    Args:
        key: the key itself, or None.
        file: a file with the key, read anew at each request so that it can be
            replaced while the app runs; used when ``key`` is None.
    """

    def __init__(self, key: str | None = None, file: Path | None = None):
        self._digest = _digest(key) if key else None
        self._file = file
        self._failures = Buckets(FAILURES_PER_MINUTE, FAILURES)
        self._salt = secrets.token_bytes(16)

    @classmethod
    def from_settings(cls, settings: Settings) -> "Keys":
        """Take the key from ``API_KEY``, otherwise from ``API_KEY_FILE``."""
        key = settings.api_key
        return cls(key.get_secret_value() if key else None, settings.api_key_file)

    @property
    def exist(self) -> bool:
        """Whether there is a key; without one, guarded routes are not added."""
        return self._digest is not None or self._file is not None

    def check(self, given: str, client: str, action: str) -> None:
        """Let the right key pass.

        No key, a wrong one and an old one take the same steps, except that a missing
        one is no guess and does not count: a neighbour who looks in must not shut the
        key's owner out.

        Args:
            given: what came; empty when nothing did.
            client: whose failures are counted.
            action: what the key is asked for, for the audit.

        Raises:
            HTTPException: 401 for a key that is wrong or missing, 429 after five wrong.
        """
        who = hashlib.blake2b(
            client.encode(), key=self._salt, digest_size=6
        ).hexdigest()
        noted = {"client": who, "action": action}
        wait = self._failures.wait(client)
        if wait:
            audit.warning("API key refused unread", extra=noted)
            seconds = str(math.ceil(wait))
            headers = {"Retry-After": seconds}
            raise HTTPException(429, TOO_MANY.format(seconds), headers)
        if not hmac.compare_digest(_digest(given), self._expected()):
            if given:
                self._failures.take(client)
            audit.warning("API key refused", extra=noted)
            raise HTTPException(401, UNAUTHORISED, {"WWW-Authenticate": "Bearer"})
        # A page that shows a retraining asks every second; changes are what counts.
        changes = not action.startswith("GET ")
        level = logging.INFO if changes else logging.DEBUG
        audit.log(level, "API key accepted", extra=noted)

    def _expected(self) -> bytes:
        if self._digest is not None:
            return self._digest
        try:
            content = self._file.read_text(encoding="utf-8") if self._file else ""
        except OSError as error:
            audit.error("The file with the API key cannot be read: %s", error.strerror)
            content = ""
        # Without a key there is one all the same, and nobody knows it.
        return _digest(content.strip() or secrets.token_hex())


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()


async def require_key(
    request: Request,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(SCHEME)],
) -> None:
    """Let only requests with the API key pass; a dependency for guarded routes.

    The app carries its ``Keys`` as ``app.state.keys``.
    """
    keys: Keys = request.app.state.keys
    client = request.scope.get("state", {}).get("client", "")
    given = credentials.credentials if credentials else ""
    keys.check(given, client, f"{request.method} {request.url.path}")


def make_local_key(folder: Path) -> tuple[Path, str | None]:
    """Make a key for the user of this machine, once.

    Args:
        folder: where it is kept, as ``api_key``, for its owner's eyes alone.

    Returns:
        the file, and the key if it was made just now.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE
    key = secrets.token_urlsafe(24)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path, None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{key}\n")
    return path, key
