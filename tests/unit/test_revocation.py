"""Every token that reached us is taken back, whatever failed before or after."""

import gzip
import json
import logging
import time

import pytest
from wire import (
    ACCESS_TOKEN,
    AVATAR,
    ME,
    REFRESH_TOKEN,
    REVOKE,
    TOKEN,
    cut,
    drip,
    endless,
    grant,
    hang,
    reply,
    reset,
    stall,
    user,
)

from security_trace import covers
from twitter_api import TwitterError, client, transport

WHOLE = json.dumps(grant())
CUT_ANSWER = cut(reply(200, {"revoked": True})[:-3])
CHUNKED = {"Content-Length": None, "Transfer-Encoding": "chunked"}


@pytest.fixture(autouse=True)
def short_of_patience(monkeypatch):
    """What hangs is given up soon, with most of the budget left."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)


def revoked(x):
    return [request.form["token"] for request in x.asked(REVOKE)]


@covers("R14")
def test_after_a_success_the_token_is_revoked(x, read):
    read()
    assert revoked(x) == [ACCESS_TOKEN]


def test_a_confirmed_revocation_is_not_complained_about(read, caplog):
    read()
    assert caplog.records == []


@covers("R14")
def test_a_refresh_token_that_nobody_asked_for_is_revoked_too(x, read):
    x.script(TOKEN, reply(200, grant(refresh_token=REFRESH_TOKEN)))
    read()
    assert sorted(revoked(x)) == sorted([ACCESS_TOKEN, REFRESH_TOKEN])


def test_where_no_token_came_nothing_is_revoked(x, read):
    x.script(TOKEN, reply(400, {"error": "invalid_request"}))
    with pytest.raises(TwitterError):
        read()
    assert revoked(x) == []


@pytest.mark.parametrize(
    "script",
    [
        reply(500, WHOLE),
        reply(201, WHOLE),
        reply(302, WHOLE, {"Location": "/"}),
        reply(200, grant(token_type="mac")),
        reply(200, grant(token_type=None)),
        reply(200, grant(scope="tweet.read")),
        reply(200, grant(scope=1)),
        reply(200, grant(error="invalid_request")),
        reply(200, WHOLE + "}"),
        reply(200, WHOLE[:-1]),
        reply(200, WHOLE.replace("7200", "NaN")),
        reply(200, "<html>" + WHOLE),
        reply(200, f"[{WHOLE}]"),
        reply(200, {"data": grant()}),
        reply(200, f"access_token={ACCESS_TOKEN}&token_type=bearer"),
        reply(200, gzip.compress(WHOLE.encode()), {"Content-Encoding": "gzip"})[:-4],
        cut(reply(200, WHOLE, {"Content-Length": "900"})),
        reset(reply(200, WHOLE, {"Content-Length": "900"})),
        stall(reply(200, WHOLE, {"Content-Length": "900"})),
        stall(reply(200, WHOLE, {"Content-Length": None})),
        stall(reply(200, "", CHUNKED) + f"{len(WHOLE):x}\r\n{WHOLE}\r\n".encode()),
        stall(reply(200, "", CHUNKED) + f"fff\r\n{WHOLE}".encode()),
        endless(reply(200, WHOLE, {"Content-Length": None}), b" " * 65536),
    ],
)
def test_a_token_in_an_answer_that_is_no_grant_is_revoked(x, read, script):
    x.script(TOKEN, script)
    with pytest.raises(TwitterError):
        read()
    assert revoked(x) == [ACCESS_TOKEN]
    assert x.count(ME) == 0


def test_each_of_two_tokens_under_one_name_is_revoked(x, read):
    other = "another-access-token"
    x.script(TOKEN, reply(200, WHOLE[:-1] + f', "access_token": "{other}"}}'))
    with pytest.raises(TwitterError):
        read()
    assert revoked(x) == [ACCESS_TOKEN, other]


@pytest.mark.parametrize(
    "script",
    [
        reply(500),
        reply(401, {"title": "Unauthorized"}),
        reply(403, "<html>"),
        reply(429, {}),
        reply(200, "{"),
        reply(200, {}),
        reply(200, {"data": None}),
        reply(200, {"errors": [{"detail": "User has been suspended: [1]."}]}),
        reply(200, {"data": {"id": 1, "username": "ana"}}),
        hang,
        cut(),
        reset(),
        stall(b"HTTP/1.1 200 OK\r\n"),
        stall(reply(200, "{}", {"Content-Length": "900"})),
        cut(reply(200, "{}", {"Content-Length": "900"})),
        endless(reply(200, "", {"Content-Length": None})),
        reply(200, "", {"Content-Length": str(1 << 30)}),
        reply(200, "{}", {"X-Long": "a" * 100_000}),
    ],
)
def test_the_token_is_revoked_where_the_profile_fails(x, read, script):
    x.script(ME, script)
    with pytest.raises(TwitterError):
        read()
    assert revoked(x) == [ACCESS_TOKEN]


@pytest.mark.parametrize("script", [hang, cut(), reply(500), reply(200, b"\xff\xd8")])
def test_the_token_is_revoked_where_the_picture_fails(x, read, script):
    x.script(AVATAR, script)
    assert read().username == "ana"
    assert revoked(x) == [ACCESS_TOKEN]


def test_the_token_is_revoked_where_we_are_interrupted(x, read, monkeypatch):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(client, "read_profile", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read()
    assert revoked(x) == [ACCESS_TOKEN]


# where revoking fails


@pytest.mark.parametrize("script", [reply(500), cut(), reset(), CUT_ANSWER])
def test_a_revocation_that_failed_is_tried_once_more(x, read, script):
    x.script(REVOKE, script, reply(200, {"revoked": True}))
    assert read().username == "ana"
    assert revoked(x) == [ACCESS_TOKEN, ACCESS_TOKEN]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_a_revocation_that_x_refuses_is_not_repeated(x, read, status):
    x.script(REVOKE, reply(status, {"error": "invalid_request"}))
    assert read().username == "ana"
    assert x.count(REVOKE) == 1


@pytest.mark.parametrize("script", [reply(500), reply(401), cut(), hang])
def test_a_revocation_that_fails_is_logged_and_no_error(x, read, script, caplog):
    caplog.set_level(logging.INFO)
    x.script(REVOKE, script)
    assert read().username == "ana"
    assert [record.getMessage() for record in caplog.records] == [
        "X did not confirm that an access token is revoked"
    ]


def test_a_revocation_that_fails_does_not_hide_the_problem_before_it(x, read):
    x.script(ME, reply(402))
    x.script(REVOKE, cut())
    with pytest.raises(TwitterError) as caught:
        read()
    assert caught.value.code == "credits_depleted"


def test_a_token_whose_revocation_hangs_leaves_time_for_the_next(x, read):
    x.script(TOKEN, reply(200, grant(refresh_token=REFRESH_TOKEN)))
    x.script(REVOKE, hang)
    read(budget=1.0)
    assert set(revoked(x)) == {ACCESS_TOKEN, REFRESH_TOKEN}


def test_many_made_up_tokens_do_not_stretch_the_budget(x, read):
    tokens = "".join(f'"access_token": "t{place}",' for place in range(1000))
    x.script(TOKEN, reply(200, f'{{{tokens} "token_type": "bearer"}}'))
    x.script(REVOKE, hang)
    started = time.monotonic()
    with pytest.raises(TwitterError):
        read(budget=0.6)
    assert time.monotonic() - started < 2.0


def test_a_token_that_stands_in_a_failed_revocation_is_left_alone(x, read):
    x.script(REVOKE, cut(reply(200, '"access_token":"b"', {"Content-Length": "99"})))
    read()
    assert revoked(x) == [ACCESS_TOKEN, ACCESS_TOKEN]


def test_the_time_kept_back_is_enough_to_revoke_after_a_slow_exchange(x, read):
    body = json.dumps(grant())
    head = reply(200, body)[: -len(body)]
    x.script(
        TOKEN, drip(head + body.encode(), 0.04, at_once=len(head + body.encode()) - 8)
    )
    x.script(ME, drip(reply(200, user(x.base)), 0.05))
    with pytest.raises(TwitterError):
        read(budget=1.2)
    assert revoked(x) == [ACCESS_TOKEN]


def test_a_token_in_an_answer_that_drips_on_is_revoked(x, read):
    answer = reply(200, WHOLE, {"Content-Length": "900"})
    x.script(TOKEN, drip(answer + b" " * 600, 0.02, at_once=len(answer)))
    with pytest.raises(TwitterError):
        read(budget=1.0)
    assert revoked(x) == [ACCESS_TOKEN]
