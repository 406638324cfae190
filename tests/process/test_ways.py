"""The ways that turn off the main road, in Chromium, on a desk and on a phone."""

import pytest
from journeys import BRUNO_MAIL, BRUNO_TICKET, on_a_phone
from playwright.sync_api import expect

from security_trace import covers
from stand_in import ANA, BIA, BRUNO

ANA_TICKET = "My order never came"


def way_back(customer, account):
    """Let X's app answer somewhere else: the address that it opens."""
    customer.page.check(f"input[value={account.username}]")
    return customer.demo.x.answer(customer.page.url, account.username)


def goes_on_in(person, login, demo):
    """Another browser, in which a customer is signed in, or nobody."""
    demo.mailbox.clear()
    return person(login, java_script_enabled=False)


@covers("R23", "F20")
def test_bruno_comes_back_in_another_browser_and_finishes_there(person, demo):
    bruno = person()
    bruno.open(demo.make_link(BRUNO_TICKET))
    bruno.types_code(bruno.asks_for_code(BRUNO_MAIL))
    bruno.agrees()
    address = way_back(bruno, BRUNO)
    app = goes_on_in(person, "", demo)
    app.open(address)
    app.reads_problem("other_browser")
    app.sees_whole("other-browser", "Send the code")
    app.types_code(app.asks_for_code(BRUNO_MAIL))
    app.is_proven()
    app.looks_at("other-browser-proven")
    app.agrees()
    app.chooses("bruno")
    app.press("Yes, connect it")
    app.has_connected(BRUNO)


@on_a_phone
def test_ana_comes_back_in_another_browser_and_signs_in_there(person, demo):
    demo.sign_in("customer")
    ana = person("customer")
    ana.open(demo.make_link(ANA_TICKET))
    ana.agrees()
    address = way_back(ana, ANA)
    app = person()
    app.open(address)
    app.reads_problem("other_browser")
    app.press("Sign in", "main")
    app.signs_in("customer")
    app.is_proven()
    app.agrees()
    app.chooses("ana")
    app.press("Yes, connect it")
    app.has_connected(ANA)


@on_a_phone
def test_one_who_began_in_the_portal_signs_in_and_connects_again(person, demo):
    ana = person("customer")
    ana.open("/my/twitter")
    ana.agrees()
    app = person()
    app.open(way_back(ana, ANA))
    app.reads_problem("other_browser")
    app.looks_at("other-browser-portal")
    app.press("Start again")
    app.signs_in("customer")
    app.agrees()
    app.chooses("ana")
    app.press("Yes, connect it")
    app.has_connected(ANA)


@pytest.fixture
def expects_ana(demo):
    """An agent has noted who wrote."""
    number = demo.ticket_id(ANA_TICKET)
    noted = {"twitter_expected_username": "@ana"}
    demo.admin.call("helpdesk.ticket", "write", [number], noted)
    demo.sign_in("customer")
    return demo.make_link(ANA_TICKET)


def test_another_account_is_connected_after_a_second_yes_and_seen(person, expects_ana):
    ana, agent = person("customer"), person("agent")
    ana.open(expects_ana)
    ana.agrees()
    ana.chooses("bia")
    ana.reads_problem("wrong_account")
    ana.reads("The message came from @ana")
    ana.sees_whole("wrong-account", "Use another X account")
    ana.press("Connect this one all the same")
    ana.reads("It is another account than @ana")
    ana.sees_whole("wrong-account-again", "Yes, connect it")
    ana.press("Yes, connect it")
    ana.has_connected(BIA)
    agent.opens_ticket(ANA_TICKET)
    expect(agent.page.locator(".o_twitter_card")).to_contain_text("not @ana")
    agent.looks_at("ticket-other-account")


@on_a_phone
def test_one_says_that_it_was_somebody_else_and_then_connects_the_right_one(
    person,
    expects_ana,
):
    ana = person("customer", java_script_enabled=False)
    ana.open(expects_ana)
    ana.agrees()
    ana.chooses("bia")
    ana.press("I did not write from @ana: tell your team")
    ana.reads("it was not you who wrote")
    ana.looks_at("wrong-account-reported")
    ana.open(expects_ana)
    ana.agrees()
    ana.chooses("ana")
    ana.press("Yes, connect it")
    ana.has_connected(ANA)


def test_the_agent_compares_two_contacts_of_one_account(person, demo):
    bruno = person()
    bruno.open(demo.make_link(BRUNO_TICKET))
    bruno.types_code(bruno.asks_for_code(BRUNO_MAIL))
    bruno.agrees()
    bruno.chooses("bruno")
    bruno.press("Yes, connect it")
    ana, admin = person("customer"), person("admin")
    ana.open("/my/twitter")
    ana.agrees()
    ana.chooses("bruno")
    ana.press("Yes, connect it")
    ana.reads_problem("already_linked")
    ana.looks_at("already-linked")
    admin.opens_ticket(ANA_TICKET)
    admin.reads("It is already connected to Bruno Lima", ".alert")
    admin.looks_at("ticket-conflict")
    admin.press("Compare the contacts")
    admin.reads("X account @bruno of Bruno Lima stays", ".modal")
    admin.looks_at("merge")
    admin.press("Cancel", ".modal")
