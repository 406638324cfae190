"""The whole way of each who uses it, in Chromium, on a desk and on a phone."""

import re

import pytest
from journeys import BRUNO_MAIL, BRUNO_TICKET, DESK, on_a_phone
from playwright.sync_api import expect

from security_trace import covers
from stand_in import ANA, BRUNO, CARLA, DEMO_CLIENT_SECRET

OURS = "helpdesk_twitter_identity"


@covers("R44", "T7")
def test_an_agent_sends_a_link_and_sees_who_proved_to_be_the_customer(person):
    agent, bruno = person("agent"), person()
    agent.opens_ticket(BRUNO_TICKET)
    agent.sends_link_by_mail()
    bruno.opens_link_in_mailbox(BRUNO_MAIL)
    bruno.reads("B••• L•••")
    bruno.sees_whole("link", "Send the code")
    code = bruno.asks_for_code(BRUNO_MAIL)
    bruno.sees_whole("link-code", "Continue")
    bruno.types_code(code)
    bruno.is_proven()
    bruno.sees_whole("link-proven", "Connect X account")
    bruno.agrees()
    bruno.chooses("bruno")
    bruno.reads("Connect @bruno to Bruno L. at")
    bruno.sees_whole("confirm", "Yes, connect it")
    bruno.press("Yes, connect it")
    bruno.has_connected(BRUNO)
    bruno.looks_at("connected")
    # Nobody has loaded the ticket again.
    sees_card(agent, BRUNO, "by a code")
    agent.looks_at("ticket")


def sees_card(agent, account, proof):
    """The line under the contact: picture, name, @handle, X's mark, proof."""
    card = agent.page.locator(".o_twitter_card")
    expect(card).to_contain_text(account.name)
    expect(card).to_contain_text(proof)
    expect(card.locator("[aria-label=X]")).to_be_visible()
    profile = card.get_by_role("link", name=f"@{account.username}")
    expect(profile).to_have_attribute("href", f"https://x.com/{account.username}")
    picture = card.locator("img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth") > 0


def test_a_customer_connects_in_the_portal_and_disconnects(person):
    carla = person("customer2")
    carla.open("/my")
    carla.looks_at("my")
    carla.page.get_by_role("link", name="X account").click()
    carla.reads("Tell")
    carla.looks_at("portal")
    carla.agrees()
    carla.chooses("carla")
    carla.press("Yes, connect it")
    carla.has_connected(CARLA)
    carla.looks_at("portal-connected")
    carla.press("Disconnect")
    carla.reads("What came from X has been deleted", "[role=status]")
    expect(carla.page.locator(".o_twitter_identity")).to_have_count(0)
    carla.looks_at("portal-disconnected")


@covers("R28", "R58")
def test_the_admin_copies_the_callback_address_and_never_sees_the_secret(
    person, demo, tmp_path
):
    told = tmp_path / "told.har"
    calls = {"record_har_path": told, "record_har_url_filter": "**/web/dataset/**"}
    admin = person("admin", **calls)
    admin.opens_settings()
    callback = admin.page.locator("[name=twitter_callback_url]")
    expect(callback).to_contain_text(f"{demo.url}/twitter/callback")
    expect(admin.page.get_by_text("Callback address for X")).to_be_visible()
    expect(admin.page.get_by_label("Client secret")).to_have_value("")
    admin.looks_at("settings")
    hours = admin.page.get_by_label("Links are valid for (hours)")
    hours.fill("73" if hours.input_value() == "72" else "72")
    with admin.page.expect_event("load"):
        admin.press("Save")
    admin.opens_settings()
    expect(admin.page.locator("#twitter_credentials")).to_contain_text("Set.")
    assert demo.kept_secret() == DEMO_CLIENT_SECRET
    admin.context.close()
    assert "twitter_client_secret" in told.read_text()
    assert DEMO_CLIENT_SECRET not in told.read_text()


def test_who_cancels_at_x_finds_the_way_back(person):
    ana = person("customer")
    ana.open("/my/twitter")
    ana.agrees()
    ana.press("Cancel")
    ana.reads_problem("cancelled")
    ana.looks_at("cancelled")
    ana.press("Start again")
    ana.agrees()
    ana.chooses("ana")
    ana.press("Yes, connect it")
    ana.has_connected(ANA)


def test_an_agent_who_looks_on_sees_where_a_customer_stops_and_what_they_ask(
    person, demo
):
    agent, bruno = person("agent"), person()
    link = demo.make_link(BRUNO_TICKET)
    agent.opens_ticket(BRUNO_TICKET)
    card = agent.page.locator(".o_twitter_card")
    bruno.open(link)
    code = bruno.asks_for_code(BRUNO_MAIL)
    expect(card).to_contain_text("begun")
    bruno.types_code(code)
    bruno.agrees()
    bruno.press("Cancel")
    bruno.reads_problem("cancelled")
    bruno.looks_at("cancelled-link")
    # Nobody has loaded the ticket again.
    expect(card).to_contain_text("cancelled at X")
    bruno.press("Ask for help")
    bruno.reads("We have your question")
    bruno.looks_at("help")
    agent.press("What happened")
    agent.reads("Asked for help, after this: cancelled at X", ".modal")
    agent.reads("who they are: they have proven it", ".modal")
    agent.reads("Asked for help", ".modal")
    agent.looks_at("what-happened")


