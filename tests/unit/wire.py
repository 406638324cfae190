"""A server that says byte for byte what a test tells it to, and an X made of it.

For what no HTTP server would ever send: half headers, a byte a second, false lengths.
"""

import json
import socket
import struct
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from pictures import picture

CLIENT_ID = "Y2xpZW50LWlkLW9mLXRlc3RzOjE6Y2k"
CLIENT_SECRET = "client-secret-0fTheTests-never-shown"
CALLBACK = "https://shop.example/twitter/callback"
CODE = "authorization-code-0fTheTests-never-shown"
VERIFIER = "pkce-verifier-0fTheTests-never-shown-0123456789-abcdefgh"
ACCESS_TOKEN = "access-token-0fTheTests-never-shown"
REFRESH_TOKEN = "refresh-token-0fTheTests-never-shown"

TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"
REVOKE = "POST /2/oauth2/revoke"
AVATAR = "GET /profile_images/1/face_normal.png"


def reply(status=200, body=b"", headers=None):
    """Write an honest answer.

    :param body: bytes, text, or what JSON can write
    :return: bytes for the wire
    """
    if not isinstance(body, bytes | str):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    given = {"Content-Type": "application/json", "Content-Length": str(len(body))}
    lines = [f"HTTP/1.1 {status} Whatever"]
    for name, value in {**given, **(headers or {})}.items():
        if value is not None:
            lines.append(f"{name}: {value}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def drip(data, seconds, at_once=0):
    """Send the first bytes at once and the rest a byte at a time."""

    def send(sock, stopping):
        sock.sendall(data[:at_once])
        for byte in data[at_once:]:
            if stopping.wait(seconds):
                return
            sock.sendall(bytes([byte]))

    return send


def hang(sock, stopping):
    """Say nothing until the test is over."""
    stopping.wait(30)


def stall(data):
    """Send something, then nothing more, and keep the line open."""

    def send(sock, stopping):
        sock.sendall(data)
        stopping.wait(30)

    return send


def cut(data=b""):
    """Send something and close."""

    def send(sock, stopping):
        sock.sendall(data)

    return send


def reset(data=b""):
    """Send something and break the connection with a RST."""

    def send(sock, stopping):
        sock.sendall(data)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return send


def endless(head, filler=b"x" * 65536):
    """Never stop sending."""

    def send(sock, stopping):
        sock.sendall(head)
        while not stopping.is_set():
            sock.sendall(filler)

    return send


@dataclass
class Request:
    """What came in."""

    method: str
    path: str
    query: dict
    headers: dict
    body: str
    form: dict = field(init=False)

    def __post_init__(self):
        self.form = dict(parse_qsl(self.body))


class Wire:
    """Answers on a free port of 127.0.0.1, each request on its script.

    :param tls: a server context, or None for plain http
    """

    def __init__(self, tls=None):
        self.requests = []
        self.connections = 0
        self._scripts = defaultdict(list)
        self._tls = tls
        self._stopping = threading.Event()
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def base(self):
        """Where it answers."""
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self.port}"

    def script(self, key, *answers):
        """Answer a request so: bytes, or a callable of socket and stop event.

        Several answers come one after the other; the last one stays.
        """
        self._scripts[key] = list(answers)

    def count(self, key):
        """How often was this asked?"""
        return len(self.asked(key))

    def asked(self, key):
        """The requests for ``METHOD /path``."""
        return [r for r in self.requests if f"{r.method} {r.path}" == key]

    def close(self):
        """End all connections."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        # accept() does not wake up from a close alone
        with socket.socket() as last:
            last.connect(("127.0.0.1", self.port))
        self._listener.close()
        for sock in list(self._open):
            sock.close()

    def _accept(self):
        while not self._stopping.is_set():
            try:
                sock, _address = self._listener.accept()
            except OSError:
                return  # closed
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock):
        try:
            self.tunnel(sock)
            if self._tls:
                sock = self._tls.wrap_socket(sock, server_side=True)
            self._open.add(sock)
            with sock, sock.makefile("rb") as stream:
                while self._answer(sock, stream):
                    pass
        except (OSError, ValueError):
            sock.close()  # the other side left, or the test is over

    def tunnel(self, sock):
        """What comes before TLS; a proxy overrides this."""

    def _answer(self, sock, stream):
        request = read_request(stream)
        if request is None:
            return False
        self.requests.append(request)
        script = self._scripts.get(f"{request.method} {request.path}")
        if script is None:
            sock.sendall(reply(404))
            return True
        answer = script.pop(0) if len(script) > 1 else script[0]
        if isinstance(answer, bytes):
            sock.sendall(answer)
            return True
        answer(sock, self._stopping)
        return False


class Proxy(Wire):
    """A company's proxy that plays the server behind it as well."""

    def __init__(self, tls):
        super().__init__(tls)
        self.tunnels = []

    def tunnel(self, sock):
        """Answer CONNECT, then be whoever was asked for."""
        line, *headers = _head(sock)
        self.tunnels.append((line, headers))
        sock.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")


def _head(sock):
    data = b""
    while not data.endswith(b"\r\n\r\n"):
        data += sock.recv(1)
    return data.decode().split("\r\n")[:-2]


def read_request(stream):
    """Read one request; None where the line ended."""
    line = stream.readline().decode()
    if not line:
        return None
    method, target, _version = line.split(" ")
    headers = {}
    while (header := stream.readline().decode().strip()) != "":
        name, _, value = header.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0))).decode()
    path, _, query = target.partition("?")
    return Request(method, path, dict(parse_qsl(query)), headers, body)


def grant(**changes):
    """A token answer; None takes a member out."""
    body = {
        "token_type": "bearer",
        "expires_in": 7200,
        "access_token": ACCESS_TOKEN,
        "scope": "users.read tweet.read",
        **changes,
    }
    return {name: value for name, value in body.items() if value is not None}


def user(base, **changes):
    """A user of X; None takes a member out."""
    data = {
        "id": "1745020318867001345",
        "name": "Ana Souza",
        "username": "ana",
        "verified_type": "blue",
        "profile_image_url": base + AVATAR.partition(" ")[2],
        **changes,
    }
    return {"data": {name: value for name, value in data.items() if value is not None}}


def script_x(wire, base=None):
    """Let a wire answer as X does when all goes well.

    :param base: its address as the tested code knows it
    """
    wire.script(TOKEN, reply(200, grant()))
    wire.script(ME, reply(200, user(base or wire.base)))
    wire.script(REVOKE, reply(200, {"revoked": True}))
    wire.script(AVATAR, reply(200, picture("PNG"), {"Content-Type": "image/png"}))
