"""X is late, wrong or gone: nothing is half written, and there is a way to go on."""

import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from browser import connected_id, problem_of
from helpdesk import ME, TOKEN
from lxml import html
from test_races import times_sent

from security_trace import covers
from stand_in import Fault

LONGEST = 17
"""Seconds that a customer waits at most: 15 for X, 2 for the page."""
OTHERS_WAIT = 3
"""Seconds within which others are served meanwhile."""


def reset(sock):
    """End a connection without a word (F9)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


NEVER = Fault(delay=60, after=True)
DRIPPING = Fault(drip=0.5, after=True)
WRONG = {
    "a 500": (TOKEN, Fault(status=500, after=True), "x_unavailable"),
    "a page of HTML": (TOKEN, Fault(body="<html>", after=True), "x_unavailable"),
    "no token": (TOKEN, Fault(body={"token_type": "bearer"}), "unexpected_answer"),
    "cut before": (TOKEN, Fault(cut="before", after=True), "x_unreachable"),
    "cut within": (TOKEN, Fault(cut="mid_body", after=True), "x_unreachable"),
    "no profile": (ME, Fault(body={"data": {}}), "unexpected_answer"),
    "profile gone": (ME, Fault(status=503, times=None), "x_unavailable"),
    **{
        f"a {status} for the code": (TOKEN, Fault(status=status), "x_unavailable")
        for status in (502, 503, 504)
    },
    "reset with the token": (TOKEN, Fault(raw=reset, after=True), "x_unreachable"),
    "too many": (TOKEN, Fault.known("rate_limited_v2"), "rate_limited"),
    "a token that is none": (ME, Fault.known("me_unauthorized"), "token_rejected"),
}
TIMES_TO_COME_AGAIN = ("9999999999", "1", "", "abc", "-5", "1e12", str(10**40), "NaN")
BRIEF = 3
"""Seconds for an answer where nobody waits for anything."""


def assert_nothing_stands(helpdesk, customer):
    """The round trip has failed and left nothing behind."""
    trips = helpdesk.trips(customer, "status, profile, code_verifier")
    assert trips == [("failed", None, None)]
    assert helpdesk.count("twitter_identity", customer) == 0
    assert helpdesk.count("twitter_consent", customer) == 0


def assert_tells(page, problem):
    """The page says what happened, and offers a way to go on."""
    assert problem_of(page) == problem
    assert 400 <= page.status_code < 600
    assert html.fromstring(page.content).xpath("//main//a[contains(@class, 'btn')]")


@pytest.mark.parametrize(("key", "fault", "problem"), WRONG.values(), ids=WRONG)
@covers("R107", "F4", "F7", "F9")
def test_a_wrong_answer_leaves_nothing_and_a_new_start_connects(
    helpdesk, x, key, fault, problem
):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    x.faults.add(key, fault)
    callback = browser.answer_x(browser.start(), ana.account)
    page = browser.open(browser.come_back(callback))
    assert_tells(page, problem)
    assert_nothing_stands(helpdesk, ana)
    browser.open(callback)
    assert times_sent(x, callback) == 1
    x.faults.clear()
    page = browser.confirm(browser.to_confirm(ana.account))
    assert connected_id(page) == ana.account.id


@pytest.fixture(scope="module")
def patient(helpdesk):
    """A customer who tries again and again, with the browser."""
    ana = helpdesk.customer()
    return ana, helpdesk.signed_in(ana)


@covers("F3")
@pytest.mark.parametrize("moment", TIMES_TO_COME_AGAIN)
@pytest.mark.parametrize("key", [TOKEN, ME])
def test_whatever_x_says_of_when_to_come_again_nobody_waits_for_it(
    helpdesk, patient, x, key, moment
):
    ana, browser = patient
    headers = {"x-rate-limit-reset": moment, "Retry-After": moment}
    x.faults.add(key, Fault(status=429, headers=headers, times=None))
    answer = browser.open(browser.answer_x(browser.start(), ana.account))
    assert answer.elapsed.total_seconds() < BRIEF
    assert_tells(browser.follow(answer), "rate_limited")
    assert helpdesk.trips(ana, "status, problem")[-1] == ("failed", "rate_limited")


@covers("F4")
@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_x_at_the_profile_is_overcome_by_asking_once_more(
    patient, x, status
):
    ana, browser = patient
    asked = x.count(ME)
    x.faults.add(ME, Fault(status=status))
    page = browser.confirm(browser.to_confirm(ana.account))
    assert connected_id(page) == ana.account.id
    assert x.count(ME) == asked + 2


GONE = {
    "revoked": Fault.known("me_unauthorized"),
    "forbidden": Fault.known("me_forbidden_scope"),
    "not found": Fault(status=404, body={}),
}


@covers("F23")
@pytest.mark.parametrize("fault", GONE.values(), ids=GONE)
def test_an_account_that_x_no_longer_shows_ends_no_connection(helpdesk, x, fault):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    x.faults.add(ME, fault)
    page = browser.open(browser.to_confirm(ana.account))
    assert 400 <= page.status_code < 600
    assert connected_id(browser.open("/my/twitter")) == ana.account.id


@covers("F23")
@pytest.mark.parametrize("problem", ["account_unavailable", "token_rejected"])
def test_an_account_that_is_gone_at_x_is_told_and_ends_no_connection(
    helpdesk, x, problem
):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    callback = browser.answer_x(browser.start(), ana.account)
    if problem == "token_rejected":
        # Nobody's tokens outlive the account.
        x.remove_account(ana.account)
    else:
        x.put_account(replace(ana.account, suspended=True))
    assert_tells(browser.open(browser.come_back(callback)), problem)
    assert connected_id(browser.open("/my/twitter")) == ana.account.id


@covers("F24", "T27", "R63")
def test_a_handle_that_now_is_somebody_elses_is_connected_to_them(helpdesk, x):
    ana, bia = helpdesk.customers(2)
    hers, other = helpdesk.signed_in(ana), helpdesk.signed_in(bia)
    hers.confirm(hers.to_confirm(ana.account))
    renamed = replace(ana.account, username=f"new_{ana.account.username}")
    x.put_account(renamed)
    taken = replace(bia.account, username=ana.account.username)
    x.put_account(taken)
    assert connected_id(other.confirm(other.to_confirm(taken))) == bia.account.id
    assert connected_id(hers.open("/my/twitter")) == ana.account.id
    assert connected_id(hers.confirm(hers.to_confirm(renamed))) == ana.account.id
    assert names_of(helpdesk, ana, bia) == [renamed.username, taken.username]


def names_of(helpdesk, *customers):
    """The handles that stand at customers."""
    statement = "SELECT username FROM twitter_identity WHERE partner_id = %s"
    return [helpdesk.query(statement, one.partner_id)[0][0] for one in customers]


def visit_until(done, browser):
    """Open a page again and again until something is done.

    :return: how many seconds each visit took.
    """
    waits = []
    while not done():
        answer = browser.open("/my")
        assert answer.status_code == 200
        waits.append(answer.elapsed.total_seconds())
    return waits


@covers("R107", "T32", "F2", "F26")
def test_an_x_that_never_answers_or_takes_too_long_ends_in_time_and_hurts_nobody(
    helpdesk, x
):
    *people, other = helpdesk.customers(3)
    bystander = helpdesk.signed_in(other)
    browsers = [helpdesk.signed_in(customer) for customer in people]
    callbacks = [
        browser.answer_x(browser.start(), customer.account)
        for browser, customer in zip(browsers, people, strict=True)
    ]
    for fault in (NEVER, DRIPPING):
        x.faults.add(TOKEN, fault)
    start = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        coming = [
            pool.submit(browser.open, callback)
            for browser, callback in zip(browsers, callbacks, strict=True)
        ]
        waits = visit_until(lambda: all(way.done() for way in coming), bystander)
    assert time.monotonic() - start <= LONGEST
    assert len(waits) > 10
    assert max(waits) < OTHERS_WAIT
    for browser, way, customer in zip(browsers, coming, people, strict=True):
        assert_tells(browser.follow(way.result()), "x_unreachable")
        assert_nothing_stands(helpdesk, customer)
    assert [times_sent(x, callback) for callback in callbacks] == [1, 1]
