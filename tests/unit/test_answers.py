"""X's answers and the problem that each tells of."""

import functools
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from requests.structures import CaseInsensitiveDict
from wire import ME, TOKEN, reply

from security_trace import covers
from twitter_api import TwitterError, errors
from twitter_api.answers import (
    Answer,
    diagnose,
    excerpt_of,
    parse_json,
    spent_until,
)

CASES = json.loads((Path(__file__).parent / "fixtures" / "answers.json").read_text())
NOW = 1_800_000_000.5
QUARTER = 1_800_000_001 + 15 * 60


def answer(status, body=b"", headers=None):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return Answer(status, CaseInsensitiveDict(headers or {}), body)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
@covers("F23")
def test_each_known_answer_gives_its_code(case, x, read):
    key = TOKEN if case["stage"] == "token" else ME
    x.script(key, reply(case["status"], case["body"], case.get("headers")))
    with pytest.raises(TwitterError) as caught:
        read()
    assert caught.value.code == case["code"]
    assert caught.value.status == case["status"]


def test_every_code_has_one_class_and_the_classes_have_no_other():
    classes = TwitterError.__subclasses__()
    assert len({one.code for one in classes}) == len(classes)
    assert all(one.code == _snake(one.__name__) for one in classes)


def _snake(name):
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in name)[1:]


def test_a_type_counts_by_its_last_part_only():
    for host in ("api.x.com", "api.twitter.com", "elsewhere.example"):
        body = {"type": f"https://{host}/2/problems/credits"}
        assert diagnose(answer(403, body), "profile").code == "credits_depleted"


def test_numbers_that_are_no_codes_are_no_sign():
    for code in ("453", 453.0, True, None, [453]):
        body = {"errors": [{"code": code}]}
        assert diagnose(answer(403, body), "profile").code == "unexpected_answer"


def test_a_profile_that_can_not_be_read_is_not_searched_for_signs():
    body = b'{"data": {"name": "User has been suspended"'
    assert diagnose(answer(200, body), "profile").code == "unexpected_answer"


@pytest.mark.parametrize(
    "body",
    [
        {"errors": "all"},
        {"errors": [1, "two", None, []]},
        {"errors": {"code": 88}},
        {"error": {"code": 88}},
        {"title": 1, "detail": [], "type": {}, "reason": None},
        {"errors": [{"code": 10**400}]},
    ],
    ids=str,
)
def test_members_of_strange_types_are_passed_over(body):
    assert diagnose(answer(400, body), "token").code == "unexpected_answer"


@pytest.mark.parametrize(
    ("headers", "retry_at"),
    [
        ({}, QUARTER),
        ({"x-rate-limit-reset": "1800000300"}, 1800000300),
        ({"X-Rate-Limit-Reset": " 1800000300 "}, 1800000300),
        ({"x-rate-limit-reset": "1800000001"}, 1800000001),
        ({"x-rate-limit-reset": "1800000960"}, 1800000960),
        ({"x-rate-limit-reset": "1800000961"}, QUARTER),
        ({"x-rate-limit-reset": "1800000000"}, QUARTER),
        ({"x-rate-limit-reset": "1705420800"}, QUARTER),
        ({"x-rate-limit-reset": "1000000000000"}, QUARTER),
        ({"x-rate-limit-reset": "9" * 5000}, QUARTER),
        ({"x-rate-limit-reset": "abc"}, QUARTER),
        ({"x-rate-limit-reset": ""}, QUARTER),
        ({"x-rate-limit-reset": "-5"}, QUARTER),
        ({"x-rate-limit-reset": "1e9"}, QUARTER),
        ({"x-rate-limit-reset": "\u0661\u0662"}, QUARTER),
        ({"x-user-limit-24hour-reset": "1800050000"}, 1800050000),
        ({"x-app-limit-24hour-reset": "1800050000"}, 1800050000),
        ({"x-user-limit-24hour-reset": "1800086461"}, QUARTER),
        (
            {
                "x-rate-limit-reset": "1800000300",
                "x-rate-limit-remaining": "74",
                "x-user-limit-24hour-reset": "1800050000",
                "x-user-limit-24hour-remaining": "0",
            },
            1800050000,
        ),
        (
            {
                "x-rate-limit-reset": "1800000300",
                "x-rate-limit-remaining": "0",
                "x-user-limit-24hour-reset": "1800050000",
                "x-user-limit-24hour-remaining": "20",
            },
            1800000300,
        ),
    ],
    ids=str,
)
@covers("F3")
def test_x_says_when_to_come_again_unless_it_is_absurd(headers, retry_at):
    found = diagnose(answer(429, {}, headers), "profile", now=NOW)
    assert found.retry_at == retry_at


