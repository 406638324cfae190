"""What the token endpoint grants, and what has to be taken back."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire import ACCESS_TOKEN, grant

from security_trace import covers
from twitter_api import ScopeMissing, TwitterError, UnexpectedAnswer
from twitter_api.answers import Answer
from twitter_api.tokens import read_grant, tokens_in

ASKED = ("users.read", "tweet.read")


def read(document, status=200):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return read_grant(Answer(status, {}, body), ASKED)


def test_a_grant_holds_token_and_scopes():
    found = read(grant(scope="tweet.read users.email users.read"))
    assert found.access_token == ACCESS_TOKEN
    assert found.scopes == {"users.read", "tweet.read", "users.email"}


@pytest.mark.parametrize("kind", ["bearer", "Bearer", "BEARER"])
def test_the_kind_of_token_is_compared_without_case(kind):
    assert read(grant(token_type=kind)).access_token == ACCESS_TOKEN


@pytest.mark.parametrize("kind", ["mac", "", "bearer ", "DPoP", None, 1, ["bearer"]])
@covers("R27")
def test_any_other_kind_of_token_is_unexpected(kind):
    with pytest.raises(UnexpectedAnswer):
        read({**grant(), "token_type": kind})


@pytest.mark.parametrize(
    "token", ["", " ", "a b", "a\nb", "\u00e1", "a" * 4097, None, 1, True, ["a"], {}]
)
@covers("F7")
def test_what_is_no_token_is_unexpected(token):
    with pytest.raises(UnexpectedAnswer):
        read({**grant(), "access_token": token})


@pytest.mark.parametrize("scope", ["", "users.read", "tweet.read", "users.readtweet"])
@covers("R27")
def test_less_than_the_profile_takes_is_a_missing_scope(scope):
    with pytest.raises(ScopeMissing):
        read(grant(scope=scope))


@pytest.mark.parametrize("scope", [1, ["users.read", "tweet.read"], {}])
def test_scopes_of_another_form_are_unexpected(scope):
    with pytest.raises(UnexpectedAnswer):
        read(grant(scope=scope))


def test_scopes_that_are_not_named_are_those_that_were_asked():
    assert read(grant(scope=None)).scopes == set(ASKED)


def test_a_missing_email_scope_is_no_error():
    answer = Answer(200, {}, json.dumps(grant()).encode())
    assert "users.email" not in read_grant(answer, (*ASKED, "users.email")).scopes


@pytest.mark.parametrize("expires_in", [None, "7200", 0, -1, 1e400, 10**30, [], "x"])
def test_how_long_the_token_lives_does_not_matter(expires_in):
    document = json.dumps({**grant(), "expires_in": expires_in})
    body = document.replace("Infinity", "1e999").encode()
    assert read(body).access_token == ACCESS_TOKEN


@pytest.mark.parametrize(
    "changes", [{"access_token": 1}, {"token_type": "mac"}, {"scope": "users.read"}]
)
def test_a_problem_with_a_grant_tells_its_status(changes):
    with pytest.raises(TwitterError) as caught:
        read(grant(**changes))
    assert caught.value.status == 200


@pytest.mark.parametrize("status", [201, 204, 302, 400, 500])
def test_a_token_with_another_status_is_no_grant(status):
    with pytest.raises(TwitterError):
        read(grant(), status)


def test_a_token_beside_an_error_is_no_grant():
    with pytest.raises(TwitterError):
        read(grant(error="invalid_request"))


@covers("T22")
def test_a_grant_does_not_show_its_token():
    assert ACCESS_TOKEN not in repr(read(grant()))


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b"", []),
        (b'{"access_token": "a"}', ["a"]),
        (b'{"refresh_token":"r","access_token":\n"a"}', ["r", "a"]),
        (b'{"access_token": "a", "access_token": "b"}', ["a", "b"]),
        (b'{"access_token": "a", "refresh_token": "a"}', ["a"]),
        (b'{"data": [{"access_token": "a"}]}', ["a"]),
        (b'{"access_token": "a\\/b\\u0041"}', ["a/bA"]),
        (b'{"access_token": "a", "scope": "us', ["a"]),
        (b'{"access_token": "a', []),
        (b'{"access_token": "a\\', []),
        (b'{"access_token": "\\x"}', []),
        (b'{"access_token": "\\ud800"}', []),
        (b'{"access_token": "a b"}', []),
        (b'{"access_token": ""}', []),
        (b'{"access_token": null, "refresh_token": 5}', []),
        (b'\xff\xfe garbage "access_token":"a" \x00', ["a"]),
        (b"access_token=a%2Fb&refresh_token=r&scope=x", ["a/b", "r"]),
        (b"scope=x&access_token=a", ["a"]),
        (b"not_access_token=a", []),
        (b"access_token=\xff", []),
        (b"".join(b'"access_token":"%d" ' % n for n in range(9)), list("0123")),
    ],
)
def test_every_token_in_an_answer_is_found_whatever_its_state(body, tokens):
    assert tokens_in(body) == tokens


@pytest.mark.parametrize(
    "piece", [b'"access_token":"', b'"access_token":"\\', b"&", b"\\"]
)
def test_looking_for_tokens_in_the_longest_body_is_quick(piece):
    tokens_in(piece * (262_144 // len(piece)))


tokens = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1)


@given(tokens, st.booleans())
def test_a_token_of_any_signs_is_found(token, is_refresh):
    name = "refresh_token" if is_refresh else "access_token"
    assert tokens_in(json.dumps({name: token}).encode()) == [token]


@given(st.binary(max_size=80))
def test_any_bytes_may_be_searched(body):
    assert isinstance(tokens_in(body), list)
