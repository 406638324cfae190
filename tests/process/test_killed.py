"""A worker is killed on the way: what was spent stays spent, and the way goes on."""

import contextlib
import http.client
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import psutil
import pytest
import requests
from browser import connected_id, problem_of
from crowd import DEADLINE, wait_until
from helpdesk import MAIL_QUEUE, TOKEN
from test_races import times_sent
from test_rivals import LOCK_TRIP

from security_trace import covers

REVOKE = "POST /2/oauth2/revoke"


def kill_only(pids):
    """Kill the one process that it can be."""
    (pid,) = set(pids)
    os.kill(pid, signal.SIGKILL)


def kill_workers(helpdesk):
    """Kill all that serve, in whichever of them a request may be."""
    workers = psutil.Process(helpdesk.odoo.pid).children()
    for worker in workers:
        worker.kill()
    psutil.wait_procs(workers, DEADLINE)


@contextlib.contextmanager
def sent(browser, method, path, body=None):
    """Send a request whose answer nobody will ever read."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    headers["Cookie"] = f"session_id={browser.cookies['session_id']}"
    connection = http.client.HTTPConnection(browser.address.rpartition("/")[2])
    with contextlib.closing(connection):
        connection.request(method, path, body, headers)
        yield


@pytest.mark.parametrize("key", [TOKEN, REVOKE])
@covers("F14")
def test_a_worker_that_dies_while_it_waits_for_x_never_sends_the_code_again(
    helpdesk, x, key
):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, x.hold(key) as held:
        coming = pool.submit(browser.open, callback)
        held.wait_arrived()
        kill_only(helpdesk.waiting_for_x())
        with pytest.raises(requests.ConnectionError):
            coming.result()
    assert helpdesk.trips(ana) == [("claimed",)]
    page = browser.open(browser.come_back(callback))
    assert problem_of(page) == "state_expired"
    assert page.status_code == 410
    assert "/my/twitter" in page.text
    assert times_sent(x, callback) == 1
    assert helpdesk.trips(ana) == [("claimed",)]
    again = browser.confirm(browser.to_confirm(ana.account))
    assert connected_id(again) == ana.account.id


@covers("F14")
def test_a_worker_that_dies_before_the_claim_has_spent_nothing(helpdesk, x):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        rival.cursor().execute(LOCK_TRIP, [ana.partner_id])
        coming = pool.submit(browser.open, callback)
        wait_until(helpdesk.waiting_for_rows, "the claim meets the rival")
        kill_only(helpdesk.serving())
        with pytest.raises(requests.ConnectionError):
            coming.result()
    wait_until(lambda: not helpdesk.waiting_for_rows(), "the killed one is gone")
    assert helpdesk.trips(ana) == [("pending",)]
    assert times_sent(x, callback) == 0
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id
    assert times_sent(x, callback) == 1


@covers("F14", "F17")
def test_a_worker_that_dies_once_the_outcome_stands_loses_nothing_by_it(helpdesk, x):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    with sent(browser, "GET", callback):
        wait_until(lambda: helpdesk.trips(ana) == [("exchanged",)], "the outcome")
        kill_workers(helpdesk)
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id
    assert times_sent(x, callback) == 1


@covers("F14")
def test_a_worker_that_dies_once_the_connection_stands_loses_nothing_by_it(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    path = browser.to_confirm(ana.account)
    fields = browser.fields(browser.page(path), path)
    with sent(browser, "POST", path, urlencode(fields)):
        wait_until(lambda: helpdesk.count("twitter_identity", ana), "the connection")
        kill_workers(helpdesk)
    assert connected_id(browser.open("/my/twitter")) == ana.account.id
    again = browser.follow(browser.open(path, data=fields))
    assert connected_id(again) == ana.account.id
    assert helpdesk.count("twitter_consent", ana) == 1
    # Whoever would have woken the mail queue may be dead; it looks by itself later.
    helpdesk.run_cron(MAIL_QUEUE)
    wait_until(lambda: helpdesk.mails_to(ana), "the notice")
    assert len(helpdesk.mails_to(ana)) == 1


@covers("R89", "F14")
def test_a_worker_that_dies_while_it_confirms_has_connected_nothing_yet(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    path = browser.to_confirm(ana.account)
    fields = browser.fields(browser.page(path), path)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        rival.cursor().execute(LOCK_TRIP, [ana.partner_id])
        confirming = pool.submit(browser.open, path, fields)
        wait_until(helpdesk.waiting_for_rows, "confirm meets the rival")
        kill_only(helpdesk.serving())
        with pytest.raises(requests.ConnectionError):
            confirming.result()
    wait_until(lambda: not helpdesk.waiting_for_rows(), "the killed one is gone")
    assert helpdesk.trips(ana) == [("exchanged",)]
    assert helpdesk.count("twitter_identity", ana) == 0
    page = browser.follow(browser.open(path, data=fields))
    assert connected_id(page) == ana.account.id
    assert helpdesk.count("twitter_consent", ana) == 1
