"""One call to X: its whole answer, or an error that repeats nothing that was sent."""

import requests

from .answers import Answer
from .errors import UnexpectedAnswer, XSilent, XUnreachable
from .transport import SILENCE, BrokenAnswer
from .troubles import REQUEST_REFUSED

BUDGET_SECONDS = 15.0
"""What a person who waits, or a worker that others wait for, can spare."""


def whole(adapter, deadline, call, salvage=None):
    """Make a call.

    :param GuardedAdapter adapter: that sends its requests
    :param Deadline deadline: when it has to be over
    :param call: sends the request
    :param salvage: called with the bytes that had come where no whole answer did
    :return: what ``call`` returns
    :raise XUnreachable: no whole answer came
    :raise UnexpectedAnswer: one came and was not taken
    """
    adapter.deadline = deadline
    try:
        return call()
    except BrokenAnswer as failure:
        broken = failure
    except requests.RequestException:
        # Whoever stands between session and adapter may refuse as well.
        broken = BrokenAnswer(REQUEST_REFUSED)
    # Raised outside of `except`: the cause knows the whole request.
    if salvage is not None:
        salvage(broken.received)
    raise _error_of(broken)


def answer_of(response):
    """Take over a response of requests.

    :param requests.Response response: whole
    :rtype: Answer
    """
    return Answer(response.status_code, response.headers, response.content)


def _error_of(broken):
    if broken.refused:
        return UnexpectedAnswer(excerpt=broken.reason)
    error = XSilent if broken.reason in SILENCE else XUnreachable
    return error(excerpt=broken.reason)
