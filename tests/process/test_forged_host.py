"""A forged Host header, plain or through the proxy's, changes no address of ours."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from browser import Browser, connected_id
from crowd import wait_until
from test_secrets import CODE

from security_trace import covers

EVIL = "evil.example"
HEADERS = {
    "Host": {"Host": EVIL},
    "X-Forwarded-Host": {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"},
}
PRIVACY = "www.example.com"
forged = pytest.mark.parametrize("headers", HEADERS.values(), ids=HEADERS)


@pytest.fixture(autouse=True)
def own_address(helpdesk):
    """Let Odoo's own address be as it was, whatever the test made of it."""
    value = "(SELECT value FROM ir_config_parameter WHERE key = 'web.base.url')"
    ((before,),) = helpdesk.query(f"SELECT {value}")
    yield
    helpdesk.admin.call("ir.config_parameter", "set_param", "web.base.url", before)


class ForgingBrowser(Browser):
    """Forges the Host of each request; remembers where it was sent."""

    def __init__(self, helpdesk, headers):
        super().__init__(helpdesk.odoo.url, helpdesk.x, headers)
        self.locations = []

    def open(self, path, data=None, method=None, headers=()):
        """Open an address, and note where it leads."""
        answer = super().open(path, data, method, headers)
        self.locations.append(answer.headers.get("Location", ""))
        return answer


def callback_sent_to_x(authorize_url):
    """The address that X is asked to send the customer back to."""
    (address,) = parse_qs(urlsplit(authorize_url).query)["redirect_uri"]
    return address


def assert_clean(mail):
    """No word of the forged host anywhere in a mail."""
    assert EVIL not in mail.raw.decode(errors="replace")
    assert EVIL not in mail.text + mail.html


@forged
@covers("R20", "R112", "T13")
def test_the_way_through_the_portal(helpdesk, headers):
    ana = helpdesk.customer()
    browser = ForgingBrowser(helpdesk, headers).sign_in(ana.login, "admin")
    url = browser.start()
    assert callback_sent_to_x(url) == f"{helpdesk.odoo.url}/twitter/callback"
    page = browser.confirm(browser.come_back(browser.answer_x(url, ana.account)))
    assert connected_id(page) == ana.account.id
    wait_until(lambda: helpdesk.mails_to(ana), "the notice")
    assert not any(EVIL in location for location in browser.locations)
    (mail,) = helpdesk.mails_to(ana)
    assert f"{helpdesk.odoo.url}/twitter/undo/" in mail.text
    assert_clean(mail)


@forged
@covers("R20", "R112", "T13")
def test_the_way_of_a_link(helpdesk, headers):
    bruno = helpdesk.contact()
    admin = ForgingBrowser(helpdesk, headers).sign_in("admin", "admin")
    ((base,),) = helpdesk.query(
        "SELECT value FROM ir_config_parameter WHERE key = 'web.base.url'"
    )
    assert EVIL in base  # what Odoo itself makes of it
    ticket = helpdesk.ticket(bruno)
    wizard = admin.call("helpdesk.ticket", "action_twitter_link", [ticket])["res_id"]
    fields = ["url", "message", "email_message", "direct_message", "public_message"]
    (row,) = admin.call("twitter.link.wizard", "read", [wizard], fields)
    admin.call("twitter.link.wizard", "action_send_email", [wizard])
    assert EVIL not in str(row)
    assert row["url"].startswith(f"{helpdesk.odoo.url}/twitter/link/")
    browser = ForgingBrowser(helpdesk, headers)
    link = row["url"].removeprefix(helpdesk.odoo.url)
    browser.submit(link, f"{link}/code")
    mails = wait_until(lambda: mails_of(helpdesk, bruno, 2), "link and code by mail")
    (code,) = CODE.findall(next(mail.text for mail in mails if "ten min" in mail.text))
    browser.submit(link, f"{link}/verify", code=code)
    url = browser.start_from_link(link)
    assert callback_sent_to_x(url) == f"{helpdesk.odoo.url}/twitter/callback"
    page = browser.confirm(browser.come_back(browser.answer_x(url, bruno.account)))
    assert connected_id(page) == bruno.account.id
    assert not any(EVIL in location for location in browser.locations)
    for mail in wait_until(lambda: mails_of(helpdesk, bruno, 3), "the notice"):
        assert_clean(mail)
        assert addresses(mail) <= {urlsplit(helpdesk.odoo.url).netloc, PRIVACY}


def mails_of(helpdesk, customer, number):
    """The mails to a customer, once there are so many."""
    mails = helpdesk.mails_to(customer)
    return mails if len(mails) >= number else []


def addresses(mail):
    """The hosts of all addresses in a mail."""
    found = re.findall(r"https?://[^\s\"'<>]+", mail.text + mail.html)
    return {urlsplit(address).netloc for address in found}
