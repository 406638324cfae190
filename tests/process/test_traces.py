"""After disconnecting, and after leaving X, nothing of an account is left anywhere.

But for words that people wrote themselves: a ticket's text, the handle that an agent
noted.
"""

import io
import re
import shutil
from dataclasses import replace

import leaks
import pytest
from browser import connected_id, path_of
from crowd import wait_until
from helpdesk import CLIENT_SECRET
from PyPDF2 import PdfReader

from databases import DATA
from security_trace import covers
from stand_in import App

JOB = "helpdesk_twitter_identity.ir_cron_erase"
REFRESH = "helpdesk_twitter_identity.ir_cron_refresh"
BEARER = "AAAAAAAAAAAAAAAAAAAAAplanted-bearer-token-traces"
NOTED = {"helpdesk_ticket", "twitter_link_request", "mail_message", "the log"}
"""Where words stand that people wrote; the log tells here what they typed."""


@pytest.fixture
def asks_for_email(helpdesk):
    """The company asks for the e-mail address, and looks accounts up."""
    values = {
        "twitter_request_email": True,
        "twitter_email_reason": "to write to you",
        "twitter_bearer_token": BEARER,
    }
    helpdesk.admin.call("res.company", "write", [1], values)
    callbacks = (f"{helpdesk.odoo.url}/twitter/callback",)
    app = App(helpdesk.client_id, CLIENT_SECRET, callbacks)
    helpdesk.x.register(replace(app, request_email=True, bearer_token=BEARER))
    yield
    helpdesk.admin.call(
        "res.company",
        "write",
        [1],
        {"twitter_request_email": False, "twitter_refresh_cap": 0},
    )
    helpdesk.x.register(app)


def telling(helpdesk, customer):
    """Give a customer's account a name, a handle and an address that nothing else has.

    :return: the account.
    """
    number = customer.account.id[-4:]
    account = replace(
        customer.account,
        username=f"telltale{number}",
        name=f"Telltale Name {number}",
        email=f"telltale{number}@mail.example",
    )
    helpdesk.x.put_account(account)
    return account


def traces(helpdesk, account):
    """Where anything of an account stands: tables, files and the log."""
    marks = (account.id, account.username, account.name, account.email)
    dump = leaks.dump_of(helpdesk)
    found = {(mark, table) for mark in marks for table in leaks.tables_with(dump, mark)}
    log = leaks.log_of(helpdesk)
    found |= {(mark, "the log") for mark in leaks.found_in(log, marks)}
    store = DATA / "filestore" / helpdesk.odoo.database
    for file in filter(lambda one: one.is_file(), store.rglob("*")):
        content = file.read_bytes()
        found |= {(mark, "a file") for mark in marks if mark.encode() in content}
    return found


def pictures(helpdesk):
    """The pictures that identities have, as the database keeps them."""
    rows = helpdesk.query("SELECT encode(avatar, 'hex') FROM twitter_identity")
    return {row for (row,) in rows if row}


@covers("X9")
def test_after_disconnecting_nothing_of_the_account_is_left(helpdesk, asks_for_email):
    ana = helpdesk.customer()
    account = telling(helpdesk, ana)
    browser = helpdesk.signed_in(ana)
    page = browser.confirm(browser.to_confirm(account))
    assert connected_id(page) == account.id
    assert {mark for mark, _table in traces(helpdesk, account)} >= {
        account.id,
        account.username,
        account.name,
        account.email,
    }
    new = replace(account, username=f"{account.username}x")
    helpdesk.x.put_account(new)
    helpdesk.query("UPDATE twitter_identity SET asked_at = '2026-01-01'")
    helpdesk.run_cron(REFRESH)
    browser.submit("/my/twitter", "/my/twitter/disconnect")
    helpdesk.run_cron("mail.ir_cron_mail_scheduler_action")
    wait_until(lambda: not helpdesk.count("twitter_identity", ana), "the end")
    assert traces(helpdesk, account) == set()
    # The receipt stays, with a hash that has nothing of the number in it.
    (receipt,) = helpdesk.query(
        "SELECT account_hash FROM twitter_consent WHERE partner_id = %s", ana.partner_id
    )
    assert re.fullmatch(r"[0-9a-f]{64}", receipt[0])


@covers("X9")
def test_what_people_wrote_themselves_stays_and_nothing_else(helpdesk, asks_for_email):
    bruno = helpdesk.customer()
    account = telling(helpdesk, bruno)
    ticket = helpdesk.ticket(bruno)
    helpdesk.admin.call(
        "helpdesk.ticket",
        "write",
        [ticket],
        {"twitter_expected_username": account.username},
    )
    link = path_of(helpdesk.url_in(helpdesk.wizard(ticket)))
    browser = helpdesk.signed_in(bruno)
    path = browser.come_back(browser.answer_x(browser.start_from_link(link), account))
    browser.confirm(path)
    browser.submit("/my/twitter", "/my/twitter/disconnect")
    left = traces(helpdesk, account)
    assert {mark for mark, _table in left} <= {account.username}
    assert {table for _mark, table in left} <= NOTED


@covers("X10")
def test_after_leaving_x_nothing_is_left_and_x_was_not_asked(helpdesk, asks_for_email):
    customers = helpdesk.customers(3)
    accounts = [telling(helpdesk, one) for one in customers]
    company = helpdesk.admin.call("res.company", "read", [1], ["name"])[0]["name"]
    for customer, account in zip(customers, accounts, strict=True):
        browser = helpdesk.signed_in(customer)
        browser.confirm(browser.to_confirm(account))
    assert pictures(helpdesk)
    asked = len(helpdesk.x.calls)
    erasing = {"company_id": 1, "typed": company}
    wizard = helpdesk.admin.call("twitter.erasure.wizard", "create", erasing)
    helpdesk.admin.call("twitter.erasure.wizard", "action_erase", [wizard])
    helpdesk.run_cron(JOB)
    try:
        assert (
            helpdesk.query("SELECT 1 FROM twitter_identity WHERE company_id = 1") == []
        )
        for account in accounts:
            assert traces(helpdesk, account) == set()
        dump = leaks.dump_of(helpdesk)
        for secret in (CLIENT_SECRET, BEARER):
            assert leaks.tables_with(dump, secret) == set()
        assert len(helpdesk.x.calls) == asked
        (certificate,) = helpdesk.query(
            "SELECT state, erased_count >= 3 FROM twitter_erasure"
        )
        assert certificate == ("done", True)
    finally:
        # The other tests go on with the company.
        helpdesk.admin.call(
            "res.company",
            "write",
            [1],
            {
                "twitter_client_id": helpdesk.client_id,
                "twitter_client_secret": CLIENT_SECRET,
            },
        )


@pytest.mark.skipif(not shutil.which("wkhtmltopdf"), reason="nothing makes PDFs here")
@covers("X3")
def test_a_receipt_is_printed_as_a_pdf(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    number, account_hash = helpdesk.query(
        "SELECT id, account_hash FROM twitter_consent WHERE partner_id = %s",
        ana.partner_id,
    )[0]
    answer = browser.open(f"/my/twitter/receipt/{number}/pdf")
    assert answer.headers["Content-Type"] == "application/pdf"
    (page,) = PdfReader(io.BytesIO(answer.content)).pages
    # Some builds draw other fonts as lines; this one stays text.
    assert account_hash in page.extract_text()
