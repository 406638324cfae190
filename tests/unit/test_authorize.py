"""The beginning of a round trip."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from conftest import APP
from oauthlib.oauth2 import WebApplicationClient

from security_trace import covers
from twitter_api import Endpoints, authorize, scopes_for

X = Endpoints()


def parameters(authorization):
    query = urlsplit(authorization.url).query
    return {name: values for name, values in parse_qs(query).items()}


@covers("R82")
def test_the_browser_goes_to_x_com_and_not_to_twitter_com():
    url = authorize(X, APP, scopes_for(False)).url
    assert url.startswith("https://x.com/i/oauth2/authorize?")


@covers("R5", "R15", "R40")
def test_the_address_holds_exactly_the_parameters_that_x_documents():
    authorization = authorize(X, APP, scopes_for(False))
    found = parameters(authorization)
    challenge = found.pop("code_challenge")[0]
    assert found == {
        "response_type": ["code"],
        "client_id": [APP.client_id],
        "redirect_uri": [APP.redirect_uri],
        "scope": ["users.read tweet.read"],
        "state": [authorization.state],
        "code_challenge_method": ["S256"],
    }
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", challenge)


def test_a_space_between_scopes_is_written_as_percent_20():
    url = authorize(X, APP, scopes_for(True)).url
    assert "scope=users.read%20tweet.read%20users.email&" in url


@pytest.mark.parametrize(
    ("with_email", "scopes"),
    [
        (False, ("users.read", "tweet.read")),
        (True, ("users.read", "tweet.read", "users.email")),
    ],
)
@covers("R14", "R15", "R62")
def test_no_more_is_asked_than_reading_the_profile_takes(with_email, scopes):
    assert scopes_for(with_email) == scopes


@covers("R39")
def test_the_challenge_is_the_one_of_rfc_7636_appendix_b(monkeypatch):
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    monkeypatch.setattr(
        WebApplicationClient, "create_code_verifier", lambda self, length: verifier
    )
    authorization = authorize(X, APP, scopes_for(False))
    assert authorization.code_verifier == verifier
    assert parameters(authorization)["code_challenge"] == [
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    ]


@covers("R38")
def test_the_verifier_has_64_to_128_unreserved_characters():
    # oauthlib 3 counts bytes where oauthlib 4 counts characters.
    verifier = authorize(X, APP, scopes_for(False)).code_verifier
    assert re.fullmatch(r"[A-Za-z0-9._~-]{64,128}", verifier)


@covers("R3", "T37")
def test_the_state_is_256_random_bits_and_carries_nothing():
    state = authorize(X, APP, scopes_for(False)).state
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", state)


@covers("R4", "R38")
def test_of_a_thousand_beginnings_no_two_share_anything_secret():
    begun = [authorize(X, APP, scopes_for(False)) for _ in range(1000)]
    assert len({one.state for one in begun}) == 1000
    assert len({one.code_verifier for one in begun}) == 1000
    assert len({parameters(one)["code_challenge"][0] for one in begun}) == 1000


@covers("T22")
def test_the_verifier_is_not_in_the_address():
    authorization = authorize(X, APP, scopes_for(False))
    assert authorization.code_verifier not in authorization.url


def test_the_address_stays_short_enough_for_x():
    assert len(authorize(X, APP, scopes_for(True)).state) <= 500


@covers("T22")
def test_a_beginning_shows_none_of_its_secrets():
    authorization = authorize(X, APP, scopes_for(False))
    shown = f"{authorization!r} {authorization}"
    assert authorization.state not in shown
    assert authorization.code_verifier not in shown


def test_an_app_does_not_show_its_secret():
    assert APP.client_secret not in f"{APP!r} {APP}"
