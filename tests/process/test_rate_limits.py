"""Attempts are counted by all workers together, and cost X nothing."""

from collections import Counter

import pytest
from browser import problem_of
from crowd import at_once
from helpdesk import TOKEN
from test_races import CROWD

ALLOWED = 5
PARAMETER = "helpdesk_twitter_identity.limit_"


@pytest.fixture
def limit(helpdesk):
    """Sets a limit for a test."""
    changed = []

    def change(name, value):
        changed.append(name)
        set_limit(helpdesk, name, value)
        helpdesk.query("DELETE FROM twitter_rate_limit")

    yield change
    for name in changed:
        set_limit(helpdesk, name, "100000/60")


def set_limit(helpdesk, name, value):
    """Write the parameter, as an administrator."""
    helpdesk.admin.call("ir.config_parameter", "set_param", f"{PARAMETER}{name}", value)


@pytest.mark.parametrize("name", ["start", "contact"])
def test_of_twenty_starts_at_once_as_many_as_allowed_begin(helpdesk, limit, name):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    action = "/my/twitter/connect"
    fields = {**browser.fields(browser.page("/my/twitter"), action), "consent": "1"}
    limit(name, f"{ALLOWED}/600")
    answers = at_once([lambda: browser.open(action, data=fields)] * CROWD)
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {303: ALLOWED, 429: CROWD - ALLOWED}
    refused = [answer for answer in answers if answer.status_code == 429]
    assert {problem_of(answer) for answer in refused} == {"too_many_attempts"}
    assert {0 < int(answer.headers["Retry-After"]) <= 600 for answer in refused}
    assert helpdesk.count("twitter_oauth_transaction", ana) == ALLOWED


def test_a_flood_of_callbacks_costs_no_call_to_x(helpdesk, x, limit):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    limit("callback", f"{ALLOWED}/600")
    guess = "/twitter/callback?state=guessed&code=guessed"
    calls = x.count(TOKEN)
    answers = at_once([lambda: browser.open(guess)] * CROWD)
    pages = Counter(problem_of(browser.follow(answer)) for answer in answers)
    assert pages == {"state_unknown": ALLOWED, "too_many_attempts": CROWD - ALLOWED}
    page = browser.follow(browser.open(callback))
    assert problem_of(page) == "too_many_attempts"
    assert page.status_code == 429
    assert x.count(TOKEN) == calls
    assert helpdesk.trips(ana) == [("pending",)]


def test_one_address_does_not_use_up_the_attempts_of_another(helpdesk, limit):
    link = helpdesk.link(helpdesk.contact())
    limit("link", "2/600")
    # Odoo believes a proxy that also says which host was asked for.
    hosts = {"X-Forwarded-Host": helpdesk.odoo.url.removeprefix("http://")}

    def statuses(address):
        browser = helpdesk.browser(**hosts, **{"X-Forwarded-For": address})
        return [browser.open(link).status_code for _time in range(3)]

    assert statuses("192.0.2.1") == [200, 200, 429]
    assert statuses("192.0.2.2") == [200, 200, 429]
    assert statuses("2001:db8:1:2::1") == [200, 200, 429]
    assert statuses("2001:db8:1:2::2") == [429, 429, 429]
    assert statuses("2001:db8:1:3::1") == [200, 200, 429]


def test_of_twenty_agents_clicks_at_once_as_many_as_allowed_make_a_link(
    helpdesk, limit
):
    ticket = helpdesk.ticket(helpdesk.contact())
    limit("ticket", f"{ALLOWED}/600")

    def click():
        try:
            return helpdesk.wizard(ticket)
        except RuntimeError as error:
            return str(error)

    answers = at_once([click] * CROWD)
    refused = [answer for answer in answers if isinstance(answer, str)]
    assert len(refused) == CROWD - ALLOWED
    assert all("Too many links" in text for text in refused)
    made = "SELECT count(*) FROM twitter_link_request WHERE ticket_id = %s"
    assert helpdesk.query(made, ticket) == [(ALLOWED,)]
