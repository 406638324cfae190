"""What the token endpoint grants, and every token that has to be taken back."""

import contextlib
import json
import re
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

from .answers import TOKEN, diagnose
from .errors import ScopeMissing, UnexpectedAnswer
from .scopes import REQUIRED

_MOST_TOKENS = 4
_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}")
# In JSON, whole or cut, and in the form body that oauthlib would take as well.
_IN_JSON = re.compile(rb'"(?:access|refresh)_token"\s*:\s*("(?:[^"\\]|\\.)+")')
_IN_FORM = re.compile(rb"(?:^|&)(?:access|refresh)_token=([^&\s]+)")


@dataclass(frozen=True)
class Grant:
    """An access token that may be used, and what for."""

    access_token: str = field(repr=False)
    scopes: frozenset


def tokens_in(body):
    """Find every token that reached us, in whatever state the answer is.

    :param bytes body: an answer of the token endpoint, whole or not
    :return: distinct tokens in the order in which they stand, a few at most
    :rtype: list[str]
    """
    found = [
        unquote_plus(token.decode("ascii", "replace"))
        for token in _IN_FORM.findall(body)
    ]
    for token in _IN_JSON.findall(body):
        with contextlib.suppress(ValueError):
            found.append(json.loads(token))
    found = [token for token in found if _TOKEN.fullmatch(token)]
    return list(dict.fromkeys(found))[:_MOST_TOKENS]


def read_grant(answer, requested, secrets=()):
    """Check the answer to an exchange (RFC 6749, 5.1).

    :param Answer answer: of the token endpoint
    :param requested: the scopes that were asked for, granted where none are named
    :param secrets: strings that must not appear in an error's excerpt
    :rtype: Grant
    :raise ScopeMissing: not enough to read the profile; a missing e-mail is no error
    :raise TwitterError: anything else that is no grant
    """
    document = answer.document
    if answer.status != 200 or document is None or "error" in document:
        raise diagnose(answer, TOKEN, secrets)
    token, kind = document.get("access_token"), document.get("token_type")
    scope = document.get("scope", " ".join(requested))
    if not all(isinstance(value, str) for value in (token, kind, scope)):
        raise UnexpectedAnswer(answer.status)
    if kind.lower() != "bearer" or not _TOKEN.fullmatch(token):
        raise UnexpectedAnswer(answer.status)
    grant = Grant(token, frozenset(scope.split()))
    if not grant.scopes.issuperset(REQUIRED):
        raise ScopeMissing(answer.status)
    return grant
