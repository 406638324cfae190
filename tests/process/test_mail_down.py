"""The mail server is down or says nothing: no page waits for it, no mail is lost."""

import contextlib
import socket

import pytest
from browser import connected_id
from crowd import wait_until
from helpdesk import MAIL_QUEUE

from security_trace import covers
from stand_in import Mailbox, SmtpFault

QUICK = 3
"""Seconds for a page, whatever the mail server does."""


@contextlib.contextmanager
def closed_port():
    """A port that nobody listens on, and nobody else gets meanwhile."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextlib.contextmanager
def silent_server():
    """The port of a server that never says a word."""
    with Mailbox() as box:
        box.fail(SmtpFault(at="CONNECT", silent=True, times=None))
        yield box.port


@pytest.fixture(params=[closed_port, silent_server])
def mail_is_down(request, helpdesk):
    """Send Odoo's mails to a server that takes none, as long as the test lasts."""
    with request.param() as port:
        server = {"name": "down", "smtp_host": "127.0.0.1", "smtp_port": port}
        number = helpdesk.admin.call("ir.mail_server", "create", server)
        yield
        helpdesk.admin.call("ir.mail_server", "unlink", [number])


def quick(answer):
    """The answer, which must have come quickly."""
    assert answer.elapsed.total_seconds() < QUICK
    return answer


def queued(helpdesk, customer):
    """The mails to a customer that wait, or have failed and are kept."""
    return helpdesk.query(
        "SELECT id FROM mail_mail WHERE email_to = %s ORDER BY id", customer.email
    )


def send_again(helpdesk, customer):
    """What an administrator does with failed mails once the server is back."""
    ids = [number for (number,) in queued(helpdesk, customer)]
    helpdesk.admin.call("mail.mail", "mark_outgoing", ids)
    helpdesk.run_cron(MAIL_QUEUE)


@covers("F25")
def test_connecting_and_disconnecting_wait_for_no_mail(helpdesk, mail_is_down):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    path = browser.to_confirm(ana.account)
    answer = quick(browser.submit(path, path))
    assert connected_id(browser.follow(answer)) == ana.account.id
    quick(browser.submit("/my/twitter", "/my/twitter/disconnect"))
    assert helpdesk.count("twitter_identity", ana) == 0
    assert len(queued(helpdesk, ana)) == 2


@covers("F25")
def test_asking_for_a_code_waits_for_no_mail(helpdesk, mail_is_down):
    bruno = helpdesk.contact()
    link, browser = helpdesk.link(bruno), helpdesk.browser()
    answer = quick(browser.submit(link, f"{link}/code"))
    assert answer.status_code == 303
    assert len(queued(helpdesk, bruno)) == 1
    assert browser.page(link).xpath("//input[@name='code']")


@covers("R67", "R115", "F25")
def test_a_notice_that_failed_is_kept_and_can_be_sent_again(helpdesk):
    ana = helpdesk.customer()
    with closed_port() as port:
        server = {"name": "down", "smtp_host": "127.0.0.1", "smtp_port": port}
        number = helpdesk.admin.call("ir.mail_server", "create", server)
        browser = helpdesk.signed_in(ana)
        browser.confirm(browser.to_confirm(ana.account))
        failed = "SELECT id FROM mail_mail WHERE email_to = %s AND state = 'exception'"
        wait_until(lambda: helpdesk.query(failed, ana.email), "sending fails")
        helpdesk.admin.call("ir.mail_server", "unlink", [number])
    send_again(helpdesk, ana)
    wait_until(lambda: helpdesk.mails_to(ana), "the notice")
    wait_until(lambda: not queued(helpdesk, ana), "the sent mail is deleted")
    assert len(helpdesk.mails_to(ana)) == 1
