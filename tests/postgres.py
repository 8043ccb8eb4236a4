"""A real PostgreSQL server of its own, from the system's packages."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import pytest

PORT = 5432  # names the socket in the folder; nothing listens on the network
ACCOUNTS = ("postgres", "nobody")
# Tests kill clients, not the machine: nothing has to survive a power cut.
OPTIONS = "-c listen_addresses='' -c fsync=off -c max_connections=60"


@dataclass(frozen=True)
class PostgresServer:
    """A running server.

    Attributes:
        binaries: folder of its programs.
        folder: its socket and its data.
    """

    binaries: Path
    folder: Path
    _numbers: count = field(default_factory=count)

    def create_database(self) -> str:
        """Make an empty database and give its URL."""
        name = f"test_{next(self._numbers)}"
        run_quietly(
            self.binaries / "createdb", "-h", self.folder, "-U", "postgres", name
        )
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"


def find_binaries() -> Path | None:
    """Find initdb and the rest: in POSTGRES_BIN, on the path, or Debian's place."""
    named = os.environ.get("POSTGRES_BIN")
    if named:
        return Path(named)
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


@contextmanager
def run_postgres() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own; stop it and delete the folder."""
    binaries = find_binaries()
    if binaries is None:
        if os.environ.get("CI") == "true":
            pytest.fail("CI has to test with PostgreSQL: install postgresql")
        pytest.skip("no PostgreSQL here: install it, or name its bin in POSTGRES_BIN")
    account = _unprivileged_account()
    # Not below pytest's folder: only its owner may enter that one.
    with tempfile.TemporaryDirectory(prefix="records-pg-") as name:
        folder = Path(name)
        data = folder / "data"
        if account:
            shutil.chown(folder, account)
        run_quietly(
            binaries / "initdb",
            *("-D", data, "-U", "postgres", "--auth=trust", "-E", "UTF8", "-N"),
            account=account,
        )
        control = (binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log")
        options = f"{OPTIONS} -c unix_socket_directories={folder} -p {PORT}"
        run_quietly(*control, "-o", options, "start", account=account)
        try:
            yield PostgresServer(binaries, folder)
        finally:
            run_quietly(*control, "-m", "immediate", "stop", account=account)


def _unprivileged_account() -> str | None:
    """Name an account to run as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ACCOUNTS if name in known)


def run_quietly(*command: object, account: str | None = None) -> None:
    """Run a program; complain with what it said when it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        user=account,
        group=pwd.getpwnam(account).pw_gid if account else None,
        extra_groups=[] if account else None,
        cwd="/",
        stdin=subprocess.DEVNULL,
        # Not a pipe: the server would inherit it, and nobody would ever see its end.
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=180,
    )
    assert done.returncode == 0, f"{command[0]} ended with {done.returncode}"
