"""What the plain tests share. Nothing here, nor under test, imports Odoo."""

import os
import tempfile

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir
from wire import CALLBACK, CLIENT_ID, CLIENT_SECRET, CODE, VERIFIER, Wire, script_x

from stand_in.certificates import Authority
from stand_in.line import crowded
from twitter_api import App, Endpoints, client, read_account, scopes_for

settings.register_profile(
    "default",
    max_examples=int(os.environ.get("TEST_INPUTS", "150")),
    deadline=None,
    # The same ones each time, but for a soak test, which says its seed.
    derandomize="TEST_INPUTS" not in os.environ,
    database=None,
)
set_hypothesis_home_dir(tempfile.gettempdir())
settings.load_profile("default")

PAUSE = client.RETRY_PAUSE
APP = App(CLIENT_ID, CLIENT_SECRET, CALLBACK)


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """Let no proxy or certificate of this machine reach into a test."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def short_pause(monkeypatch):
    """Nobody needs to wait before a second try at a server of our own."""
    monkeypatch.setattr(client, "RETRY_PAUSE", (0.01, 0.02))


@pytest.fixture
def wire():
    """A server for a test's own bytes."""
    server = Wire()
    yield server
    server.close()


@pytest.fixture
def x(wire):
    """The same, answering as X does when all goes well."""
    script_x(wire)
    return wire


@pytest.fixture
def read(x):
    """Read an account from it: ``read()``, ``read(budget=1.0)``."""
    endpoints = Endpoints(x.base, x.base, x.base)

    def call(budget=5.0, with_email=False):
        scopes = scopes_for(with_email)
        return read_account(endpoints, APP, CODE, VERIFIER, scopes, budget)

    return call


@pytest.fixture
def full_backlog():
    """An address where connecting neither works nor fails."""
    with crowded() as address:
        yield address


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Made once; trust it with ``monkeypatch.setenv("REQUESTS_CA_BUNDLE", ...)``."""
    return Authority(tmp_path_factory.mktemp("authority"))
