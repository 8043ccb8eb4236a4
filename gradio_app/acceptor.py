"""Taking connections in.

uvloop takes in one connection in each turn of the event loop. Under load a turn takes
tens of milliseconds, and whoever comes anew, a balancer that asks for the health among
them, would wait for seconds, while who is in already is answered again and again.
"""

import asyncio
import logging
import socket
from collections.abc import Callable

log = logging.getLogger(__name__)

# Connections that the kernel keeps until they are taken in.
BACKLOG = 2048
MOST_AT_ONCE = 64
# Without room for another open file there is nothing to do but wait.
PAUSE_SECONDS = 1.0


class Acceptor:
    """Take in what comes to a socket, dozens of connections in a turn.

    Args:
        listening: the socket, bound to its address.
        make_protocol: gives each connection its protocol.
    """

    def __init__(
        self, listening: socket.socket, make_protocol: Callable[[], asyncio.Protocol]
    ):
        self._listening = listening
        self._make_protocol = make_protocol
        self._coming: set[asyncio.Task[None]] = set()
        self._loop = asyncio.get_running_loop()
        self._is_on = False

    def start(self) -> None:
        """Listen, and take in whoever comes from now on."""
        self._listening.setblocking(False)
        self._listening.listen(BACKLOG)
        self._is_on = True
        self._watch()

    async def close(self) -> None:
        """Take in whoever has come, and close the socket.

        Closing resets those whom the kernel still keeps, so nothing comes between; but
        not where a supervisor holds the socket too, for who answers next.
        """
        self._is_on = False
        self._loop.remove_reader(self._listening)
        while self._take_one():
            pass
        self._listening.close()
        await asyncio.gather(*self._coming)

    def _watch(self) -> None:
        if self._is_on:
            self._loop.add_reader(self._listening, self._take_some)

    def _take_some(self) -> None:
        for _ in range(MOST_AT_ONCE):
            if not self._take_one():
                return

    def _take_one(self) -> bool:
        """Take one connection in; tell whether there may be another."""
        try:
            connection, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError):
            return False
        except ConnectionAbortedError:
            return True  # it left before it was taken in
        except OSError as error:
            log.warning("A connection could not be taken in: %s", error)
            self._loop.remove_reader(self._listening)
            self._loop.call_later(PAUSE_SECONDS, self._watch)
            return False
        connection.setblocking(False)
        # An answer's last packet waits for no acknowledgement: 40 ms otherwise.
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._let_in(connection))
        self._coming.add(task)
        task.add_done_callback(self._coming.discard)
        return True

    async def _let_in(self, connection: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(self._make_protocol, connection)
        except OSError as error:
            log.warning("A connection was lost as it was taken in: %s", error)
            connection.close()
