"""The end of a round trip: what is sent, how often, and what comes of it."""

import base64
import dataclasses
import os
import time

import pytest
import requests
from conftest import APP, PAUSE
from wire import (
    ACCESS_TOKEN,
    AVATAR,
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    ME,
    REVOKE,
    TOKEN,
    VERIFIER,
    Wire,
    cut,
    grant,
    hang,
    reply,
    reset,
    stall,
    user,
)

from security_trace import covers
from twitter_api import (
    Account,
    App,
    Endpoints,
    ScopeMissing,
    TwitterError,
    UnexpectedAnswer,
    XSilent,
    XUnavailable,
    XUnreachable,
    client,
    read_account,
    scopes_for,
    transport,
)

BASIC = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()


def test_the_account_is_read(x, read):
    x.script(ME, reply(200, user(x.base, protected=True)))
    account = read()
    assert dataclasses.replace(account, avatar=b"") == Account(
        twitter_id="1745020318867001345",
        username="ana",
        name="Ana Souza",
        verified_type="blue",
        protected=True,
        picture=x.base + AVATAR.partition(" ")[2],
    )
    assert account.avatar.startswith(b"\x89PNG")


def test_the_token_is_revoked_before_the_picture_is_fetched(x, read):
    read()
    asked = [f"{request.method} {request.path}" for request in x.requests]
    assert asked == [TOKEN, ME, REVOKE, AVATAR]


@covers("R17", "R31", "R46")
def test_the_exchange_sends_what_x_documents_and_no_secret_in_the_body(x, read):
    read()
    (request,) = x.asked(TOKEN)
    assert request.form == {
        "grant_type": "authorization_code",
        "code": CODE,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "client_id": CLIENT_ID,
    }
    assert request.headers["authorization"] == f"Basic {BASIC}"
    kind = request.headers["content-type"].partition(";")[0]
    assert kind == "application/x-www-form-urlencoded"


@covers("R11")
def test_only_fields_that_are_used_are_asked_for(x, read):
    read()
    (request,) = x.asked(ME)
    assert request.query == {
        "user.fields": "id,name,username,profile_image_url,verified_type,protected"
    }
    assert request.headers["authorization"] == f"Bearer {ACCESS_TOKEN}"


def test_the_address_is_asked_for_where_it_was_granted(x, read):
    x.script(TOKEN, reply(200, grant(scope="users.read tweet.read users.email")))
    x.script(ME, reply(200, user(x.base, confirmed_email="ana@example.com")))
    assert read(with_email=True).email == "ana@example.com"
    assert x.asked(ME)[0].query["user.fields"].endswith(",confirmed_email")


def test_the_address_is_not_asked_for_where_x_grants_more_than_was_asked(x, read):
    x.script(TOKEN, reply(200, grant(scope="users.read tweet.read users.email")))
    assert read().email == ""
    assert "confirmed_email" not in x.asked(ME)[0].query["user.fields"]


def test_the_address_is_not_asked_for_where_it_was_not_granted(x, read):
    assert read(with_email=True).email == ""
    assert "confirmed_email" not in x.asked(ME)[0].query["user.fields"]


def test_the_revocation_authenticates_like_the_exchange(x, read):
    read()
    (request,) = x.asked(REVOKE)
    assert request.form == {"token": ACCESS_TOKEN}
    assert request.headers["authorization"] == f"Basic {BASIC}"


@covers("R11", "R45")
def test_no_token_and_no_code_is_in_an_address(x, read):
    read()
    for request in x.requests:
        shown = f"{request.path} {request.query}"
        assert not any(secret in shown for secret in (CODE, ACCESS_TOKEN, VERIFIER))


def test_no_cookie_of_x_is_sent_back(x, read):
    x.script(TOKEN, reply(200, grant(), {"Set-Cookie": "guest_id=1; Path=/"}))
    read()
    assert all("cookie" not in request.headers for request in x.requests)


def test_no_packed_answer_is_asked_for(x, read):
    read()
    codings = {request.headers["accept-encoding"] for request in x.requests}
    assert codings == {"identity"}


def test_json_is_asked_of_x(x, read):
    read()
    asked = [request for key in (TOKEN, ME, REVOKE) for request in x.asked(key)]
    assert [request.headers["accept"] for request in asked] == ["application/json"] * 3


def test_the_three_calls_to_x_share_one_connection(x, read):
    x.script(AVATAR, reply(404))
    read()
    assert x.connections == 2  # the second one for the picture


