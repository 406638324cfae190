"""The line to X is dead, or somebody else is at its other end."""

import ssl
import warnings

import pytest
from browser import Browser, connected_id, path_of, problem_of
from conftest import BASES
from helpdesk import PASSWORD
from test_races import times_sent

from odoo_process import OdooProcess
from security_trace import covers
from stand_in.certificates import DAY, NOW, Authority

pytestmark = pytest.mark.soak

HOST = "127.0.0.1"
CONNECTS = 3
"""Seconds for a connection at most."""
PAGE = 1
"""Seconds for the rest."""
REPEATED = "retrying with a read/write cursor"
TLS_FAILED = "TLS with 127.0.0.1 failed"


def come_back(site):
    """A customer comes back from X.

    :return: customer, browser, callback, and the answer.
    """
    ana = site.customer()
    browser = site.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    return ana, browser, callback, browser.open(callback)


def assert_x_was_not_reached(site, ana, browser, answer):
    """The page says so, in time, and nothing is left."""
    assert answer.elapsed.total_seconds() < CONNECTS + PAGE
    assert problem_of(browser.follow(answer)) == "x_unreachable"
    assert site.trips(ana, "status, profile") == [("failed", None)]
    assert site.count("twitter_identity", ana) == 0


def connects(ana, browser):
    """Whether a new start connects."""
    return connected_id(browser.confirm(browser.to_confirm(ana.account)))


@covers("F1")
@pytest.mark.parametrize("state", ["cut", "choke"])
def test_a_line_that_is_dead_is_given_up_soon_and_a_new_start_connects(
    small_site, x, line, authority, state
):
    getattr(line, state)()
    ana, browser, callback, answer = come_back(small_site)
    assert_x_was_not_reached(small_site, ana, browser, answer)
    assert times_sent(x, callback) == 0
    line.carry(authority.server_context(HOST))
    assert connects(ana, browser) == ana.account.id


@covers("F5")
def test_a_name_that_does_not_resolve_is_given_up_at_once(small_site, x):
    bases = dict.fromkeys(BASES, x.base_url)
    lost = {**bases, "TWITTER_IDENTITY_API_BASE": "https://x.invalid"}
    ana = small_site.customer()
    with OdooProcess(small_site.odoo.database, env=lost) as odoo:
        browser = Browser(odoo.url, x).sign_in(ana.login, PASSWORD)
        answer = browser.open(browser.answer_x(browser.start(), ana.account))
        assert_x_was_not_reached(small_site, ana, browser, answer)
    assert small_site.trips(ana) == [("failed",)]


@covers("F29")
def test_a_read_replica_asks_x_once_and_connects(small_site, x, mended):
    ana, browser, callback, answer = come_back(small_site)
    page = browser.confirm(path_of(answer.headers["Location"]))
    assert connected_id(page) == ana.account.id
    assert times_sent(x, callback) == 1
    browser.submit("/my/twitter", "/my/twitter/disconnect")
    assert small_site.count("twitter_identity", ana) == 0
    # Odoo would run a request again that began on the replica and wants to write.
    assert REPEATED not in small_site.odoo.read_log()


def old_tls(authority):
    """A context that speaks broken versions alone."""
    context = authority.server_context(HOST)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    return context


FORGED = {
    "expired": lambda ours, other: ours.server_context(HOST, until=NOW - DAY),
    "of another host": lambda ours, other: ours.server_context("api.x.test"),
    "of a stranger": lambda ours, other: other.server_context(HOST),
    "of an old version": lambda ours, other: old_tls(ours),
}


@covers("F6", "R32", "R105")
@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_who_can_not_prove_to_be_x_gets_no_code_and_is_told_of_in_the_log(
    small_site, x, line, authority, tmp_path, forge
):
    line.carry(forge(authority, Authority(tmp_path)))
    logged = small_site.odoo.read_log().count(TLS_FAILED)
    ana, browser, callback, answer = come_back(small_site)
    assert_x_was_not_reached(small_site, ana, browser, answer)
    assert times_sent(x, callback) == 0
    assert small_site.odoo.read_log().count(TLS_FAILED) == logged + 1
    line.carry(authority.server_context(HOST))
    assert connects(ana, browser) == ana.account.id
