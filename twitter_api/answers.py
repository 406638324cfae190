"""X's answers: strict JSON, and which problem an answer tells of.

X answers in six forms (problem+json, lists of legacy errors, OAuth errors, XML, HTML of
its edge, bare text) and changes sentences without notice. So only what has proven
stable is looked at: the status, OAuth's ``error``, the last part of ``type``, the old
numeric codes, and a few words of each sentence, whatever their case.

Source: docs.x.com/x-api/fundamentals/response-codes-and-errors; RFC 6749, 5.2
"""

import json
import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from . import errors

TOKEN, PROFILE, LOOKUP = "token", "profile", "lookup"
WINDOW_SECONDS = 15 * 60
DAY_SECONDS = 24 * 60 * 60
_BUDGETS = {
    "x-rate-limit": WINDOW_SECONDS,
    "x-user-limit-24hour": DAY_SECONDS,
    "x-app-limit-24hour": DAY_SECONDS,
}
# X's clock and ours may differ a little.
SKEW_SECONDS = 60
EXCERPT_LENGTH = 200
_MOST_ERRORS = 20
# X's own answers nest a handful deep.
_DEEPEST = 20
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*\\?"?')
_BRACKET = re.compile(rb"[][{}]")
_SENTENCES = ("detail", "message", "error_description", "title", "error", "reason")


@dataclass(frozen=True)
class Answer:
    """A whole answer of X, unread."""

    status: int
    headers: Mapping = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def document(self):
        """The body as JSON object; None where it is something else."""
        try:
            document = parse_json(self.body)
        except ValueError:
            return None
        return document if isinstance(document, dict) else None

    @cached_property
    def form(self):
        """One of "json", "html", "empty" and "text" (XML included)."""
        if self.document is not None:
            return "json"
        head = self.body[:2048].lstrip()
        if not head:
            return "empty"
        kind = self.headers.get("Content-Type", "").lower()
        is_html = re.search(rb"<(!doctype\s+)?html\b", head, re.IGNORECASE)
        return "html" if is_html or kind.startswith("text/html") else "text"


@dataclass(frozen=True)
class Rule:
    """One line of the table: where it applies, and the signs of which one suffices.

    No stage or no status means any; no sign at all means that these decide alone.
    """

    error: type
    stages: frozenset = frozenset()
    status: range = range(100, 600)
    forms: frozenset = frozenset()
    words: tuple = ()
    errors: frozenset = frozenset()
    slugs: frozenset = frozenset()
    codes: frozenset = frozenset()
    details: frozenset = frozenset()

    def matches(self, signs, stage):
        """Compare with an answer.

        :param Signs signs: what it carries
        :param str stage: TOKEN, PROFILE or LOOKUP
        :rtype: bool
        """
        if self.stages and stage not in self.stages:
            return False
        if signs.status not in self.status:
            return False
        if self.forms and signs.form not in self.forms:
            return False
        wanted = (self.words, self.errors, self.slugs, self.codes, self.details)
        return not any(wanted) or (
            any(words in signs.text for words in self.words)
            or bool(self.errors & signs.errors)
            or bool(self.slugs & signs.slugs)
            or bool(self.codes & signs.codes)
            or bool(self.details & signs.details)
        )


@dataclass(frozen=True)
class Signs:
    """What the table looks at."""

    status: int
    form: str
    text: str
    errors: frozenset
    slugs: frozenset
    codes: frozenset
    details: frozenset


def _only(status):
    return range(status, status + 1)


def _set(*signs):
    return frozenset(signs)


