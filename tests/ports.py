"""A port for a server that cannot be told to take a free one itself."""

import random
import socket

# Below those that Linux gives to outgoing connections: none takes it in between.
LOWEST, HIGHEST = 15_000, 32_000
ATTEMPTS = 100


def pick_port() -> int:
    """Give a port that nobody listens on."""
    for _ in range(ATTEMPTS):
        port = random.randint(LOWEST, HIGHEST)  # noqa: S311 - no secret
        with socket.socket() as tried:
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError(f"expected a free port between {LOWEST} and {HIGHEST}")
