"""What our Odoo tests share: a set-up company, its people, a stand-in for X."""

import os
import re
import sys
from pathlib import Path
from unittest.mock import patch

from lxml import html

from odoo.http import root
from odoo.tests import HttpCase, TransactionCase, new_test_user

from ..models.under_way import mailing

DEV = str(Path(__file__).resolve().parents[1] / "dev")
if DEV not in sys.path:
    sys.path.append(DEV)

import translations  # noqa: E402,F401
from security_trace import covers  # noqa: E402,F401
from stand_in import ANA, BIA, BRUNO, App, Fault, Mailbox, StandIn  # noqa: E402,F401

CLIENT_ID = "dGVzdC1hcHA6MTpjaQ"
CLIENT_SECRET = "planted-client-secret-0f5d7c"
PASSWORD = "a-long-password-4711"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
AGENT_GROUPS = "base.group_user,helpdesk_mgmt.group_helpdesk_user"


class TwitterCase(TransactionCase):
    """One company that is set up, Ana with a portal account, Bruno without."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "no_reset_password": True})
        cls.company = cls.env.company
        cls.company.write(
            {
                "name": "Example Ltd",
                "email": "help@example.com",
                "twitter_client_id": CLIENT_ID,
                "twitter_client_secret": CLIENT_SECRET,
                "twitter_public_url": "https://help.example.com",
                "twitter_privacy_url": "https://www.example.com/privacy",
            }
        )
        cls.agent = new_test_user(cls.env, "test_agent", groups=AGENT_GROUPS)
        cls.ana_user = new_test_user(
            cls.env,
            "test_ana",
            groups="base.group_portal",
            name="Ana Souza",
            email="ana@example.com",
        )
        cls.ana = cls.ana_user.partner_id
        cls.carla_user = new_test_user(
            cls.env,
            "test_carla",
            groups="base.group_portal",
            name="Carla Dias",
            email="carla@example.com",
        )
        cls.carla = cls.carla_user.partner_id
        cls.bruno = cls.env["res.partner"].create(
            {"name": "Bruno Lima", "email": "bruno@gmail.com"}
        )
        cls.nobody = cls.env["res.partner"].create({"name": "Davi Rocha"})

    @classmethod
    def make_ticket(cls, partner, **values):
        """A ticket of a contact, open."""
        return cls.env["helpdesk.ticket"].create(
            {
                "name": "Where is my order?",
                "description": "It never came.",
                "partner_id": partner and partner.id,
                **values,
            }
        )

    @classmethod
    def has_signed_in(cls, user):
        """Let a portal user have signed in once, some day."""
        cls.env["res.users.log"].with_user(user).sudo().create({})

    @classmethod
    def mailed_token(cls, partner):
        """A token to choose a password, as Odoo mails one."""
        with mailing():
            return partner._generate_signup_token()

    @classmethod
    def sign_up(cls, token=None, **values):
        """What any visitor can do, with any address or a token that they have seen.

        :return: the user who has signed up, or has a new password.
        """
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("auth_signup.invitation_scope", "b2c")
        users = cls.env["res.users"].with_user(cls.env.ref("base.public_user")).sudo()
        login, _password = users.signup({"password": PASSWORD, **values}, token)
        return cls.env["res.users"].search([("login", "=", login)])

    @classmethod
    def connect(cls, partner, twitter_id="1745020318867001345", **values):
        """An identity, as only a proof makes one."""
        consent = cls.env["twitter.consent"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "text": "I agree.",
                "given_at": cls.env.cr.now(),
            }
        )
        return cls.env["twitter.identity"].create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "twitter_id": twitter_id,
                "username": "Ana",
                "name": "Ana Souza",
                "proof": "portal_session",
                "linked_at": cls.env.cr.now(),
                "consent_id": consent.id,
                **values,
            }
        )


class TwitterHttpCase(TwitterCase, HttpCase):
    """The same with a browser's view of the pages and a stand-in for X."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.x = cls.enterClassContext(StandIn())
        bases = dict.fromkeys(
            (
                "TWITTER_IDENTITY_AUTHORIZE_BASE",
                "TWITTER_IDENTITY_API_BASE",
                "TWITTER_IDENTITY_MEDIA_BASE",
            ),
            cls.x.base_url,
        )
        cls.enterClassContext(patch.dict(os.environ, bases))
        cls.company.twitter_public_url = cls.base_url()
        cls.x.register(
            App(
                CLIENT_ID,
                CLIENT_SECRET,
                (f"{cls.base_url()}/twitter/callback",),
                request_email=True,
            )
        )
        cls.has_signed_in(cls.ana_user)
        cls.has_signed_in(cls.carla_user)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.x.faults.clear)

    def run_cron(self, model):
        """Run the job of a model, which commits as it goes."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.env(cr=cr)[model]._run()
        self.env.invalidate_all()

    # === Pages === #

    def get(self, path, **options):
        """A page, without following where it leads."""
        return self.url_open(path, allow_redirects=False, **options)

    def page(self, path):
        """A page, parsed."""
        return html.fromstring(self.get(path).content)

    def token_of(self, tree):
        """The CSRF token that a page's forms carry."""
        return tree.xpath("//input[@name='csrf_token']/@value")[0]

    def submit(self, tree, action, headers=None, **values):
        """Press the button of the form with this action, as a browser would."""
        form = tree.xpath(f"//form[@action='{action}']")[0]
        data = {
            field.get("name"): field.get("value", "")
            for field in form.xpath(".//input[@type='hidden']")
        }
        return self.get(action, data={**data, **values}, headers=headers)

    def problem_of(self, response):
        """The code of the problem that a page tells, or an empty string."""
        tree = html.fromstring(response.content)
        codes = tree.xpath("//*[contains(@class, 'o_twitter_problem')]/@data-code")
        return codes[0] if codes else ""

    def connected_id(self, response):
        """X's number of the account that a page shows as connected."""
        tree = html.fromstring(response.content)
        ids = tree.xpath("//*[contains(@class,'o_twitter_identity')]/@data-twitter-id")
        return ids[0] if ids else ""

    def browser_session(self):
        """The session of the browser that `url_open` plays, as it is kept."""
        return root.session_store.get(self.opener.cookies["session_id"])

    # === Ways === #

    def path(self, url):
        """The path of one of our own addresses."""
        return url.removeprefix(self.base_url())

    def start_in_portal(self):
        """From the portal page to X: the address of the authorize page."""
        response = self.submit(
            self.page("/my/twitter"), "/my/twitter/connect", consent="1"
        )
        self.assertEqual(response.status_code, 303, response.text)
        return response.headers["Location"]

    def come_back(self, authorize_url, account="ana", decision="allow"):
        """From X back to us: the page that the callback leads to."""
        callback = self.x.answer(authorize_url, account=account, decision=decision)
        response = self.get(self.path(callback))
        self.assertEqual(response.status_code, 303)
        return self.path(response.headers["Location"])

    def confirm(self, path):
        """Press "Yes, connect it", and follow."""
        response = self.submit(self.page(path), path)
        self.assertEqual(response.status_code, 303, response.text)
        return self.get(self.path(response.headers["Location"]))

    def make_link(self, ticket):
        """The agent's button: the dialog's row, read as the agent."""
        action = ticket.with_user(self.agent).action_twitter_link()
        return (
            self.env["twitter.link.wizard"]
            .with_user(self.agent)
            .browse(action["res_id"])
        )

    def last_mail(self):
        """The newest queued mail."""
        return self.env["mail.mail"].search([], order="id desc", limit=1)

    def code_in(self, mail):
        """The six digits of a mail."""
        return re.findall(
            r"(?<!\d)\d{6}(?!\d)", html.fromstring(str(mail.body_html)).text_content()
        )[0]
