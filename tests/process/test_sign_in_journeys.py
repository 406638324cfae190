"""Signing in, and making an account, with X: in Chromium, on a desk and on a phone."""

import functools
import html
import itertools
import re

import pytest
from crowd import wait_until
from journeys import PHONE, on_a_phone
from playwright.sync_api import expect

from stand_in import ANA, BIA, CARLA

NUMBERS = itertools.count(1)
"""Of people who are new: an address makes one account."""
RESET = "Password reset"
DRAWN = """() => {
    const canvas = document.querySelector(".o_graph_view canvas");
    const area = canvas && [canvas.width, canvas.height];
    const pixels = area && canvas.getContext("2d").getImageData(0, 0, ...area).data;
    return pixels && pixels.some(Boolean);
}"""
"""Odoo's chart stands there, blank, before it is drawn."""


@pytest.fixture
def offered(demo):
    """The company offers it, and anybody may make an account."""
    write = functools.partial(demo.admin.call, "res.company", "write", [1])
    set_param = functools.partial(demo.admin.call, "ir.config_parameter", "set_param")
    write({"twitter_sign_in": True})
    set_param("auth_signup.invitation_scope", "b2c")
    set_param("auth_signup.reset_password", "True")
    yield
    write({"twitter_sign_in": False})
    set_param("auth_signup.invitation_scope", "b2b")


def goes_to_x(someone, page="/web/login"):
    """From Odoo's page to X's."""
    name = page.rpartition("/")[2].partition("?")[0]
    someone.open(page)
    someone.looks_at(name)
    someone.press("Sign up with X" if name == "signup" else "Sign in with X")
    someone.is_at_x()


def makes_account(someone):
    """From X back to the new account."""
    address = f"nora{next(NUMBERS)}@example.org"
    someone.reads("Make an account at")
    someone.looks_at("sign-up")
    someone.page.fill("#twitter_name", "Nora Neves")
    someone.page.fill("#twitter_login", address)
    someone.page.check("#twitter_consent")
    someone.press("Mail me a code")
    someone.reads("We have sent a mail to")
    someone.sees_whole("sign-up-code", "Make my account")
    mail = someone.demo.wait_for_mail(address, "Your account at")
    (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.text)
    expect(someone.page.locator("#twitter_code")).to_be_focused()
    someone.page.fill("#twitter_code", code)
    someone.press("Make my account")


def is_prepared(demo, address):
    """Whether Odoo knows that a link to choose a password has been mailed."""
    mailed = [("email", "=", address), ("signup_type", "=", "reset")]
    return demo.admin.call("res.partner", "search_count", mailed)


def signs_out(someone):
    """By Odoo's own address for it."""
    someone.open("/web/session/logout?redirect=/web/login")


def test_who_is_new_signs_up_with_x_from_nothing(person, offered):
    nora = person()
    goes_to_x(nora, "/web/signup")
    nora.chooses("bia")
    makes_account(nora)
    nora.page.wait_for_url("**/my")
    nora.reads("Your customer account is ready.")
    nora.looks_at("my-signed-in")
    nora.page.get_by_role("link", name="X account").click()
    nora.has_connected(BIA)
    nora.reads("Your account has no password yet")
    nora.looks_at("portal-signed-up")
    signs_out(nora)
    goes_to_x(nora)
    nora.chooses("bia")
    nora.reads("With this X account you are Nora N.")
    nora.sees_whole("sign-in", "Yes, sign in")
    nora.press("Yes, sign in")
    nora.page.wait_for_url("**/my")


@on_a_phone
def test_a_customer_chooses_it_signs_in_and_finds_back_without_it(
    person, demo, offered
):
    carla = person("customer2")
    carla.open("/my/twitter")
    carla.agrees()
    carla.chooses("carla")
    carla.press("Yes, connect it")
    carla.has_connected(CARLA)
    carla.page.fill("#twitter_again_password", "wrong")
    carla.press("Also use X to sign in")
    carla.reads("That is not right")
    carla.looks_at("choose-wrong")
    carla.page.fill("#twitter_again_password", "customer2")
    carla.press("Also use X to sign in")
    carla.reads("This X account signs you in, since")
    carla.looks_at("portal-chosen")
    demo.wait_for_mail("carla@example.com", "can now sign you in")
    signs_out(carla)
    goes_to_x(carla)
    carla.chooses("carla")
    carla.press("Yes, sign in")
    carla.page.wait_for_url("**/my")
    carla.open("/my/twitter")
    carla.reads("It has signed you in here, too.")
    carla.press("Disconnect")
    carla.reads("You are signed out")
    carla.looks_at("signed-out")
    carla.page.fill("#twitter_password_login", "carla@example.com")
    carla.press("Mail me a link")
    carla.reads("Check your mailbox")
    carla.looks_at("password")
    mail = demo.wait_for_mail("carla@example.com", RESET)
    # It was sent before what it leads to was written down.
    wait_until(lambda: is_prepared(demo, "carla@example.com"), "the link is good")
    links = re.findall(r'href="([^"]*/web/reset_password[^"]*)"', mail.html)
    carla.open(html.unescape(links[0]))
    carla.page.fill("#password", "customer2")
    carla.page.fill("#confirm_password", "customer2")
    carla.page.click("form.oe_reset_password_form button[type=submit]")
    carla.reads("reset successfully")
    carla.open("/web/login?login=customer2")
    carla.signs_in("customer2")
    carla.page.wait_for_url("**/my")


