"""Nothing that opens a door is shown: not by an error, not by a log, not by a value."""

import base64
import logging
import traceback
from urllib.parse import quote

import pytest
from conftest import APP
from wire import (
    ACCESS_TOKEN,
    CALLBACK,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE,
    ME,
    REFRESH_TOKEN,
    REVOKE,
    TOKEN,
    VERIFIER,
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
    TwitterError,
    authorize,
    read_account,
    transport,
)

BASIC = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
SECRETS = (ACCESS_TOKEN, REFRESH_TOKEN, CODE, VERIFIER, CLIENT_SECRET, BASIC)
ECHO = " ".join([*SECRETS, *map(quote, SECRETS), "ana@example.com"])
GRANT = grant(refresh_token=REFRESH_TOKEN)

FAILURES = [
    (TOKEN, reply(400, {"error": "invalid_request", "error_description": ECHO})),
    (TOKEN, reply(400, {"error": ECHO})),
    (TOKEN, reply(401, ECHO, {"Content-Type": "text/plain"})),
    (TOKEN, reply(503, f"<html><title>{ECHO}</title></html>")),
    (TOKEN, reply(403, f"<hash><error>{ECHO}</error></hash>")),
    (TOKEN, reply(500, GRANT)),
    (TOKEN, reply(200, {**GRANT, "token_type": "mac"})),
    (TOKEN, reply(200, {**GRANT, "scope": ECHO})),
    (TOKEN, reply(200, {**GRANT, "error": ECHO})),
    (TOKEN, reply(200, str(GRANT))),
    (TOKEN, reply(302, headers={"Location": f"http://127.0.0.1:1/?{ECHO}"})),
    (TOKEN, reply(200, GRANT, {f"X-{ACCESS_TOKEN}": ECHO * 1000})),
    (TOKEN, cut(reply(200, GRANT)[:-4])),
    (TOKEN, reset(reply(200, GRANT)[:-4])),
    (TOKEN, stall(reply(200, GRANT)[:-4])),
    (TOKEN, hang),
    (TOKEN, cut(f"HTTP/1.1 {ECHO}\r\n\r\n".encode())),
    (ME, reply(401, {"detail": ECHO})),
    (ME, reply(403, {"errors": [{"message": ECHO}]})),
    (ME, reply(429, ECHO)),
    (ME, reply(500, {"detail": ECHO})),
    (ME, reply(200, {"errors": [{"detail": ECHO}]})),
    (ME, reply(200, {"data": {"name": ECHO}})),
    (ME, reply(200, f"{{{ECHO}")),
    (ME, cut(b"HTTP/1.1 200 OK\r\n\r\n")),
    (ME, reset()),
    (ME, hang),
    (REVOKE, reply(400, {"error_description": ECHO})),
    (REVOKE, reply(500, ECHO)),
    (REVOKE, cut()),
]


@pytest.fixture
def everything_logged(caplog):
    """An administrator who looks for a fault sets the whole server to DEBUG."""
    caplog.set_level(logging.DEBUG)
    return caplog


def shown_by(error):
    """All that a log, a page or a debugger's first look gets of an error."""
    parts = [str(error), repr(error), repr(vars(error)), repr(error.args)]
    parts += traceback.format_exception(type(error), error, error.__traceback__)
    return "\n".join(parts)


def found_in(text):
    return [secret for secret in SECRETS if secret in text or quote(secret) in text]


@pytest.mark.parametrize(("key", "script"), FAILURES)
@covers("R117", "T22")
def test_a_failure_shows_no_secret(
    x, read, everything_logged, monkeypatch, key, script
):
    monkeypatch.setattr(transport, "READ_SECONDS", 0.3)
    x.script(TOKEN, reply(200, GRANT))
    x.script(key, script)
    shown = ""
    try:
        read()
    except TwitterError as error:
        shown = shown_by(error)
        assert error.__context__ is None and error.__cause__ is None
    assert found_in(shown + everything_logged.text) == []
    assert "ana@example.com" not in shown + everything_logged.text


def test_a_secret_that_looks_like_a_word_is_hidden_too(x):
    endpoints = Endpoints(x.base, x.base, x.base)
    app = App("client", "opensesame", CALLBACK)
    echo = "you sent opensesame, barley and wheat"
    x.script(TOKEN, reply(400, {"error": "invalid_request", "error_description": echo}))
    with pytest.raises(TwitterError) as caught:
        read_account(endpoints, app, "barley", "wheat", ("users.read",), 5.0)
    expected = "you sent [...], [...] and [...] | invalid_request"
    assert caught.value.excerpt == expected


def test_the_header_with_the_secret_is_hidden_though_it_looks_like_an_address(x):
    endpoints = Endpoints(x.base, x.base, x.base)
    app = App("?" * 9, "?" * 20, CALLBACK)
    header = base64.b64encode(f"{app.client_id}:{app.client_secret}".encode()).decode()
    x.script(TOKEN, reply(400, {"error_description": f"bad header {header}"}))
    with pytest.raises(TwitterError) as caught:
        read_account(endpoints, app, CODE, VERIFIER, ("users.read",), 5.0)
    assert caught.value.excerpt == "bad header [...]"


def test_a_token_that_looks_like_a_word_is_hidden_too(x, read):
    x.script(TOKEN, reply(200, grant(access_token="opensesame")))
    x.script(ME, reply(400, {"detail": "the token opensesame is none"}))
    with pytest.raises(TwitterError) as caught:
        read()
    assert caught.value.excerpt == "the token [...] is none"


@covers("R117", "T22")
def test_a_success_logs_no_secret(x, read, everything_logged):
    x.script(TOKEN, reply(200, GRANT))
    x.script(ME, reply(200, user(x.base, confirmed_email="ana@example.com")))
    read()
    assert found_in(everything_logged.text) == []
    assert "ana" not in everything_logged.text


@covers("R117")
def test_the_libraries_that_log_tokens_at_debug_are_kept_from_it():
    for name in ("requests_oauthlib", "oauthlib"):
        assert logging.getLogger(name).level == logging.INFO
        assert not logging.getLogger(f"{name}.any").isEnabledFor(logging.DEBUG)


def test_a_beginning_logs_nothing(everything_logged):
    authorize(Endpoints(), APP, ("users.read",))
    assert everything_logged.text == ""


def test_an_account_shows_no_address_and_no_picture():
    account = Account("1", "ana", "Ana", "", "ana@example.com", b"\x89PNG")
    assert "example.com" not in repr(account) and "PNG" not in repr(account)
