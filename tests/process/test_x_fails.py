"""X is late, wrong or gone: nothing is half written, and there is a way to go on."""

import time
from concurrent.futures import ThreadPoolExecutor

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
}


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
@covers("R107", "F9")
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
