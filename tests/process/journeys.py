"""The demo on a real Odoo, and people with real browsers in front of it."""

import contextlib
import functools
import os
import re
from pathlib import Path

import pytest
from browser import Browser
from helpdesk import LIMITS
from playwright.sync_api import expect

import databases
import postgres
from odoo_process import OdooProcess, free_port
from stand_in import Mailbox, StandIn, demo_app

BASES = tuple(f"TWITTER_IDENTITY_{name}_BASE" for name in ("AUTHORIZE", "API", "MEDIA"))
CHROMIUM_OPTIONS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = 360
DESK = 1280
BRUNO_MAIL = "bruno@example.com"
BRUNO_TICKET = "Invoice is missing"
SCREENS = {
    DESK: {"viewport": {"width": DESK, "height": 800}},
    PHONE: {
        "viewport": {"width": PHONE, "height": 640},
        "is_mobile": True,
        "has_touch": True,
    },
}
PICTURES = os.environ.get("TEST_PICTURES")
"""A folder for a picture of each page that somebody looks at; none by default."""
PATIENCE = 20_000
"""How long anything on a page may take, in milliseconds."""
MOST_TABS = 40
SHOWS_FOCUS = """element => {
    const {outlineStyle, boxShadow} = getComputedStyle(element);
    return element.matches(":focus-visible")
        && (outlineStyle !== "none" || boxShadow !== "none");
}"""

expect.set_options(timeout=PATIENCE)
on_a_phone = pytest.mark.parametrize("width", [PHONE], indirect=True)


# the demo ----------------------------------------------------------------------------


class Demo:
    """Odoo with the demo's records, X and the mailbox."""

    def __init__(self, odoo, x, mailbox):
        self.odoo = odoo
        self.url = odoo.url
        self.x = x
        self.mailbox = mailbox
        self.admin = self.sign_in("admin")
        settings = {
            "email": "help@example.com",
            "twitter_public_url": odoo.url,
            "twitter_privacy_url": "https://www.example.com/privacy",
        }
        self.admin.call("res.company", "write", [1], settings)
        for name in LIMITS:
            key = f"helpdesk_twitter_identity.limit_{name}"
            self.admin.call("ir.config_parameter", "set_param", key, "100000/60")

    def sign_in(self, login):
        """A browser without a screen, signed in; the demo's passwords are the logins.

        :return: Browser
        """
        return Browser(self.url, self.x).sign_in(login, login)

    def begin_anew(self):
        """Let nobody have connected anything, and no mail have come."""
        ids = self.admin.call("twitter.identity", "search", [])
        self.admin.call("twitter.identity", "unlink", ids)
        self.mailbox.clear()

    def ticket_id(self, title):
        """The number of a ticket of the demo."""
        return self.admin.call("helpdesk.ticket", "search", [("name", "=", title)])[0]

    def make_link(self, title):
        """A new link for the contact of a ticket of the demo."""
        number = self.ticket_id(title)
        action = self.admin.call("helpdesk.ticket", "action_twitter_link", [number])
        rows = self.admin.call(
            "twitter.link.wizard", "read", [action["res_id"]], ["url"]
        )
        return rows[0]["url"]

    def wait_for_mail(self, address, subject):
        """The newest mail to an address whose subject has these words in it."""
        return self.mailbox.wait_for(
            lambda mail: mail.to == address and subject in mail.subject,
            timeout=PATIENCE / 1000,
        )

    def wait_for_code(self, address):
        """The six digits of the newest code that was mailed to an address."""
        mail = self.wait_for_mail(address, "Your code")
        (code,) = re.findall(r"(?<!\d)\d{6}(?!\d)", mail.text)
        return code

    @contextlib.contextmanager
    def other_text(self, text):
        """Let the company have another text for customers to agree to."""
        write = functools.partial(self.admin.call, "res.company", "write", [1])
        write({"twitter_consent_text": text})
        yield
        write({"twitter_consent_text": False})

    def kept_secret(self):
        """The client secret as the database has it."""
        with contextlib.closing(postgres.connect(self.odoo.database)) as connection:
            cursor = connection.cursor()
            cursor.execute("SELECT twitter_client_secret_kept FROM res_company")
            return cursor.fetchone()[0]


