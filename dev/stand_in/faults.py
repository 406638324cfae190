"""Scripted trouble: answers, delays and cut connections, and a hold for races."""

import json
import threading
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from werkzeug.wrappers import Response

from .answers import ANSWERS, JSON

CUTS = ("before", "after_headers", "mid_body")
DEADLINE = 30


class ConnectionCut(ConnectionAbortedError):
    """The connection is to end here; the server writes nothing more.

    :param status: the status that was sent before, or 0
    """

    def __init__(self, status=0):
        super().__init__("cut by a script")
        self.status = status


@dataclass(frozen=True)
class Fault:
    """What happens to one request in place of, or on top of, the real answer.

    With neither ``status`` nor ``body`` the real handler acts, and its answer is
    delayed, cut or dripped. ``cut="before"`` alone loses the request before it acts;
    with ``after=True`` it acts and only the answer is lost.

    :param status: the status to answer with
    :param body: bytes, text, or anything that JSON can write
    :param headers: added to the answer, or put in place of its own
    :param delay: seconds to wait before answering
    :param cut: ``before`` any byte, ``after_headers``, or in ``mid_body``
    :param after: act first (issue the token), then fail
    :param times: for how many requests; None for all
    :param raw: called with the socket, writes what it likes
    :param content_length: announce this length, whatever the body's is
    :param endless: repeat the body until the other side leaves
    :param drip: seconds between one byte and the next
    :param drip_headers: drip the head too, not only the body
    """

    status: int | None = None
    body: bytes | str | dict | list | None = None
    headers: dict = field(default_factory=dict)
    delay: float = 0.0
    cut: str | None = None
    after: bool = False
    times: int | None = 1
    raw: Callable | None = None
    content_length: int | None = None
    endless: bool = False
    drip: float = 0.0
    drip_headers: bool = False

    def __post_init__(self):
        """A misspelt cut must not pass as no cut."""
        if self.cut is not None and self.cut not in CUTS:
            raise ValueError(f"cut is one of {CUTS}")

    @classmethod
    def known(cls, name, after=False, times=1):
        """One of X's own answers, by its name in ``answers.ANSWERS``."""
        answer = ANSWERS[name]
        headers = {"Content-Type": answer.content_type, **dict(answer.headers)}
        return cls(
            status=answer.status,
            body=answer.payload(),
            headers=headers,
            after=after,
            times=times,
        )

    @property
    def scripted(self):
        """Does the script bring its own answer?"""
        return self.status is not None or self.body is not None

    @property
    def by_hand(self):
        """Does it take more than an ordinary HTTP answer?"""
        return bool(
            self.cut or self.endless or self.drip or self.content_length is not None
        )

    def response(self):
        """The scripted answer."""
        body = self.body if self.body is not None else b""
        if not isinstance(body, bytes | str):
            body = json.dumps(body)
        return Response(body, status=self.status or 200, content_type=JSON)


class Faults:
    """The scripts that wait for their request."""

    def __init__(self):
        self._lock = threading.Lock()
        self._waiting = []

    def add(self, key, fault):
        """Script the next request (or ``fault.times`` of them) for a key.

        :param key: ``METHOD /path``; ``*`` stands for anything
        """
        with self._lock:
            self._waiting.append([key, fault, fault.times])

    def clear(self):
        """Forget what has not happened yet."""
        with self._lock:
            self._waiting.clear()

    def pending(self):
        """Keys of the scripts that have not (fully) run."""
        with self._lock:
            return [key for key, _, _ in self._waiting]

    def take(self, request_key):
        """The script for this request, if any; the first one added comes first."""
        with self._lock:
            for entry in self._waiting:
                if fnmatchcase(request_key, entry[0]):
                    if entry[2] is not None:
                        entry[2] -= 1
                    if entry[2] == 0:
                        self._waiting.remove(entry)
                    return entry[1]
        return None