# The first line that matches decides. Numbers in comments: the old error codes.
RULES = (
    Rule(errors.RateLimited, status=_only(429)),
    Rule(
        errors.RateLimited,
        codes=_set(88),
        slugs=_set("usage-capped", "rate-limit-exceeded"),
    ),
    Rule(errors.XUnavailable, status=range(500, 600)),
    Rule(
        errors.CreditsDepleted,
        slugs=_set("credits"),
        words=("does not have any credits", "spend cap", "spending limit"),
    ),
    Rule(errors.CreditsDepleted, status=_only(402)),
    Rule(
        errors.AppSuspended,
        codes=_set(416),
        words=("suspended application", "this app has violated"),
    ),
    Rule(errors.XUnavailable, forms=_set("html")),
    Rule(errors.XUnavailable, status=_only(403), forms=_set("empty")),
    # 130 over capacity, 131 internal error
    Rule(
        errors.XUnavailable,
        errors=_set("server_error", "temporarily_unavailable"),
        codes=_set(130, 131),
    ),
    Rule(
        errors.AppNotEnrolled,
        slugs=_set("client-forbidden"),
        words=("client-not-enrolled", "user-not-enrolled", "attached to a project"),
    ),
    # 63 and 64 suspended, 326 locked until its owner signs in at x.com
    Rule(
        errors.AccountUnavailable,
        _set(TOKEN, PROFILE),
        codes=_set(63, 64, 326),
        slugs=_set("resource-not-found", "resource-unavailable"),
        words=("user has been suspended", "could not find user"),
    ),
    # 87 and 220 not permitted, 453 a lower plan
    Rule(
        errors.AccessLevel,
        codes=_set(87, 220, 453),
        slugs=_set("unsupported-authentication", "oauth1-permissions"),
        words=(
            "application-only is forbidden",
            "not permitted to use oauth2",
            "subset of x api",
            "not permitted to access this feature",
        ),
    ),
    # 415 the address of the callback is not registered
    Rule(
        errors.RedirectUriMismatch,
        _set(TOKEN),
        codes=_set(415),
        words=("redirect uri", "redirect_uri"),
    ),
    Rule(
        errors.VerifierMismatch,
        _set(TOKEN),
        words=("code verifier", "code_verifier", "code challenge"),
    ),
    # The two above name the authorization code as well.
    Rule(
        errors.CodeExpired,
        _set(TOKEN),
        words=("authorization code",),
        errors=_set("invalid_grant"),
    ),
    Rule(
        errors.ScopeMissing,
        _set(TOKEN, PROFILE),
        errors=_set("invalid_scope", "insufficient_scope"),
    ),
    # 32, 99 and 215: could not authenticate
    Rule(
        errors.ClientCredentials,
        _set(TOKEN),
        errors=_set("unauthorized_client", "invalid_client"),
        codes=_set(32, 99, 215),
    ),
    Rule(errors.ClientCredentials, _set(TOKEN), status=_only(401)),
    # 89 invalid or expired token
    Rule(errors.TokenRejected, _set(PROFILE, LOOKUP), codes=_set(32, 89, 99, 215)),
    Rule(errors.TokenRejected, _set(PROFILE, LOOKUP), status=_only(401)),
    # All that X says where users.read or tweet.read was not granted.
    Rule(
        errors.ScopeMissing,
        _set(PROFILE),
        status=_only(403),
        forms=_set("json"),
        details=_set("forbidden"),
    ),
    # The same of an app, which nobody grants anything.
    Rule(
        errors.AccessLevel,
        _set(LOOKUP),
        status=_only(403),
        forms=_set("json"),
        errors=_set("insufficient_scope"),
        details=_set("forbidden"),
    ),
)


def parse_json(body):
    """Read JSON that every parser would read the same way.

    :param bytes body: UTF-8, with or without a byte order mark
    :return: dict, list, str, int, float, bool or None
    :raise ValueError: not JSON, or with a name given twice, NaN or nested too deeply
    """
    # Counted, not caught as RecursionError: at the end of the stack whatever else the
    # interpreter does meanwhile (finalizers, weak references) fails as well.
    if _depth(body) > _DEEPEST:
        raise ValueError("nested too deeply")
    return json.loads(
        body.decode("utf-8-sig"),
        object_pairs_hook=_distinct,
        parse_constant=_no_constant,
    )


def diagnose(answer, stage, secrets=(), now=None):
    """Turn an answer that is no success into an error.

    :param Answer answer: from X
    :param str stage: TOKEN, PROFILE or LOOKUP
    :param secrets: strings that must not appear in the excerpt
    :param float now: epoch seconds, for tests
    :rtype: errors.TwitterError
    """
    signs = _signs(answer)
    found = (rule.error for rule in RULES if rule.matches(signs, stage))
    error = next(found, errors.UnexpectedAnswer)
    retry_at = None
    if error is errors.RateLimited:
        retry_at = _retry_at(_spent(answer.headers, "0"), now)
    return error(answer.status, retry_at, excerpt_of(answer, secrets))


