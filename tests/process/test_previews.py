"""Previews, scanners and a browser that runs all JavaScript spend nothing."""

import contextlib

import pytest
from browser import connected_id
from crowd import two_by_two, wait_until
from test_limits import mailed_code

from security_trace import covers

VISITS = 50
AGENTS = (
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slackbot 1.0 (+https://api.slack.com/robots)",
    "Twitterbot/1.0",
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    "WhatsApp/2.23.20.0",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/120.0.0.0 Safari/537.36 Edg/120.0.0.0 SafeLinks",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) SkypeUriPreview Preview/0.5",
    "Mozilla/5.0 (compatible; Mimecast; URL Protect)",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
HEADERS = ({}, {"Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"})
WRITTEN = (
    "twitter_link_request",
    "twitter_link_code",
    "twitter_link_event",
    "twitter_oauth_transaction",
    "twitter_identity",
    "twitter_consent",
)


@pytest.fixture
def written(helpdesk):
    """Give a function that tells what stands in our tables since now.

    What other tests have left there is outdated in the meantime, by the clock.
    """
    since = {}
    for table in WRITTEN:
        ((since[table],),) = helpdesk.query(f"SELECT COALESCE(MAX(id), 0) FROM {table}")

    def rows():
        return {
            table: helpdesk.query(
                f"SELECT t::text FROM {table} t WHERE id > %s ORDER BY id", newest
            )
            for table, newest in since.items()
        }

    return rows


@pytest.fixture
def bruno(helpdesk):
    """A contact without portal user."""
    return helpdesk.contact()


@pytest.fixture
def link(written, helpdesk, bruno):
    """A link for him, which counts as written."""
    path = helpdesk.link(bruno)
    assert written()["twitter_link_request"]
    return path


@pytest.fixture
def scan(written, chromium):
    """Give a function that lets a browser open pages, and run all that is on them.

    It has a customer's cookies and presses nothing: nothing is sent to us, and nothing
    is written.
    """

    def scan(browser, *paths):
        before, sent = written(), []
        with contextlib.closing(chromium.new_context()) as context:
            context.on("request", lambda request: sent.append(request))
            context.add_cookies(
                [
                    {"name": name, "value": text, "url": browser.address}
                    for name, text in browser.cookies.items()
                ]
            )
            page = context.new_page()
            for path in paths:
                page.goto(browser.address + path, wait_until="networkidle")
        ours = [request for request in sent if "/twitter" in request.url]
        assert {request.method for request in ours} == {"GET"}
        assert written() == before

    return scan


def prove(helpdesk, customer, browser, link):
    """Have a code mailed, and type it."""
    code = mailed_code(helpdesk, customer, browser, link)
    browser.submit(link, f"{link}/verify", code=code)


@covers("T10")
def test_fifty_visits_of_previews_write_nothing_and_leave_the_link_usable(
    written, helpdesk, bruno, link
):
    before = written()

    def visit(number):
        browser = helpdesk.browser(
            **{"User-Agent": AGENTS[number % len(AGENTS)]},
            **HEADERS[number % len(HEADERS)],
        )
        return browser.open(link, method=("GET", "HEAD")[number % 2]).status_code

    assert set(two_by_two(visit, range(VISITS))) == {200}
    assert written() == before
    browser = helpdesk.browser()
    prove(helpdesk, bruno, browser, link)
    url = browser.start_from_link(link)
    page = browser.confirm(browser.come_back(browser.answer_x(url, bruno.account)))
    assert connected_id(page) == bruno.account.id


@covers("T10", "R108")
def test_previews_of_the_way_back_from_x_spend_nothing(written, helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    callback = browser.answer_x(browser.start(), ana.account)
    before = written()
    # The customer's own browser may look ahead, too.
    assert browser.open(callback, method="HEAD").status_code == 405
    for agent in AGENTS:
        stranger = helpdesk.browser(**{"User-Agent": agent})
        assert stranger.open(callback, method="HEAD").status_code == 405
    assert written() == before
    for agent in AGENTS:
        stranger = helpdesk.browser(**{"User-Agent": agent})
        assert stranger.open(callback).status_code == 303
    assert helpdesk.trips(ana) == [("pending",)]
    page = browser.confirm(browser.come_back(callback))
    assert connected_id(page) == ana.account.id


@covers("T10")
def test_a_browser_that_runs_all_pages_of_a_link_leaves_it_usable(
    scan, helpdesk, bruno, link
):
    browser = helpdesk.browser()
    browser.open(link)
    scan(browser, link)
    code = mailed_code(helpdesk, bruno, browser, link)
    queued = "SELECT id FROM mail_mail WHERE email_to = %s"
    wait_until(lambda: not helpdesk.query(queued, bruno.email), "the mail is forgotten")
    scan(browser, link)
    browser.submit(link, f"{link}/verify", code=code)
    scan(browser, link, "/twitter/confirm/unknown")
    url = browser.start_from_link(link)
    scan(browser, link)
    path = browser.come_back(browser.answer_x(url, bruno.account))
    scan(browser, link, path)
    assert connected_id(browser.confirm(path)) == bruno.account.id
    scan(browser, link, path)


@covers("T10")
def test_a_browser_that_runs_all_pages_of_the_portal_presses_nothing(scan, helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    scan(browser, "/my", "/my/twitter")
    path = browser.to_confirm(ana.account)
    scan(browser, "/my/twitter", path)
    assert connected_id(browser.confirm(path)) == ana.account.id
    scan(browser, "/my/twitter", path)
    assert connected_id(browser.open("/my/twitter")) == ana.account.id
