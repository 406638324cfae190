"""Who is who now: accounts by number or by handle, with the app's own bearer token.

Source: docs.x.com/x-api/users/lookup/introduction and
/fundamentals/authentication/oauth-2-0/application-only; RFC 6750, 2.1
"""

import functools
import itertools
import re
from urllib.parse import quote, unquote

from .answers import LOOKUP, diagnose, spent_until
from .calls import BUDGET_SECONDS, answer_of, whole
from .errors import TokenRejected, UnexpectedAnswer
from .profile import FIELDS, ID, matches, read_user
from .transport import Deadline, GuardedAdapter, anonymous
from .values import GONE, SUSPENDED, Account, Lookup

MOST = 100
"""X takes so many accounts in one request, and with one more tells of none."""
# A name of 50 signs takes 600, each written as two of \uXXXX, and all else 300; the
# rest is for what X may add unasked.
USER_BYTES = 4 * 1024
# One of the longer ones of old would cost the answer for all others.
_HANDLE = re.compile(r"[A-Za-z0-9_]{1,15}")
_DETAILS = {"has been suspended": SUSPENDED, "could not find user": GONE}
# Where X has changed the sentence. Both kinds have the same ``type``.
_TITLES = {"forbidden": SUSPENDED, "not found error": GONE}
_NOT_SHOWN = "/resource-not-found"


def look_up(endpoints, bearer_token, ids, budget=BUDGET_SECONDS):
    """Ask X, once, who has these numbers now.

    :param Endpoints endpoints: where X lives
    :param str bearer_token: the app's own
    :param ids: 1 to 100 numbers of accounts, as text; what is none is passed over
    :param float budget: seconds for everything, name resolution aside
    :rtype: Lookup
    :raise ValueError: none, or more than 100
    :raise TwitterError: nothing is known of anybody
    """
    asked = _askable(ids, ID)
    if not asked:
        return Lookup()
    query = {"ids": ",".join(asked), "user.fields": ",".join(FIELDS)}
    answer = _ask(endpoints, bearer_token, "/2/users", query, budget)
    shown = _shown(answer.document, endpoints.media_base)
    told = _told(asked, itertools.chain(shown, _not_shown(answer.document)))
    return Lookup(
        accounts={i: what for i, what in told.items() if isinstance(what, Account)},
        unavailable={i: what for i, what in told.items() if isinstance(what, str)},
        retry_at=spent_until(answer),
    )


def look_up_handles(endpoints, bearer_token, usernames, budget=BUDGET_SECONDS):
    """Ask X, once, which accounts have these handles now.

    :param Endpoints endpoints: where X lives
    :param str bearer_token: the app's own
    :param usernames: 1 to 100 handles without @, in any case; what is none today, of
        more than 15 characters for instance, is passed over
    :param float budget: seconds for everything, name resolution aside
    :return: the number of each account that X shows, by handle in lower case
    :rtype: dict[str, str]
    :raise ValueError: none, or more than 100
    :raise TwitterError: nothing is known of anybody
    """
    asked = _askable(usernames, _HANDLE)
    if not asked:
        return {}
    query = {"usernames": ",".join(asked), "user.fields": "id,username"}
    answer = _ask(endpoints, bearer_token, "/2/users/by", query, budget)
    return _told(
        [handle.lower() for handle in asked],
        (
            (user["username"].lower(), user["id"])
            for user in _items(answer.document, "data")
            if matches(_HANDLE, user.get("username")) and matches(ID, user.get("id"))
        ),
    )


def _askable(values, form):
    values = list(values)
    if not 1 <= len(values) <= MOST:
        raise ValueError(f"1 to {MOST} accounts can be looked up at once")
    return list(dict.fromkeys(value for value in values if matches(form, value)))


def _ask(endpoints, bearer_token, path, query, budget):
    if not bearer_token or not bearer_token.isprintable():
        raise TokenRejected(excerpt="no bearer token")
    adapter = GuardedAdapter(endpoints.api_base, MOST * USER_BYTES)
    with anonymous(adapter) as session:
        # Bytes: requests can't encode a stray character of a pasted token.
        session.headers["Authorization"] = f"Bearer {bearer_token}".encode()
        session.headers["Accept"] = "application/json"
        url = endpoints.api_base + path
        get = functools.partial(session.get, url, params=query)
        answer = answer_of(whole(adapter, Deadline(budget), get))
    # The console shows it with some characters as %XX.
    hidden = (bearer_token, unquote(bearer_token), quote(bearer_token, safe=""))
    problem = diagnose(answer, LOOKUP, hidden)
    if not _tells_of_accounts(answer, problem):
        raise problem
    return answer


def _tells_of_accounts(answer, problem):
    document = answer.document or {}
    data, errors = document.get("data"), document.get("errors")
    if answer.status != 200 or not isinstance(data, list | None):
        return False
    # Errors alone are an answer: all are suspended, say. Or it's about the app.
    known = isinstance(errors, list) and type(problem) is UnexpectedAnswer
    return data is not None or known


def _items(document, name):
    items = document.get(name)
    items = items if isinstance(items, list) else []
    return (item for item in items if isinstance(item, dict))


def _shown(document, media_base):
    """Pairs of number and account; None for one that can't be read."""
    for user in _items(document, "data"):
        if matches(ID, user.get("id")):
            yield user["id"], read_user(user, media_base)


def _not_shown(document):
    """Pairs of number and reason."""
    for item in _items(document, "errors"):
        given = (item.get(name) for name in ("resource_id", "value"))
        numbers = {number for number in given if matches(ID, number)}
        reason = _reason(item)
        if reason and len(numbers) == 1:
            yield numbers.pop(), reason


def _reason(item):
    # Items about a field, or about something that hangs on an account, say nothing of
    # the account itself.
    if "field" in item or item.get("resource_type", "user") != "user":
        return ""
    detail, title, kind = (
        str(item.get(name, "")).strip().lower() for name in ("detail", "title", "type")
    )
    for words, reason in _DETAILS.items():
        if words in detail:
            return reason
    return _TITLES.get(title, "") if kind.endswith(_NOT_SHOWN) else ""


def _told(asked, statements):
    """What is told of those that were asked for, where all that is told is the same."""
    told = {}
    for one, what in statements:
        told.setdefault(one, set()).add(what)
    return {one: told[one].pop() for one in asked if len(told.get(one, ())) == 1}
