"""Handles as people type and paste them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twitter_api import normalize_username


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("ana", "ana"),
        ("@ana", "ana"),
        ("@Ana_Souza1", "Ana_Souza1"),
        (" @Ana ", "Ana"),
        ("https://x.com/Ana?s=20", "Ana"),
        ("https://x.com/Ana", "Ana"),
        ("http://twitter.com/Ana/", "Ana"),
        ("twitter.com/ana/", "ana"),
        (" mobile.twitter.com/ana ", "ana"),
        ("www.x.com/@ana", "ana"),
        ("m.twitter.com/ana", "ana"),
        ("HTTPS://X.COM/Ana", "Ana"),
        ("https://twitter.com/#!/ana", "ana"),
        ("https://x.com/ana/status/20?ref=a/b#c", "ana"),
        ("\u2066@ana\u2069", "ana"),
        ("\ufeff@ana\u200b", "ana"),
        ("\uff20\uff41na", "ana"),
        ("\xa0@ana\n", "ana"),
        ("a" * 20, "a" * 20),
        ("home", "home"),
    ],
)
def test_the_handle_is_found(typed, handle):
    assert normalize_username(typed) == handle


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b", None, False])
def test_nothing_typed_is_no_handle_and_no_error(nothing):
    assert normalize_username(nothing) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "ana souza",
        "@",
        "@@ana",
        "ana@example.com",
        "ana@x.com",
        "an\u00e1",
        "\u0430na",
        "ana-souza",
        "ana.souza",
        "a" * 21,
        "https://x.com/",
        "https://x.com",
        "https://x.com/home",
        "https://x.com/i/user/12",
        "https://x.com/search?q=ana",
        "https://x.com.evil.example/ana",
        "https://evil.example/x.com/ana",
        "https://evilx.com/ana",
        "https://x.com@evil.example/ana",
        "javascript:alert(1)",
        "ana\nbia",
        "<b>",
    ],
)
def test_what_is_no_handle_is_refused(typed):
    with pytest.raises(ValueError):
        normalize_username(typed)


@pytest.mark.parametrize(
    "page",
    [
        *("about", "account", "compose", "explore", "hashtag", "home", "i", "intent"),
        *("jobs", "login", "messages", "notifications", "oauth", "privacy", "search"),
        *("settings", "share", "signup", "tos"),
    ],
)
def test_a_page_of_x_is_nobody(page):
    for address in (f"https://x.com/{page}", f"https://x.com/{page.upper()}"):
        with pytest.raises(ValueError):
            normalize_username(address)


@given(st.text() | st.text("@/.:?#x twitercom_A1", max_size=40))
def test_any_text_gives_a_handle_or_a_refusal(typed):
    try:
        handle = normalize_username(typed)
    except ValueError:
        return
    assert re.fullmatch(r"[A-Za-z0-9_]{0,20}", handle)


@given(st.from_regex(r"[A-Za-z0-9_]{1,20}", fullmatch=True))
def test_a_handle_that_was_normalised_stays_as_it_is(handle):
    assert normalize_username(f"@{handle}") == normalize_username(handle) == handle
