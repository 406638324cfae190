"""Sockets on this machine."""

import errno
import socket

HOST = "127.0.0.1"


def listen(port):
    """Open a listening socket on the loopback address.

    :param port: 0 for any free one
    :raise OSError: its text says in one sentence which port is taken
    """
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
        sock.listen(128)
    except OSError as error:
        sock.close()
        why = error.strerror
        if error.errno == errno.EADDRINUSE:
            why = "another program is using it"
        text = f"Port {port} on {HOST} can't be opened: {why}."
        raise OSError(error.errno, text) from error
    return sock
