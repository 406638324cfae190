"""Signing in with X on real workers: raced, rolled back, killed, logged."""

import re
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlencode

import pytest
from browser import path_of, problem_of
from crowd import at_once, wait_until
from test_killed import kill_workers, sent

from security_trace import covers

SIGN_IN = "/twitter/sign_in"


@pytest.fixture
def offered(helpdesk):
    """The company offers it, and anybody may make an account."""
    helpdesk.admin.call("res.company", "write", [1], {"twitter_sign_in": True})
    _sign_up(helpdesk, "b2c")
    yield
    helpdesk.admin.call("res.company", "write", [1], {"twitter_sign_in": False})
    _sign_up(helpdesk, "b2b")


def _sign_up(helpdesk, scope):
    key = "auth_signup.invitation_scope"
    helpdesk.admin.call("ir.config_parameter", "set_param", key, scope)


@pytest.fixture
def chosen(helpdesk, offered, ana, browser):
    """A customer who signs in with X."""
    browser.confirm(browser.to_confirm(ana.account))
    answer = browser.submit("/my/twitter", "/my/twitter/sign_in", password="admin")
    assert answer.status_code == 303
    return ana


def after_x(browser, account):
    """From Odoo's page to the page after X."""
    start = browser.submit("/web/login", SIGN_IN)
    callback = browser.answer_x(browser._to_x(start), account)
    return browser.come_back(callback)


def button(browser, path):
    """What pressing "Yes, sign in" sends: address and form."""
    action = path.replace("/twitter/confirm/", f"{SIGN_IN}/")
    return action, browser.fields(browser.page(path), action)


def is_signed_in(browser):
    """Whether a page that wants it is shown."""
    return browser.open("/my/account").status_code == 200


def signed_in(helpdesk, customer):
    """How often a customer has signed in with X."""
    ((number,),) = helpdesk.query(
        "SELECT count(*) FROM twitter_link_event"
        " WHERE partner_id = %s AND kind = 'signed_in'",
        customer.partner_id,
    )
    return number


@covers("R71")
def test_pressed_many_times_at_once_it_is_one_sign_in(helpdesk, chosen):
    browser = helpdesk.browser()
    action, fields = button(browser, after_x(browser, chosen.account))
    clones = [helpdesk.browser() for _number in range(6)]
    for clone in clones:
        clone.cookies = dict(browser.cookies)
    answers = at_once([lambda one=one: one.open(action, data=fields) for one in clones])
    codes = [answer.status_code for answer in answers]
    assert 303 in codes
    assert all(code < 500 for code in codes), codes
    assert any(is_signed_in(clone) for clone in clones)
    assert signed_in(helpdesk, chosen) == 1


@covers("M3", "R89", "F11")
def test_a_rival_who_writes_the_user_makes_odoo_sign_in_again(helpdesk, chosen):
    browser = helpdesk.browser()
    action, fields = button(browser, after_x(browser, chosen.account))
    browser.cookies["tz"] = "America/Sao_Paulo"
    helpdesk.query("UPDATE res_partner SET tz = NULL WHERE id = %s", chosen.partner_id)
    with ThreadPoolExecutor(1) as pool, helpdesk.rival() as rival:
        rival.cursor().execute(
            "UPDATE res_partner SET write_date = now() WHERE id = %s",
            [chosen.partner_id],
        )
        coming = pool.submit(browser.open, action, fields)
        wait_until(helpdesk.waiting_for_rows, "the sign-in meets the rival")
        assert not is_signed_in(clone_of(helpdesk, browser))
        rival.commit()
        answer = coming.result()
    assert answer.status_code == 303, answer.text
    assert is_signed_in(browser)
    assert signed_in(helpdesk, chosen) == 1


def clone_of(helpdesk, browser):
    """A second window of the same browser."""
    clone = helpdesk.browser()
    clone.cookies = dict(browser.cookies)
    return clone


