"""PostgreSQL crashes and comes back, on a server that nobody else uses."""

import os
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from browser import connected_id, path_of, problem_of
from conftest import BASES
from crowd import wait_until
from helpdesk import TOKEN, Helpdesk
from lxml import html
from test_races import times_sent

import databases
import postgres
from home import HOME
from odoo_process import OdooProcess
from security_trace import covers

pytestmark = pytest.mark.soak

SETTLED = 10
"""Visits that are served one after the other."""
# A claim has to stand whatever happens, as on any server that is not set up for tests.
SETTINGS = {"listen_addresses": "", "fsync": "off", "synchronous_commit": "on"}


@pytest.fixture(scope="module")
def cluster():
    """A server of its own, with a copy of the template."""
    # The server's user may not look into pytest's own folders.
    with tempfile.TemporaryDirectory(prefix="crash-", dir=HOME) as folder:
        cluster = postgres.Cluster(Path(folder), SETTINGS)
        cluster.start()
        yield cluster
        cluster.stop("immediate")


@pytest.fixture(scope="module")
def site(x, mailbox, cluster):
    """A set-up company on it."""
    with postgres.running(), databases.temporary("restart") as name:
        move(name, cluster)
        options = (
            *("--smtp", "127.0.0.1", "--smtp-port", mailbox.port),
            # A worker for jobs ends with the database, and Odoo as a whole may then end
            # too, for whoever started it to start it again.
            *("--max-cron-threads", 0),
        )
        with (
            pytest.MonkeyPatch.context() as patch,
            OdooProcess(
                name,
                workers=2,
                env={**dict.fromkeys(BASES, x.base_url), **where(cluster)},
                options=options,
            ) as odoo,
        ):
            for key, text in where(cluster).items():
                patch.setenv(key, text)
            yield Helpdesk(odoo, x, mailbox, client_id="crashing-site")


def where(cluster):
    """The variables by which a server is found."""
    return {"PGHOST": str(cluster.socket_folder), "PGUSER": "odoo"}


def move(name, cluster):
    """Copy a database to a server; its filestore is the same."""
    there = dict(os.environ, **where(cluster))
    subprocess.run([postgres.binary("createdb"), name], env=there, check=True)
    dump = [postgres.binary("pg_dump"), "--no-owner", name]
    with subprocess.Popen(dump, stdout=subprocess.PIPE) as dumping:
        subprocess.run(
            [postgres.binary("psql"), "-q", "-v", "ON_ERROR_STOP=1", name],
            stdin=dumping.stdout,
            stdout=subprocess.DEVNULL,
            env=there,
            check=True,
        )
    assert dumping.returncode == 0


def crash(site, cluster):
    """Let the server crash and start again, and the tests' own connection with it."""
    cluster.stop("immediate")
    cluster.start()
    site.reconnect()


def open_at_last(browser, path, data=None):
    """Open a page, again and again while workers find their connections dead."""
    answers = []

    def is_served():
        answers.append(browser.open(path, data))
        return answers[-1].status_code < 500 or problem_of(answers[-1])

    wait_until(is_served, f"{path} is served")
    return answers[-1]


def settle(browser):
    """Wait until no worker is left with a dead connection."""
    visits = range(SETTLED)
    wait_until(
        lambda: all(browser.open("/my").status_code == 200 for _visit in visits),
        "all workers serve",
    )


@pytest.fixture
def ana(site):
    """A customer."""
    return site.customer()


@pytest.fixture
def browser(site, ana):
    """Her browser, signed in."""
    return site.signed_in(ana)


@covers("F15")
def test_a_code_that_was_on_its_way_in_the_crash_is_never_sent_again(
    site, x, cluster, ana, browser
):
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, x.hold(TOKEN) as held:
        coming = pool.submit(browser.open, callback)
        held.wait_arrived()
        crash(site, cluster)
        assert site.trips(ana) == [("claimed",)]
        held.release()
        coming.result()
    answer = open_at_last(browser, callback)
    page = open_at_last(browser, answer.headers["Location"])
    assert times_sent(x, callback) == 1
    # What X said is lost, unless it was given up before the database was gone, or a
    # connection that lives was found in time.
    if site.trips(ana) == [("exchanged",)]:
        assert f"Connect @{ana.account.username}" in " ".join(page.text.split())
    else:
        assert problem_of(page) in ("state_expired", "x_unreachable")
    assert site.count("twitter_identity", ana) == 0
    settle(browser)
    again = browser.confirm(browser.to_confirm(ana.account))
    assert connected_id(again) == ana.account.id


@covers("F15")
def test_a_crash_between_any_two_steps_is_survived(site, x, cluster, ana, browser):
    callback = browser.answer_x(browser.start(), ana.account)
    crash(site, cluster)
    path = open_at_last(browser, callback).headers["Location"]
    crash(site, cluster)
    tree = html.fromstring(open_at_last(browser, path).content)
    open_at_last(browser, path, browser.fields(tree, path_of(path)))
    crash(site, cluster)
    assert connected_id(open_at_last(browser, "/my/twitter")) == ana.account.id
    assert site.count("twitter_consent", ana) == 1
    assert times_sent(x, callback) == 1