def test_x_may_say_as_late_as_its_window_ends_and_no_earlier_than_now():
    now = 1_800_000_000
    for reset, retry_at in ((now, now + 900), (now + 960, now + 960)):
        headers = {"x-rate-limit-reset": str(reset)}
        found = diagnose(answer(429, {}, headers), "profile", now=now)
        assert found.retry_at == retry_at


@pytest.mark.parametrize(
    ("headers", "until"),
    [
        ({}, None),
        ({"x-rate-limit-reset": "1800000300"}, None),
        ({"x-rate-limit-remaining": "1", "x-rate-limit-reset": "1800000300"}, None),
        ({"X-Rate-Limit-Remaining": "0"}, QUARTER),
        (
            {"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1800000300"},
            1800000300,
        ),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "1705420800"}, QUARTER),
        (
            {
                "x-rate-limit-remaining": "0",
                "x-rate-limit-reset": "1800000300",
                "x-app-limit-24hour-reset": "1800050000",
            },
            1800000300,
        ),
        (
            {
                "x-rate-limit-remaining": "9",
                "x-rate-limit-reset": "1800000300",
                "x-app-limit-24hour-remaining": "0",
                "x-app-limit-24hour-reset": "1800050000",
            },
            1800050000,
        ),
    ],
    ids=str,
)
@covers("F3")
def test_a_success_says_when_to_come_again_where_it_was_the_last_one(headers, until):
    assert spent_until(answer(200, {}, headers), now=NOW) == until


def test_the_time_to_come_again_is_counted_from_now():
    assert 890 < diagnose(answer(429), "profile").retry_at - time.time() < 902


def test_only_a_rate_limit_says_when_to_come_again():
    headers = {"x-rate-limit-reset": "1800000300"}
    assert diagnose(answer(500, {}, headers), "profile", now=NOW).retry_at is None


def test_the_excerpt_is_what_x_says_of_the_error():
    body = {"title": "Client Forbidden", "detail": "Not\nenrolled.", "client_id": "29"}
    assert excerpt_of(answer(403, body)) == "Not enrolled. | Client Forbidden"


def test_the_excerpt_of_a_page_is_its_text():
    page = b"<html><title>Just a moment...</title><p class='x'>Wait</p></html>"
    assert excerpt_of(answer(503, page)) == "Just a moment... Wait"


def test_the_excerpt_of_a_text_is_the_text():
    assert excerpt_of(answer(400, b"Bad request")) == "Bad request"


def test_the_excerpt_of_a_success_shows_no_profile():
    body = {"data": {"name": "Ana", "detail": "secret"}, "name": "Ana"}
    assert excerpt_of(answer(200, body)) == ""


def test_the_excerpt_of_a_broken_success_shows_nothing():
    assert excerpt_of(answer(200, b'{"data": {"name": "Ana"')) == ""


def test_the_excerpt_has_200_characters_at_most():
    assert len(excerpt_of(answer(400, {"detail": "a b " * 500}))) == 200


@pytest.mark.parametrize(
    "secret",
    ["short", "with/slash+and=signs", "a" * 60, "Zm9vOmJhcg==", "ends-at-the-cut"],
)
@covers("T22")
def test_the_excerpt_hides_what_it_is_told_to_hide(secret):
    for padding in range(150, 205):
        body = {"detail": " " * padding + f"you sent {secret} to me"}
        assert secret[:12] not in excerpt_of(answer(400, body), [secret])


