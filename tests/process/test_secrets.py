"""What authenticates stands nowhere where it lasts or where others read it.

Odoo logs all that it can; everything is searched after whole journeys and errors.
"""

import json
import os
import re
import signal
from concurrent.futures import ThreadPoolExecutor

import leaks
import pytest
from browser import connected_id, path_of, problem_of
from crowd import wait_until
from helpdesk import CLIENT_SECRET, TOKEN

from security_trace import covers

CODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
DUMPED = re.compile(r"Thread: .*/twitter/callback\?\[redacted\]\)? \(qc:")
PLANTED_VERIFIER = "planted-verifier-8e27"
PLANTED_SECRET = "planted-other-secret-77aa01"
PLANTED_ROW = """
    CREATE FUNCTION plant() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN NEW.code_verifier := %s; RETURN NEW; END $$;
    CREATE TRIGGER plant BEFORE INSERT ON twitter_oauth_transaction
    FOR EACH ROW EXECUTE FUNCTION plant();
"""
TAKE_OUT = "DROP FUNCTION plant() CASCADE"


@pytest.fixture
def broken_table(helpdesk):
    """Let a table refuse every new or changed row."""
    refused = []

    def refuse(table):
        refused.append(table)
        helpdesk.query(
            f"ALTER TABLE {table} ADD CONSTRAINT planted CHECK (id < 0) NOT VALID"
        )

    yield refuse
    for table in refused:
        helpdesk.query(f"ALTER TABLE {table} DROP CONSTRAINT planted")


@pytest.fixture(scope="module")
def journeys(helpdesk):
    """A portal journey and a link journey, each with all that can be kept of it."""
    return Journeys(helpdesk)


class Journeys:
    """Ana connects in the portal, Bruno by a mailed link and a mailed code."""

    def __init__(self, helpdesk):
        self.helpdesk = helpdesk
        self.numbers_before = set().union(
            *map(leaks.numbers, leaks.dump_of(helpdesk).values())
        )
        self.ana, self.bruno = helpdesk.customer(), helpdesk.contact()
        self.browsers = []
        self._in_portal()
        self.link = self._mailed_link()
        self.codes = self._by_link()
        helpdesk.tokens.append(self.link.rpartition("/")[2])

    def _in_portal(self):
        browser = self.helpdesk.signed_in(self.ana)
        self.browsers.append(browser)
        page = browser.confirm(browser.to_confirm(self.ana.account))
        assert connected_id(page) == self.ana.account.id

    def _mailed_link(self):
        admin = self.helpdesk.admin
        wizard = self.helpdesk.wizard(self.helpdesk.ticket(self.bruno))
        admin.call("twitter.link.wizard", "action_send_email", [wizard])
        mail = self._mail("/twitter/link/")
        return path_of(re.search(r"http\S+/twitter/link/[\w-]+", mail.text)[0])

    def _mail(self, text):
        return wait_until(
            lambda: next(
                (m for m in self.helpdesk.mails_to(self.bruno) if text in m.text), None
            ),
            f"a mail with {text}",
        )

    def _by_link(self):
        browser = self.helpdesk.browser()
        self.browsers.append(browser)
        browser.submit(self.link, f"{self.link}/code")
        (code,) = CODE.findall(self._mail("ten minutes").text)
        browser.submit(self.link, f"{self.link}/verify", code=code)
        url = browser.start_from_link(self.link)
        path = browser.come_back(browser.answer_x(url, self.bruno.account))
        assert connected_id(browser.confirm(path)) == self.bruno.account.id
        return [code]

    def nonces(self):
        """What binds the two browsers, as their sessions keep it."""
        kept = [json.loads(leaks.session_of(browser)) for browser in self.browsers]
        return [session["twitter_browser"] for session in kept]

    def secrets(self):
        """All that authenticates, but for the codes, which are short."""
        x = self.helpdesk.x
        return [
            *(CLIENT_SECRET, leaks.basic_header(), *self.nonces()),
            *self.helpdesk.tokens,
            *(*x.issued_secrets(), *x.sent_secrets()),
        ]


@covers("R29", "R105", "R117", "T22")
def test_whole_journeys_leave_no_secret_in_the_log(helpdesk, journeys):
    log = leaks.log_of(helpdesk)
    assert "/twitter/callback?[redacted]" in log
    assert leaks.found_in(log, journeys.secrets()) == []
    assert not leaks.numbers(log) & set(journeys.codes)


@covers("R29", "R53", "R72", "R105", "T22")
def test_whole_journeys_leave_no_secret_in_the_database(helpdesk, journeys):
    wait_until(
        lambda: not helpdesk.query("SELECT 1 FROM mail_mail WHERE state = 'outgoing'"),
        "all mails are sent",
    )
    dump = leaks.dump_of(helpdesk)
    allowed = dict.fromkeys(helpdesk.tokens, {"twitter_link_wizard"})
    allowed[CLIENT_SECRET] = {"res_company"}
    for secret in journeys.secrets():
        assert leaks.tables_with(dump, secret) <= allowed.get(secret, set()), secret
    assert dump["res_company"].count(CLIENT_SECRET) == 1
    fresh = set().union(*map(leaks.numbers, dump.values())) - journeys.numbers_before
    assert not fresh & set(journeys.codes)


@covers("R103", "T22")
def test_an_hour_later_the_token_of_a_link_stands_nowhere(helpdesk, journeys):
    helpdesk.query(
        "UPDATE twitter_link_wizard SET create_date = create_date - interval '1 hour'"
    )
    helpdesk.run_cron("helpdesk_twitter_identity.ir_cron_forget")
    assert helpdesk.query("SELECT id FROM twitter_link_wizard") == []
    dump = leaks.dump_of(helpdesk)
    for token in helpdesk.tokens:
        assert leaks.tables_with(dump, token) == set()


