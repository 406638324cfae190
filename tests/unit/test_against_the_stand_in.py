"""Whole round trips against the stand-in for X, which is as strict as X is."""

from urllib.parse import parse_qsl, urlsplit

import pytest

import stand_in
from security_trace import covers
from stand_in import ANA, BIA, HOSTILE_ACCOUNTS, DeadEnd, Fault, StandIn
from twitter_api import (
    App,
    Endpoints,
    TwitterError,
    authorize,
    parse_callback,
    read_account,
    scopes_for,
)

CALLBACK = "https://shop.example/twitter/callback"
APP = App("client-id", "client-secret", CALLBACK)
TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"


class Clock:
    """Time that a test moves."""

    now = 1_800_000_000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def x(clock):
    registered = stand_in.App(
        APP.client_id, APP.client_secret, (CALLBACK,), request_email=True
    )
    accounts = (ANA, BIA, *HOSTILE_ACCOUNTS)
    with StandIn(apps=[registered], accounts=accounts, clock=clock) as server:
        yield server


class Trip:
    """One round trip, step by step."""

    def __init__(self, x, app=APP, scopes=("users.read", "tweet.read")):
        self.x, self.app, self.scopes = x, app, scopes
        self.endpoints = Endpoints(x.base_url, x.base_url, x.base_url)
        self.begun = authorize(self.endpoints, app, scopes)
        self.callback = None

    def go(self, account="ana", decision="allow"):
        """To X and back."""
        address = self.x.answer(self.begun.url, account=account, decision=decision)
        self.callback = parse_callback(parse_qsl(urlsplit(address).query))
        return self

    def finish(self, **changes):
        """Read the account; ``changes`` spoil one part of what is sent."""
        sent = {
            "app": self.app,
            "code": self.callback.code,
            "code_verifier": self.begun.code_verifier,
            **changes,
        }
        return read_account(self.endpoints, scopes=self.scopes, budget=5.0, **sent)


def code_of(trip, **changes):
    with pytest.raises(TwitterError) as caught:
        trip.finish(**changes)
    return caught.value.code


def test_the_one_who_allowed_is_the_one_who_is_read(x):
    account = Trip(x).go("ana").finish()
    assert (account.twitter_id, account.username) == (ANA.id, "ana")
    assert account.avatar.startswith((b"\x89PNG", b"\xff\xd8"))
    assert account.email == ""


@covers("R63")
def test_ids_that_differ_in_the_last_digit_are_told_apart(x):
    assert Trip(x).go("bia").finish().twitter_id == BIA.id != ANA.id


def test_the_state_comes_back_as_it_was_sent(x):
    trip = Trip(x).go()
    assert trip.callback.state == trip.begun.state


def test_the_address_is_read_where_it_was_asked_for(x):
    assert Trip(x, scopes=scopes_for(True)).go().finish().email == ANA.email


def test_an_account_without_an_address_is_no_error(x):
    assert Trip(x, scopes=scopes_for(True)).go("bia").finish().email == ""


def test_no_token_is_alive_after_a_round_trip(x):
    Trip(x).go().finish()
    assert x.tokens_alive() == []
    assert x.count(TOKEN) == 1


def test_even_a_token_that_lives_for_ever_is_revoked(x):
    scopes = (*scopes_for(False), "offline.access")
    Trip(x, scopes=scopes).go().finish()
    assert x.tokens_alive() == []


@covers("R25")
def test_one_who_declines_comes_back_with_an_error_and_no_code(x):
    callback = Trip(x).go(decision="cancel").callback
    assert (callback.error, callback.code) == ("access_denied", "")


def test_an_unknown_app_never_comes_back(x):
    with pytest.raises(DeadEnd):
        Trip(x, App("other", "secret", CALLBACK)).go()


@covers("R30")
def test_a_code_is_good_once(x):
    trip = Trip(x).go()
    trip.finish()
    assert code_of(trip) == "code_expired"


@covers("R30")
def test_a_code_dies_after_30_seconds(x, clock):
    trip = Trip(x).go()
    clock.now += 31
    assert code_of(trip) == "code_expired"


@covers("R4")
def test_another_verifier_is_refused(x):
    assert code_of(Trip(x).go(), code_verifier="v" * 64) == "verifier_mismatch"


def test_a_missing_verifier_is_refused(x):
    assert code_of(Trip(x).go(), code_verifier="") == "verifier_mismatch"


@covers("R31", "R46")
def test_another_redirect_address_is_refused(x):
    moved = App(APP.client_id, APP.client_secret, CALLBACK + "/")
    assert code_of(Trip(x).go(), app=moved) == "redirect_uri_mismatch"


def test_a_wrong_secret_is_refused(x):
    wrong = App(APP.client_id, "other-secret", CALLBACK)
    assert code_of(Trip(x).go(), app=wrong) == "client_credentials"


@covers("R27")
def test_a_scope_that_was_not_granted_is_told(x):
    trip = Trip(x, scopes=("users.read",)).go()
    assert code_of(trip) == "scope_missing"
    assert x.tokens_alive() == []


@covers("F23")
def test_a_suspended_account_is_told(x):
    trip = Trip(x).go()
    x.put_account(stand_in.Account(ANA.id, "ana", "Ana Souza", suspended=True))
    assert code_of(trip) == "account_unavailable"
    assert x.tokens_alive() == []


@covers("F23")
def test_an_account_that_is_gone_is_told(x):
    trip = Trip(x).go()
    x.remove_account(ANA)
    assert code_of(trip) == "token_rejected"


@covers("F9")
def test_after_a_cut_exchange_the_code_is_not_sent_again(x):
    x.faults.add(TOKEN, Fault(cut="before", after=True))
    assert code_of(Trip(x).go()) == "x_unreachable"
    assert x.count(TOKEN) == 1


def test_after_a_cut_profile_no_token_is_alive(x):
    x.faults.add(ME, Fault(cut="mid_body", after=True))
    assert code_of(Trip(x).go()) == "x_unreachable"
    assert x.tokens_alive() == []


def test_one_fault_of_x_at_the_profile_goes_unnoticed(x):
    x.faults.add(ME, Fault(status=503))
    assert Trip(x).go().finish().username == "ana"


@pytest.mark.parametrize("hostile", HOSTILE_ACCOUNTS, ids=lambda one: one.username)
@covers("R87", "T25")
def test_a_hostile_name_becomes_a_line_of_text(x, hostile):
    name = Trip(x).go(hostile.username).finish().name
    assert name.isprintable() or "\u200d" in name
    assert name and name[0] not in "=+-@" and "\u202e" not in name


@covers("R14")
def test_thirty_round_trips_leave_no_token_alive(x):
    for _ in range(30):
        Trip(x).go().finish()
    assert x.tokens_alive() == []
    assert x.count(TOKEN) == 30
