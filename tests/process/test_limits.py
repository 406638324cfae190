"""What is limited stays limited where twenty ask at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from browser import problem_of
from conftest import WORKERS
from crowd import at_once, wait_until
from test_races import CROWD
from test_secrets import CODE

from security_trace import covers

TRIES = 5
MAILS = 3
OPEN_LINKS = 3


@pytest.fixture
def bruno(helpdesk):
    """A contact without portal user."""
    return helpdesk.contact()


@covers("R71", "R74")
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


@covers("R74")
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


def test_twenty_clicks_of_agents_at_once_leave_three_open_links(helpdesk, bruno):
    ticket = helpdesk.ticket(bruno)
    rows = at_once([lambda: helpdesk.wizard(ticket)] * CROWD)
    assert len(set(rows)) == CROWD
    assert links_of(helpdesk, ticket) == {
        "open": OPEN_LINKS,
        "withdrawn": CROWD - OPEN_LINKS,
    }


def test_agents_who_all_click_before_one_is_served_leave_three_open_links(
    helpdesk, bruno
):
    ticket = helpdesk.ticket(bruno)
    with ThreadPoolExecutor(WORKERS) as pool, helpdesk.rival() as rival:
        lock = "SELECT id FROM helpdesk_ticket WHERE id = %s FOR UPDATE"
        rival.cursor().execute(lock, [ticket])
        for _agent in range(WORKERS):
            pool.submit(helpdesk.wizard, ticket)
        wait_until(
            lambda: len(helpdesk.waiting_for_rows()) == WORKERS, "all wait in line"
        )
        rival.rollback()
    links = links_of(helpdesk, ticket)
    assert links == {"open": OPEN_LINKS, "withdrawn": WORKERS - OPEN_LINKS}


def links_of(helpdesk, ticket):
    """How many links of a ticket are in each state."""
    return dict(
        helpdesk.query(
            "SELECT state, count(*) FROM twitter_link_request WHERE ticket_id = %s"
            " GROUP BY state",
            ticket,
        )
    )
