"""What was asked of the stand-in, for tests to count and compare."""

import threading
from collections import Counter
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Call:
    """One request.

    :param time: when it arrived, by the stand-in's clock, in seconds
    :param status: None while it is worked on, 0 where none was sent
    :param code_hash: SHA-256 of the authorization code, for token calls
    :param asked: the ids or handles that were looked up, as they were sent
    """

    method: str
    path: str
    time: float
    status: int | None = None
    code_hash: str = ""
    asked: tuple[str, ...] = ()

    @property
    def key(self):
        """``METHOD /path``, as faults and counters name it."""
        return f"{self.method} {self.path}"


class Record:
    """All calls in the order of arrival; safe to read while others write."""

    def __init__(self):
        self._lock = threading.Lock()
        self._calls = []

    def arrived(self, call):
        """Keep a call from the moment it came in.

        :return: its number, for ``finished``
        """
        with self._lock:
            self._calls.append(call)
            return len(self._calls) - 1

    def finished(self, number, status):
        """Write down what was answered."""
        with self._lock:
            self._calls[number] = replace(self._calls[number], status=status)

    def calls(self):
        """A copy of the list."""
        with self._lock:
            return list(self._calls)

    def count(self, key):
        """How many calls came in for ``METHOD /path`` (``*`` stands for anything)."""
        return sum(fnmatchcase(call.key, key) for call in self.calls())

    def asked(self, key):
        """How often each id or handle was looked up by ``METHOD /path``."""
        calls = [call for call in self.calls() if fnmatchcase(call.key, key)]
        return Counter(value for call in calls for value in call.asked)
