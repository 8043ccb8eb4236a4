"""Which requests cost something, and are limited for it, and how much."""

from starlette.types import Scope

# Whoever watches the app must see it while it refuses everybody else.
WATCHING = frozenset({"/api/health", "/health", "/api/ready", "/metrics"})
ALIASES = frozenset({"/predict", "/batch-predict", "/model-info"})
FREE_METHODS = frozenset({"GET", "HEAD"})
READING = frozenset({"/api/predict", "/predict"})
# Bytes of a body whose picture is small: 28x28 pixels come in 300 to 1,200. Twenty of
# them, read together, take some 10 ms, and half of what they take in fours.
SMALL_BODY = 2048
SMALL_SHARE = 0.1875
# Digits of a Content-Length that is worth reading.
LONGEST_LENGTH = 16


def is_costly(scope: Scope) -> bool:
    """Tell whether a request makes work: the API, and what pages send.

    Pages themselves, their files and their open streams are free: a page fetches
    dozens of files at once, and a stream lasts as long as the page is open.
    """
    if scope["type"] != "http":
        return False
    path = scope["path"]
    if path in WATCHING:
        return False
    return (
        scope["method"] not in FREE_METHODS
        or path.startswith("/api/")
        or path in ALIASES
    )


def measure_share(scope: Scope) -> float:
    """Tell how much of a slot a costly request needs."""
    if scope["path"] not in READING or scope["query_string"]:
        return 1.0
    return SMALL_SHARE if 0 <= declared_length(scope) <= SMALL_BODY else 1.0


def declared_length(scope: Scope) -> int:
    """Give Content-Length; -1 for an unknown one, too much for a senseless one."""
    length = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return -1
        if name == b"content-length":
            sensible = value.isdigit() and len(value) < LONGEST_LENGTH
            length = int(value) if sensible else 1 << 62
    return length
