"""Somebody else writes the same rows: Odoo runs a request again, X is asked once."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from browser import connected_id
from crowd import wait_until
from helpdesk import TOKEN, WORKS_ON_TRIP
from test_races import times_sent

from security_trace import covers

TOUCHED = (
    "UPDATE res_users SET write_date = now() WHERE partner_id = %s",
    "UPDATE res_partner SET write_date = now() WHERE id = %s",
    "UPDATE res_company SET write_date = now() WHERE id > 0 OR id = %s",
    "UPDATE ir_cron SET write_date = now() WHERE id > 0 OR id = %s",
    "UPDATE twitter_oauth_transaction SET write_date = now() WHERE partner_id = %s",
)
LOCK_TRIP = TOUCHED[-1]
REPEATED = "SERIALIZATION_FAILURE, "


@pytest.fixture
def repeated(helpdesk):
    """Tell how often Odoo has run a request again since the test began."""
    before = helpdesk.odoo.read_log().count(REPEATED)
    return lambda: helpdesk.odoo.read_log().count(REPEATED) - before


@covers("R89", "F11")
def test_rows_that_change_while_x_is_asked_cost_no_second_call(
    helpdesk, x, ana, browser
):
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, x.hold(TOKEN) as held:
        coming = pool.submit(browser.come_back, callback)
        held.wait_arrived()
        for statement in TOUCHED:
            helpdesk.query(statement, ana.partner_id)
        held.release()
        path = coming.result()
    assert times_sent(x, callback) == 1
    assert connected_id(browser.confirm(path)) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1


@covers("R89")
def test_a_rival_who_writes_the_row_while_the_outcome_is_stored_loses_nothing(
    helpdesk, x, ana, browser
):
    callback = browser.answer_x(browser.start(), ana.account)
    with (
        ThreadPoolExecutor(1) as pool,
        helpdesk.rival() as rival,
        x.hold(TOKEN) as held,
    ):
        coming = pool.submit(browser.come_back, callback)
        held.wait_arrived()
        rival.cursor().execute(LOCK_TRIP, [ana.partner_id])
        held.release()
        wait_until(helpdesk.waiting_for_rows, "the outcome meets the rival")
        rival.commit()
        path = coming.result()
    assert times_sent(x, callback) == 1
    assert connected_id(browser.confirm(path)) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1


@covers("R89", "F11")
def test_a_rival_who_writes_the_row_during_confirm_makes_odoo_confirm_again(
    helpdesk, ana, browser, repeated
):
    path = browser.to_confirm(ana.account)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        rival.cursor().execute(LOCK_TRIP, [ana.partner_id])
        confirming = pool.submit(browser.confirm, path)
        wait_until(helpdesk.waiting_for_rows, "confirm meets the rival")
        rival.commit()
        page = confirming.result()
    assert repeated() >= 1
    assert connected_id(page) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1
    assert helpdesk.count("twitter_consent", ana) == 1
    wait_until(lambda: helpdesk.mails_to(ana), "the notice")
    assert len(helpdesk.mails_to(ana)) == 1


@covers("F10")
def test_a_request_that_loses_its_database_after_x_answered_can_be_opened_again(
    helpdesk, x, ana, browser
):
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, x.hold(TOKEN) as held:
        coming = pool.submit(browser.open, callback)
        held.wait_arrived()
        helpdesk.query(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE classid = %s"
            " AND database = (SELECT oid FROM pg_database"
            " WHERE datname = current_database())",
            WORKS_ON_TRIP,
        )
        held.release()
        coming.result()
    path = browser.come_back(callback)
    assert times_sent(x, callback) == 1
    assert connected_id(browser.confirm(path)) == ana.account.id
