"""Two tabs, and reloading: the state ends sane, whatever the order."""

from browser import connected_id
from crowd import at_once
from test_races import rounds

from security_trace import covers


@covers("F18")
def test_two_tabs_with_one_account_end_in_one_connection(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    urls = [browser.start(), browser.start()]
    paths = [browser.come_back(browser.answer_x(url, ana.account)) for url in urls]
    assert len(set(paths)) == 2
    for path in paths:
        assert connected_id(browser.confirm(path)) == ana.account.id
    assert helpdesk.count("twitter_identity", ana) == 1
    assert standing_consents(helpdesk, ana) == 1


@covers("F18")
def test_of_two_tabs_with_two_accounts_the_last_confirmation_counts(helpdesk):
    ana, other = helpdesk.customer(), helpdesk.account()
    browser = helpdesk.signed_in(ana)
    urls = [browser.start(), browser.start()]
    accounts = [ana.account, other]
    paths = [
        browser.come_back(browser.answer_x(url, account))
        for url, account in zip(urls, accounts, strict=True)
    ]
    for path, account in reversed(list(zip(paths, accounts, strict=True))):
        assert connected_id(browser.confirm(path)) == account.id
    assert helpdesk.count("twitter_identity", ana) == 1
    assert standing_consents(helpdesk, ana) == 1
    assert connected_id(browser.open("/my/twitter")) == ana.account.id


@rounds
@covers("F18", "F13")
def test_two_accounts_confirmed_at_once_leave_one_and_refuse_none(helpdesk, number):
    ana, other = helpdesk.customer(), helpdesk.account()
    browser = helpdesk.signed_in(ana)
    urls = [browser.start(), browser.start()]
    accounts = [ana.account, other]
    ways = [
        browser.come_back(browser.answer_x(url, account))
        for url, account in zip(urls, accounts, strict=True)
    ]
    forms = [(path, browser.fields(browser.page(path), path)) for path in ways]
    answers = at_once(
        [lambda path=path, form=form: browser.open(path, form) for path, form in forms]
    )
    assert [answer.status_code for answer in answers] == [303, 303]
    assert helpdesk.trips(ana) == [("done",), ("done",)]
    assert helpdesk.count("twitter_identity", ana) == 1
    assert standing_consents(helpdesk, ana) == 1


@covers("R10", "F17")
def test_every_page_can_be_reloaded(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    url = browser.start()
    callback = browser.answer_x(url, ana.account)
    path = twice(browser, callback).headers["Location"]
    assert twice(browser, path).status_code == 200
    fields = browser.fields(browser.page(path), path)
    for _press in range(2):
        page = browser.follow(browser.open(path, data=fields))
        assert connected_id(page) == ana.account.id
    for reloaded in (callback, path, "/my/twitter"):
        page = browser.follow(twice(browser, reloaded))
        assert connected_id(page) == ana.account.id
    assert helpdesk.count("twitter_consent", ana) == 1
    assert helpdesk.count("twitter_identity", ana) == 1
    assert helpdesk.trips(ana) == [("done",)]


def test_disconnecting_in_two_tabs_is_no_error(helpdesk):
    ana = helpdesk.customer()
    browser = helpdesk.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    action = "/my/twitter/disconnect"
    fields = browser.fields(browser.page("/my/twitter"), action)
    for _tab in range(2):
        assert browser.open(action, data=fields).status_code == 303
    assert helpdesk.count("twitter_identity", ana) == 0
    assert standing_consents(helpdesk, ana) == 0


def twice(browser, path):
    """Open a page, reload it: it says the same; the second answer."""
    first, second = browser.open(path), browser.open(path)
    assert first.status_code == second.status_code
    assert first.headers.get("Location") == second.headers.get("Location")
    return second


def standing_consents(helpdesk, customer):
    """How many receipts of a customer are not withdrawn."""
    return helpdesk.query(
        "SELECT count(*) FROM twitter_consent"
        " WHERE partner_id = %s AND withdrawn_at IS NULL",
        customer.partner_id,
    )[0][0]
