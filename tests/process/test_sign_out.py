"""Signing out or in on the way: nothing is spent, and the page says why."""

import pytest
from browser import connected_id, problem_of
from helpdesk import PASSWORD
from test_races import times_sent

from security_trace import covers


@pytest.fixture
def callback(browser, ana):
    """The address that X sends her back to, not opened."""
    return browser.answer_x(browser.start(), ana.account)


def assert_not_spent(helpdesk, ana, browser, callback):
    """The page says that it is another browser; the round trip waits as before."""
    page = browser.open(browser.come_back(callback))
    assert problem_of(page) == "other_browser"
    assert page.status_code == 403
    assert helpdesk.trips(ana) == [("pending",)]
    assert times_sent(helpdesk.x, callback) == 0


@covers("R2", "R23", "F20")
def test_one_who_signs_out_at_x_has_spent_nothing(helpdesk, ana, browser, callback):
    browser.sign_out()
    assert_not_spent(helpdesk, ana, browser, callback)


@covers("F20")
def test_one_who_signs_out_and_in_again_starts_again(helpdesk, ana, browser, callback):
    browser.sign_out()
    browser.sign_in(ana.login, PASSWORD)
    assert_not_spent(helpdesk, ana, browser, callback)
    assert connected_id(browser.confirm(browser.to_confirm(ana.account)))


@covers("R2", "R23", "R59", "T2", "T3")
def test_one_who_signs_in_as_somebody_else_at_x_has_spent_nothing(
    helpdesk, ana, browser, callback
):
    carla = helpdesk.customer()
    browser.sign_in(carla.login, PASSWORD)
    assert_not_spent(helpdesk, ana, browser, callback)
    assert helpdesk.count("twitter_identity", carla) == 0


@covers("R23", "T2")
def test_one_who_signs_in_as_somebody_else_before_confirming_connects_nothing(
    helpdesk, ana, browser, callback
):
    path = browser.come_back(callback)
    carla = helpdesk.customer()
    browser.sign_in(carla.login, PASSWORD)
    tree = browser.page("/my/twitter")
    token = browser.fields(tree, "/my/twitter/connect")
    answer = browser.open(path, data=token)
    assert problem_of(answer) == "other_browser"
    assert helpdesk.trips(ana) == [("exchanged",)]
    assert helpdesk.count("twitter_identity", carla) == 0