class Hold:
    """Requests that wait at the door until a test lets them go.

    :param after: hold the answer, not the request: X has already acted
    """

    def __init__(self, key, after, stopping):
        self.key = key
        self.after = after
        self._stopping = stopping
        self._changed = threading.Condition()
        self._arrived = 0
        self._open = False

    @property
    def arrived(self):
        """How many have come so far."""
        with self._changed:
            return self._arrived

    def wait_arrived(self, count=1, timeout=DEADLINE):
        """Wait until so many requests have arrived.

        :raise TimeoutError: they have not
        """
        with self._changed:
            if not self._changed.wait_for(lambda: self._arrived >= count, timeout):
                raise TimeoutError(f"{self._arrived} of {count} arrived: {self.key}")

    def release(self):
        """Let all go, and those who come later."""
        with self._changed:
            self._open = True
            self._changed.notify_all()

    def arrive(self):
        """Called by the server: wait here. Ends with the server at the latest."""
        with self._changed:
            self._arrived += 1
            self._changed.notify_all()
            while not self._open:
                if self._stopping.is_set():
                    raise ConnectionCut()
                self._changed.wait(0.1)


class Holds:
    """The holds that are in place."""

    def __init__(self, stopping):
        self._lock = threading.Lock()
        self._stopping = stopping
        self._holds = []

    @contextmanager
    def place(self, key, after):
        """Hold requests for a key while the block runs."""
        hold = Hold(key, after, self._stopping)
        with self._lock:
            self._holds.append(hold)
        try:
            yield hold
        finally:
            with self._lock:
                self._holds.remove(hold)
            hold.release()

    def take(self, request_key):
        """The hold for this request, if any."""
        with self._lock:
            for hold in self._holds:
                if fnmatchcase(request_key, hold.key):
                    return hold
        return None


def perform(fault, act, sock, stopping):
    """Do to one request what the script says.

    :param act: the real handler; called at most once
    :param sock: the connection
    :param stopping: set when the server stops; ends every wait
    :return: the answer, where an ordinary one will do
    :raise ConnectionCut: everything that is to be sent was sent
    """
    acted = act() if fault.after else None
    if fault.delay and stopping.wait(fault.delay):
        raise ConnectionCut()
    if fault.raw is not None:
        fault.raw(sock)
        raise ConnectionCut()
    if fault.cut == "before":
        raise ConnectionCut()
    response = _response(fault, acted, act)
    for name, value in fault.headers.items():
        response.headers[name] = value
    if not fault.by_hand:
        return response
    _write(sock, response, fault, stopping)
    raise ConnectionCut(response.status_code)


def _response(fault, acted, act):
    """The scripted answer, or the real one."""
    if fault.scripted:
        return fault.response()
    return act() if acted is None else acted


def _write(sock, response, fault, stopping):
    """Write an answer by hand: cut, dripped, endless or of a false length."""
    body = response.get_data()
    head = _head(response, fault, len(body))
    _send(sock, head, fault.drip if fault.drip_headers else 0, stopping)
    if fault.cut == "after_headers":
        return
    if fault.cut == "mid_body":
        body = body[: len(body) // 2]
    _send(sock, body, fault.drip, stopping)
    while fault.endless and not stopping.is_set():
        _send(sock, body or b" ", fault.drip, stopping)


def _head(response, fault, length):
    """Status line and headers; an endless answer announces no length."""
    response.headers.pop("Content-Length", None)
    lines = [f"HTTP/1.1 {response.status}"]
    lines += [f"{name}: {value}" for name, value in response.headers]
    if not fault.endless:
        announced = length if fault.content_length is None else fault.content_length
        lines.append(f"Content-Length: {announced}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode()


def _send(sock, data, drip, stopping):
    """Send at once, or a byte at a time."""
    if not drip:
        sock.sendall(data)
        return
    for byte in data:
        sock.sendall(bytes([byte]))
        if stopping.wait(drip):
            return
