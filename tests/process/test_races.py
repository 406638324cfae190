"""Twenty at once: what is spent is spent once, and everybody reads a page."""

import os
from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import connected_id, path_of, problem_of
from crowd import at_once, two_by_two, wait_until
from helpdesk import TOKEN

from security_trace import covers

CROWD = 20
COLLISION = "bad query"
"""What Odoo's log says of a request that has to be run again."""
ROUNDS = int(os.environ.get("TEST_ROUNDS", "3"))
"""How often each race is run; a soak test sets the variable to more."""

rounds = pytest.mark.parametrize("number", range(ROUNDS))


def times_sent(x, callback):
    """How often the code of a callback was sent to X."""
    (code,) = parse_qs(urlsplit(callback).query)["code"]
    wanted = sha256(code.encode()).hexdigest()
    return [call.code_hash for call in x.calls].count(wanted)


@rounds
@covers("R71", "R89", "T9", "T19", "F17")
def test_twenty_callbacks_with_one_state_ask_x_once(helpdesk, x, number):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    answers = at_once([lambda: browser.open(callback)] * CROWD)
    assert [answer.status_code for answer in answers] == [303] * CROWD
    pages = {path_of(answer.headers["Location"]) for answer in answers}
    assert len(pages) == 1
    assert times_sent(x, callback) == 1
    assert connected_id(browser.confirm(*pages)) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1


@rounds
@covers("F17")
def test_a_callback_that_x_keeps_waiting_holds_up_no_other_with_its_state(
    helpdesk, x, number
):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)

    def overtaken():
        answers = at_once([lambda: browser.open(callback)] * (CROWD - 1))
        page = browser.follow(answers[0])
        held.release()
        return answers, page

    def first():
        return browser.open(callback)

    def others():
        held.wait_arrived()
        return overtaken()

    with x.hold(TOKEN) as held:
        winner, (answers, page) = at_once([first, others])
    assert {answer.status_code for answer in (winner, *answers)} == {303}
    assert "Still asking X" in page.text
    assert times_sent(x, callback) == 1
    assert connected_id(browser.confirm(winner.headers["Location"])) == ana.account.id


@rounds
@covers("R89", "T19")
def test_twenty_confirmations_connect_once_and_all_read_it(helpdesk, number):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    path = browser.to_confirm(ana.account)
    fields = browser.fields(browser.page(path), path)
    collisions = helpdesk.odoo.read_log().count(COLLISION)
    answers = at_once([lambda: browser.open(path, data=fields)] * CROWD)
    assert [answer.status_code for answer in answers] == [303] * CROWD
    # They wait for each other: none runs into another and is run again after a pause.
    assert helpdesk.odoo.read_log().count(COLLISION) == collisions
    pages = {path_of(answer.headers["Location"]) for answer in answers}
    assert {connected_id(browser.open(page)) for page in pages} == {ana.account.id}
    assert helpdesk.count("twitter_identity", ana) == 1
    assert helpdesk.count("twitter_consent", ana) == 1


@pytest.fixture(scope="module")
def crowd(helpdesk):
    """Browsers of as many customers, who are signed in for all rounds."""
    return two_by_two(helpdesk.signed_in, helpdesk.customers(CROWD))


def confirm_at_once(browsers, paths):
    """Let each browser press "Yes, connect it" on its page, all together.

    :return: the answers, in order.
    """
    ways = list(zip(browsers, paths, strict=True))
    forms = [browser.fields(browser.page(path), path) for browser, path in ways]
    return at_once(
        [
            lambda browser=browser, path=path, form=form: browser.open(path, data=form)
            for (browser, path), form in zip(ways, forms, strict=True)
        ]
    )


@rounds
@covers("R64", "T19", "F13")
def test_of_twenty_customers_with_one_x_account_one_connects_it(
    helpdesk, crowd, number
):
    account = helpdesk.account()
    paths = two_by_two(lambda browser: browser.to_confirm(account), crowd)
    answers = confirm_at_once(crowd, paths)
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [303] + [409] * (CROWD - 1)
    losers = [answer for answer in answers if answer.status_code == 409]
    assert {problem_of(answer) for answer in losers} == {"already_linked"}
    rows = helpdesk.query(
        "SELECT count(*) FROM twitter_identity WHERE twitter_id = %s", account.id
    )
    assert rows == [(1,)]


@covers("R89", "R115")
def test_twenty_presses_of_disconnect_end_it_once_and_tell_it_once(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    action = "/my/twitter/disconnect"
    fields = browser.fields(browser.page("/my/twitter"), action)
    answers = at_once([lambda: browser.open(action, data=fields)] * CROWD)
    assert [answer.status_code for answer in answers] == [303] * CROWD
    assert helpdesk.count("twitter_identity", ana) == 0
    queued = "SELECT id FROM mail_mail WHERE email_to = %s"
    wait_until(lambda: not helpdesk.query(queued, ana.email), "all mails are sent")
    assert len(helpdesk.mails_to(ana)) == 2


@rounds
@covers("T19")
def test_twenty_presses_of_ask_for_help_are_one_question(helpdesk, number):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    page = browser.page(
        browser.come_back(browser.answer_x(browser.start(), ana.account, "cancel"))
    )
    fields = browser.fields(page, "/twitter/help")
    answers = at_once([lambda: browser.open("/twitter/help", data=fields)] * CROWD)
    # Who asks too often reads that.
    assert {answer.status_code for answer in answers} <= {303, 429}
    assert 303 in {answer.status_code for answer in answers}
    asked = helpdesk.query(
        "SELECT count(*), count(DISTINCT ticket_id) FROM twitter_link_event"
        " WHERE partner_id = %s AND kind = 'asked_for_help'",
        ana.partner_id,
    )
    assert asked == [(1, 1)]
    tickets = "SELECT count(*) FROM helpdesk_ticket WHERE partner_id = %s"
    assert helpdesk.query(tickets, ana.partner_id) == [(1,)]
