"""Who can't prove to be X gets nothing."""

import logging
import socket
import ssl
import time
import warnings

import pytest
from conftest import APP
from wire import CODE, ME, REVOKE, TOKEN, VERIFIER, Proxy, Wire, reply, script_x

from security_trace import covers
from stand_in.certificates import DAY, NOW
from twitter_api import Endpoints, XUnreachable, look_up, read_account, scopes_for
from twitter_api.media import fetch_picture

X = "https://api.x.test"


@pytest.fixture
def serve():
    """Start a server with a TLS context, and stop it at the end."""
    started = []

    def start(context, kind=Wire):
        server = kind(context)
        started.append(server)
        script_x(server)
        return server

    yield start
    for server in started:
        server.close()


@pytest.fixture
def trusted(authority, monkeypatch):
    """The tests' own authority, as a company puts its own in place."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    return authority


def read(api, media=None):
    endpoints = Endpoints(api, api, media or api)
    return read_account(endpoints, APP, CODE, VERIFIER, scopes_for(False), 5.0)


def test_a_certificate_of_a_trusted_authority_is_accepted(serve, trusted):
    server = serve(trusted.server_context("127.0.0.1"))
    account = read(server.base)
    assert account.username == "ana" and account.avatar


@covers("R32", "R98", "F6")
def test_an_authority_that_nobody_trusts_is_refused(serve, authority):
    server = serve(authority.server_context("127.0.0.1"))
    with pytest.raises(XUnreachable):
        read(server.base)
    assert server.requests == []


@covers("R32", "R98", "F6")
def test_an_expired_certificate_is_refused(serve, trusted):
    server = serve(trusted.server_context("127.0.0.1", until=NOW - DAY))
    with pytest.raises(XUnreachable):
        read(server.base)
    assert server.requests == []


@covers("R32", "R98", "F6")
def test_the_certificate_of_another_host_is_refused(serve, trusted):
    server = serve(trusted.server_context("api.x.test"))
    with pytest.raises(XUnreachable):
        read(server.base)
    assert server.requests == []


@covers("R32", "R98", "F6")
def test_who_can_not_prove_to_be_x_gets_no_bearer_token(serve, trusted):
    server = serve(trusted.server_context("api.x.test"))
    with pytest.raises(XUnreachable):
        look_up(Endpoints(api_base=server.base), "bearer-token", ["1"], 5.0)
    assert server.requests == []


def test_a_proxy_sees_no_bearer_token(serve, trusted, monkeypatch):
    proxy = serve(trusted.server_context("api.x.test"), Proxy)
    proxy.script("GET /2/users", reply(200, {"data": []}))
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    look_up(Endpoints(api_base=X), "bearer-token", ["1"], 5.0)
    assert proxy.requests[0].headers["authorization"] == "Bearer bearer-token"
    assert "bearer" not in str(proxy.tunnels).lower()


@covers("R98")
def test_a_version_of_tls_that_is_broken_is_refused(serve, trusted):
    context = trusted.server_context("127.0.0.1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    server = serve(context)
    with pytest.raises(XUnreachable):
        read(server.base)
    assert server.requests == []


@covers("R52")
def test_a_server_without_tls_is_refused(serve):
    server = serve(None)
    with pytest.raises(XUnreachable):
        read(server.base.replace("http:", "https:"))
    assert server.requests == []


@covers("R32")
def test_a_variable_can_not_switch_the_check_off(serve, authority, monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("PYTHONHTTPSVERIFY", "0")
    server = serve(authority.server_context("127.0.0.1"))
    with pytest.raises(XUnreachable):
        read(server.base)


def test_a_bundle_that_does_not_exist_is_no_answer(serve, authority, monkeypatch):
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/authority.pem")
    server = serve(authority.server_context("127.0.0.1"))
    with pytest.raises(XUnreachable):
        read(server.base)


@covers("R105", "F6")
def test_a_refused_certificate_is_logged_with_host_and_reason(serve, authority, caplog):
    caplog.set_level(logging.INFO)
    server = serve(authority.server_context("127.0.0.1"))
    with pytest.raises(XUnreachable):
        read(server.base)
    (record,) = caplog.records
    assert record.levelname == "WARNING"
    assert record.getMessage().startswith("TLS with 127.0.0.1 failed: ")
    assert "CERTIFICATE_VERIFY_FAILED" in record.getMessage()


def test_a_handshake_that_hangs_is_cut_at_the_deadline():
    # The connection waits in the backlog: open, and silent.
    with socket.create_server(("127.0.0.1", 0)) as silent:
        base = f"https://127.0.0.1:{silent.getsockname()[1]}"
        started = time.monotonic()
        with pytest.raises(XUnreachable):
            endpoints = Endpoints(base, base, base)
            read_account(endpoints, APP, CODE, VERIFIER, scopes_for(False), 0.6)
    assert time.monotonic() - started < 2.0


def test_through_a_proxy_the_certificate_is_the_one_of_x(serve, trusted, monkeypatch):
    proxy = serve(trusted.server_context("api.x.test"), Proxy)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    account = read(X, "https://pbs.x.test")
    assert account.username == "ana"
    assert proxy.tunnels[0][0].startswith("CONNECT api.x.test:443 ")
    assert [f"{r.method} {r.path}" for r in proxy.requests] == [TOKEN, ME, REVOKE]


@covers("R98")
def test_through_a_proxy_the_certificate_of_another_is_refused(
    serve, trusted, monkeypatch
):
    proxy = serve(trusted.server_context("proxy.test"), Proxy)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    with pytest.raises(XUnreachable):
        read(X)
    assert proxy.requests == []


def test_the_proxy_sees_its_own_password_and_nothing_of_ours(
    serve, trusted, monkeypatch
):
    proxy = serve(trusted.server_context("api.x.test"), Proxy)
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:pass@127.0.0.1:{proxy.port}")
    read(X, "https://pbs.x.test")
    line, headers = proxy.tunnels[0]
    assert "Proxy-Authorization: Basic bWU6cGFzcw==" in headers
    shown = " ".join([line, *headers])
    assert APP.client_id not in shown and CODE not in shown


def test_a_picture_is_fetched_through_the_proxy_without_asking_for_its_name(
    serve, trusted, monkeypatch
):
    proxy = serve(trusted.server_context("pbs.x.test"), Proxy)
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    url = "https://pbs.x.test/profile_images/1/face_normal.png"
    assert fetch_picture(Endpoints(media_base="https://pbs.x.test"), url, 3.0)
    assert proxy.tunnels[0][0].startswith("CONNECT pbs.x.test:443 ")


def test_a_proxy_that_refuses_is_no_answer(wire, monkeypatch):
    wire.script("CONNECT api.x.test:443", b"HTTP/1.1 407 No\r\n\r\n")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{wire.port}")
    with pytest.raises(XUnreachable):
        read(X)
