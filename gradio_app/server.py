"""The server: listening, slow clients, and leaving without losing a request."""

import asyncio
import gc
import os
import signal
import socket
import time
import webbrowser
from types import FrameType
from typing import Any

import uvicorn
from fastapi import FastAPI

from gradio_app.acceptor import Acceptor
from gradio_app.readiness import Readiness
from gradio_app.settings import Settings
from gradio_app.sockets import tell_doors

# With drain_seconds and the log's last rows this stays below 25 s.
SHUTDOWN_SECONDS = 12
# What a connection that came at the last moment may take to say what it wants.
FIRST_REQUEST_SECONDS = 0.5
LOOK_SECONDS = 0.02
# Longer than nginx keeps idle connections (60 s): who closes first loses no request.
KEEP_ALIVE_SECONDS = 75
# What a request needs at most from its connection's first packet to here.
ARRIVING_SECONDS = 0.2
SWEEP_TICKS = 10  # uvicorn ticks ten times a second


class Server(uvicorn.Server):
    """uvicorn, with patience limits and a leave in order.

    Args:
        app: what is served.
        settings: ``slow_seconds``, ``drain_seconds``.
        address: printed when it listens; None for one of several workers.
        open_browser: whether to open the address in a browser.
        listens: file descriptor that gets a byte once it listens, or None.
    """

    def __init__(
        self,
        app: FastAPI,
        settings: Settings,
        address: str | None,
        *,
        open_browser: bool = False,
        listens: int | None = None,
    ):
        super().__init__(_configure(app))
        self._settings = settings
        self._readiness: Readiness = app.state.readiness
        self._address = address
        self._open_browser = open_browser
        self._listens = listens
        self._parent = os.getppid()
        self._leave_at: float | None = None
        self._idle: dict[Any, tuple[object, float]] = {}
        self._acceptors: list[Acceptor] = []

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until told to stop."""
        # uvicorn listens to signals a moment later, and raises them anew when it is
        # done: before, one is noted; after, nothing is left to kill.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note_exit)
        try:
            super().run(sockets)
        finally:
            # Python gives signals back their default while it shuts down.
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, signal.SIG_IGN)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then tell the address."""
        # uvicorn would leave the taking in to the event loop.
        await super().startup([])
        if not self.started:
            return
        # What has been loaded stays: to look through it for garbage would take 70 ms
        # every time, in which nobody is answered.
        gc.freeze()
        self._acceptors = [
            Acceptor(listening, self._make_protocol) for listening in sockets or []
        ]
        for acceptor in self._acceptors:
            acceptor.start()
        if self._listens is not None:
            os.write(self._listens, b"1")
        if self._address:
            pages = self._settings.pages == "on"
            print(tell_doors(self._address, pages), flush=True)
        if self._open_browser and self._address:
            webbrowser.open(self._address)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Say that it is leaving, and leave a little later; at once when nobody asks.

        Balancers need a moment to learn of it. Until then requests are still answered,
        and clients told to come back by another connection.
        """
        self._readiness.leave()
        drain = self._settings.drain_seconds
        asked_again = self._leave_at is not None
        if sig != signal.SIGTERM or asked_again or not self.server_state.connections:
            super().handle_exit(sig, frame)
        else:
            self._leave_at = time.monotonic() + drain

    def _note_exit(self, *_: object) -> None:
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Leave when it is time, and look after slow clients now and then."""
        if self._leave_at is not None and time.monotonic() >= self._leave_at:
            self.should_exit = True
        if counter % SWEEP_TICKS == 0:
            self._sweep()
            if self._is_orphaned():
                self.handle_exit(signal.SIGTERM, None)
        return await super().on_tick(counter)

    async def shutdown(
        self,
        sockets: list[socket.socket] | None = None,  # noqa: ARG002 - uvicorn's
    ) -> None:
        """Stop listening, take in and hear out who has only just come, then finish.

        uvicorn closes connections without a request at once, also those whose request
        is on its way; the kernel resets those that nobody has accepted. A balancer may
        not send such a request again if it is a write.
        """
        for acceptor in self._acceptors:
            await acceptor.close()
        await asyncio.sleep(ARRIVING_SECONDS)
        await self._await_first_requests()
        await super().shutdown([])

    def _make_protocol(self) -> asyncio.Protocol:
        protocol: Any = self.config.http_protocol_class
        made: asyncio.Protocol = protocol(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
        )
        return made

    async def _await_first_requests(self) -> None:
        """Wait a little for what new connections have come to ask."""
        end = time.monotonic() + FIRST_REQUEST_SECONDS
        while time.monotonic() < end:
            connections: list[Any] = list(self.server_state.connections)
            if all(connection.cycle is not None for connection in connections):
                return
            await asyncio.sleep(LOOK_SECONDS)

    def _is_orphaned(self) -> bool:
        """Tell whether the supervisor of this worker is gone: nobody could stop it."""
        return self._listens is not None and os.getppid() != self._parent

    def _sweep(self) -> None:
        """Close connections whose next request has been beginning for too long."""
        now = time.monotonic()
        idle: dict[Any, tuple[object, float]] = {}
        connections: list[Any] = list(self.server_state.connections)
        for connection in connections:
            if not _awaits_headers(connection):
                continue
            since = self._idle.get(connection)
            if since is None or since[0] is not connection.cycle:
                since = connection.cycle, now
            idle[connection] = since
            if now - since[1] > self._settings.slow_seconds:
                connection.transport.close()
        self._idle = idle


def _awaits_headers(connection: Any) -> bool:
    """Tell whether a request has not come whole, and uvicorn's own timer is off."""
    if connection.cycle is None:
        return True
    complete: bool = connection.cycle.response_complete
    return complete and connection.timeout_keep_alive_task is None


def _configure(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        server_header=False,
        # Nothing here speaks it, and its connections have no requests to look after.
        ws="none",
        # TRUSTED_PROXIES says whose headers count; uvicorn believes all of loopback.
        proxy_headers=False,
    )
