"""Start a Space as its host would, cut off from the network, and visit it.

``python space_visitor.py PYTHON SPACE HOME PICTURE``, as root in a network namespace of
its own. Prints what was seen as JSON. The app runs as an ordinary user, on two cores
that it shares with a busy loop each, and sees no variable of the caller's. Where other
users may not enter PYTHON's folder, it runs as this one without a single privilege:
it may then write no more than its files' modes say, and nothing here gives it any.
"""

import fcntl
import json
import os
import socket
import struct
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

URL = "http://127.0.0.1:7860"
START_SECONDS = 400
# It ends by itself, should nobody be left to end it.
BUSY = "import time\nend = time.time() + 800\nwhile time.time() < end: pass"
IFF_UP = 1
SIOCSIFFLAGS = 0x8914
# A program's own cookies are its session.
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def main() -> int:
    python, space, home, picture = sys.argv[1:]
    raise_loopback()
    cores = sorted(os.sched_getaffinity(0))[:2]
    os.sched_setaffinity(0, cores)
    rivals = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in cores]
    with (Path(home) / "log").open("w") as log:
        started = time.monotonic()
        app = subprocess.Popen(
            [*become_ordinary(python), python, "app.py"],
            cwd=space,
            env={"PATH": "/usr/bin:/bin", "HOME": home, "TMPDIR": home, "LANG": "C"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait(app, started)
            seen = {"start": time.monotonic() - started, **visit(Path(picture))}
            app.terminate()
            seen["exit"] = app.wait(60)
        finally:
            for process in (app, *rivals):
                process.kill()
                process.wait()
    seen["outside"] = reach_outside()
    seen["left"] = sorted(path.name for path in Path(home).iterdir())
    print(json.dumps(seen))
    return 0


def become_ordinary(python: str) -> list[str]:
    """Give the command that runs another one without privileges."""
    nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    tried = subprocess.run([*nobody, python, "-c", ""], capture_output=True)
    dropped = ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    return ["setpriv", *dropped] if tried.returncode else nobody


def raise_loopback() -> None:
    """Do what `ip link set lo up` does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", IFF_UP)
        fcntl.ioctl(control, SIOCSIFFLAGS, request)


def reach_outside() -> str:
    try:
        socket.create_connection(("1.1.1.1", 443), 5).close()
    except OSError as error:
        return type(error).__name__
    return "reached"


def wait(app: subprocess.Popen, started: float) -> None:
    while time.monotonic() - started < START_SECONDS and app.poll() is None:
        if ask("/api/ready")[0] == 200:
            return
        time.sleep(0.2)
    raise SystemExit("the Space did not start")


def visit(picture: Path) -> dict:
    image = {"Content-Type": "image/png"}
    first = ask("/api/predict", picture.read_bytes(), image)
    answer = json.loads(first[1])
    times = []
    for _ in range(20):
        start = time.monotonic()
        ask("/api/predict", picture.read_bytes(), image)
        times.append(time.monotonic() - start)
    correction = {"prediction_id": answer.get("id"), "label": "7"}
    return {
        "predict": [first[0], answer],
        "median": sorted(times)[10],
        "page": ask("/")[1].decode(errors="replace")[:20000],
        "feedback": ask(
            "/api/feedback",
            json.dumps(correction).encode(),
            {"Content-Type": "application/json"},
        )[0],
        "rollback": ask("/api/model/rollback", b"{}")[0],
        "evaluate": ask("/api/model/evaluate", b"{}")[0],
        "operations": operations(json.loads(ask("/openapi.json")[1])),
    }


def operations(api: dict) -> list[str]:
    return sorted(
        f"{method.upper()} {path}"
        for path, methods in api["paths"].items()
        for method in methods
        if method != "get"
    )


def ask(path: str, body: bytes | None = None, headers: dict | None = None):
    request = urllib.request.Request(URL + path, body, headers or {})  # noqa: S310
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


if __name__ == "__main__":
    sys.exit(main())
