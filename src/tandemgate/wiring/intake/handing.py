"""Connections across a socket: the system passes on what is open (unix(7), ``SCM_RIGHTS``)."""

import socket
from typing import Final

_NUMBER: Final = 8


def hand(line: socket.socket, connection: socket.socket, number: int) -> bool:
    """Give *connection* to the other process under *number*; false when it takes none now."""
    try:
        sent = socket.send_fds(line, [number.to_bytes(_NUMBER, "big")], [connection.fileno()])
    except OSError:
        return False
    return sent == _NUMBER


def take(line: socket.socket) -> tuple[int, socket.socket] | None:
    """Take a connection that was handed over, with its number; nothing when there is none."""
    try:
        number, handed, _, _ = socket.recv_fds(line, _NUMBER, 1)
    except OSError:
        return None
    if len(number) != _NUMBER or not handed:
        return None
    return int.from_bytes(number, "big"), socket.socket(fileno=handed[0])
