"""What is limited or works once stays so where twenty ask at the same moment."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from browser import problem_of
from conftest import WORKERS
from crowd import at_once, two_by_two, wait_until
from test_races import CROWD, confirm_at_once, rounds
from test_secrets import CODE

from security_trace import covers

TRIES = 5
PRESSED_AGAIN = 2
MAILS = 3
OPEN_LINKS = 3


@pytest.fixture
def bruno(helpdesk):
    """A contact without portal user."""
    return helpdesk.contact()


@covers("R71", "R74")
@rounds
def test_twenty_wrong_codes_at_once_count_as_five_tries(helpdesk, bruno, number):
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    code = mailed_code(helpdesk, bruno, browser, link)
    fields = browser.fields(browser.page(link), f"{link}/verify")
    wrong = {**fields, "code": f"{(int(code) + 1) % 10**6:06}"}
    answers = at_once([lambda: browser.open(f"{link}/verify", data=wrong)] * CROWD)
    problems = Counter(problem_of(answer) for answer in answers)
    assert problems == {"code_wrong": TRIES, "code_limit": CROWD - TRIES}
    right = browser.open(f"{link}/verify", data={**fields, "code": code})
    assert problem_of(right) == "code_limit"


@covers("R74")
@rounds
def test_twenty_right_codes_at_once_prove_once_and_open_one_way(
    helpdesk, bruno, number
):
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    code = mailed_code(helpdesk, bruno, browser, link)
    fields = browser.fields(browser.page(link), f"{link}/verify")
    right = {**fields, "code": code}
    answers = at_once([lambda: browser.open(f"{link}/verify", data=right)] * CROWD)
    taken = TRIES + PRESSED_AGAIN
    statuses = Counter(answer.status_code for answer in answers)
    assert statuses == {303: taken, 429: CROWD - taken}
    assert helpdesk.query(
        "SELECT count(*) FROM twitter_link_event"
        " WHERE partner_id = %s AND kind = 'proven'",
        bruno.partner_id,
    ) == [(1,)]
    # Of the proofs that the browser was given, in whatever order, the last one stands.
    proofs = [
        cookie
        for answer in answers
        for cookie in answer.cookies
        if cookie.name.startswith("twitter_proof_")
    ]
    assert len(proofs) == taken
    assert [has_proven(browser, link, proof) for proof in proofs].count(True) == 1


@covers("R74")
@rounds
def test_twenty_requests_for_a_code_at_once_mail_three(helpdesk, bruno, number):
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    fields = browser.fields(browser.page(link), f"{link}/code")
    answers = at_once([lambda: browser.open(f"{link}/code", data=fields)] * CROWD)
    problems = Counter(problem_of(answer) for answer in answers)
    assert problems == {"": MAILS, "code_limit": CROWD - MAILS}
    wait_until(lambda: len(helpdesk.mails_to(bruno)) == MAILS, "three mails")
    queued = "SELECT count(*) FROM mail_mail WHERE email_to = %s"
    wait_until(lambda: helpdesk.query(queued, bruno.email) == [(0,)], "all are sent")
    assert len(helpdesk.mails_to(bruno)) == MAILS


@rounds
def test_twenty_clicks_of_agents_at_once_leave_three_open_links(
    helpdesk, bruno, number
):
    ticket = helpdesk.ticket(bruno)
    rows = at_once([lambda: helpdesk.wizard(ticket)] * CROWD)
    assert len(set(rows)) == CROWD
    assert links_of(helpdesk, ticket) == {
        "open": OPEN_LINKS,
        "withdrawn": CROWD - OPEN_LINKS,
    }


@pytest.fixture(scope="module")
def ana(helpdesk):
    """A customer with a portal account."""
    return helpdesk.customer()


@pytest.fixture(scope="module")
def browsers(helpdesk, ana):
    """As many browsers of hers, signed in for all rounds."""
    return two_by_two(lambda _number: helpdesk.signed_in(ana), range(CROWD))


@covers("R71", "T9", "F13")
@rounds
def test_a_link_that_twenty_browsers_confirm_at_once_is_used_once(
    helpdesk, ana, browsers, number
):
    link = helpdesk.link(ana)
    accounts = [helpdesk.account() for _browser in browsers]

    def go_to_x(way):
        browser, account = way
        url = browser.start_from_link(link)
        return browser.come_back(browser.answer_x(url, account))

    paths = two_by_two(go_to_x, zip(browsers, accounts, strict=True))
    answers = confirm_at_once(browsers, paths)
    problems = [problem_of(answer) for answer in answers]
    assert problems.count("") == 1
    # Who meets the winner's connection before the end of the link reads of that.
    assert set(problems) <= {"", "link_used", "already_linked"}
    assert answers[problems.index("")].status_code == 303
    won = accounts[problems.index("")]
    rows = "SELECT twitter_id FROM twitter_identity WHERE partner_id = %s"
    assert helpdesk.query(rows, ana.partner_id) == [(won.id,)]
    assert problem_of(browsers[0].open(link)) == "link_used"
    # The next round begins without a connection: there is no link to one who has it.
    browsers[0].submit("/my/twitter", "/my/twitter/disconnect")


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


def mailed_code(helpdesk, customer, browser, link):
    """Ask for a code on the page of a link; the six digits that come."""
    browser.submit(link, f"{link}/code")
    wait_until(lambda: helpdesk.mails_to(customer), "the code")
    (code,) = CODE.findall(helpdesk.mails_to(customer)[0].text)
    return code


def has_proven(browser, link, cookie):
    """Whether a browser with this cookie is offered the way to X."""
    browser.cookies[cookie.name] = cookie.value
    return bool(browser.page(link).xpath(f"//form[@action='{link}/connect']"))


def links_of(helpdesk, ticket):
    """How many links of a ticket are in each state."""
    return dict(
        helpdesk.query(
            "SELECT state, count(*) FROM twitter_link_request WHERE ticket_id = %s"
            " GROUP BY state",
            ticket,
        )
    )
