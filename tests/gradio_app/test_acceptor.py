"""Connections are taken in as they come, however busy the event loop is."""

import asyncio
import errno
import socket

import pytest
import uvloop

from gradio_app import acceptor
from gradio_app.acceptor import Acceptor
from tests.event_loop import run_coroutine

GREETING = b"hello"


class Greeter(asyncio.Protocol):
    """Greets whoever comes."""

    def connection_made(self, transport):
        transport.write(GREETING)
        transport.close()


def run(scenario):
    """Run it in uvloop, as the server does."""
    run_coroutine(scenario(), uvloop.new_event_loop)


@pytest.fixture
def listening():
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as one:
        one.bind(("127.0.0.1", 0))
        yield one


@pytest.fixture
def clients(listening):
    """Connect any number of clients; the kernel does so before they are taken in."""
    address, connected = listening.getsockname(), []

    def connect(number):
        for _ in range(number):
            one = socket.create_connection(address, timeout=60)
            connected.append(one)
        return connected

    yield connect
    for one in connected:
        one.close()


def test_hundreds_are_taken_in_within_a_few_turns(listening, clients):
    async def scenario():
        Acceptor(listening, Greeter).start()
        clients(300)
        # Five turns for those, and some for what each of them needs itself.
        for _ in range(20):
            await asyncio.sleep(0)
        assert {one.recv(10) for one in clients(0)} == {GREETING}

    run(scenario)


def test_who_came_before_the_end_is_taken_in(listening, clients):
    async def scenario():
        one = Acceptor(listening, Greeter)
        one.start()
        clients(100)
        await one.close()
        assert {client.recv(10) for client in clients(0)} == {GREETING}
        assert listening.fileno() == -1

    run(scenario)


def test_a_connection_that_fails_does_not_break_the_end_off(listening, clients):
    protocols = iter([Greeter, None, Greeter])

    def make_protocol():
        protocol = next(protocols)
        if protocol is None:
            raise OSError(errno.ENOTCONN, "It left")
        return protocol()

    async def scenario():
        one = Acceptor(listening, make_protocol)
        one.start()
        clients(3)
        await one.close()
        greeted = [client.recv(10) for client in (clients(0)[0], clients(0)[2])]
        assert greeted == [GREETING] * 2

    run(scenario)


def test_who_answers_next_takes_over_from_who_leaves(listening, clients):
    async def scenario():
        held = listening.dup()
        first, second = Acceptor(listening, Greeter), Acceptor(held, Greeter)
        first.start()
        second.start()
        await first.close()
        clients(50)
        await second.close()
        assert {client.recv(10) for client in clients(0)} == {GREETING}

    run(scenario)


def test_without_room_for_files_it_waits_and_goes_on(
    listening, clients, monkeypatch, caplog
):
    monkeypatch.setattr(acceptor, "PAUSE_SECONDS", 0.05)

    class Full:
        """A socket in a process that may open no more files, for a while."""

        tries = 0

        def __getattr__(self, name):
            return getattr(listening, name)

        def accept(self):
            self.tries += 1
            if self.tries < 3:
                raise OSError(errno.EMFILE, "Too many open files")
            return listening.accept()

    async def scenario():
        full = Full()
        one = Acceptor(full, Greeter)
        one.start()
        clients(2)
        async with asyncio.timeout(60):
            while full.tries < 5:
                await asyncio.sleep(0.01)
        assert full.tries == 5
        await one.close()
        assert {client.recv(10) for client in clients(0)} == {GREETING}

    run(scenario)
    assert caplog.text.count("Too many open files") == 2
