"""Sign what is given out, so that what comes back can be told from what is made up."""

import hashlib
import hmac
import os
import secrets
import time
from contextlib import suppress
from pathlib import Path

KEY_BYTES = 32
BYTES = 12
# Random bytes of a name: enough for those of one moment, which share their beginning.
CHANCE = 8
NAMES = 256


class Signer:
    """Give out ids, recognise them, and hide addresses behind a keyed hash.

    Args:
        key: the secret behind it all.
    """

    def __init__(self, key: bytes):
        self._key = hashlib.sha256(key).digest()
        self._names: list[str] = []

    def new_id(self) -> str:
        """Make an id: about when, at random, then its signature."""
        name = self._draw_name()
        return f"{name}.{self._sign(name)}"

    def is_own(self, given: str) -> bool:
        """Tell whether an id was given out under this key."""
        name, _, signature = given.partition(".")
        found = signature.encode("utf-8", "surrogatepass")
        return hmac.compare_digest(found, self._sign(name).encode())

    def hash_client(self, address: str) -> str:
        """Turn an address into what tells clients apart and names none."""
        return self._sign(f"client {address}")

    def name(self, text: str) -> str:
        """Give the name that a text always has under this key."""
        return self._sign(f"text {text}")

    def _draw_name(self) -> str:
        """Take one of many names that were drawn together, which is a call less.

        They begin with the time: the database's index then grows at its end, which
        takes a fifth less processor time for each row than places all over it.
        """
        while True:
            # Taking from a list is safe among threads.
            with suppress(IndexError):
                return self._names.pop()
            drawn = os.urandom(CHANCE * NAMES).hex()
            size = 2 * CHANCE
            now = f"{int(time.time()):08x}"
            self._names += [
                now + drawn[i : i + size] for i in range(0, len(drawn), size)
            ]

    def _sign(self, text: str) -> str:
        content = text.encode("utf-8", "surrogatepass")
        return hashlib.blake2b(content, key=self._key, digest_size=BYTES).hexdigest()


def keep_key(path: Path) -> bytes:
    """Read the key that processes over one data folder share; make it the first time.

    Where nothing can be written, a key for this process alone has to do.
    """
    key = secrets.token_bytes(KEY_BYTES)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.touch(mode=0o600, exist_ok=False)
        temporary.write_bytes(key)
        # Unlike a rename, a link leaves the key that another process was first with.
        with suppress(FileExistsError):
            path.hardlink_to(temporary)
        return path.read_bytes()
    except OSError:
        return key
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
