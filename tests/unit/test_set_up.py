"""What the check of a set-up asks X, and what pasted values look like."""

import base64
import re
from email.utils import formatdate
from time import time

import pytest
import requests
from conftest import APP
from wire import CLIENT_SECRET, REVOKE, TOKEN, hang, reply, script_x

import stand_in
from security_trace import covers
from stand_in import StandIn
from twitter_api import (
    App,
    ClientCredentials,
    CodeExpired,
    Endpoints,
    UnexpectedAnswer,
    XSilent,
    XUnavailable,
    kind_of_credential,
    probe,
    reach,
)

DOOR = "HEAD /"
CALLBACK = "https://shop.example/twitter/callback"


def coded(text):
    """As X gives its values out: urlsafe base64 without padding."""
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


# === What is pasted === #


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (coded("rG9n6402A3dbUJKzXTNX4oWHJ:1:ci"), "client_id"),
        (coded("a:1:ci") + "==", "client_id"),
        (coded("1?>~:1:ci"), "client_id"),
        (coded("rG9n6402A3dbUJKzXTNX4oWHJ:1:na"), "public_client_id"),
        (coded("MBYVu:1700000000000:1:0:at:1"), "access_token"),
        ("1234567890-" + "aB3" * 13, "access_token"),
        ("kQ7xTq2ZbN4mV9cL1sDfG8hJw", "api_key"),
        ("kQ7xTq2ZbN4mV9cL1sDfG8hJw" * 2, "api_key_secret"),
        ("A" * 22 + "MLheAAAAAAA0%2BuSeid%2BULvsea4JtiGRiSDSJSI", "bearer_token"),
        ("A" * 21 + "FlocalAAAAAA" + "opens%2Fnothing%3D" * 5, "bearer_token"),
        ("A" * 21 + "FlocalAAAAAA" + "opens/nothing=" * 5, "bearer_token"),
        ("A" * 14 + "FlocalAAAAAA" + "opens%2Fnothing%3D" * 5, ""),
        ("A" * 21 + "Flocal", ""),
        ("", ""),
        ("kQ7xTq2ZbN4mV9cL1sDfG8hJ", ""),
        ("kQ7xTq2ZbN4mV9cL1sDfG8hJwX", ""),
        ("kQ7xTq2ZbN4mV9cL1sDfG8h_w" * 2, "client_secret"),
        ("kQ7xTq2ZbN4mV9cL1sDfG8h_w" * 2 + "x", ""),
        (coded("rG9n6402A3dbUJKzXTNX4oWHJ:1:xx"), ""),
        ("ção:1:ci", ""),
        (coded("x:1:ci").replace("e", "*"), ""),
    ],
)
def test_a_pasted_value_is_known_by_its_shape(value, kind):
    assert kind_of_credential(value) == kind


# === Knocking === #


def test_a_server_that_answers_is_reached_whatever_it_says(wire):
    wire.script(DOOR, reply(404, headers={"Date": formatdate(time(), usegmt=True)}))
    found = reach(wire.base)
    assert found.trouble == ""
    assert abs(found.clock_ahead) < 3


@pytest.mark.parametrize("seconds", [-7200, 7200])
def test_the_clocks_are_compared(wire, seconds):
    date = formatdate(time() + seconds, usegmt=True)
    wire.script(DOOR, reply(headers={"Date": date}))
    assert abs(reach(wire.base).clock_ahead + seconds) < 3


@pytest.mark.parametrize("date", [None, "", "soon", "Tue, 99 Nov 2026 10:00:00 GMT"])
def test_a_server_that_tells_no_time_is_reached(wire, date):
    wire.script(DOOR, reply(headers={"Date": date}))
    found = reach(wire.base)
    assert (found.trouble, found.clock_ahead) == ("", None)


def test_nobody_there_is_told_in_our_words():
    assert reach("http://127.0.0.1:1").trouble == "no connection"


def test_a_silent_server_ends_with_the_budget(wire):
    wire.script(DOOR, hang)
    assert reach(wire.base, 0.3).trouble == "no whole answer in time"


def test_a_request_that_never_leaves_is_told(wire, monkeypatch):
    def refuse(*_args, **_options):
        raise requests.ConnectionError("not from here")

    monkeypatch.setattr(requests.Session, "send", refuse)
    assert reach(wire.base).trouble == "request refused"


@covers("R97")
def test_who_knocks_shows_nothing(wire, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret")
    monkeypatch.setenv("NETRC", str(netrc))
    wire.script(DOOR, reply())
    reach(wire.base)
    (request,) = wire.requests
    assert request.body == ""
    assert not {"authorization", "cookie"} & {name.lower() for name in request.headers}


# === Showing the credentials === #


@pytest.fixture
def real():
    """The stand-in, which is as strict as X."""
    app = stand_in.App("client-id", "client-secret", (CALLBACK,))
    with StandIn(apps=[app]) as server:
        yield server


@pytest.mark.parametrize(
    ("client_id", "secret", "error"),
    [
        ("client-id", "client-secret", CodeExpired),
        ("client-id", "client-secret-of-yesterday", ClientCredentials),
        ("another-id", "client-secret", ClientCredentials),
        ("client-secret", "client-id", ClientCredentials),
    ],
)
def test_credentials_are_told_apart_without_anybody(real, client_id, secret, error):
    bases = Endpoints(real.base_url, real.base_url, real.base_url)
    found = probe(bases, App(client_id, secret, CALLBACK))
    assert type(found) is error
    assert [call.key for call in real.calls] == [TOKEN]


def probed(wire, seconds=5.0):
    return probe(Endpoints(wire.base, wire.base, wire.base), APP, seconds)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(503), XUnavailable),
        (reply(418, {"error": "teapot"}), UnexpectedAnswer),
        (reply(200, {}), UnexpectedAnswer),
    ],
)
def test_what_is_neither_yes_nor_no_is_neither(wire, answer, error):
    wire.script(TOKEN, answer)
    found = probed(wire)
    assert type(found) is error
    assert str(found.status) in found.summary


def test_silence_is_neither(wire):
    wire.script(TOKEN, hang)
    found = probed(wire, 0.5)
    assert type(found) is XSilent
    assert found.summary == "no whole answer in time"


def test_the_code_is_made_up_anew_and_the_secret_is_in_the_header_alone(wire):
    for _time in range(2):
        wire.script(TOKEN, reply(400, {"error": "invalid_grant"}))
        assert type(probed(wire)) is CodeExpired
    first, second = wire.requests
    assert first.form["code"] != second.form["code"]
    assert re.fullmatch(r"[\w-]{43}", first.form["code"])
    assert CLIENT_SECRET not in first.body


def test_a_token_for_a_made_up_code_is_revoked(wire):
    script_x(wire)
    assert type(probed(wire)) is UnexpectedAnswer
    assert [f"{one.method} {one.path}" for one in wire.requests] == [TOKEN, REVOKE]
