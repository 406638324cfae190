"""Each sign in X's answers that tells of a problem, alone and without its usual status.

The fixtures have whole answers, in which several signs stand for each other.
"""

import json

import pytest
from requests.structures import CaseInsensitiveDict

from twitter_api.answers import Answer, diagnose

ALL = ("token", "profile", "lookup")
# What X says of a person.
PERSONAL = ("token", "profile")
TYPES = {
    "usage-capped": "rate_limited",
    "rate-limit-exceeded": "rate_limited",
    "credits": "credits_depleted",
    "client-forbidden": "app_not_enrolled",
    "unsupported-authentication": "access_level",
    "oauth1-permissions": "access_level",
}
PERSONAL_TYPES = {
    "resource-not-found": "account_unavailable",
    "resource-unavailable": "account_unavailable",
}
NUMBERS = {
    87: "access_level",
    88: "rate_limited",
    130: "x_unavailable",
    131: "x_unavailable",
    220: "access_level",
    416: "app_suspended",
    453: "access_level",
}
PERSONAL_NUMBERS = dict.fromkeys((63, 64, 326), "account_unavailable")
TOKEN_NUMBERS = {
    32: "client_credentials",
    99: "client_credentials",
    215: "client_credentials",
    415: "redirect_uri_mismatch",
}
PROFILE_NUMBERS = dict.fromkeys((32, 89, 99, 215), "token_rejected")
ERRORS = {
    "server_error": "x_unavailable",
    "temporarily_unavailable": "x_unavailable",
}
PERSONAL_ERRORS = {
    "invalid_scope": "scope_missing",
    "insufficient_scope": "scope_missing",
}
TOKEN_ERRORS = {
    "invalid_grant": "code_expired",
    "unauthorized_client": "client_credentials",
    "invalid_client": "client_credentials",
}
WORDS = {
    "does not have any credits": "credits_depleted",
    "spend cap": "credits_depleted",
    "spending limit": "credits_depleted",
    "suspended application": "app_suspended",
    "this app has violated": "app_suspended",
    "client-not-enrolled": "app_not_enrolled",
    "user-not-enrolled": "app_not_enrolled",
    "attached to a project": "app_not_enrolled",
    "application-only is forbidden": "access_level",
    "not permitted to use oauth2": "access_level",
    "subset of x api": "access_level",
    "not permitted to access this feature": "access_level",
}
PERSONAL_WORDS = {
    "user has been suspended": "account_unavailable",
    "could not find user": "account_unavailable",
}
TOKEN_WORDS = {
    "redirect uri": "redirect_uri_mismatch",
    "redirect_uri": "redirect_uri_mismatch",
    "code verifier": "verifier_mismatch",
    "code_verifier": "verifier_mismatch",
    "code challenge": "verifier_mismatch",
    "authorization code": "code_expired",
}


def _number(number):
    return {"errors": [{"code": number}]}


def _type(last):
    return {"type": f"https://api.x.com/2/problems/{last}/"}


def _error(error):
    return {"error": error}


def _words(words):
    return {"detail": f"We say {words}: so it is."}


def cases():
    """Every sign in lower case, and in upper case where it is a text."""
    tables = (
        (ALL, TYPES, _type),
        (PERSONAL, PERSONAL_TYPES, _type),
        (ALL, NUMBERS, _number),
        (PERSONAL, PERSONAL_NUMBERS, _number),
        (("token",), TOKEN_NUMBERS, _number),
        (("profile", "lookup"), PROFILE_NUMBERS, _number),
        (ALL, ERRORS, _error),
        (PERSONAL, PERSONAL_ERRORS, _error),
        (("token",), TOKEN_ERRORS, _error),
        (("lookup",), {"insufficient_scope": "access_level"}, _error),
        (ALL, WORDS, _words),
        (PERSONAL, PERSONAL_WORDS, _words),
        (("token",), TOKEN_WORDS, _words),
    )
    for stages, table, body_of in tables:
        for sign, code in table.items():
            for stage in stages:
                yield stage, body_of(sign), code
                if isinstance(sign, str):
                    yield stage, body_of(sign.upper()), code


