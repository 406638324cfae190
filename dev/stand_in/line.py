"""The line to X: TLS in front of the stand-in, and all that may be wrong with it."""

import select
import socket
import threading
from contextlib import ExitStack, contextmanager, suppress

from .net import HOST, listen

ENOUGH = 8
_CHUNK = 64 * 1024


@contextmanager
def crowded(port=0):
    """A port where connecting neither works nor fails: its backlog is full.

    :return: context manager of its address
    """
    with ExitStack() as stack:
        listener = stack.enter_context(listen(port))
        listener.listen(0)
        for _number in range(ENOUGH):
            sock = stack.enter_context(socket.socket())
            sock.setblocking(False)
            sock.connect_ex(listener.getsockname())
        yield listener.getsockname()


class Line:
    """One port, on which X answers by TLS, or in a wrong way, or not at all.

    :param target: port of the stand-in
    """

    def __init__(self, target):
        self._target = target
        self._stack = ExitStack()
        with listen(0) as sock:
            self.port = sock.getsockname()[1]

    @property
    def base_url(self):
        """Where Odoo is told that X is."""
        return f"https://{HOST}:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.cut()

    def cut(self):
        """Let nobody listen."""
        self._stack.close()

    def choke(self):
        """Let connections hang before they are made."""
        self.cut()
        self._stack.enter_context(crowded(self.port))

    def carry(self, context):
        """Hand everything on to the stand-in.

        :param context: of TLS, with the certificate that is shown
        """
        self.cut()
        listener = self._stack.enter_context(listen(self.port))
        thread = threading.Thread(
            target=self._accept, args=(listener, context), daemon=True
        )
        thread.start()
        # Closing alone would leave the thread where it waits.
        self._stack.callback(listener.shutdown, socket.SHUT_RDWR)

    def _accept(self, listener, context):
        """Take connections until the line is cut."""
        with suppress(OSError):
            while True:
                sock, _address = listener.accept()
                arguments = (sock, context)
                threading.Thread(target=self._join, args=arguments, daemon=True).start()

    def _join(self, sock, context):
        """Carry what either side says, once the other side likes the certificate."""
        with sock, suppress(OSError):
            with (
                context.wrap_socket(sock, server_side=True) as outer,
                socket.create_connection((HOST, self._target)) as inner,
            ):
                _carry(outer, inner)


def _carry(outer, inner):
    """Carry bytes both ways until one side leaves."""
    others = {outer: inner, inner: outer}
    while True:
        # What TLS has unpacked already is nothing that select would see.
        ready = [outer] if outer.pending() else select.select(others, (), ())[0]
        for sock in ready:
            data = sock.recv(_CHUNK)
            if not data:
                return
            others[sock].sendall(data)