@covers("R45", "T22")
def test_the_session_on_disk_holds_no_token_of_a_link(helpdesk, journeys):
    for browser in journeys.browsers:
        kept = leaks.session_of(browser)
        secrets = set(journeys.secrets()) - set(journeys.nonces())
        assert leaks.found_in(kept, secrets) == []


@covers("T22")
def test_a_link_stands_in_the_mail_alone_until_it_is_sent(helpdesk):
    bruno = helpdesk.contact()
    wizard = helpdesk.wizard(helpdesk.ticket(bruno))
    token = helpdesk.url_in(wizard).rpartition("/")[2]
    with helpdesk.mails_wait():
        helpdesk.admin.call("twitter.link.wizard", "action_send_email", [wizard])
        dump = leaks.dump_of(helpdesk)
        assert leaks.tables_with(dump, token) == {"twitter_link_wizard", "mail_mail"}
    wait_until(lambda: helpdesk.mails_to(bruno), "the mail")
    wait_until(
        lambda: leaks.tables_with(leaks.dump_of(helpdesk), token)
        == {"twitter_link_wizard"},
        "the sent mail is deleted",
    )


# errors -----------------------------------------------------------------------------


@covers("R101", "R117", "T22")
def test_errors_on_the_way_of_a_link_leave_no_token_in_the_log(helpdesk):
    link = helpdesk.link(helpdesk.contact())
    browser = helpdesk.browser()
    browser.open(link, method="HEAD")
    assert problem_of(browser.open(f"{link}/code", data={})) == "cookies_off"
    for path in (f"{link}/code", f"{link}/nothing", f"{link}%00", f"/pt_BR{link}"):
        browser.open(path)
    browser.open(f"{link}/verify", data={"csrf_token": "x" * 40, "code": "1"})
    browser.open(f"{link}?debug=1&token={link.rpartition('/')[2]}")
    log = leaks.log_of(helpdesk)
    assert leaks.found_in(log, [link.rpartition("/")[2]]) == []


@covers("R117", "T22")
def test_errors_at_the_callback_leave_no_state_in_the_log(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    browser.open(callback, method="HEAD")
    browser.open(callback, data={"csrf_token": "wrong"})
    browser.open(callback.replace("/callback", "/callback/more"))
    browser.open(callback.replace("/twitter", "/pt_BR/twitter"))
    helpdesk.browser().open(callback)
    log = leaks.log_of(helpdesk)
    secrets = [*helpdesk.x.sent_secrets(), *helpdesk.x.issued_secrets()]
    assert leaks.found_in(log, secrets) == []


def test_a_mail_that_the_database_refuses_leaves_no_token_in_the_log(
    helpdesk, broken_table
):
    wizard = helpdesk.wizard(helpdesk.ticket(helpdesk.contact()))
    token = helpdesk.url_in(wizard).rpartition("/")[2]
    broken_table("mail_mail")
    with pytest.raises(RuntimeError):
        helpdesk.admin.call("twitter.link.wizard", "action_send_email", [wizard])
    log = leaks.log_of(helpdesk)
    assert "bad query" in log
    assert leaks.found_in(log, [token]) == []


def test_a_start_that_the_database_refuses_leaves_no_verifier_in_the_log(
    helpdesk, broken_table
):
    browser = helpdesk.signed_in(helpdesk.customer())
    helpdesk.query(PLANTED_ROW, PLANTED_VERIFIER)
    try:
        broken_table("twitter_oauth_transaction")
        with pytest.raises(AssertionError):
            browser.start()
    finally:
        helpdesk.query(TAKE_OUT)
    log = leaks.log_of(helpdesk)
    assert "bad query" in log
    assert leaks.found_in(log, [PLANTED_VERIFIER]) == []


@covers("R117", "T22")
def test_a_secret_that_the_database_refuses_is_not_in_the_log(helpdesk, broken_table):
    broken_table("res_company")
    with pytest.raises(RuntimeError):
        values = {"twitter_client_secret": PLANTED_SECRET}
        helpdesk.admin.call("res.company", "write", [1], values)
    assert leaks.found_in(leaks.log_of(helpdesk), [PLANTED_SECRET]) == []


@covers("R117", "T22")
def test_a_stack_dump_of_a_worker_that_waits_for_x_shows_no_code(helpdesk, x):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    with ThreadPoolExecutor(1) as pool, x.hold(TOKEN) as held:
        coming = pool.submit(browser.open, callback)
        held.wait_arrived()
        for pid in helpdesk.waiting_for_x():
            os.kill(pid, signal.SIGQUIT)
        wait_until(
            lambda: DUMPED.search(leaks.log_of(helpdesk)),
            "the stack dump",
        )
        held.release()
        coming.result()
    log = leaks.log_of(helpdesk)
    assert leaks.found_in(log, [*x.issued_secrets(), *x.sent_secrets()]) == []


@covers("R105", "R117", "T22")
def test_the_log_table_holds_no_secret_of_any_test(helpdesk, x):
    lines = helpdesk.query("SELECT message FROM ir_logging")
    log = "\n".join(message for (message,) in lines)
    secrets = [CLIENT_SECRET, PLANTED_VERIFIER, PLANTED_SECRET, *helpdesk.tokens]
    assert lines
    assert leaks.found_in(log, secrets) == []
    assert leaks.found_in(log, [*x.issued_secrets(), *x.sent_secrets()]) == []