@covers("M3")
def test_a_sign_in_that_the_database_refuses_leaves_no_session(helpdesk, chosen):
    browser = helpdesk.browser()
    action, fields = button(browser, after_x(browser, chosen.account))
    before = dict(browser.cookies)
    helpdesk.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
    )
    helpdesk.query(
        "CREATE TRIGGER refuse BEFORE INSERT ON res_users_log"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    try:
        answer = browser.open(action, data=fields)
    finally:
        helpdesk.query("DROP FUNCTION refuse CASCADE")
    assert answer.status_code >= 400
    assert browser.cookies == before
    assert not is_signed_in(browser)
    again = browser.open(action, data=fields)
    assert again.status_code == 303
    assert is_signed_in(browser)
    assert signed_in(helpdesk, chosen) == 1


@covers("M3")
def test_a_session_that_was_to_begin_and_did_not_is_not_kept(helpdesk, chosen):
    browser = helpdesk.browser()
    action, fields = button(browser, after_x(browser, chosen.account))
    browser.cookies["tz"] = "America/Sao_Paulo"
    helpdesk.query(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'refused'; END $$"
    )
    # Odoo notes the time zone after it has begun the session.
    helpdesk.query(
        "CREATE TRIGGER refuse BEFORE UPDATE OF tz ON res_partner"
        " FOR EACH ROW EXECUTE FUNCTION refuse()"
    )
    helpdesk.query("UPDATE res_users_log SET create_uid = 1 WHERE create_uid > 2")
    try:
        answer = browser.open(action, data=fields)
    finally:
        helpdesk.query("DROP FUNCTION refuse CASCADE")
    assert answer.status_code >= 400
    assert not is_signed_in(browser)
    assert browser.open(action, data=fields).status_code == 303
    assert is_signed_in(browser)


@covers("F14")
def test_a_worker_that_dies_before_the_session_begins_loses_nothing(helpdesk, chosen):
    browser = helpdesk.browser()
    action, fields = button(browser, after_x(browser, chosen.account))
    with helpdesk.rival() as rival:
        rival.cursor().execute("LOCK TABLE res_users_log IN EXCLUSIVE MODE")
        with sent(browser, "POST", action, urlencode(fields)):
            wait_until(helpdesk.waiting_for_rows, "the session is about to begin")
            assert signed_in(helpdesk, chosen) == 1
            kill_workers(helpdesk)
        rival.rollback()
    assert not is_signed_in(browser)
    again = browser.open(action, data=fields)
    assert again.status_code == 303
    assert is_signed_in(browser)
    assert signed_in(helpdesk, chosen) == 1


@covers("R76", "T34")
def test_disconnecting_ends_what_x_began_on_every_worker(helpdesk, chosen, browser):
    phone = helpdesk.browser()
    action, fields = button(phone, after_x(phone, chosen.account))
    phone.open(action, data=fields)
    assert all(is_signed_in(phone) for _time in range(8))
    ended = browser.submit("/my/twitter", "/my/twitter/disconnect")
    assert ended.status_code == 303, ended.text
    assert not any(is_signed_in(phone) for _time in range(8))
    # The password's own session goes on.
    assert is_signed_in(browser)


@covers("R76", "T34")
def test_a_session_can_not_forget_that_x_began_it(helpdesk, chosen, browser):
    mallory = helpdesk.customer()
    phone = helpdesk.browser()
    action, fields = button(phone, after_x(phone, chosen.account))
    phone.open(action, data=fields)
    own = {"type": "password", "login": mallory.login, "password": "admin"}
    asked = phone.call("res.users", "authenticate", [], own, {})
    assert asked["auth_method"] == "password"
    assert is_signed_in(phone)
    browser.submit("/my/twitter", "/my/twitter/disconnect")
    assert not is_signed_in(phone)


@covers("R71")
def test_one_x_account_makes_one_account_however_many_try(helpdesk, offered):
    account = helpdesk.account()
    people = [helpdesk.browser() for _number in range(4)]
    calls = []
    for number, one in enumerate(people):
        path = after_x(one, account)
        action = path.replace("/twitter/confirm/", "/twitter/sign_up/")
        address = f"{account.username}-{number}@example.org"
        one.submit(path, action, name="Nora", login=address, consent="1")
        code = code_for(helpdesk, address)
        fields = {**one.fields(one.page(path), f"{action}/verify"), "code": code}
        calls.append(
            lambda one=one, action=action, fields=fields: one.open(
                f"{action}/verify", data=fields
            )
        )
    answers = at_once(calls)
    assert sorted(answer.status_code for answer in answers)[0] == 303
    assert [answer.status_code for answer in answers].count(303) == 1
    assert all(answer.status_code < 500 for answer in answers)
    made = helpdesk.query(
        "SELECT login FROM res_users WHERE login LIKE %s", f"{account.username}-%"
    )
    assert len(made) == 1
    owned = helpdesk.query(
        "SELECT sign_in_user_id FROM twitter_identity WHERE twitter_id = %s", account.id
    )
    assert len(owned) == 1 and owned[0][0]


@covers("R71")
def test_the_form_sent_many_times_is_one_account_to_be_made(helpdesk, offered):
    browser = helpdesk.browser()
    path = after_x(browser, helpdesk.account())
    action = path.replace("/twitter/confirm/", "/twitter/sign_up/")
    fields = browser.fields(browser.page(path), action)
    fields |= {"name": "Nora", "login": "many@example.org", "consent": "1"}
    clones = [clone_of(helpdesk, browser) for _number in range(3)]
    answers = at_once([lambda one=one: one.open(action, data=fields) for one in clones])
    assert [answer.status_code for answer in answers] == [303] * 3
    begun = helpdesk.query(
        "SELECT mails FROM twitter_sign_up WHERE address = 'many@example.org'"
    )
    assert begun == [(3,)]


@covers("R71")
def test_the_code_sent_many_times_makes_one_account(helpdesk, offered):
    account, browser = helpdesk.account(), helpdesk.browser()
    path = after_x(browser, account)
    action = path.replace("/twitter/confirm/", "/twitter/sign_up/")
    address = f"{account.username}@example.org"
    browser.submit(path, action, name="Nora", login=address, consent="1")
    fields = browser.fields(browser.page(path), f"{action}/verify")
    fields["code"] = code_for(helpdesk, address)
    clones = [clone_of(helpdesk, browser) for _number in range(4)]
    answers = at_once(
        [lambda one=one: one.open(f"{action}/verify", data=fields) for one in clones]
    )
    assert all(answer.status_code < 500 for answer in answers)
    assert any(is_signed_in(clone) for clone in clones)
    made = helpdesk.query("SELECT id FROM res_users WHERE login = %s", address)
    assert len(made) == 1


def code_for(helpdesk, address):
    """The six digits that were mailed to an address."""
    mail = helpdesk.mailbox.wait_for(lambda mail: mail.to == address, timeout=20)
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.text)
    return code


@covers("R117")
def test_the_log_holds_no_reference_of_a_sign_in(helpdesk, chosen):
    browser = helpdesk.browser()
    path = after_x(browser, chosen.account)
    action, fields = button(browser, path)
    browser.open(action, data=fields)
    assert path_of(path).rpartition("/")[2] not in helpdesk.odoo.read_log()
    assert problem_of(browser.open("/my/twitter")) == ""