@pytest.mark.parametrize(
    "secret",
    [
        "bWFueSByYW5kb20gY2hhcmFjdGVycw",
        "A1b2C3d4E5f6G7h8I9j0",
        "0123456789-0123456789",
        "%41%42%43%44%45%46%47",
    ],
)
def test_the_excerpt_hides_what_looks_like_a_secret(secret):
    assert secret not in excerpt_of(answer(400, {"detail": f"token {secret} bad"}))


def test_the_excerpt_hides_addresses_of_people():
    text = excerpt_of(answer(400, {"detail": "no mail for ana@example.com today"}))
    assert text == "no mail for [...] today"


def test_the_excerpt_hides_whose_account_it_was():
    body = {"detail": "User has been suspended: [12].", "title": "Account 1745020318"}
    assert excerpt_of(answer(403, body)) == (
        "User has been suspended: [...]. | Account [...]"
    )


def test_the_excerpt_says_nothing_twice():
    body = {"title": "Forbidden", "detail": "Forbidden"}
    assert excerpt_of(answer(403, body)) == "Forbidden"


def test_the_excerpt_keeps_the_words_of_x():
    text = "unsupported-authentication at https://developer.x.com/en/portal/product"
    assert excerpt_of(answer(403, {"detail": text})) == text


@pytest.mark.parametrize("body", [b"a" * 262_144, b"<" * 262_144, b"@a" * 131_072])
def test_an_excerpt_of_the_longest_body_is_quick(body):
    started = time.process_time()
    excerpt_of(answer(400, body))
    excerpt_of(answer(400, {"detail": body.decode()}))
    assert time.process_time() - started < 0.5


def test_an_error_says_no_more_than_code_and_status():
    error = diagnose(answer(403, {"detail": "User has been suspended: [7]"}), "profile")
    assert (str(error), repr(error)) == (
        "account_unavailable (403)",
        "AccountUnavailable('account_unavailable (403)')",
    )


def test_an_error_without_an_answer_has_no_status_and_no_words():
    error = errors.XUnreachable()
    assert (str(error), error.excerpt) == ("x_unreachable", "")


def test_an_error_of_no_kind_is_unexpected():
    assert TwitterError.code == "unexpected_answer"


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        (b" [1, null] ", [1, None]),
        (b'"\xc3\xa1"', "\xe1"),
        (b"[" + b",".join([b"{}"] * 5000) + b"]", [{}] * 5000),
        (b"[" * 20 + b"]" * 20, functools.reduce(lambda a, _: [a], range(19), [])),
        (b'"' + b"[" * 300 + b'"', "[" * 300),
        (b'"' + b'\\"[{' * 300 + b'"', '"[{' * 300),
        (b'["\\\\", "]"]', ["\\", "]"]),
    ],
)
def test_json_is_read(body, value):
    assert parse_json(body) == value


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"a": 1, "a": 1}',
        b'{"b": {"a": 1, "a": 2}}',
        b"NaN",
        b'{"a": -Infinity}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b"[" * 21 + b"]" * 21,
        b'{"a": [], "b": ' * 21 + b"1" + b"}" * 21,
        b'[{"a":' * 11 + b"1" + b"}]" * 11,
        b'{"\\\\": ' * 21 + b"1" + b"}" * 21,
        b'"\xed\xa0\x80"',
        '{"a": 1}'.encode("utf-16"),
        b"{} {}",
        b"{'a': 1}",
    ],
    ids=lambda body: repr(body[:20]),
)
@covers("F7")
def test_what_two_readers_may_read_differently_is_no_json(body):
    with pytest.raises(ValueError):
        parse_json(body)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["errors", "error", "type", "code", "detail", "title"])
            | st.text(max_size=5),
            inner,
            max_size=5,
        )
    ),
    max_leaves=15,
)


@given(
    st.integers(100, 999),
    st.sampled_from(["token", "profile", "lookup"]),
    st.binary(max_size=60) | values.map(lambda value: json.dumps(value).encode()),
)
@covers("R106", "F7")
def test_any_answer_has_a_diagnosis(status, stage, body):
    error = diagnose(answer(status, body), stage, ["secret"])
    assert isinstance(error, TwitterError)
    assert len(error.excerpt) <= 200 and "secret" not in error.excerpt
    assert error.excerpt.isprintable()