@on_a_phone
def test_the_unknown_writer_of_a_ticket_makes_an_account_and_is_its_contact(
    person, demo, offered
):
    values = {
        "name": "Nobody knows who wrote",
        "description": "Where is it?",
        "twitter_expected_username": "@bia",
    }
    ticket = demo.admin.call("helpdesk.ticket", "create", values)
    action = demo.admin.call("helpdesk.ticket", "action_twitter_link", [ticket])
    (reply,) = demo.admin.call(
        "twitter.link.wizard", "read", [action["res_id"]], ["message"]
    )
    (address,) = re.findall(r"https?://\S+", reply["message"])
    nora = person()
    nora.open(address)
    nora.press("Sign in with X")
    nora.is_at_x()
    nora.chooses("bia")
    makes_account(nora)
    nora.page.wait_for_url("**/my/twitter")
    nora.has_connected(BIA)
    (row,) = demo.admin.call(
        "helpdesk.ticket", "read", [ticket], ["partner_id", "twitter_link_status"]
    )
    assert row["partner_id"][1] == "Nora Neves"
    assert row["twitter_link_status"] == "connected"


@on_a_phone
def test_an_x_account_that_was_not_chosen_is_told_how(person, offered):
    ana = person("customer")
    ana.open("/my/twitter")
    ana.agrees()
    ana.chooses("ana")
    ana.press("Yes, connect it")
    ana.has_connected(ANA)
    signs_out(ana)
    goes_to_x(ana)
    ana.chooses("ana")
    ana.reads("This X account does not sign you in yet")
    ana.looks_at("refused")
    goes_to_x(ana)
    ana.press("Cancel")
    ana.reads_problem("cancelled")
    ana.reads("You are not signed in.")
    ana.looks_at("sign-in-cancelled")
    ana.press("Ask for help")
    ana.reads("Write to us and name the code")
    ana.looks_at("sign-in-help")


@on_a_phone
def test_no_page_of_signing_in_needs_javascript(person, offered):
    nora = person(java_script_enabled=False)
    nora.open("/web/login?redirect=/my/twitter")
    # Odoo shows its own form by JavaScript.
    expect(nora.page.locator(".oe_login_form #password")).to_be_visible()
    nora.looks_at("login-without-javascript")
    nora.press("Sign in with X")
    nora.is_at_x()
    nora.chooses("bia")
    nora.press("Use another X account")
    nora.reads_problem("cancelled")
    nora.press("Start again")
    nora.press("Sign in with X")
    nora.is_at_x()
    nora.chooses("bia")
    makes_account(nora)
    nora.page.wait_for_url("**/my/twitter")
    nora.press("Mail me a link to choose a password")
    nora.reads("A link to choose a password is on its way to nora")
    nora.looks_at("password-signed-in")
    nora.press("Back to your X account")
    nora.page.get_by_text("Disconnect", exact=True).click()
    nora.reads("You have no password here")
    nora.looks_at("only-way")
    nora.press("Disconnect all the same")
    nora.reads("You are signed out")


@on_a_phone
def test_the_keyboard_reaches_the_button(person, offered):
    nobody = person()
    nobody.open("/web/login?login=nobody")
    nobody.tabs_to("form[action='/twitter/sign_in'] button")
    assert nobody.width == PHONE


def test_the_admin_switches_it_on_and_sees_who_signed_in(person, demo, offered):
    carla, admin = person("customer2"), person("admin")
    carla.open("/my/twitter")
    carla.agrees()
    carla.chooses("carla")
    carla.press("Yes, connect it")
    carla.page.fill("#twitter_again_password", "customer2")
    carla.press("Also use X to sign in")
    carla.reads("This X account signs you in, since")
    signs_out(carla)
    goes_to_x(carla)
    carla.chooses("carla")
    carla.press("Yes, sign in")
    carla.page.wait_for_url("**/my")
    admin.opens_settings()
    switch = admin.page.get_by_label("Customers may sign in with X")
    switch.scroll_into_view_if_needed()
    expect(switch).to_be_checked()
    admin.looks_at("settings-sign-in")
    admin.press("Sign-ins with X")
    admin.page.wait_for_function(DRAWN)
    admin.looks_at("sign-ins")
    (user,) = demo.admin.call("res.users", "search", [("login", "=", "customer2")])
    admin.open(f"/odoo/action-base.action_res_users/{user}")
    admin.page.get_by_role("tab", name="X (Twitter)").click()
    since = admin.page.locator("[name=twitter_sign_in_since]")
    expect(since).not_to_be_empty()
    expect(admin.page.locator("[name=twitter_signed_in_at]")).not_to_be_empty()
    admin.looks_at("user")
