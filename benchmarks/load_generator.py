"""Ask an HTTP server as many users do, from a process of its own.

Raw requests over asyncio: some 30 µs of a core for each, so that the server and not the
generator is measured; the generator's own processor time is told all the same.
Closed loop: each user asks anew when answered. Open loop: requests come at a rate,
whatever the server does, and their time counts from the moment they were due.
Burst: every user asks once, all at the same moment.
"""

import asyncio
import base64
import json
import random
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import numpy as np

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
ACCEPTED = range(200, 300)


@dataclass(frozen=True)
class Load:
    """What is asked, how often, by how many.

    Attributes:
        url: of the server, without a path.
        requests: raw requests; one is drawn by chance each time.
        weights: how often each is drawn; all alike when empty.
        users: connections; the most there may be in the open loop.
        seconds: how long; ignored in a burst.
        rate: requests per second in the open loop; None for the closed one.
        burst: whether each user asks once.
        last_seconds: what is still on its way at the end gets so long.
    """

    url: str
    requests: Sequence[bytes]
    weights: Sequence[float] = ()
    users: int = 1
    seconds: float = 2.0
    rate: float | None = None
    burst: bool = False
    last_seconds: float = 10.0


@dataclass
class Outcome:
    """What came of a load.

    Attributes:
        statuses: answers by status.
        errors: connections that failed, and requests that nobody answered.
        seconds: from the first request to the last answer within the time.
        per_second: accepted requests (2xx) per second.
        accepted_ms: time of accepted requests: p50, p95, p99, max.
        refused_ms: time of the others, likewise.
        generator_cpu: the generator's own processor time, as a share of a core.
    """

    statuses: dict[int, int] = field(default_factory=dict)
    errors: int = 0
    seconds: float = 0.0
    per_second: float = 0.0
    accepted_ms: dict[str, float] = field(default_factory=dict)
    refused_ms: dict[str, float] = field(default_factory=dict)
    generator_cpu: float = 0.0

    @property
    def failures(self) -> int:
        """Requests that were not accepted, for whatever reason."""
        refused = (n for status, n in self.statuses.items() if status not in ACCEPTED)
        return self.errors + sum(refused)


def generate(load: Load) -> Outcome:
    """Put a load on a server, from another process."""
    told = {
        **asdict(load),
        "requests": [base64.b64encode(one).decode() for one in load.requests],
    }
    done = subprocess.run(  # noqa: S603 - this very file
        [sys.executable, str(Path(__file__).resolve())],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"expected the generator to work, but: {done.stderr}")
    found = json.loads(done.stdout)
    found["statuses"] = {int(key): n for key, n in found["statuses"].items()}
    return Outcome(**found)