def test_without_a_picture_there_is_an_account_all_the_same(x, read):
    x.script(AVATAR, reply(404))
    assert read().avatar == b""


def test_a_picture_that_hangs_costs_no_more_than_its_share(x, read, monkeypatch):
    monkeypatch.setattr(client, "AVATAR_SECONDS", 0.2)
    x.script(AVATAR, hang)
    started = time.monotonic()
    assert read().avatar == b""
    assert time.monotonic() - started < 2.0


@covers("R27")
def test_less_scope_than_the_profile_takes_is_told_without_asking_for_it(x, read):
    x.script(TOKEN, reply(200, grant(scope="users.read")))
    with pytest.raises(ScopeMissing):
        read()
    assert x.count(ME) == 0


@pytest.mark.parametrize("secret", ["caf\u00e9", "zero\u200bwidth", "with:colon", ""])
def test_a_secret_with_stray_characters_is_sent_as_it_is(x, secret):
    endpoints = Endpoints(x.base, x.base, x.base)
    app = App(CLIENT_ID, secret, CALLBACK)
    read_account(endpoints, app, CODE, VERIFIER, scopes_for(False), 5.0)
    header = x.asked(TOKEN)[0].headers["authorization"]
    sent = base64.b64decode(header.removeprefix("Basic ")).decode()
    assert sent == f"{CLIENT_ID}:{secret}"


@pytest.mark.parametrize("code", ["a b&c=d", "a+b/c%20", "'\"<>;"])
def test_a_code_of_any_signs_arrives_as_it_is(x, code):
    endpoints = Endpoints(x.base, x.base, x.base)
    read_account(endpoints, APP, code, VERIFIER, scopes_for(False), 5.0)
    assert x.asked(TOKEN)[0].form["code"] == code


def test_without_a_code_nothing_is_asked(x):
    endpoints = Endpoints(x.base, x.base, x.base)
    with pytest.raises(UnexpectedAnswer):
        read_account(endpoints, APP, "", VERIFIER, scopes_for(False), 5.0)
    assert x.requests == []


@pytest.mark.parametrize(
    "script",
    [
        hang,
        cut(),
        reset(),
        reset(reply(200, grant())[:-5]),
        stall(reply(200, grant())[:-5]),
        reply(500),
        reply(503, "Service Unavailable"),
        reply(429),
        reply(400, {"error": "invalid_request"}),
        reply(302, headers={"Location": "/2/oauth2/token"}),
        reply(307, headers={"Location": "/2/oauth2/token"}),
        reply(200, "{"),
    ],
)
@covers("R99", "F2", "F4", "F9")
def test_the_code_is_sent_once_whatever_comes_back(x, read, script, monkeypatch):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    x.script(TOKEN, script)
    with pytest.raises(TwitterError):
        read()
    assert x.count(TOKEN) == 1
    assert x.count(ME) == 0


@pytest.mark.parametrize("status", [500, 502, 503, 504])
@covers("F4")
def test_after_a_fault_of_x_the_profile_is_asked_for_once_more(x, read, status):
    x.script(ME, reply(status), reply(200, user(x.base)))
    assert read().username == "ana"
    assert x.count(ME) == 2


@covers("R99", "F4")
def test_a_second_fault_is_the_end(x, read):
    x.script(ME, reply(503))
    with pytest.raises(XUnavailable):
        read()
    assert x.count(ME) == 2


def test_before_the_second_try_there_is_a_pause_of_random_length(x, read, monkeypatch):
    pauses = []
    monkeypatch.setattr(client, "RETRY_PAUSE", PAUSE)
    monkeypatch.setattr(client.time, "sleep", pauses.append)
    x.script(ME, reply(503))
    for _ in range(8):
        with pytest.raises(XUnavailable):
            read()
    assert len(set(pauses)) == 8
    assert all(0.2 <= pause <= 0.6 for pause in pauses)


@covers("R99")
def test_without_time_there_is_no_second_try(x, read, monkeypatch):
    monkeypatch.setattr(client, "RETRY_PAUSE", (0.6, 0.6))
    x.script(ME, reply(503))
    with pytest.raises(XUnavailable):
        read(budget=1.0)
    assert x.count(ME) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_after_a_refusal_the_profile_is_not_asked_for_again(x, read, status):
    x.script(ME, reply(status, {}))
    with pytest.raises(TwitterError):
        read()
    assert x.count(ME) == 1


