"""Which requests cost something, and are limited for it."""

from starlette.types import Scope

# Whoever watches the app must see it while it refuses everybody else.
WATCHING = frozenset({"/api/health", "/health", "/api/ready", "/metrics"})
ALIASES = frozenset({"/predict", "/batch-predict", "/model-info"})
FREE_METHODS = frozenset({"GET", "HEAD"})


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
