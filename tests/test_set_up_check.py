import base64
from contextlib import contextmanager
from datetime import timedelta
from email.utils import formatdate
from time import time
from unittest.mock import patch

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import config
from odoo.tools.translate import code_translations

from ..models.twitter_oauth_transaction import SLOT_LOCK
from ..models.twitter_problem import PROBLEMS
from ..models.twitter_set_up_check import TROUBLES
from ..twitter_api import troubles
from .common import (
    CLIENT_ID,
    CLIENT_SECRET,
    App,
    Fault,
    Mailbox,
    TwitterHttpCase,
    covers,
)

DOOR = "HEAD /"
TOKEN = "POST /2/oauth2/token"
TRIP = "twitter.oauth.transaction"
API_KEY = "kQ7xTq2ZbN4mV9cL1sDfG8hJw"
API_KEY_SECRET = "kQ7xTq2ZbN4mV9cL1sDfG8hJwkQ7xTq2ZbN4mV9cL1sDfG8hJw"
NATIVE_ID = base64.urlsafe_b64encode(b"test-app:1:na").decode()


@tagged("post_install", "-at_install")
class TestSetUpCheck(TwitterHttpCase):
    """Each part of the set-up is looked at, and a wrong one is named exactly."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.email = "admin@example.com"
        cls.company.email = "help@example.com"
        cls.mailbox = cls.enterClassContext(Mailbox())
        cls.mail_server = cls.env["ir.mail_server"].create(
            {
                "name": "Test",
                "smtp_host": "127.0.0.1",
                "smtp_port": cls.mailbox.port,
                "smtp_encryption": "none",
            }
        )
        # In a test Odoo connects to no mail server.
        servers = type(cls.env["ir.mail_server"])
        cls.enterClassContext(
            patch.object(servers, "_disable_send", return_value=False)
        )
        cls.env["ir.config_parameter"].set_param("web.base.url", cls.base_url())

    def lines(self):
        """The check's lines by title, as an administrator gets them."""
        check = self.env["twitter.set.up.check"].with_user(self.admin)
        lines = check._lines(self.company.with_user(self.admin))
        self.assertEqual(len({line.title for line in lines}), len(lines))
        return {line.title: line for line in lines}

    def wrong(self):
        """Titles of the red lines, each of which says what mends it."""
        lines = self.lines().values()
        self.assertTrue(all(line.fix for line in lines if line.state == "wrong"))
        return {line.title for line in lines if line.state == "wrong"}

    def register(self, *callbacks):
        """What X's console has for our app."""
        before = App(CLIENT_ID, CLIENT_SECRET, (self.company.twitter_callback_url,))
        self.addCleanup(self.x.register, before)
        self.x.register(App(CLIENT_ID, CLIENT_SECRET, callbacks))

    def lose(self, login="test_ana"):
        """A customer who goes to X and never comes back."""
        self.authenticate(login, login)
        self.start_in_portal()
        self.env[TRIP].search([], limit=1).expires_at -= timedelta(minutes=11)

    def meet(self, fault, key=TOKEN):
        """A customer who comes back from X and runs into a problem."""
        self.authenticate("test_ana", "test_ana")
        self.x.faults.add(key, Fault.known(fault))
        return self.come_back(self.start_in_portal())

    def tell_time(self, date):
        """What X's clock says to who knocks next; a server adds its own one else."""
        fault = Fault(status=404, headers={"Date": date}, content_length=0)
        self.x.faults.add(DOOR, fault)

    @contextmanager
    def environment(self, **changes):
        with patch.dict("os.environ", changes):
            yield

    # === All is well === #

    def test_all_is_green_where_customers_come_through(self):
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.company.twitter_bearer_token = "planted-bearer-token"
        lines = self.lines()
        self.assertEqual({line.state for line in lines.values()}, {"good"})
        self.assertFalse(any(line.fix for line in lines.values()))

    def test_before_the_first_customer_one_line_cannot_be_told(self):
        lines = self.lines()
        line = lines["Callback address at X"]
        self.assertIn(self.company.twitter_callback_url, line.text)
        self.assertIn(f"{self.company.twitter_public_url}/my/twitter", line.fix)
        states = {title: line.state for title, line in lines.items()}
        self.assertEqual(states.pop("Callback address at X"), "doubtful")
        self.assertEqual(set(states.values()), {"good"})

    def test_the_look_ups_say_what_keeps_them_from_being_made(self):
        title = "Handles and pictures of today"
        self.connect(self.ana)
        self.assertEqual(self.lines()[title].state, "doubtful")
        self.assertIn("bearer token", self.lines()[title].fix)
        self.company.twitter_bearer_token = "planted-bearer-token"
        self.assertIn("Connected accounts: 1", self.lines()[title].text)
        day = self.env["twitter.refresh"]._today(self.company)
        for code, state in (("token_rejected", "wrong"), ("x_unavailable", "doubtful")):
            day.write({"problem": code, "x_answer": "503: Over capacity"})
            with self.subTest(code):
                self.assertEqual(self.lines()[title].state, state)
                self.assertTrue(self.lines()[title].fix)
        self.assertIn("Over capacity", self.lines()[title].text)
        day.problem = False
        self.assertEqual(self.lines()[title].state, "good")
        self.company.twitter_refresh_cap = 0.26
        self.assertEqual(self.lines()[title].state, "doubtful")
        self.assertIn("every 2 days", self.lines()[title].text)
        self.connect(self.bruno, "9001")
        self.company.twitter_refresh_cap = 0.61
        self.assertEqual(self.lines()[title].state, "doubtful")
        self.assertIn("within 24 hours", self.lines()[title].fix)
        self.assertIn("US$ 0.62", self.lines()[title].fix)
        self.company.twitter_refresh_cap = 0.62
        self.assertEqual(self.lines()[title].state, "good")

    def test_who_signs_in_with_x_has_to_find_back_without_it(self):
        title = "Sign in with X"
        parameters = self.env["ir.config_parameter"]
        self.assertNotIn(title, self.lines())
        self.company.twitter_sign_in = True
        for mailed, scope, state, said in (
            ("False", "b2c", "doubtful", "can't have a link"),
            ("True", "b2c", "good", "whoever is new."),
            ("True", "b2b", "good", "on invitation only"),
        ):
            parameters.set_param("auth_signup.reset_password", mailed)
            parameters.set_param("auth_signup.invitation_scope", scope)
            line = self.lines()[title]
            self.assertEqual(line.state, state)
            self.assertIn(said, line.text)

    def test_an_own_text_is_missed_in_each_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        title = "What customers agree to"
        self.assertNotIn(title, self.lines())
        self.company.with_context(lang="en_US").twitter_consent_text = "I want it."
        self.assertIn("Portuguese", self.lines()[title].text)
        self.company.with_context(lang="pt_BR").twitter_consent_text = "Quero."
        self.assertNotIn(title, self.lines())

    def test_that_x_leads_back_is_remembered(self):
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.env["twitter.set.up"]._watch()
        self.env[TRIP].search([]).unlink()
        self.assertEqual(self.lines()["Callback address at X"].state, "good")
        self.company.twitter_client_id = base64.urlsafe_b64encode(b"2:1:ci").decode()
        self.assertEqual(self.lines()["Callback address at X"].state, "doubtful")

    # === Ten wrong set-ups === #

    def test_a_slash_at_the_end_of_the_address_here_is_taken_off(self):
        self.company.twitter_public_url = f"{self.base_url()}/"
        self.assertEqual(self.wrong(), set())
        self.assertEqual(
            self.company.twitter_callback_url, f"{self.base_url()}/twitter/callback"
        )

    def check_lost(self):
        self.lose()
        line = self.lines()["Callback address at X"]
        self.assertEqual((line.state, line.code), ("wrong", "never_returned"))
        self.assertIn(self.company.twitter_callback_url, line.text)
        self.assertIn("a slash at its end", line.text)
        self.assertIn("http for https", line.text)
        self.assertEqual(self.wrong(), {"Callback address at X"})

    def test_a_slash_at_the_end_of_the_address_at_x(self):
        self.register(self.company.twitter_callback_url + "/")
        self.check_lost()

    def test_another_scheme_at_x(self):
        self.register(self.company.twitter_callback_url.replace("http:", "https:"))
        self.check_lost()

    def test_http_for_https_here_is_refused_where_it_is_typed(self):
        with self.assertRaisesRegex(Exception, "https://"):
            self.company.twitter_public_url = "http://help.example.com"

    def test_the_api_key_for_the_client_id(self):
        self.company.twitter_client_id = API_KEY
        line = self.lines()["Client ID"]
        self.assertEqual((line.state, line.code), ("wrong", "client_credentials"))
        self.assertIn("API key of OAuth 1.0a", line.text)
        self.assertIn("OAuth 2.0 Client ID", line.fix)
        self.assertEqual(self.wrong(), {"Client ID"})

    def test_the_client_id_of_an_app_without_a_secret(self):
        self.company.twitter_client_id = NATIVE_ID
        line = self.lines()["Client ID"]
        self.assertEqual(line.state, "wrong")
        self.assertIn("Native App", line.text)
        self.assertIn("Web App, Automated App or Bot", line.fix)

    def test_a_client_id_that_looks_like_nothing(self):
        self.company.twitter_client_id = "some-id"
        self.assertEqual(self.lines()["Client ID"].state, "doubtful")

    def test_a_stale_secret(self):
        self.company.twitter_client_secret = "the-secret-of-yesterday"
        line = self.lines()["Client ID and secret at X"]
        self.assertEqual((line.state, line.code), ("wrong", "client_credentials"))
        self.assertEqual(self.wrong(), {"Client ID and secret at X"})
        self.assertIn("Regenerate", line.fix)

    def test_the_secret_of_the_api_key(self):
        self.company.twitter_client_secret = API_KEY_SECRET
        line = self.lines()["Client secret"]
        self.assertEqual(line.state, "wrong")
        self.assertIn("API key secret", line.text)

    def test_a_secret_that_looks_like_one_and_is_taken_is_none(self):
        self.x.register(
            App(CLIENT_ID, API_KEY_SECRET, (self.company.twitter_callback_url,))
        )
        self.company.twitter_client_secret = API_KEY_SECRET
        self.assertEqual(self.lines()["Client secret"].state, "good")
        self.register(self.company.twitter_callback_url)

    @covers("R97")
    def test_client_id_and_secret_swapped_are_refused_where_they_are_typed(self):
        for values, words in (
            ({"twitter_client_id": API_KEY_SECRET}, "looks like a secret"),
            ({"twitter_client_id": "local-demo-secret" + "_x" * 16 + "y"}, "a secret"),
            ({"twitter_client_secret": CLIENT_ID}, "the two are swapped"),
        ):
            with self.assertRaisesRegex(ValidationError, words), self.cr.savepoint():
                self.company.write(values)
        self.assertEqual(self.wrong(), set())

    def test_no_privacy_policy(self):
        self.company.twitter_privacy_url = False
        self.assertEqual(self.wrong(), {"Privacy policy"})

    def test_a_wrong_clock(self):
        for seconds, words in ((-300, "300 seconds ahead"), (300, "300 seconds beh")):
            date = formatdate(time() + seconds, usegmt=True)
            self.tell_time(date)
            line = self.lines()["Clock"]
            self.assertEqual(line.state, "wrong")
            self.assertRegex(line.text, words.replace("300", "(299|30[01])"))
            self.assertIn("NTP", line.fix)

    def test_no_time_of_x_cannot_be_told(self):
        self.tell_time("some day")
        self.assertEqual(self.lines()["Clock"].state, "doubtful")

    def test_a_permission_that_is_missing(self):
        self.meet("me_forbidden_scope", "GET /2/users/me")
        line = self.lines()["Permissions"]
        self.assertEqual((line.state, line.code), ("wrong", "scope_missing"))
        self.assertEqual(self.wrong(), {"Permissions"})

    def test_a_mail_server_that_is_off(self):
        self.mail_server.smtp_port = 1
        line = self.lines()["Outgoing mail"]
        self.assertEqual(line.state, "wrong")
        self.assertIn("ConnectionRefusedError", line.text)
        self.assertEqual(self.wrong(), {"Outgoing mail"})

    def test_a_mail_server_whose_name_is_none(self):
        self.mail_server.smtp_host = "smtp..example.com"
        self.assertEqual(self.wrong(), {"Outgoing mail"})

    @covers("F17")
    def test_no_place_for_waiting_on_x_is_held_while_mail_is_looked_at(self):
        checks = type(self.env["twitter.set.up.check"])
        mail_of = checks._mail
        locks = "SELECT count(*) FROM pg_locks WHERE classid = %s AND pid = %s"
        held = []

        def mail(check, company):
            check.env.cr.execute(locks, [SLOT_LOCK, check.env.cr._cnx.info.backend_pid])
            held.append(check.env.cr.fetchone()[0])
            return mail_of(check, company)

        with patch.object(checks, "_mail", mail):
            self.lines()
        self.assertEqual(held, [0])

    def test_a_mail_queue_that_is_off(self):
        self.env.ref("mail.ir_cron_mail_scheduler_action").active = False
        self.assertEqual(self.wrong(), {"Outgoing mail"})

    def test_x_is_unreachable(self):
        with self.environment(TWITTER_IDENTITY_API_BASE="http://127.0.0.1:1"):
            lines = self.lines()
        self.assertEqual(lines["Way to X"].state, "wrong")
        self.assertEqual(lines["Way to X"].code, "x_unreachable")
        self.assertEqual(lines["Client ID and secret at X"].state, "doubtful")
        self.assertEqual(lines["Clock"].state, "doubtful")

    def test_why_x_is_unreachable_is_told_in_the_reader_s_language(self):
        translated = {"no connection": "sem conexão"}
        self.enterContext(
            patch.dict(
                code_translations.python_translations,
                {("helpdesk_twitter_identity", "pt_BR"): translated},
            )
        )
        check = self.env["twitter.set.up.check"].with_context(lang="pt_BR")
        with self.environment(TWITTER_IDENTITY_API_BASE="http://127.0.0.1:1"):
            lines = check._lines(self.company)
        self.assertIn(
            "sem conexão", {line.title: line for line in lines}["Way to X"].text
        )

    def test_all_that_is_said_in_the_place_of_x_has_words_to_translate(self):
        named = {name: one for name, one in vars(troubles).items() if name.isupper()}
        said = [text for text in named.values() if isinstance(text, str)]
        words = {text: self.env._(TROUBLES[text]) for text in TROUBLES}
        self.assertEqual(words, {text: text for text in said})

    # === More of them === #

    def test_nothing_is_set(self):
        self.company.write(
            {
                "twitter_client_id": False,
                "twitter_public_url": False,
                "twitter_privacy_url": False,
            }
        )
        self.assertEqual(
            self.wrong(),
            {
                "Public address",
                "Callback address at X",
                "Client ID",
                "Client secret",
                "Privacy policy",
            },
        )

    def test_a_machine_of_ones_own_is_for_practice_alone(self):
        with self.environment(TWITTER_IDENTITY_API_BASE="https://x.invalid"):
            self.assertEqual(self.lines()["Public address"].state, "wrong")

    def test_addresses_of_a_network_of_ones_own_are_doubtful(self):
        for host in ("helpdesk", "10.0.0.7", "odoo.local"):
            self.company.twitter_public_url = f"https://{host}"
            self.assertEqual(self.lines()["Public address"].state, "doubtful", host)
        self.company.twitter_public_url = "https://help.example.com"
        self.assertEqual(self.lines()["Public address"].state, "good")

    def test_odoo_knows_itself_by_another_address(self):
        self.env["ir.config_parameter"].set_param(
            "web.base.url", "http://odoo.example.com"
        )
        line = self.lines()["Odoo's own address"]
        self.assertEqual(line.state, "doubtful")
        self.assertIn("http://odoo.example.com", line.text)

    def test_a_proxy_whose_headers_are_not_read(self):
        address = "https://help.example.com"
        self.company.twitter_public_url = address
        self.env["ir.config_parameter"].set_param("web.base.url", address)
        for proxy_mode, state in ((False, "doubtful"), (True, "good")):
            with patch.dict(config.options, proxy_mode=proxy_mode):
                self.assertEqual(self.lines()["Odoo's own address"].state, state)

    def test_half_of_the_credentials_is_not_shown_to_x(self):
        self.company.sudo().twitter_client_secret_kept = False
        asked = self.x.count(TOKEN)
        line = self.lines()["Client ID and secret at X"]
        self.assertEqual((line.state, line.fix), ("doubtful", ""))
        self.assertEqual(self.x.count(TOKEN), asked)

    def test_neither_yes_nor_no_of_x_cannot_be_told(self):
        self.x.faults.add(TOKEN, Fault(status=418, body={"error": "teapot"}))
        line = self.lines()["Client ID and secret at X"]
        self.assertEqual((line.state, line.code), ("doubtful", "unexpected_answer"))
        self.assertIn("418: teapot", line.text)

    def test_a_company_without_an_address_to_answer(self):
        self.company.email = False
        self.assertEqual(self.lines()["Outgoing mail"].state, "doubtful")

    def test_problems_that_nobody_would_be_told(self):
        self.env["res.users"].search([]).email = False
        self.assertEqual(self.lines()["Who is told of problems"].state, "doubtful")

    def test_before_the_rest_is_there_nobody_is_sent_to_connect(self):
        self.company.twitter_privacy_url = False
        line = self.lines()["Callback address at X"]
        self.assertEqual((line.state, line.fix), ("doubtful", ""))

    def test_all_places_for_waiting_on_x_are_taken(self):
        with patch.object(type(self.env[TRIP]), "_take_slot", return_value=False):
            line = self.lines()["Way to X"]
        self.assertIn("places", line.text)

    def test_a_customer_at_x_for_a_moment_is_not_lost(self):
        self.authenticate("test_ana", "test_ana")
        self.start_in_portal()
        self.assertEqual(self.wrong(), set())

    # === What customers met === #

    def test_a_fault_of_the_set_up_is_red_until_others_come_through(self):
        self.meet("credits_depleted", "GET /2/users/me")
        line = self.lines()["What customers met"]
        self.assertEqual((line.state, line.code), ("wrong", "credits_depleted"))
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        line = self.lines()["What customers met"]
        self.assertEqual((line.state, line.fix), ("good", ""))

    def test_what_x_says_now_of_the_credentials_counts(self):
        self.meet("client_auth_missing")
        self.assertNotIn("What customers met", self.lines())

    @covers("R94")
    def test_words_of_x_that_nobody_knows_are_for_administrators_alone(self):
        self.authenticate("test_ana", "test_ana")
        body = {"title": "Brand new", "detail": "ana@example.com 1745020318867001345"}
        self.x.faults.add(TOKEN, Fault(status=418, body=body))
        page = self.get(self.come_back(self.start_in_portal()))
        self.assertEqual(self.problem_of(page), "unexpected_answer")
        self.assertNotIn("Brand new", page.text)
        line = self.lines()["What customers met"]
        self.assertEqual(line.code, "unexpected_answer")
        self.assertIn("418: [...] [...] | Brand new", line.text)
        trip = self.env[TRIP].search([], limit=1)
        with self.assertRaises(AccessError):
            trip.with_user(self.agent).read(["x_answer"])

    # === The dialog === #

    def test_the_dialog_shows_each_line_with_what_mends_it(self):
        self.company.twitter_privacy_url = False
        settings = self.env["res.config.settings"].with_user(self.admin).create({})
        action = settings.action_twitter_check()
        wizard = self.env[action["res_model"]].with_user(self.admin)
        wizard = wizard.browse(action["res_id"])
        fix = PROBLEMS["not_configured"].in_words(self.env)["fix"]
        self.assertIn("wrong", wizard.report)
        self.assertIn(fix, wizard.report)
        self.assertIn("/twitter/manual#not_configured", wizard.report)
        self.company.twitter_privacy_url = "https://example.com/privacy"
        again = wizard.browse(wizard.action_check()["res_id"])
        self.assertNotIn("not_configured", again.report)

    @covers("R94")
    def test_nobody_but_an_administrator_checks(self):
        wizards = self.env["twitter.set.up.wizard"].with_user(self.agent)
        with self.assertRaises(AccessError):
            wizards._check(self.company)

    def test_nothing_about_a_customer_goes_to_x(self):
        self.meet("credits_depleted", "GET /2/users/me")
        before = len(self.x.calls)
        self.lines()
        asked = self.x.calls[before:]
        self.assertEqual({call.key for call in asked}, {DOOR, TOKEN})