def spent_until(answer, now=None):
    """When X will take requests again that it takes no more after this one.

    :param Answer answer: a success
    :param float now: epoch seconds, for tests
    :return: epoch seconds, None where it takes the next one
    :rtype: int
    """
    spent = _spent(answer.headers, "")
    return _retry_at(spent, now) if spent else None


def excerpt_of(answer, secrets=()):
    """Return X's own words on an error, for administrators.

    Of an answer that succeeded nothing but its errors is shown: the rest is somebody's
    profile or token.

    :param Answer answer: from X
    :param secrets: strings that must not appear in it
    :rtype: str
    """
    if answer.document is not None:
        words = " | ".join(dict.fromkeys(_sentences(answer.document)))
    elif answer.status < 400:
        words = ""
    else:
        words = re.sub(r"<[^>]*>", " ", answer.body[:2048].decode("utf-8", "replace"))
    for secret in filter(None, secrets):
        words = words.replace(secret, "[...]")
    # A long word without "@" costs the next pattern the square of its length.
    words = words[: 4 * EXCERPT_LENGTH]
    words = re.sub(r"\S+@\S+", "[...]", words)
    words = re.sub(r"\[[\d, ]+\]|\d{5,}|[\w+=%~-]{20,}", _hide_random, words)
    words = "".join(sign if sign.isprintable() else " " for sign in words)
    return " ".join(words.split())[:EXCERPT_LENGTH]


def _hide_random(match):
    # "unsupported-authentication" tells something; 20 mixed characters may open a door,
    # and a number is somebody's account.
    return match[0] if re.fullmatch(r"[a-z_-]+", match[0]) else "[...]"


def _depth(body):
    # A name of somebody may hold as many brackets as it likes.
    depth = deepest = 0
    for bracket in _BRACKET.findall(_STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _distinct(pairs):
    document = dict(pairs)
    if len(document) != len(pairs):
        raise ValueError("a name is given twice")
    return document


def _no_constant(name):
    raise ValueError(f"{name} is no JSON")


def _entries(document):
    listed = document.get("errors")
    listed = listed[:_MOST_ERRORS] if isinstance(listed, list) else []
    return [document, *(entry for entry in listed if isinstance(entry, dict))]


def _sentences(document):
    for entry in _entries(document):
        for name in _SENTENCES:
            if isinstance(entry.get(name), str):
                yield entry[name]


def _signs(answer):
    document = answer.document or {}
    entries = _entries(document)
    if answer.form == "json":
        text = " | ".join(_sentences(document))
    else:
        # A success that is no JSON may hold a profile: its words prove nothing.
        text = "" if answer.status < 400 else answer.body.decode("utf-8", "replace")
    codes = {entry["code"] for entry in entries if type(entry.get("code")) is int}
    codes.update(int(code) for code in re.findall(r'<error code="(\d{1,4})"', text))
    return Signs(
        status=answer.status,
        form=answer.form,
        text=text.lower(),
        errors=frozenset(_strings(entries, "error")),
        slugs=frozenset(
            slug.rstrip("/").rpartition("/")[2] for slug in _strings(entries, "type")
        ),
        codes=frozenset(codes),
        details=frozenset(
            detail.rstrip(".")
            for name in ("detail", "message")
            for detail in _strings(entries, name)
        ),
    )


def _strings(entries, name):
    for entry in entries:
        if isinstance(entry.get(name), str):
            yield entry[name].strip().lower()


def _spent(headers, unsaid):
    """Which budgets are used up, as pairs of (seconds of its window, its reset).

    :param str unsaid: what remains of one of which X tells nothing

    Source: docs.x.com/x-api/fundamentals/rate-limits; the daily headers are reported.
    """
    return [
        (seconds, headers.get(f"{prefix}-reset", "").strip())
        for prefix, seconds in _BUDGETS.items()
        if headers.get(f"{prefix}-remaining", unsaid).strip() == "0"
    ]


def _retry_at(spent, now):
    """When to come again, in epoch seconds: X's word where it is believable."""
    now = time.time() if now is None else now
    believable = []
    for seconds, reset in spent:
        reset = int(reset) if re.fullmatch(r"[0-9]{1,12}", reset) else 0
        if now < reset <= now + seconds + SKEW_SECONDS:
            believable.append(reset)
    return max(believable, default=math.ceil(now) + WINDOW_SECONDS)