def test_a_redirect_of_the_profile_is_not_followed(x, read):
    elsewhere = Wire()
    elsewhere.script("GET /", reply(200, user("")))
    x.script(ME, reply(302, headers={"Location": elsewhere.base + "/"}))
    with pytest.raises(UnexpectedAnswer):
        read()
    elsewhere.close()
    assert elsewhere.requests == []


def test_where_nobody_listens_x_is_unreachable(wire):
    wire.close()
    endpoints = Endpoints(wire.base, wire.base, wire.base)
    with pytest.raises(XUnreachable):
        read_account(endpoints, APP, CODE, VERIFIER, scopes_for(False), 5.0)


def test_where_nobody_listens_x_is_silent(wire):
    wire.close()
    endpoints = Endpoints(wire.base, wire.base, wire.base)
    with pytest.raises(XSilent):
        read_account(endpoints, APP, CODE, VERIFIER, scopes_for(False), 5.0)


def test_an_answer_that_comes_too_late_is_silence(x, read):
    x.script(TOKEN, hang)
    with pytest.raises(XSilent):
        read(budget=0.4)


def test_a_cut_is_no_silence(x, read):
    x.script(TOKEN, cut(b"HTTP/1.1 200 OK\r\n"))
    with pytest.raises(XUnreachable) as caught:
        read()
    assert not isinstance(caught.value, XSilent)


def test_an_error_without_an_answer_says_why_in_its_excerpt(wire):
    wire.close()
    endpoints = Endpoints(wire.base, wire.base, wire.base)
    with pytest.raises(XUnreachable) as caught:
        read_account(endpoints, APP, CODE, VERIFIER, scopes_for(False), 5.0)
    assert caught.value.excerpt == "no connection"
    assert str(caught.value) == "x_unreachable"


def test_a_guard_that_lets_no_request_out_means_unreachable(x, read, monkeypatch):
    def refuse(*args, **kwargs):
        raise requests.ConnectionError("not from here")

    monkeypatch.setattr(requests.Session, "send", refuse)
    with pytest.raises(XUnreachable) as caught:
        read()
    assert caught.value.excerpt == "request refused"


def test_an_answer_that_is_too_large_is_unexpected(x, read):
    x.script(ME, reply(200, b" " * (client.JSON_BYTES + 1)))
    with pytest.raises(UnexpectedAnswer) as caught:
        read()
    assert caught.value.excerpt == "answer too large"


def test_no_variable_of_the_process_is_set(read):
    before = dict(os.environ)
    read()
    assert dict(os.environ) == before
    assert "OAUTHLIB_INSECURE_TRANSPORT" not in os.environ


# the budget


@pytest.mark.parametrize(
    ("key", "script"),
    [
        (TOKEN, hang),
        (TOKEN, stall(b"HTTP/1.1 200 OK\r\n")),
        (ME, hang),
        (ME, stall(b"HTTP/1.1 200 OK\r\n")),
        (REVOKE, hang),
        (AVATAR, stall(b"HTTP/1.1 200 OK\r\n")),
    ],
)
@covers("R99", "T32")
def test_the_budget_holds_whoever_hangs(x, read, key, script):
    x.script(key, script)
    started = time.monotonic()
    try:
        read(budget=0.4)
    except XUnreachable:
        assert key in (TOKEN, ME)
    assert time.monotonic() - started < 2.0


def test_the_budget_holds_where_all_but_the_exchange_hang(x, read):
    for key in (ME, REVOKE, AVATAR):
        x.script(key, hang)
    started = time.monotonic()
    with pytest.raises(XUnreachable):
        read(budget=1.0)
    assert time.monotonic() - started < 2.0
    assert x.count(REVOKE) == 1


@covers("R99", "F26")
def test_by_default_the_budget_is_15_seconds():
    assert read_account.__defaults__ == (15.0,)


def test_what_is_kept_back_for_revoking_is_two_and_a_half_seconds(x, read, monkeypatch):
    granted = []
    monkeypatch.setattr(client, "Deadline", lambda seconds: granted.append(seconds))
    visit = client._Visit(
        Endpoints(x.base, x.base, x.base), APP, (CODE, VERIFIER), 15.0
    )
    visit.close()
    assert granted == [15.0, 12.5]


def test_an_exhausted_budget_sends_nothing(x, read):
    with pytest.raises(XUnreachable):
        read(budget=0.0)
    assert x.requests == []
