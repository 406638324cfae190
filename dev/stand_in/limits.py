"""Rate limits in windows of 15 minutes (docs.x.com/x-api/fundamentals/rate-limits)."""

import threading
from dataclasses import dataclass

WINDOW = 15 * 60


@dataclass(frozen=True)
class Limit:
    """Requests for each window: of one user's token, and of an app-only token."""

    user: int
    app: int = 0


DEFAULT_LIMITS = {
    "GET /2/users/me": Limit(user=75),
    "GET /2/users": Limit(user=900, app=300),
    "GET /2/users/by": Limit(user=900, app=300),
}


@dataclass(frozen=True)
class Standing:
    """What is left to one caller: the three headers that X sends."""

    limit: int
    remaining: int
    reset: int
    exhausted: bool

    def headers(self):
        """``x-rate-limit-*``; reset is in seconds since 1970."""
        return {
            "x-rate-limit-limit": str(self.limit),
            "x-rate-limit-remaining": str(self.remaining),
            "x-rate-limit-reset": str(self.reset),
        }


class Limits:
    """Counts requests for each endpoint and caller."""

    def __init__(self, clock):
        self._clock = clock
        self._lock = threading.Lock()
        self._limits = dict(DEFAULT_LIMITS)
        self._windows = {}

    def set(self, key, user, app=0):
        """Change the limit of an endpoint and begin its windows anew.

        :param key: ``METHOD /path``
        """
        with self._lock:
            self._limits[key] = Limit(user=user, app=app)
            self._windows = {
                name: used for name, used in self._windows.items() if name[0] != key
            }

    def spend(self, key, caller, app_only=False):
        """Count one request.

        :param caller: whose budget it is: a user of an app, or an app
        :return: where the caller stands after it
        """
        with self._lock:
            limit = self._limits[key]
            ceiling = limit.app if app_only else limit.user
            now = self._clock()
            start, used = self._windows.get((key, caller), (now, 0))
            if now - start >= WINDOW:
                start, used = now, 0
            exhausted = used >= ceiling
            used = min(used + 1, ceiling)
            self._windows[key, caller] = (start, used)
        return Standing(ceiling, ceiling - used, int(start + WINDOW), exhausted)
