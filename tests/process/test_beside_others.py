"""Beside Odoo's website and other ways to sign in, and with none of them."""

import contextlib
import re

import pytest
from helpdesk import Helpdesk
from journeys import BASES
from test_sign_in import after_x, button, is_signed_in

import databases
import postgres
from odoo_process import OdooProcess
from stand_in import Mailbox, StandIn

MODULES = {
    "company": {"website", "auth_oauth", "auth_totp", "auth_passkey"},
    "alone": set(),
}
PROVIDER = {
    "name": "Elsewhere",
    "body": "Sign in elsewhere",
    "auth_endpoint": "https://elsewhere.example/authorize",
    "validation_endpoint": "https://elsewhere.example/userinfo",
    "client_id": "elsewhere",
    "enabled": True,
}


@pytest.fixture(scope="module", params=MODULES)
def site(request):
    """A company whose Odoo has these modules, or none of them."""
    with contextlib.ExitStack() as stack:
        # Its people have the names and addresses of others'.
        x, mailbox = stack.enter_context(StandIn()), stack.enter_context(Mailbox())
        stack.enter_context(postgres.running())
        name = stack.enter_context(databases.temporary("beside", request.param))
        odoo = OdooProcess(
            name,
            env=dict.fromkeys(BASES, x.base_url),
            options=("--smtp", "127.0.0.1", "--smtp-port", mailbox.port),
        )
        stack.enter_context(odoo)
        company = Helpdesk(odoo, x, mailbox, client_id=f"beside-{request.param}")
        company.kind = request.param
        company.admin.call("res.company", "write", [1], {"twitter_sign_in": True})
        parameters = ("ir.config_parameter", "set_param")
        company.admin.call(*parameters, "auth_signup.invitation_scope", "b2c")
        if request.param == "company":
            company.admin.call("auth.oauth.provider", "create", PROVIDER)
            sites = company.admin.call("website", "search", [])
            values = {"auth_signup_uninvited": "b2c"}
            company.admin.call("website", "write", sites, values)
        yield company
        company.close()


def test_it_is_what_it_says(site):
    names = sorted(set.union(*MODULES.values()))
    found = site.query(
        "SELECT name FROM ir_module_module"
        " WHERE state = 'installed' AND name = ANY(%s)",
        names,
    )
    assert {name for (name,) in found} == MODULES[site.kind]


def test_the_button_stands_beside_all_others_in_a_form_of_its_own(site):
    for path in ("/web/login", "/web/signup"):
        page = site.browser().page(path)
        (form,) = page.xpath("//form[@action='/twitter/sign_in']")
        assert not form.xpath("ancestor::form")
        others = "Sign in elsewhere" in page.text_content()
        assert others == (site.kind == "company")


def test_a_customer_chooses_it_and_signs_in(site):
    ana = site.customer()
    browser = site.signed_in(ana)
    browser.confirm(browser.to_confirm(ana.account))
    browser.submit("/my/twitter", "/my/twitter/sign_in", password="admin")
    phone = site.browser()
    action, fields = button(phone, after_x(phone, ana.account))
    assert not is_signed_in(phone)
    answer = phone.open(action, data=fields)
    assert answer.status_code == 303, answer.text
    assert is_signed_in(phone)
    browser.submit("/my/twitter", "/my/twitter/disconnect")
    assert not is_signed_in(phone)


def test_who_is_new_makes_an_account(site):
    account, browser = site.account(), site.browser()
    path = after_x(browser, account)
    action = path.replace("/twitter/confirm/", "/twitter/sign_up/")
    address = f"{account.username}@{site.kind}.example"
    browser.submit(path, action, name="Nora", login=address, consent="1")
    mail = site.mailbox.wait_for(lambda mail: mail.to == address, timeout=20)
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.text)
    answer = browser.submit(path, f"{action}/verify", code=code)
    assert answer.status_code == 303, answer.text
    assert is_signed_in(browser)
    page = browser.page("/my/twitter")
    ids = page.xpath("//*[contains(@class, 'o_twitter_identity')]/@data-twitter-id")
    assert ids == [account.id]
