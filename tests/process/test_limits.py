"""What is limited stays limited where twenty ask at the same moment."""

from collections import Counter

import pytest
from browser import problem_of
from conftest import WORKERS
from crowd import at_once, wait_until
from test_races import CROWD
from test_secrets import CODE

TRIES = 5
MAILS = 3
OPEN_LINKS = 3


@pytest.fixture
def bruno(helpdesk):
    """A contact without portal user."""
    return helpdesk.contact()


def test_twenty_wrong_codes_at_once_count_as_five_tries(helpdesk, bruno):
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    browser.submit(link, f"{link}/code")
    wait_until(lambda: helpdesk.mails_to(bruno), "the code")
    (code,) = CODE.findall(helpdesk.mails_to(bruno)[0].text)
    fields = browser.fields(browser.page(link), f"{link}/verify")
    wrong = {**fields, "code": f"{(int(code) + 1) % 10**6:06}"}
    answers = at_once([lambda: browser.open(f"{link}/verify", data=wrong)] * CROWD)
    problems = Counter(problem_of(answer) for answer in answers)
    assert problems == {"code_wrong": TRIES, "code_limit": CROWD - TRIES}
    right = browser.open(f"{link}/verify", data={**fields, "code": code})
    assert problem_of(right) == "code_limit"


def test_twenty_requests_for_a_code_at_once_mail_three(helpdesk, bruno):
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    fields = browser.fields(browser.page(link), f"{link}/code")
    answers = at_once([lambda: browser.open(f"{link}/code", data=fields)] * CROWD)
    problems = Counter(problem_of(answer) for answer in answers)
    assert problems == {"": MAILS, "code_limit": CROWD - MAILS}
    wait_until(lambda: len(helpdesk.mails_to(bruno)) == MAILS, "three mails")
    queued = "SELECT count(*) FROM mail_mail WHERE email_to = %s"
    wait_until(lambda: helpdesk.query(queued, bruno.email) == [(0,)], "all are sent")
    assert len(helpdesk.mails_to(bruno)) == MAILS


@pytest.mark.parametrize("clicks", [WORKERS, CROWD])
def test_clicks_of_agents_at_once_leave_three_open_links(helpdesk, bruno, clicks):
    ticket = helpdesk.ticket(bruno)
    rows = at_once([lambda: helpdesk.wizard(ticket)] * clicks)
    states = helpdesk.query(
        "SELECT state, count(*) FROM twitter_link_request WHERE ticket_id = %s"
        " GROUP BY state",
        ticket,
    )
    assert len(set(rows)) == clicks
    assert dict(states) == {"open": OPEN_LINKS, "withdrawn": clicks - OPEN_LINKS}