def tell(status, body, stage, headers=()):
    """The code of the problem that an answer tells of."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    answer = Answer(status, CaseInsensitiveDict(headers), body)
    return diagnose(answer, stage).code


@pytest.mark.parametrize(("stage", "body", "code"), list(cases()), ids=str)
def test_a_sign_suffices_alone_whatever_its_case(stage, body, code):
    assert tell(403, body, stage) == code


@pytest.mark.parametrize(
    "body",
    [
        *map(_words, TOKEN_WORDS),
        *map(_error, TOKEN_ERRORS),
        _number(415),
    ],
    ids=str,
)
def test_what_concerns_the_exchange_means_nothing_later(body):
    assert tell(403, body, "profile") == "unexpected_answer"
    assert tell(403, body, "lookup") == "unexpected_answer"


@pytest.mark.parametrize(
    "body",
    [
        *map(_type, PERSONAL_TYPES),
        *map(_number, PERSONAL_NUMBERS),
        *map(_words, PERSONAL_WORDS),
        _error("invalid_scope"),
    ],
    ids=str,
)
def test_what_concerns_a_person_means_nothing_where_many_are_looked_up(body):
    assert tell(403, body, "lookup") == "unexpected_answer"


@pytest.mark.parametrize("body", [_number(89), {"detail": "Forbidden"}], ids=str)
def test_what_concerns_the_profile_means_nothing_at_the_exchange(body):
    assert tell(403, body, "token") == "unexpected_answer"


@pytest.mark.parametrize("name", ["detail", "message"])
def test_a_missing_scope_shows_in_either_sentence(name):
    assert tell(403, {name: " Forbidden. "}, "profile") == "scope_missing"


@pytest.mark.parametrize(
    "name", ["detail", "message", "error_description", "title", "error", "reason"]
)
def test_each_sentence_of_an_answer_is_read(name):
    assert tell(403, {name: "The Spend Cap is reached"}, "token") == "credits_depleted"


def test_twenty_errors_are_read_and_no_more():
    others = [{"code": 1}] * 19
    assert tell(403, {"errors": [*others, {"code": 88}]}, "token") == "rate_limited"
    more = [{"code": 1}, *others, {"code": 88}]
    assert tell(403, {"errors": more}, "token") == "unexpected_answer"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"Sorry", "Text/HTML; charset=utf-8"),
        (b"<!DOCTYPE\n HTML>", "text/plain"),
        (b"<!doctype html>", "text/plain"),
        (b"<HTML lang='en'>", "text/plain"),
        (b" <html>", "text/plain"),
    ],
)
def test_a_page_is_known_by_its_beginning_or_by_its_header(body, kind):
    assert tell(403, body, "token", {"content-type": kind}) == "x_unavailable"


@pytest.mark.parametrize("body", [b"<htmlx>", b"html", b"<!doctypehtml>", b"{}"])
def test_another_text_is_no_page(body):
    headers = {"Content-Type": "text/plain"}
    assert tell(403, body, "token", headers) == "unexpected_answer"


def test_no_header_tells_of_a_kind():
    assert tell(403, b"Sorry", "token") == "unexpected_answer"


def test_a_status_beyond_those_of_http_tells_of_nothing():
    assert tell(599, b"", "profile") == "x_unavailable"
    assert tell(600, b"", "profile") == "unexpected_answer"
    assert tell(600, {"error": "server_error"}, "profile") == "unexpected_answer"


def test_where_nobody_grants_anything_no_scope_is_missing():
    assert tell(403, {"detail": "Forbidden"}, "lookup") == "access_level"
    assert tell(400, {"detail": "Forbidden"}, "lookup") == "unexpected_answer"


def test_a_missing_scope_has_one_status_alone():
    assert tell(400, {"detail": "Forbidden"}, "profile") == "unexpected_answer"


def test_the_words_of_the_first_error_status_count():
    assert tell(400, b"Wrong redirect URI", "token") == "redirect_uri_mismatch"