@contextlib.contextmanager
def running_demo():
    """Run the demo: threaded, so that the bus needs no proxy."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(postgres.running())
        database = stack.enter_context(databases.temporary("journeys", "demo"))
        mailbox = stack.enter_context(Mailbox())
        port = free_port()
        app = demo_app([f"http://127.0.0.1:{port}/twitter/callback"])
        x = stack.enter_context(StandIn([app], demo=True, mailbox=mailbox))
        odoo = OdooProcess(
            database,
            port,
            env=dict.fromkeys(BASES, x.base_url),
            options=("--smtp", "127.0.0.1", "--smtp-port", mailbox.port),
        )
        yield Demo(stack.enter_context(odoo), x, mailbox)


# people ------------------------------------------------------------------------------


class Person:
    """Somebody in front of a browser of their own.

    :param login: of who is signed in, if anybody.
    :param options: of the browser's context, on top of those of its screen.
    """

    def __init__(self, demo, chromium, width, login="", **options):
        self.demo = demo
        self.width = width
        self.context = chromium.new_context(
            base_url=demo.url, **SCREENS[width], **options
        )
        self.context.set_default_timeout(PATIENCE)
        self.errors = []
        self.context.on("console", self._hear)
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        if login:
            cookies = demo.sign_in(login).cookies.items()
            self.context.add_cookies(
                [{"name": key, "value": text, "url": demo.url} for key, text in cookies]
            )
        self.page = self.context.new_page()

    def _hear(self, message):
        """Note what the browser complains about on pages of ours."""
        address = message.location["url"]
        # The browser says so of each page that tells of a problem.
        is_problem_page = message.text.startswith("Failed to load resource") and (
            address.startswith(f"{self.demo.url}/twitter/")
            or address.startswith(f"{self.demo.url}/my/twitter/")
        )
        ours = address.startswith(self.demo.url) or not address
        # Odoo's threads share what they know of domains, and stumble over each other
        # ("Trying to skip optimization level") where a page asks for much at once.
        is_picture = address.startswith(f"{self.demo.url}/web/image?model=res.users")
        is_ours = ours and not (is_problem_page or is_picture)
        if message.type == "error" and is_ours:
            self.errors.append(f"{message.text} {address}")

    # what anybody does

    def open(self, path):
        """Go to an address."""
        self.page.goto(path)

    def press(self, name, place="body"):
        """Press the button, or follow the link, of this name."""
        where = self.page.locator(place)
        button = where.get_by_role("button", name=name, exact=True)
        link = where.get_by_role("link", name=name, exact=True)
        button.or_(link).click()

    def reads(self, text, place="body"):
        """Wait until a text stands on the page."""
        expect(self.page.locator(place)).to_contain_text(text)

    def looks_at(self, name):
        """Look at the whole page: nothing may stand beyond its right edge.

        :param name: of the picture that is kept where pictures are wanted.
        """
        if PICTURES:
            path = Path(PICTURES) / f"{name}-{self.width}.png"
            self.page.screenshot(path=path, full_page=True)
        found = self.page.evaluate("document.scrollingElement.scrollWidth")
        assert found <= self.width, f"{name} is {found} pixels wide"

    def sees_whole(self, name, button):
        """Look at the page, whose button is on the screen without scrolling."""
        self.looks_at(name)
        box = self.page.get_by_role("button", name=button, exact=True).bounding_box()
        assert self.page.evaluate("window.scrollY") == 0
        assert box["y"] + box["height"] <= self.page.viewport_size["height"], box

    def tabs_to(self, selector):
        """Press Tab until something has the focus, and see that it has."""
        wanted = self.page.locator(selector)
        for _tab in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if wanted.evaluate("element => element === document.activeElement"):
                assert wanted.evaluate(SHOWS_FOCUS), f"{selector} hides its focus"
                return
        raise AssertionError(f"no way to {selector} by the keyboard")

    def signs_in(self, login):
        """Fill in Odoo's page for signing in."""
        self.page.fill("#login", login)
        self.page.fill("#password", login)
        self.page.click("form.oe_login_form button[type=submit]")

    # what customers do

    def agrees(self):
        """Tick the box and go to X."""
        self.page.check("#twitter_consent")
        self.press("Connect X account")
        self.is_at_x()

    def is_at_x(self):
        """Wait for X's page."""
        self.page.wait_for_url(f"{self.demo.x.base_url}/**")

    def chooses(self, username):
        """Let X connect this account, and come back."""
        self.page.check(f"input[value={username}]")
        self.press("Authorize app")
        self.page.wait_for_url(f"{self.demo.url}/**")

    def opens_link_in_mailbox(self, address):
        """Open the newest mail with a link, and the link in a new tab."""
        self.demo.wait_for_mail(address, "is this X account yours?")
        self.open(f"{self.demo.x.base_url}/mailbox")
        with self.page.expect_popup() as opened:
            self.page.locator("article a[href*='/twitter/link/']").first.click()
        self.page = opened.value

    def asks_for_code(self, address):
        """Have a code sent to the address on record; return it."""
        self.press("Send the code")
        expect(self.page.locator("#twitter_code")).to_be_focused()
        return self.demo.wait_for_code(address)

    def types_code(self, code):
        """Type a code, and send it off."""
        self.page.fill("#twitter_code", code)
        self.press("Continue")

    def is_proven(self):
        """Read that the proof was taken."""
        self.reads("You have shown that it is you")

    def has_connected(self, account):
        """Read on our page which account is connected."""
        card = self.page.locator(".o_twitter_identity")
        expect(card).to_have_attribute("data-twitter-id", account.id)
        expect(card).to_contain_text(account.name)
        expect(card).to_contain_text(f"@{account.username}")

    def opens_receipt(self, text="I agree that"):
        """From the page of the account: what was agreed to last."""
        self.page.get_by_text("What you agreed to", exact=True).click()
        self.page.locator("a[href^='/my/twitter/receipt/']").first.click()
        self.reads(text)

    def reads_problem(self, code):
        """Read on our page what went wrong."""
        problem = self.page.locator(".o_twitter_problem")
        expect(problem).to_have_attribute("data-code", code)

    # what agents do

    def opens_ticket(self, title):
        """Open a ticket from the list of tickets."""
        self.open("/odoo/action-helpdesk_mgmt.helpdesk_ticket_action")
        self.page.get_by_text(title, exact=True).first.click()
        expect(self.page.locator(".o_form_view .o_form_statusbar")).to_be_visible()

    def sends_link_by_mail(self):
        """From the open ticket: the dialog, and its button."""
        self.press("X account")
        self.page.locator(".modal").get_by_role("tab", name="E-mail").wait_for()
        self.looks_at("dialog")
        self.press("Send by e-mail")
        self.reads("is on its way to", ".o_notification")

    def opens_settings(self):
        """Open the helpdesk's settings."""
        self.open("/odoo/settings")
        self.page.locator(".settings_tab [data-key=helpdesk_mgmt]").click()
        self.page.locator("#twitter_register").scroll_into_view_if_needed()
