"""The mailbox keeps what was sent and shows it."""

import smtplib
import socket
from email.message import EmailMessage

import pytest
import requests

from stand_in import Mailbox, SmtpFault, StandIn


@pytest.fixture
def mailbox():
    with Mailbox() as box:
        yield box


@pytest.fixture
def x(mailbox):
    with StandIn(mailbox=mailbox) as stand_in:
        yield stand_in


def send(mailbox, subject="Your code", text="123456", html="", to=("ana@example.com",)):
    message = EmailMessage()
    message["From"] = "support@example.com"
    message["To"] = ", ".join(to)
    message["Subject"] = subject
    message.set_content(text)
    if html:
        message.add_alternative(html, subtype="html")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as client:
        client.send_message(message)


def test_a_mail_arrives_whole(mailbox):
    send(mailbox, "Seu código é ✓", "Olá", "<b>Olá</b>")
    mail = mailbox.wait_for(lambda mail: True)
    assert mail.to == "ana@example.com"
    assert mail.subject == "Seu código é ✓"
    assert mail.text.strip() == "Olá"
    assert mail.html.strip() == "<b>Olá</b>"
    assert b"support@example.com" in mail.raw


def test_a_mail_of_html_alone_has_no_text(mailbox):
    message = EmailMessage()
    message["From"], message["To"] = "a@example.com", "b@example.com"
    message.set_content("<p>hello</p>", subtype="html")
    with smtplib.SMTP("127.0.0.1", mailbox.port, timeout=10) as client:
        client.send_message(message)
    mail = mailbox.messages[0]
    assert (mail.text, mail.html.strip(), mail.subject) == ("", "<p>hello</p>", "")


def test_the_list_has_exactly_four_keys_and_the_newest_first(x, mailbox):
    send(mailbox, "first")
    send(mailbox, "second", to=("ana@example.com", "bia@example.com"))
    answer = requests.get(x.base_url + "/mailbox.json", timeout=10)
    assert answer.headers["Content-Type"] == "application/json"
    mails = answer.json()
    assert [mail["subject"] for mail in mails] == ["second", "first"]
    assert all(set(mail) == {"to", "subject", "text", "html"} for mail in mails)
    assert mails[0]["to"] == "ana@example.com,bia@example.com"


def test_waiting_finds_the_newest_that_fits_and_gives_up_in_time(mailbox):
    send(mailbox, "code", "1")
    send(mailbox, "code", "2")
    send(mailbox, "other")
    found = mailbox.wait_for(lambda mail: mail.subject == "code")
    assert found.text.strip() == "2"
    with pytest.raises(TimeoutError):
        mailbox.wait_for(lambda mail: mail.subject == "none", timeout=0.05)
    mailbox.clear()
    assert mailbox.messages == []


@pytest.mark.parametrize("reply", ["451 4.3.0 Try again later", "550 5.7.1 No"])
@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_a_refusal_at_any_stage_keeps_no_mail_and_happens_once(mailbox, reply, stage):
    mailbox.fail(SmtpFault(reply=reply, at=stage))
    with pytest.raises(smtplib.SMTPException) as caught:
        send(mailbox)
    assert reply[:3] in str(caught.value)
    assert mailbox.messages == []
    send(mailbox)
    assert len(mailbox.messages) == 1


@pytest.mark.parametrize("stage", ["CONNECT", "MAIL", "RCPT", "DATA"])
def test_a_silent_server_never_answers(mailbox, stage):
    mailbox.fail(SmtpFault(silent=True, at=stage))
    with (
        pytest.raises((TimeoutError, smtplib.SMTPServerDisconnected)),
        smtplib.SMTP("127.0.0.1", mailbox.port, timeout=0.3) as client,
    ):
        client.sendmail("a@example.com", ["b@example.com"], "Subject: x\n\nx")
    assert mailbox.messages == []
    send(mailbox)
    assert len(mailbox.messages) == 1


def test_stopping_hangs_up_on_silent_connections():
    mailbox = Mailbox().start()
    mailbox.fail(SmtpFault(silent=True, at="CONNECT"))
    address = ("127.0.0.1", mailbox.port)
    with (
        socket.create_connection(address, timeout=10) as silent,
        socket.create_connection(address, timeout=10) as idle,
    ):
        assert idle.recv(3) == b"220"
        mailbox.stop()
        assert silent.recv(1) == b""
    with pytest.raises(OSError):
        socket.create_connection(address, timeout=1)


def test_a_misspelt_stage_is_refused_at_once():
    with pytest.raises(ValueError, match="at is one of"):
        SmtpFault(at="QUIT")


# the page


def test_the_page_makes_links_clickable_and_nothing_else(x, mailbox):
    send(
        mailbox,
        "<script>alert(1)</script>",
        "<i>Hello</i> Open http://127.0.0.1:8069/twitter/link/abc?x=1&y=2.\n"
        "<b>not bold</b>",
    )
    page = requests.get(x.base_url + "/mailbox", timeout=10).text
    url = "http://127.0.0.1:8069/twitter/link/abc?x=1&amp;y=2"
    assert f'<a href="{url}" target="_blank" rel="noopener">{url}</a>.' in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "&lt;i&gt;Hello&lt;/i&gt; Open <a" in page
    assert "&lt;b&gt;not bold&lt;/b&gt;" in page
    assert "<script" not in page


def test_the_html_of_a_mail_is_kept_in_a_sandbox(x, mailbox):
    send(mailbox, html='<script>alert(1)</script>"><p>hello</p>')
    answer = requests.get(x.base_url + "/mailbox", timeout=10)
    assert "<script" not in answer.text
    sandbox = answer.text.partition('sandbox="')[2].partition('"')[0]
    assert "allow-scripts" not in sandbox
    assert "allow-same-origin" not in sandbox
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_an_empty_mailbox_looks_again_by_itself(x, mailbox):
    assert "http-equiv" in requests.get(x.base_url + "/mailbox", timeout=10).text
    send(mailbox)
    assert "http-equiv" not in requests.get(x.base_url + "/mailbox", timeout=10).text


def test_without_a_mailbox_there_is_no_page():
    with StandIn() as x:
        assert requests.get(x.base_url + "/mailbox", timeout=10).status_code == 404