@on_a_phone
def test_the_admin_checks_the_set_up_and_copies_the_address_beside_it(person, demo):
    admin = person("admin")
    admin.opens_settings()
    admin.press("Check the set-up")
    admin.reads("X takes them.", ".modal")
    admin.reads(f"{demo.url}/twitter/callback", ".modal [name=callback_url]")
    admin.looks_at("check")
    for path in ("/twitter/manual", "/odoo/helpdesk-x-accounts"):
        admin.open(path)
        expect(admin.page.locator("h1, .o_graph_view").first).to_be_visible()
        admin.looks_at(path.rpartition("/")[2])


@on_a_phone
@covers("R33")
def test_no_page_of_a_portal_customer_needs_javascript(person):
    ana = person("customer", java_script_enabled=False)
    ana.open("/my")
    ana.page.get_by_role("link", name="X account").click()
    ana.press("Connect X account")
    expect(ana.page.locator("#twitter_consent:invalid")).to_be_focused()
    ana.agrees()
    ana.chooses("bia")
    ana.press("No, this is not my account")
    ana.reads_problem("cancelled")
    ana.press("Start again")
    ana.agrees()
    ana.chooses("ana")
    ana.press("Yes, connect it")
    ana.has_connected(ANA)
    ana.opens_receipt()
    ana.press("Your X account page")
    ana.press("Disconnect")
    ana.reads("What came from X has been deleted")


def test_a_customer_agrees_anew_keeps_a_receipt_and_takes_it_all_back(person, demo):
    ana = person("customer")
    ana.open("/my/twitter")
    ana.agrees()
    ana.chooses("ana")
    ana.press("Yes, connect it")
    ana.has_connected(ANA)
    with demo.other_text("I want Example Ltd to know my X account, and to help me."):
        ana.open("/my/twitter")
        ana.reads("What you agreed to has changed")
        ana.looks_at("changed")
        ana.page.check("#twitter_consent_again")
        ana.press("I agree to the new text")
        expect(ana.page.locator(".o_twitter_change")).to_have_count(0)
        ana.opens_receipt("I want Example Ltd")
        ana.looks_at("receipt")
    ana.open("/my/twitter/data")
    ana.reads(ANA.id)
    ana.looks_at("data")
    mail = demo.wait_for_mail("ana@example.com", "An X account was connected")
    reader = person(java_script_enabled=False)
    reader.open(re.search(r"http\S+/twitter/undo/[\w-]+", mail.text)[0])
    reader.reads("Was it not you?")
    reader.looks_at("undo")
    reader.page.check("#twitter_sure")
    reader.press("End it, and tell the team")
    reader.reads("Done")
    reader.looks_at("undone")
    agent = person("agent")
    agent.opens_ticket("My order never came")
    agent.reads("This wasn't me", ".o-mail-Chatter")
    agent.looks_at("undone-ticket")


@on_a_phone
def test_no_page_of_a_link_needs_javascript(person, demo):
    bruno = person(java_script_enabled=False)
    bruno.open(demo.make_link(BRUNO_TICKET))
    code = bruno.asks_for_code(BRUNO_MAIL)
    bruno.types_code(f"{(int(code) + 1) % 10**6:06}")
    bruno.reads_problem("code_wrong")
    bruno.looks_at("link-wrong-code")
    bruno.types_code(code)
    bruno.is_proven()
    bruno.agrees()
    bruno.chooses("bruno")
    bruno.press("Yes, connect it")
    bruno.has_connected(BRUNO)


@pytest.mark.parametrize("width", [DESK], indirect=True)
def test_a_customer_connects_with_the_keyboard_alone(person):
    ana = person("customer")
    ana.open("/my/twitter")
    keyboard = ana.page.keyboard
    ana.tabs_to("summary >> nth=0")
    keyboard.press("Enter")
    expect(ana.page.get_by_text("until you disconnect")).to_be_visible()
    ana.tabs_to("#twitter_consent")
    keyboard.press("Space")
    ana.tabs_to("form[action$='/connect'] button")
    keyboard.press("Enter")
    ana.is_at_x()
    ana.chooses("ana")
    ana.tabs_to("form:not([action$='/decline']) button:has-text('Yes')")
    keyboard.press("Enter")
    ana.has_connected(ANA)
    ana.tabs_to("form[action$='/disconnect'] button")
    keyboard.press("Enter")
    ana.reads("What came from X has been deleted")


@on_a_phone
def test_the_landing_page_of_a_portal_customer_shows_its_button_at_once(person, demo):
    # Who has never signed in proves by a code.
    demo.sign_in("customer")
    ana = person()
    ana.open(demo.make_link("My order never came"))
    ana.sees_whole("link-sign-in", "Sign in")
    ana.press("Sign in", "main")
    ana.signs_in("customer")
    ana.is_proven()
    ana.sees_whole("link-proven", "Connect X account")


def test_the_portal_loads_no_script_of_ours(demo):
    carla, agent = demo.sign_in("customer2"), demo.sign_in("agent")
    usual = scripts_of(carla, "/my")
    assert usual
    assert scripts_of(carla, "/my/twitter") == usual
    assert not carla.page("/my/twitter").xpath("//main//script")
    assert OURS not in all_text_of(carla, usual)
    assert OURS in all_text_of(agent, scripts_of(agent, "/odoo"))


def scripts_of(browser, path):
    """The addresses of the scripts that a page loads, at once or later."""
    return browser.page(path).xpath("//script/@src | //script/@data-src")


def all_text_of(browser, addresses):
    """What stands at some addresses."""
    return "".join(browser.open(address).text for address in addresses)