def write_request(
    method: str, path: str, body: bytes = b"", content_type: str = "", **headers: str
) -> bytes:
    """Write a raw request; underscores in names of headers become dashes."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if content_type:
        lines.append(f"Content-Type: {content_type}")
    if body:
        lines.append(f"Content-Length: {len(body)}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


class _Connection(asyncio.Protocol):
    """One user: sends a request, and tells when its answer is whole."""

    def __init__(self, run: "_Run"):
        self.run = run
        self.transport: asyncio.Transport | None = None
        self.due: float | None = None
        self.buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]

    def send(self, due: float) -> None:
        self.due = due
        if self.transport is None or self.transport.is_closing():
            self.run.fail(self)
        else:
            self.transport.write(self.run.draw())

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self.buffer[:end]).lower()
        length = _read_length(head)
        if len(self.buffer) < end + 4 + length:
            return
        self.buffer.clear()
        due, self.due = self.due, None
        if due is not None:
            closing = b"connection: close" in head
            self.run.answer(self, int(head[9:12]), due, closing)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.transport = None
        if self.due is not None:
            self.run.fail(self)


def _read_length(head: bytes) -> int:
    start = head.find(b"content-length: ")
    if start < 0:
        return 0
    end = head.find(b"\r", start)
    return int(head[start + 16 : end if end > 0 else None])


class _Run:
    """A load while it is on."""

    def __init__(self, load: Load):
        self.load = load
        address = urlsplit(load.url)
        self.host, self.port = address.hostname or "127.0.0.1", address.port or 80
        self.random = random.Random(0)  # noqa: S311
        self.statuses: Counter[int] = Counter()
        self.times: list[tuple[bool, float]] = []
        self.errors = 0
        self.idle: list[_Connection] = []
        self.open = 0
        self.waiting = 0
        # Whether all is sent that an open loop sends.
        self.sent = False
        self.end = float("inf")
        self.last = 0.0
        self.done = asyncio.Event()

    def draw(self) -> bytes:
        requests, weights = self.load.requests, self.load.weights
        if len(requests) == 1:
            return requests[0]
        return self.random.choices(requests, weights or None)[0]

    def answer(
        self, connection: _Connection, status: int, due: float, closing: bool
    ) -> None:
        now = time.perf_counter()
        self.last = now
        self.statuses[status] += 1
        self.times.append((status in ACCEPTED, now - due))
        self._go_on(connection, closing)

    def fail(self, connection: _Connection) -> None:
        connection.due = None
        self.errors += 1
        self._go_on(connection, closing=True)

    def _go_on(self, connection: _Connection, closing: bool) -> None:
        self.waiting -= 1
        over = time.perf_counter() >= self.end or self.load.burst or self.sent
        if closing:
            self.open -= 1
            if connection.transport:
                connection.transport.close()
            if self.load.rate is None and not over:
                asyncio.get_running_loop().create_task(self._reconnect())
        elif self.load.rate is not None:
            self.idle.append(connection)
        elif not over:
            self.waiting += 1
            connection.send(time.perf_counter())
        if over and not self.waiting:
            self.done.set()

    async def _reconnect(self) -> None:
        connection = await self.connect()
        if connection and time.perf_counter() < self.end:
            self.waiting += 1
            connection.send(time.perf_counter())

    async def connect(self) -> _Connection | None:
        loop = asyncio.get_running_loop()
        try:
            _, connection = await loop.create_connection(
                lambda: _Connection(self), self.host, self.port
            )
        except OSError:
            self.errors += 1
            return None
        self.open += 1
        return connection

    async def run(self) -> Outcome:
        wanted = self.load.users if self.load.rate is None else 1
        connections = [await self.connect() for _ in range(wanted)]
        cpu, start = _processor_seconds(), time.perf_counter()
        self.end = start + self.load.seconds
        if self.load.rate is None:
            self._start_users([one for one in connections if one])
        else:
            self.idle += [one for one in connections if one]
            await self._send_at_rate(start)
        still = max(0.0, self.end - time.perf_counter())
        if self.waiting:
            try:
                async with asyncio.timeout(still + self.load.last_seconds):
                    await self.done.wait()
            except TimeoutError:
                self.errors += self.waiting
        seconds = max(self.last, start + 1e-9) - start
        share = (_processor_seconds() - cpu) / (time.perf_counter() - start)
        return self._summarise(seconds, share)

    def _start_users(self, connections: Sequence[_Connection]) -> None:
        self.waiting = len(connections)
        for connection in connections:
            connection.send(time.perf_counter())

    async def _send_at_rate(self, start: float) -> None:
        assert self.load.rate is not None  # noqa: S101
        tasks: set[asyncio.Task[None]] = set()
        for number in range(int(self.load.rate * self.load.seconds)):
            due = start + number / self.load.rate
            pause = due - time.perf_counter()
            if pause > 0 or number % 64 == 0:
                await asyncio.sleep(max(0.0, pause))
            self.waiting += 1
            while self.idle and self.idle[-1].transport is None:
                self.idle.pop()
            if self.idle:
                self.idle.pop().send(due)
            elif self.open < self.load.users:
                task = asyncio.create_task(self._send_anew(due))
                tasks.add(task)
                task.add_done_callback(tasks.discard)
            else:
                self.waiting -= 1
                self.errors += 1
        await asyncio.gather(*tasks)
        self.sent = True

    async def _send_anew(self, due: float) -> None:
        connection = await self.connect()
        if connection:
            connection.send(due)
        else:
            self.waiting -= 1

    def _summarise(self, seconds: float, share: float) -> Outcome:
        accepted = [taken for good, taken in self.times if good]
        return Outcome(
            statuses=dict(self.statuses),
            errors=self.errors,
            seconds=round(seconds, 3),
            per_second=round(len(accepted) / seconds, 1),
            accepted_ms=_quantiles(accepted),
            refused_ms=_quantiles([taken for good, taken in self.times if not good]),
            generator_cpu=round(share, 3),
        )


def _quantiles(times: Sequence[float]) -> dict[str, float]:
    if not times:
        return {}
    values = np.quantile(np.array(times) * 1000, list(QUANTILES.values()))
    return {
        name: round(float(value), 2)
        for name, value in zip(QUANTILES, values, strict=True)
    }


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main() -> int:
    """Read a load from standard input, and write what came of it."""
    told: dict[str, Any] = json.loads(sys.stdin.read())
    told["requests"] = [base64.b64decode(one) for one in told["requests"]]
    try:
        import uvloop  # noqa: PLC0415 - half the cost, where there is one

        factory = uvloop.new_event_loop
    except ImportError:
        factory = None
    with asyncio.Runner(loop_factory=factory) as runner:
        outcome = runner.run(_run(Load(**told)))
    print(json.dumps(asdict(outcome)))
    return 0


async def _run(load: Load) -> Outcome:
    return await _Run(load).run()


if __name__ == "__main__":
    sys.exit(main())
