"""Whole round trips against the stand-in for X, which is as strict as X is."""

import time
from dataclasses import replace
from itertools import islice
from urllib.parse import parse_qsl, urlsplit

import pytest

import stand_in
from security_trace import covers
from stand_in import ANA, BIA, HOSTILE_ACCOUNTS, Crowd, DeadEnd, Fault, StandIn
from twitter_api import (
    GONE,
    SUSPENDED,
    App,
    Endpoints,
    RateLimited,
    TokenRejected,
    TwitterError,
    authorize,
    fetch_picture,
    look_up,
    look_up_handles,
    parse_callback,
    read_account,
    scopes_for,
)

CALLBACK = "https://shop.example/twitter/callback"
APP = App("client-id", "client-secret", CALLBACK)
TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"
USERS, BY = "GET /2/users", "GET /2/users/by"
BEARER = "A" * 21 + "FtestsAAAAAA0%2BopensNothing%3D" * 3


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
        APP.client_id,
        APP.client_secret,
        (CALLBACK,),
        request_email=True,
        bearer_token=BEARER,
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


# === Looking up === #


@pytest.fixture
def find(x):
    """Look up by number: ``find(ANA.id)``."""
    endpoints = Endpoints(x.base_url, x.base_url, x.base_url)
    return lambda *ids, token=BEARER: look_up(endpoints, token, ids, 5.0)


@pytest.fixture
def named(x):
    """Look up by handle."""
    endpoints = Endpoints(x.base_url, x.base_url, x.base_url)
    return lambda *names, token=BEARER: look_up_handles(endpoints, token, names, 5.0)


def test_who_was_linked_is_found_again_the_same(x, find):
    linked = Trip(x).go().finish()
    found = find(ANA.id).accounts[ANA.id]
    assert found == replace(linked, avatar=b"")
    assert found.picture.startswith(x.base_url + "/profile_images/")


def test_all_that_may_have_become_of_an_account_is_told_apart(x, find):
    x.put_account(replace(ANA, username="ana_souza", protected=True))
    x.put_account(replace(BIA, suspended=True))
    found = find(ANA.id, BIA.id, "12345")
    assert list(found.accounts) == [ANA.id]
    assert (found.accounts[ANA.id].username, found.accounts[ANA.id].protected) == (
        "ana_souza",
        True,
    )
    assert found.unavailable == {BIA.id: SUSPENDED, "12345": GONE}
    assert x.asked() == {ANA.id: 1, BIA.id: 1, "12345": 1}


def test_one_who_comes_back_is_shown_again(x, find):
    x.put_account(replace(BIA, suspended=True))
    assert find(BIA.id).unavailable == {BIA.id: SUSPENDED}
    x.put_account(BIA)
    assert list(find(BIA.id).accounts) == [BIA.id]


def test_a_handle_leads_to_whoever_has_it_now(x, named):
    assert named("ANA", "bia", "nobody") == {"ana": ANA.id, "bia": BIA.id}
    x.put_account(replace(ANA, username="ana_souza"))
    x.put_account(replace(BIA, username="Ana"))
    assert named("ana", "bia") == {"ana": BIA.id}
    assert x.asked(BY) == {"ANA": 1, "bia": 2, "nobody": 1, "ana": 1}


def test_a_new_picture_has_a_new_address_and_the_old_one_has_gone(x, find):
    endpoints = Endpoints(x.base_url, x.base_url, x.base_url)
    old = find(ANA.id).accounts[ANA.id].picture
    assert fetch_picture(endpoints, old)
    x.put_account(replace(ANA, picture=2))
    new = find(ANA.id).accounts[ANA.id].picture
    assert new != old
    assert fetch_picture(endpoints, old) == b""
    assert fetch_picture(endpoints, new)


def test_a_picture_that_x_can_not_give_now_is_not_gone(x, find):
    endpoints = Endpoints(x.base_url, x.base_url, x.base_url)
    picture = find(ANA.id).accounts[ANA.id].picture
    x.faults.add("GET /profile_images/*", Fault(status=503))
    assert fetch_picture(endpoints, picture) is None
    x.faults.add("GET /profile_images/*", Fault(cut="mid_body"))
    assert fetch_picture(endpoints, picture) is None


@covers("F3")
def test_the_last_one_of_a_window_says_when_the_next_begins(x, find, clock):
    clock.now = float(int(time.time()))
    x.limits.set(USERS, user=900, app=2)
    assert find(ANA.id).retry_at is None
    assert find(ANA.id).retry_at == clock.now + 900
    with pytest.raises(RateLimited) as caught:
        find(ANA.id)
    assert caught.value.retry_at == clock.now + 900
    clock.now += 900
    assert find(ANA.id).accounts


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("me_unauthorized", "token_rejected"),
        ("me_forbidden_scope", "access_level"),
        ("client_not_enrolled", "app_not_enrolled"),
        ("credits_depleted", "credits_depleted"),
        ("plan_gone", "access_level"),
        ("access_level_453", "access_level"),
        ("app_suspended", "app_suspended"),
        ("rate_limited_v2", "rate_limited"),
        ("rate_limited_docs", "rate_limited"),
        ("rate_limited_daily", "rate_limited"),
        ("server_error", "x_unavailable"),
        ("service_unavailable_text", "x_unavailable"),
        ("edge_html", "x_unavailable"),
    ],
)
def test_each_refusal_of_x_gives_its_code(x, find, named, name, code):
    x.faults.add(USERS + "*", Fault.known(name, times=2))
    for call in (lambda: find(ANA.id), lambda: named("ana")):
        with pytest.raises(TwitterError) as caught:
            call()
        assert caught.value.code == code
    assert (x.count(USERS), x.count(BY)) == (1, 1)


def test_another_token_is_rejected(x, find, named):
    for call in (
        lambda: find(ANA.id, token="other"),
        lambda: named("ana", token="other"),
    ):
        with pytest.raises(TokenRejected):
            call()


def test_a_hundred_of_a_crowd_are_found_at_once():
    crowd = Crowd(100_000)
    app = stand_in.App("a", "b", bearer_token=BEARER)
    with StandIn(apps=[app], accounts=crowd) as server:
        endpoints = Endpoints(server.base_url, server.base_url, server.base_url)
        ids = list(islice(crowd, 100))
        found = look_up(endpoints, BEARER, ids, 5.0)
        assert list(found.accounts) == ids
        names = [account.username for account in found.accounts.values()]
        assert list(look_up_handles(endpoints, BEARER, names, 5.0).values()) == ids
