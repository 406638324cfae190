"""One Odoo with workers, one PostgreSQL, one stand-in for X and one mailbox for all."""

import os

import pytest
from helpdesk import Helpdesk
from journeys import CHROMIUM_OPTIONS, DESK, PHONE, Person, running_demo
from playwright.sync_api import sync_playwright

import databases
import postgres
from machine import find_chrome
from odoo_process import OdooProcess
from stand_in import Mailbox, StandIn
from stand_in.certificates import Authority
from stand_in.line import Line

WORKERS = 4
# `dev/soak` alone sets it; `dev/mutate` sets the number of rounds.
IS_SOAK = "TEST_INPUTS" in os.environ
BASES = tuple(f"TWITTER_IDENTITY_{name}_BASE" for name in ("AUTHORIZE", "API", "MEDIA"))


def pytest_configure(config):
    """Make known how a test that takes long is marked."""
    config.addinivalue_line("markers", "soak: takes long; dev/soak alone runs it")


def pytest_collection_modifyitems(config, items):
    """Leave out what takes long; look for secrets at the end, in what all have left."""
    if not IS_SOAK:
        long = [item for item in items if item.get_closest_marker("soak")]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]
    items.sort(key=lambda item: item.path.name == "test_secrets.py")


@pytest.fixture(scope="session")
def x():
    """X, as far as Odoo can tell."""
    with StandIn() as stand_in:
        yield stand_in


@pytest.fixture(scope="session")
def mailbox():
    """The mail server, as far as Odoo can tell."""
    with Mailbox() as box:
        yield box


@pytest.fixture(scope="session")
def database():
    """The name of a database with the addon, of this run alone."""
    with postgres.running(), databases.temporary("process") as name:
        yield name


@pytest.fixture(scope="session")
def helpdesk(x, mailbox, database):
    """A set-up company on an Odoo that logs as much as it can.

    It trusts a proxy's headers, so that a forged one has its full effect.
    """
    options = (
        *("--log-level", "debug", "--log-handler", "odoo.http:DEBUG"),
        *("--log-handler", "werkzeug:DEBUG", "--log-db", database),
        *("--smtp", "127.0.0.1", "--smtp-port", mailbox.port),
        *("--max-cron-threads", 1, "--proxy-mode"),
    )
    bases = dict.fromkeys(BASES, x.base_url)
    with OdooProcess(database, workers=WORKERS, env=bases, options=options) as odoo:
        company = Helpdesk(odoo, x, mailbox)
        yield company
        company.close()


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Who signs certificates that the small site's Odoo trusts."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def line(x, authority):
    """The small site's line to X; a test that breaks it need not mend it."""
    with Line(x.port) as line:
        yield line


@pytest.fixture(scope="session")
def small_site(x, mailbox, line, authority):
    """An Odoo with two workers and a read replica, which reaches X by TLS."""
    bases = {**dict.fromkeys(BASES, x.base_url), BASES[1]: line.base_url}
    bundle = {"REQUESTS_CA_BUNDLE": str(authority.path)}
    options = (
        *("--smtp", "127.0.0.1", "--smtp-port", mailbox.port),
        *("--max-cron-threads", 1, "--dev", "replica"),
    )
    with (
        postgres.running(),
        databases.temporary("small") as name,
        OdooProcess(name, workers=2, env={**bases, **bundle}, options=options) as odoo,
    ):
        company = Helpdesk(odoo, x, mailbox, client_id="small-site")
        yield company
        company.close()


@pytest.fixture
def mended(line, authority):
    """The line is whole when the test begins."""
    line.carry(authority.server_context("127.0.0.1"))
    return line


@pytest.fixture
def ana(helpdesk):
    """A customer."""
    return helpdesk.customer()


@pytest.fixture
def browser(helpdesk, ana):
    """Her browser, signed in."""
    return helpdesk.signed_in(ana)


@pytest.fixture(autouse=True)
def no_fault_is_left(x):
    """Let no script of one test meet the next."""
    yield
    x.faults.clear()


@pytest.fixture(scope="session")
def demo():
    """The demo, for all who walk through it in a browser."""
    with running_demo() as running:
        yield running


@pytest.fixture(scope="module")
def chromium():
    """The browser that this machine has; its event loop would be in others' way."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_chrome(), args=list(CHROMIUM_OPTIONS)
        )
        yield browser
        browser.close()


@pytest.fixture(params=[DESK, PHONE])
def width(request):
    """How many pixels wide the screens are."""
    return request.param


@pytest.fixture
def person(demo, chromium, width):
    """Makes people, each with a browser; none may have had an error in it."""
    demo.begin_anew()
    people = []

    def make(login="", **options):
        people.append(Person(demo, chromium, width, login, **options))
        return people[-1]

    yield make
    errors = [error for one in people for error in one.errors]
    for one in people:
        one.context.close()
    assert not errors
