"""Whether a server of X can be reached, and what time it is there."""

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import requests

from .transport import BrokenAnswer, Deadline, GuardedAdapter, anonymous
from .troubles import REQUEST_REFUSED

SECONDS = 5.0
MOST_BYTES = 64 * 1024


@dataclass(frozen=True)
class Reach:
    """How it went.

    :param str trouble: why there was no answer, in the words of
        :mod:`twitter_api.troubles`; "" where there was one, whatever it said
    :param clock_ahead: seconds by which our clock is ahead of X's (negative: behind),
        to about two seconds; None where X told no time
    """

    trouble: str = ""
    clock_ahead: float | None = None


def reach(base, budget=SECONDS):
    """Knock at a server: name, connection, certificate. Nothing is told to it.

    :param str base: address of the server, one of :class:`Endpoints`
    :param float budget: seconds
    :rtype: Reach
    """
    adapter = GuardedAdapter(base, MOST_BYTES)
    adapter.deadline = Deadline(budget)
    try:
        with anonymous(adapter) as session:
            answer = session.head(base)
    except BrokenAnswer as broken:
        return Reach(broken.reason)
    except requests.RequestException:
        return Reach(REQUEST_REFUSED)
    return Reach(clock_ahead=_clock_ahead(answer.headers.get("Date", "")))


def _clock_ahead(date):
    # RFC 9110, 6.6.1
    try:
        there = parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
    return time.time() - there
