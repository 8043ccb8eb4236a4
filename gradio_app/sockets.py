"""Taking a port, and naming it."""

import resource
import socket
from contextlib import suppress

# A client that acknowledges nothing for so long is gone.
UNACKNOWLEDGED_MS = 30_000


def listen(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Take a port.

    Args:
        host: address of this machine.
        port: 0 takes a free one.
        shared: whether other sockets may take it too; the kernel then deals
            connections out among them.

    Raises:
        OSError: when the port is taken, in a sentence.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named as TCP, or asyncio leaves Nagle's algorithm on: 40 ms per answer.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS
        )
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise OSError(
            f"Cannot listen on {host}:{port} ({error.strerror}); stop what runs there "
            "or set GRADIO_SERVER_PORT to another port."
        ) from error
    return listening


def name_address(host: str, port: int) -> str:
    """Give the address to open in a browser on this machine."""
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def tell_doors(address: str, pages: bool) -> str:
    """Say where people and programs come in."""
    rest = f"REST: {address}/docs"
    return f"Sketch pad: {address}  {rest}" if pages else rest


def allow_many_connections() -> None:
    """Let this process open as many files as the system lets it; a socket is one."""
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
