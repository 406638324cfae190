"""The parameters of the redirect back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from security_trace import covers
from twitter_api import Callback, StateUnknown, parse_callback


def test_state_and_code_are_read():
    callback = parse_callback([("state", "s"), ("code", "c")])
    assert callback == Callback(state="s", code="c", error="")


@covers("R25")
def test_a_refusal_is_told_by_its_error():
    callback = parse_callback([("error", "access_denied"), ("state", "s")])
    assert callback == Callback(state="s", code="", error="access_denied")


def test_an_error_may_come_without_a_state():
    assert parse_callback([("error", "invalid_request")]).state == ""


def test_an_error_may_bring_a_description():
    pairs = [("error", "server_error"), ("error_description", "Oops"), ("state", "s")]
    assert parse_callback(pairs).error == "server_error"


@covers("R25")
def test_beside_an_error_a_code_does_not_count():
    assert parse_callback([("error", "x"), ("code", "c"), ("state", "s")]).code == ""


def test_an_empty_error_is_none():
    assert parse_callback([("error", ""), ("code", "c"), ("state", "s")]).code == "c"


@covers("R35", "R106")
def test_an_error_of_any_form_is_taken_and_cut():
    error = parse_callback([("error", "é\x00\n" + "a" * 5000)]).error
    assert error == "é" + "a" * 99


def test_an_error_that_can_not_be_read_is_still_an_error():
    assert parse_callback([("error", "\x00\x01")]).error == "unreadable"


def test_nothing_at_all_is_an_empty_callback():
    assert parse_callback([]) == Callback(state="", code="", error="")


def test_unknown_parameters_are_ignored_even_twice():
    pairs = [("a", "1"), ("a", "2"), ("state", "s"), ("denied", "x"), ("code", "c")]
    assert parse_callback(pairs) == Callback(state="s", code="c", error="")


@covers("R7", "R13")
def test_a_token_from_the_browser_is_ignored():
    pairs = [("access_token", "stolen"), ("token_type", "bearer"), ("state", "s")]
    assert parse_callback(pairs) == Callback(state="s", code="", error="")


@pytest.mark.parametrize("name", ["state", "code", "error", "iss"])
@pytest.mark.parametrize("second", ["a", "b"])
@covers("R26")
def test_a_parameter_that_comes_twice_is_refused(name, second):
    with pytest.raises(StateUnknown):
        parse_callback([(name, "a"), (name, second)])


@pytest.mark.parametrize(("name", "length"), [("state", 128), ("code", 2048)])
def test_the_longest_value_is_taken(name, length):
    assert getattr(parse_callback([(name, "a" * length)]), name) == "a" * length


@pytest.mark.parametrize(("name", "length"), [("state", 129), ("code", 2049)])
@covers("R35")
def test_a_longer_value_is_refused(name, length):
    with pytest.raises(StateUnknown):
        parse_callback([(name, "a" * length)])


@pytest.mark.parametrize("name", ["state", "code"])
@pytest.mark.parametrize("sign", ["\x00", "\n", "\x7f", "é", "\u202e", "\ud800"])
@covers("R35")
def test_what_is_no_visible_ascii_is_refused(name, sign):
    with pytest.raises(StateUnknown):
        parse_callback([(name, f"a{sign}b")])


@covers("R41")
def test_the_issuer_may_be_x():
    pairs = [("iss", "https://x.com"), ("state", "s"), ("code", "c")]
    assert parse_callback(pairs).code == "c"


@pytest.mark.parametrize(
    "issuer",
    ["https://evil.example", "https://x.com/", "HTTPS://X.COM", "https://x.com ", ""],
)
@pytest.mark.parametrize("outcome", ["code", "error"])
@covers("R41", "R61", "T21")
def test_any_other_issuer_is_refused_whatever_it_brings(issuer, outcome):
    with pytest.raises(StateUnknown):
        parse_callback([("iss", issuer), ("state", "s"), (outcome, "c")])


@covers("T22")
def test_a_callback_shows_neither_code_nor_state():
    shown = repr(parse_callback([("state", "st4te"), ("code", "c0de")]))
    assert "st4te" not in shown and "c0de" not in shown


def test_a_refused_callback_shows_nothing_of_itself():
    with pytest.raises(StateUnknown) as caught:
        parse_callback([("code", "c0de"), ("code", "c0de")])
    assert str(caught.value) == "state_unknown"


names = st.sampled_from(["state", "code", "error", "iss", "scope"]) | st.text()


@given(st.lists(st.tuples(names, st.text(max_size=200)), max_size=8))
@covers("R35")
def test_any_query_gives_a_callback_or_a_refusal(pairs):
    try:
        callback = parse_callback(pairs)
    except StateUnknown:
        return
    assert len(callback.state) <= 128 and len(callback.code) <= 2048
    assert callback.error.isprintable() and not (callback.code and callback.error)
