import base64
from datetime import timedelta
from time import time
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessDenied, AccessError
from odoo.fields import Command
from odoo.http import root
from odoo.tests import tagged

from odoo.addons.auth_totp.models.totp import TIMESTEP, hotp

from ..controllers.return_page import key_of, page_of
from ..models.twitter_problem import TwitterProblem
from .common import (
    ANA,
    BIA,
    BRUNO,
    CLIENT_SECRET,
    IPHONE,
    PASSWORD,
    Fault,
    TwitterHttpCase,
    covers,
)

TRIPS = "twitter.oauth.transaction"
SIGN_IN = "/twitter/sign_in"
CHOOSE = "/my/twitter/sign_in"
STOP = "/my/twitter/sign_in/stop"
BEGAN = "twitter_sign_in"


class SignInCase(TwitterHttpCase):
    """A company that offers it, and the ways through it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.twitter_sign_in = True
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("auth_signup.reset_password", "True")
        parameters.set_param("auth_signup.invitation_scope", "b2c")
        cls.ana_user.password = PASSWORD

    def choose(self, user=None, twitter_id=ANA.id):
        """Somebody whose X account is connected, and signs in with it."""
        user = user or self.ana_user
        identity = self.connect(user.partner_id, twitter_id)
        self.env["twitter.sign.in"]._note_choice(identity, user)
        return identity

    def told(self):
        """The newest notice's text."""
        body = html.fromstring(str(self.last_mail().body_html))
        return " ".join(body.text_content().split())

    def go_to_x(self, login_page="/web/login"):
        """Press the button of Odoo's page: the address at X."""
        response = self.submit(self.page(login_page), SIGN_IN)
        self.assertEqual(response.status_code, 303, response.text)
        return response.headers["Location"]

    def after_x(self, account="ana", login_page="/web/login"):
        """The page that follows X."""
        return self.come_back(self.go_to_x(login_page), account=account)

    def sign_in(self, account="ana", login_page="/web/login"):
        """The whole way; the answer to the last button."""
        path = self.after_x(account, login_page)
        return self.press_sign_in(path)

    def press_sign_in(self, path):
        reference = path.rsplit("/", 1)[1]
        return self.submit(self.page(path), f"{SIGN_IN}/{reference}")

    def who(self):
        """Who is signed in in the browser, as a page finds out."""
        response = self.get("/my/account")
        if response.status_code != 200:
            return self.env["res.users"]
        uid = self.browser_session().uid
        self.assertTrue(uid, "a customer's page was shown to nobody")
        return self.env["res.users"].browse(uid)

    def events(self, kind, partner=None):
        of_kind = [("kind", "=", kind)]
        if partner:
            of_kind.append(("partner_id", "=", partner.id))
        return self.env["twitter.link.event"].search(of_kind)


@tagged("post_install", "-at_install")
class TestChoice(SignInCase):
    """Connecting is not signing in: the customer chooses it, as themselves."""

    def setUp(self):
        super().setUp()
        self.identity = self.connect(self.ana, ANA.id)
        self.authenticate(self.ana_user.login, PASSWORD)
        self.opener.headers["User-Agent"] = IPHONE

    def press(self, **typed):
        return self.submit(self.page("/my/twitter"), CHOOSE, **typed)

    @covers("R66")
    def test_it_is_off_until_the_administrator_switches_it_on(self):
        self.assertFalse(self.env["res.company"].new({}).twitter_sign_in)
        self.company.twitter_sign_in = False
        page = self.page("/my/twitter")
        self.assertFalse(page.xpath(f"//form[@action='{CHOOSE}']"))
        token = self.token_of(page)
        values = {"csrf_token": token, "password": PASSWORD}
        self.assertEqual(
            self.problem_of(self.get(CHOOSE, data=values)), "not_configured"
        )
        self.assertFalse(self.identity.sign_in_user_id)

    @covers("R77")
    def test_the_customer_types_the_password_again(self):
        response = self.press(password=PASSWORD)
        self.assertEqual(response.status_code, 303, response.text)
        self.assertEqual(self.identity.sign_in_user_id, self.ana_user)
        self.assertTrue(self.identity.sign_in_since)
        self.assertEqual(len(self.events("sign_in_on", self.ana)), 1)
        self.assertIn("can now sign you in", self.last_mail().subject)
        self.assertIn("From: Safari on iPhone", self.told())
        self.assertIn("/twitter/undo/", self.last_mail().body_html)

    @covers("R77")
    def test_a_wrong_password_is_told_beside_the_field(self):
        for typed in ({"password": "wrong"}, {"password": ""}, {"code": "123456"}, {}):
            response = self.press(**typed)
            self.assertEqual(response.status_code, 422)
            shown = html.fromstring(response.content)
            (problem,) = shown.xpath("//*[@id='twitter_again_problem']")
            self.assertIn("That is not right", problem.text_content())
        self.assertFalse(self.identity.sign_in_user_id)

    def test_the_longest_password_of_odoo_is_taken(self):
        password = "x" * 4096
        self.ana_user.password = password
        self.authenticate(self.ana_user.login, password)
        self.press(password=password)
        self.assertEqual(self.identity.sign_in_user_id, self.ana_user)

    def test_opened_again_after_a_wrong_password_it_is_the_customers_page(self):
        self.press(password="wrong")
        response = self.get(CHOOSE)
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self.path(response.headers["Location"]), "/my/twitter")
        self.assertFalse(self.identity.sign_in_user_id)

    def test_switched_off_the_page_does_not_say_that_it_signs_in(self):
        self.press(password=PASSWORD)
        self.assertIn("This X account signs you in", self.get("/my/twitter").text)
        self.company.twitter_sign_in = False
        self.assertNotIn("This X account signs you in", self.get("/my/twitter").text)

    def test_who_tries_too_often_waits_as_odoo_has_it(self):
        self.env["ir.config_parameter"].set_param("base.login_cooldown_after", "2")
        for _try in range(2):
            self.press(password="wrong")
        response = self.press(password=PASSWORD)
        self.assertIn("Too many login failures", response.text)
        self.assertFalse(self.identity.sign_in_user_id)
        self.registry._login_failures.clear()

    def test_without_a_password_one_is_mailed_first(self):
        self.env.cr.execute(
            "UPDATE res_users SET password = NULL WHERE id = %s", [self.ana_user.id]
        )
        users = self.env["res.users"]
        with patch.object(type(users), "_twitter_without_password") as without:
            without.return_value = self.ana_user
            page = self.page("/my/twitter")
        self.assertFalse(page.xpath(f"//form[@action='{CHOOSE}']"))
        self.assertTrue(page.xpath("//form[@action='/twitter/password']"))

    def test_chosen_twice_it_is_told_once(self):
        self.press(password=PASSWORD)
        since = self.identity.sign_in_since
        token = self.token_of(self.page("/my/twitter"))
        self.get(CHOOSE, data={"csrf_token": token, "password": PASSWORD})
        self.assertEqual(self.identity.sign_in_since, since)
        self.assertEqual(len(self.events("sign_in_on", self.ana)), 1)

    def test_who_may_be_a_stranger_chooses_nothing(self):
        self.ana.sudo().twitter_sign_up = "token"
        token = self.token_of(self.page("/my/account"))
        values = {"csrf_token": token, "password": PASSWORD}
        self.assertEqual(self.problem_of(self.get(CHOOSE, data=values)), "no_address")
        self.assertFalse(self.identity.sign_in_user_id)

    def test_who_signed_up_with_any_address_confirms_it_first(self):
        self.ana.sudo().twitter_sign_up = "open"
        page = self.page("/my/twitter")
        self.assertFalse(page.xpath(f"//form[@action='{CHOOSE}']"))
        self.assertTrue(page.xpath("//form[@action='/twitter/password']"))
        token = self.token_of(page)
        values = {"csrf_token": token, "password": PASSWORD}
        self.assertEqual(self.problem_of(self.get(CHOOSE, data=values)), "no_address")

    def test_whose_address_it_is_takes_back_what_a_stranger_chose(self):
        self.press(password=PASSWORD)
        self.ana.sudo().twitter_sign_up = "open"
        self.sign_up(self.mailed_token(self.ana))
        self.assertFalse(self.ana.twitter_sign_up)
        self.assertFalse(self.identity.sign_in_user_id)
        self.assertFalse(self.identity.sign_in_since)
        self.assertIn("no longer signs you in", self.last_mail().subject)
        self.assertIn("We did not know that the e-mail address", self.told())
        self.assertNotIn("/twitter/undo/", self.last_mail().body_html)
        self.assertEqual(len(self.events("sign_in_off", self.ana)), 1)

    def test_who_chooses_a_new_password_is_told_that_x_still_signs_in(self):
        notice = [("subject", "=", "Your X account still signs you in")]
        self.sign_up(self.mailed_token(self.ana))
        self.assertFalse(self.env["mail.mail"].search(notice))
        self.authenticate(self.ana_user.login, PASSWORD)
        self.press(password=PASSWORD)
        self.sign_up(self.mailed_token(self.ana))
        self.assertTrue(self.identity.sign_in_user_id)
        mail = self.env["mail.mail"].search(notice)
        self.assertEqual(mail.email_to, self.ana.email)
        self.assertIn("new password was just chosen", mail.body_html)
        self.assertNotIn("By: ", mail.body_html)
        (url,) = html.fromstring(str(mail.body_html)).xpath("//a/@href")
        self.ana._twitter_note_confirmed("old@example.com")
        self.sign_up(self.mailed_token(self.ana))
        (old,) = self.env["mail.mail"].search([*notice, ("email_to", "ilike", "old")])
        self.assertNotIn("/twitter/undo/", old.body_html)
        self.assertIn("If it was not you, write to us", old.body_html)
        mail = self.env["mail.mail"].search(notice)
        self.company.twitter_sign_in = False
        self.sign_up(self.mailed_token(self.ana))
        self.assertEqual(self.env["mail.mail"].search(notice), mail)
        consent = self.identity.consent_id
        consent.account_hash = consent._account_hash(ANA.id)
        page = self.page(self.path(url))
        self.assertIn("went on signing you in", page.text_content())
        self.submit(page, self.path(url), sure="1")
        self.assertFalse(self.ana.twitter_identity_ids)

    def test_also_from_who_has_just_written_down_another_address(self):
        self.press(password=PASSWORD)
        self.ana.with_user(self.ana_user).sudo().email = "victim@example.com"
        self.assertTrue(self.identity.sign_in_user_id)
        self.sign_up(self.mailed_token(self.ana))
        self.assertFalse(self.identity.sign_in_user_id)

    def test_who_has_a_new_address_is_told_from_when_it_shows_anything(self):
        self.ana.with_user(self.ana_user).sudo().email = "new@example.com"
        page = self.page("/my/twitter")
        self.assertIn("is yours. From", " ".join(page.text_content().split()))
        self.assertFalse(page.xpath("//form[@action='/twitter/password']"))
        self.ana.sudo().twitter_address_set_at -= timedelta(days=7)
        page = self.page("/my/twitter")
        self.assertNotIn("is yours. From", " ".join(page.text_content().split()))
        self.assertTrue(page.xpath("//form[@action='/twitter/password']"))
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        (section,) = self.page("/my/twitter").xpath("//section[@id='sign_in']")
        self.assertIn("Write to us", section.text_content())
        self.assertNotIn("choose a new password", section.text_content())

    def test_a_password_that_nobody_could_have_is_wrong(self):
        response = self.press(password="x" * 5000)
        self.assertEqual(response.status_code, 422)

    def test_with_another_account_it_has_to_be_chosen_anew(self):
        self.press(password=PASSWORD)
        tree = self.page("/my/twitter")
        start = self.submit(tree, "/my/twitter/connect", consent="1")
        self.confirm(self.come_back(start.headers["Location"], account="bia"))
        self.assertTrue(self.ana.twitter_identity_ids)
        self.assertFalse(self.ana.twitter_identity_ids.sign_in_user_id)

    def test_it_is_switched_off_with_one_button_and_told(self):
        self.press(password=PASSWORD)
        response = self.submit(self.page("/my/twitter"), STOP)
        self.assertEqual(self.path(response.headers["Location"]), "/my/twitter")
        self.assertFalse(self.identity.sign_in_user_id)
        self.assertFalse(self.identity.sign_in_since)
        self.assertEqual(len(self.events("sign_in_off", self.ana)), 1)
        self.assertIn("no longer signs you in", self.last_mail().subject)
        self.assertEqual(self.who(), self.ana_user)

    def test_an_employee_chooses_nothing(self):
        self.authenticate(self.agent.login, self.agent.login)
        token = self.token_of(html.fromstring(self.get("/my/account").content))
        response = self.get(CHOOSE, data={"csrf_token": token, "password": "x"})
        self.assertEqual(self.problem_of(response), "internal_user")


@tagged("post_install", "-at_install")
class TestSignIn(SignInCase):
    """Who comes back from X with an account that was chosen for it signs in."""

    @covers("X16")
    def test_the_button_stands_in_a_form_of_its_own(self):
        for path in ("/web/login", "/web/signup"):
            page = self.page(path)
            (form,) = page.xpath(f"//form[@action='{SIGN_IN}']")
            self.assertFalse(form.xpath("ancestor::form"))
            self.assertEqual(form.get("method"), "post")
            self.assertTrue(form.xpath(".//i[contains(@class, 'oi-x')]"))

    def test_the_button_says_what_its_page_is_for(self):
        for path, label in (
            ("/web/login", "Sign in with X"),
            ("/web/signup", "Sign up with X"),
        ):
            (form,) = self.page(path).xpath(f"//form[@action='{SIGN_IN}']")
            self.assertIn(label, form.text_content())

    def test_there_is_no_button_where_it_is_not_offered(self):
        for name in ("twitter_sign_in", "twitter_client_id"):
            self.company[name] = False
            self.assertFalse(
                self.page("/web/login").xpath("//form[@action='/twitter']")
            )
            self.assertNotIn(SIGN_IN, self.get("/web/login").text)
            self.company.write({"twitter_sign_in": True})

    def test_the_customer_signs_in(self):
        self.choose()
        path = self.after_x()
        page = self.get(path)
        self.assertIn("Ana S.", page.text)
        self.assertIn("@ana", page.text)
        self.assertFalse(self.who())
        response = self.press_sign_in(path)
        self.assertEqual(response.status_code, 303, response.text)
        self.assertEqual(self.path(response.headers["Location"]), "/my")
        self.assertEqual(self.who(), self.ana_user)
        self.assertEqual(len(self.events("signed_in", self.ana)), 1)

    @covers("R67")
    def test_the_first_sign_in_is_told_and_no_other(self):
        self.choose()
        for _time in range(2):
            self.authenticate(None, None)
            self.sign_in()
        first = [("subject", "=", "You signed in with X for the first time")]
        self.assertEqual(
            self.env["mail.mail"].search(first).mapped("email_to"), ["ana@example.com"]
        )

    def test_agents_are_not_told_how_often_somebody_signs_in(self):
        self.choose()
        self.sign_in()
        events = self.env["twitter.link.event"]
        of_ana = [("partner_id", "=", self.ana.id), ("kind", "=", "signed_in")]
        self.assertTrue(
            events.with_user(self.env.ref("base.user_admin")).search(of_ana)
        )
        self.assertFalse(events.with_user(self.agent).search(of_ana))
        self.assertNotIn(
            "Signed in", self.ana.with_user(self.agent).twitter_timeline or ""
        )
        trips, of_ana = self.env[TRIPS], [("partner_id", "=", self.ana.id)]
        admin = self.env.ref("base.user_admin")
        self.assertTrue(trips.with_user(admin).search(of_ana))
        self.assertFalse(trips.with_user(self.agent).search(of_ana))

    def test_without_a_website_companies_share_the_page_to_sign_in(self):
        values = {"name": "Other", "twitter_sign_in": True}
        for name in ("client_id", "client_secret", "public_url", "privacy_url"):
            values[f"twitter_{name}"] = self.company[f"twitter_{name}"] or CLIENT_SECRET
        other = self.env["res.company"].create(values)
        identity = self.choose()
        identity.company_id = other
        self.sign_in()
        self.assertEqual(self.who(), self.ana_user)
        other.twitter_sign_in = False
        self.assertFalse(self.who())

    def test_of_two_companies_it_is_the_one_whose_page_it_was(self):
        second, third = self.env["res.company"].create(
            [{"name": "Second"}, {"name": "Third"}]
        )
        older = self.choose()
        older.company_id = second
        self.env.flush_all()
        newer = self.choose(twitter_id=BIA.id)
        self.sign_in("bia")
        self.assertEqual(self.browser_session()[BEGAN]["identity"], newer.id)
        newer.company_id = third
        self.env.flush_all()
        older.company_id = self.company
        self.authenticate(None, None)
        self.sign_in("ana")
        self.assertEqual(self.browser_session()[BEGAN]["identity"], older.id)

    @covers("R78")
    def test_looking_at_the_page_after_x_signs_nobody_in(self):
        self.choose()
        path = self.after_x()
        for _time in range(2):
            self.assertEqual(self.get(path).status_code, 200)
        self.assertFalse(self.who())
        self.assertEqual(self.get(SIGN_IN).status_code, 405)

    @covers("R75", "R118", "T4")
    def test_the_session_has_another_id_afterwards(self):
        self.choose()
        path = self.after_x()
        before = self.opener.cookies["session_id"]
        self.press_sign_in(path)
        after = self.opener.cookies["session_id"]
        self.assertNotEqual(before[:42], after[:42])
        self.assertFalse(root.session_store.get(before).get("uid"))

    def test_the_session_says_how_it_began(self):
        identity = self.choose()
        self.sign_in()
        began = self.browser_session()[BEGAN]
        self.assertEqual(began["identity"], identity.id)
        self.authenticate(None, None)
        page = self.page("/web/login")
        form = page.xpath("//form[contains(@class, 'oe_login_form')]")[0]
        data = {
            field.get("name"): field.get("value") or ""
            for field in form.xpath(".//input[@type='hidden']")
        }
        data.update(login=self.ana_user.login, password=PASSWORD)
        self.get("/web/login", data=data)
        self.assertEqual(self.who(), self.ana_user)
        self.assertNotIn(BEGAN, self.browser_session())

    def test_back_and_again_leads_where_one_came_for(self):
        self.choose()
        path = self.after_x()
        self.press_sign_in(path)
        response = self.get(path)
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self.path(response.headers["Location"]), "/my")

    def test_a_file_in_place_of_a_page_is_no_page(self):
        token = self.token_of(self.page("/web/login"))
        response = self.get(
            "/web/login",
            data={"csrf_token": token, "login": "x", "password": "x"},
            files={"redirect": ("a.txt", b"/my/tickets")},
        )
        self.assertLess(response.status_code, 500)

    def test_who_is_signed_in_needs_no_x(self):
        page = self.page("/web/login")
        token = self.token_of(page)
        self.authenticate(self.carla_user.login, self.carla_user.login)
        token = self.token_of(self.page("/my/account"))
        response = self.get(SIGN_IN, data={"csrf_token": token, "page": "tickets"})
        self.assertEqual(self.path(response.headers["Location"]), "/my/tickets")
        self.assertFalse(self.env[TRIPS].search([("purpose", "=", "sign_in")]))

    @covers("R1")
    def test_the_page_one_came_for_is_a_key(self):
        self.choose()
        ways = {
            "/my/twitter": "/my/twitter",
            "/my/tickets": "/my/tickets",
            "/my/ticket/12": "/my/ticket/12",
            "/my/ticket/12?access_token=abc": "/my/ticket/12",
            "/twitter/link/continue": "/twitter/link/continue",
            "https://evil.example/my": "/my",
            "//evil.example": "/my",
            "/my/ticket/12/../../evil": "/my",
            "/my/ticket/99999999999": "/my",
            "javascript:alert(1)": "/my",
            "/odoo": "/my",
        }
        for wanted, expected in ways.items():
            self.assertEqual(page_of(key_of(wanted)), expected, wanted)
        page = "/web/login?redirect=/my/ticket/12%3Faccess_token%3Dabc"
        response = self.sign_in(login_page=page)
        self.assertEqual(self.path(response.headers["Location"]), "/my/ticket/12")

    @covers("R1")
    def test_a_key_that_was_made_up_leads_to_the_account(self):
        self.choose()
        for made_up in ("https://evil.example", "ticket/1/x", "ticket/-1", "", "\x00"):
            self.assertEqual(page_of(made_up), "/my")
        start = self.submit(self.page("/web/login"), SIGN_IN, page="//evil.example")
        path = self.come_back(start.headers["Location"])
        response = self.press_sign_in(path)
        self.assertEqual(self.path(response.headers["Location"]), "/my")

    def test_x_is_asked_for_the_least(self):
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "To reach you"}
        )
        self.assertNotIn("users.email", self.go_to_x())

    @covers("T27")
    def test_only_the_number_counts(self):
        # Ana's handle belongs to another account by now.
        self.choose(twitter_id="999")
        path = self.after_x("ana")
        self.assertFalse(
            self.page(path).xpath(f"//form[contains(@action,'{SIGN_IN}/')]")
        )
        self.assertFalse(self.who())

    @covers("T28")
    def test_an_address_of_x_finds_nobody(self):
        self.carla.email = self.ana.email = ANA.email
        path = self.after_x("ana")
        self.assertNotIn("Ana S.", self.get(path).text.replace("Ana Souza", ""))
        self.assertFalse(
            self.page(path).xpath(f"//form[contains(@action,'{SIGN_IN}/')]")
        )

    def test_connected_and_not_chosen_is_told(self):
        self.connect(self.ana, ANA.id)
        page = self.get(self.after_x())
        self.assertIn("does not sign you in yet", page.text)
        self.assertNotIn("Ana S.", page.text)

    @covers("T31")
    def test_an_archived_user_or_contact_does_not_sign_in(self):
        self.choose()
        path = self.after_x()
        for record in (self.ana_user, self.ana):
            self.ana_user.active = record == self.ana
            if record == self.ana:
                self.ana_user.active = False
                self.ana.active = False
            response = self.press_sign_in_without_page(path)
            self.assertEqual(self.problem_of(response), "state_expired")
            self.assertFalse(self.who())
        self.assertIn("does not sign you in yet", self.get(path).text)

    def press_sign_in_without_page(self, path):
        """Press a button that the page has no more."""
        token = self.token_of(self.page("/web/login"))
        reference = path.rsplit("/", 1)[1]
        return self.get(f"{SIGN_IN}/{reference}", data={"csrf_token": token})

    @covers("T29")
    def test_who_became_an_employee_does_not_sign_in(self):
        self.choose()
        path = self.after_x()
        self.promote(self.ana_user)
        response = self.press_sign_in_without_page(path)
        self.assertTrue(self.problem_of(response))
        self.assertFalse(self.who())
        # At X again: told why.
        again = self.get(self.after_x())
        self.assertEqual(self.problem_of(again), "internal_user")

    @covers("T29")
    def test_who_becomes_an_employee_loses_what_x_began(self):
        self.choose()
        self.sign_in()
        self.assertEqual(self.who(), self.ana_user)
        self.promote(self.ana_user)
        self.assertFalse(self.who())

    def promote(self, user):
        user.write({"group_ids": [Command.set(self.env.ref("base.group_user").ids)]})

    @covers("T30")
    def test_the_form_of_odoo_takes_no_sign_in_of_x(self):
        self.choose()
        reference = self.after_x().rsplit("/", 1)[1]
        nonce = self.browser_session()["twitter_browser"]
        token = self.token_of(self.page("/web/login"))
        self.get(
            "/web/login",
            data={
                "csrf_token": token,
                "type": "twitter",
                "login": self.ana_user.login,
                "password": reference,
                "twitter_reference": reference,
                "twitter_nonce_hash": nonce,
            },
        )
        self.assertFalse(self.who())

    def test_a_credential_that_was_made_up_opens_nothing(self):
        self.choose()
        users = self.env["res.users"]
        for reference in (None, "", "x" * 43, 7):
            with self.assertRaises(AccessDenied):
                users.authenticate(
                    {
                        "type": "twitter",
                        "login": self.ana_user.login,
                        "twitter_reference": reference,
                        "twitter_nonce_hash": "",
                    },
                    {"interactive": True},
                )

    def test_pressed_again_it_is_the_same_sign_in_for_a_minute(self):
        self.choose()
        path = self.after_x()
        cookie = self.opener.cookies["session_id"]
        kept = dict(root.session_store.get(cookie))
        self.press_sign_in(path)
        self.assertEqual(self.who(), self.ana_user)
        # The same browser, as it was when the button was pressed the first time.
        self.authenticate(None, None)
        session = self.browser_session()
        session["twitter_browser"] = kept["twitter_browser"]
        root.session_store.save(session)
        response = self.press_sign_in_without_page(path)
        self.assertEqual(response.status_code, 303, response.text)
        self.assertEqual(len(self.events("signed_in")), 1)
        self.authenticate(None, None)
        session = self.browser_session()
        session["twitter_browser"] = kept["twitter_browser"]
        root.session_store.save(session)
        trip = self.env[TRIPS].search([("purpose", "=", "sign_in")])
        trip.signed_in_at -= timedelta(minutes=1)
        response = self.press_sign_in_without_page(path)
        self.assertEqual(self.problem_of(response), "state_expired")
        self.assertFalse(self.who())

    def test_a_connection_can_not_be_pressed_as_a_sign_in(self):
        self.choose()
        self.authenticate(self.carla_user.login, self.carla_user.login)
        path = self.come_back(self.start_in_portal(), account="bia")
        token = self.token_of(self.page(path))
        reference = path.rsplit("/", 1)[1]
        response = self.get(f"{SIGN_IN}/{reference}", data={"csrf_token": token})
        self.assertEqual(self.problem_of(response), "state_unknown")

    def test_a_sign_in_can_not_be_pressed_as_a_connection(self):
        self.choose()
        path = self.after_x()
        token = self.token_of(self.page(path))
        response = self.get(path, data={"csrf_token": token})
        self.assertEqual(self.problem_of(response), "state_unknown")

    @covers("T1", "R2")
    def test_what_another_browser_began_signs_nobody_in(self):
        self.choose()
        address = self.go_to_x()
        self.authenticate(None, None)
        self.page("/web/login")
        page = self.get(self.come_back(address))
        self.assertEqual(self.problem_of(page), "other_browser")
        self.assertFalse(self.who())

    def test_x_tells_the_handle_of_now(self):
        identity = self.choose()
        identity.username = "ana_of_old"
        self.sign_in()
        self.env.invalidate_all()
        self.assertEqual(identity.username, "ana")
        self.assertEqual(identity.former_usernames[0]["username"], "ana_of_old")

    def test_x_tells_what_the_account_is_now(self):
        verified = {BIA: "blue", BRUNO: ""}
        for account, availability in ((BIA, "available"), (BRUNO, "protected")):
            self.ana.twitter_identity_ids.unlink()
            self.authenticate(None, None)
            identity = self.choose(twitter_id=account.id)
            identity.write({"name": "Before", "verified_type": "government"})
            self.sign_in(account.username)
            self.env.invalidate_all()
            self.assertEqual(identity.name, account.name)
            self.assertEqual(identity.verified_type or "", verified[account])
            self.assertEqual(identity.availability, availability)

    def test_another_account_is_chosen_at_x(self):
        self.choose()
        path = self.after_x()
        page = self.page(path)
        self.submit(page, f"{path}/decline")
        response = self.get(path)
        self.assertEqual(self.problem_of(response), "cancelled")
        self.assertIn("You are not signed in", response.text)
        self.assertIn('href="/web/login"', response.text)

    def starts_again(self, response):
        """Where a problem page leads to start again, or to sign in another way."""
        tree = html.fromstring(response.content)
        (section,) = tree.xpath("//*[contains(@class, 'o_twitter_problem')]")
        (way,) = section.xpath(".//a[starts-with(@href, '/web/login')]/@href")
        return way

    def test_starting_again_the_page_one_came_for_is_kept(self):
        self.choose()
        wanted = "/web/login?redirect=/my/ticket/5"
        path = self.after_x(login_page=wanted)
        self.submit(self.page(path), f"{path}/decline")
        self.assertEqual(self.starts_again(self.get(path)), wanted)
        self.x.faults.add("GET /2/users/me", Fault.known("credits_depleted"))
        path = self.after_x(login_page=wanted)
        self.assertEqual(self.starts_again(self.get(path)), wanted)
        page = self.page(wanted)
        self.company.twitter_sign_in = False
        self.assertEqual(self.starts_again(self.submit(page, SIGN_IN)), wanted)

    def test_a_problem_of_a_form_keeps_the_page_one_came_for(self):
        wanted = "/web/login?redirect=/my/ticket/5"
        path = self.after_x(login_page=wanted)
        action = f"/twitter/sign_up/{path.rsplit('/', 1)[1]}"
        values = {"login": "new@example.org", "name": "Nora"}
        limits = type(self.env["twitter.rate.limit"])
        problem, page = TwitterProblem("too_many_attempts"), self.page(path)
        with patch.object(limits, "_count", side_effect=problem):
            response = self.submit(page, action, **values)
        self.assertEqual(self.problem_of(response), "too_many_attempts")
        self.assertEqual(self.starts_again(response), wanted)

    def sign_in_as_carla(self):
        """With her password, in the browser that has gone to X."""
        page = self.page("/web/login")
        form = page.xpath("//form[contains(@class, 'oe_login_form')]")[0]
        data = {
            field.get("name"): field.get("value") or ""
            for field in form.xpath(".//input[@type='hidden']")
        }
        data.update(login=self.carla_user.login, password=self.carla_user.login)
        self.get("/web/login", data=data)
        self.assertEqual(self.who(), self.carla_user)

    def press_yes(self, path):
        """ "Yes, sign in" on a page that was opened before."""
        token = self.token_of(self.page("/my/account"))
        action = f"{SIGN_IN}/{path.rsplit('/', 1)[1]}"
        return self.get(action, data={"csrf_token": token})

    def test_who_has_signed_in_meanwhile_goes_where_they_wanted(self):
        self.choose(self.carla_user)
        wanted = "/web/login?redirect=/my/tickets"
        later, path = self.go_to_x(wanted), self.after_x(login_page=wanted)
        self.sign_in_as_carla()
        for answer in (
            self.get(path),
            self.press_yes(path),
            self.get(self.come_back(later)),
        ):
            self.assertEqual(answer.status_code, 303)
            self.assertEqual(self.path(answer.headers["Location"]), "/my/tickets")
        self.assertEqual(self.who(), self.carla_user)

    def test_who_has_signed_in_as_another_is_told_so(self):
        self.choose()
        path = self.after_x(login_page="/web/login?redirect=/my/tickets")
        self.sign_in_as_carla()
        response = self.press_yes(path)
        self.assertEqual(self.problem_of(response), "other_browser")
        self.assertIn("Sign out", response.text)
        self.assertEqual(self.who(), self.carla_user)

    def test_too_late_is_not_somebody_else(self):
        self.choose(self.carla_user)
        path = self.after_x(login_page="/web/login?redirect=/my/tickets")
        self.sign_in_as_carla()
        self.env[TRIPS].search([], limit=1).profile = False
        where = self.path(self.press_yes(path).headers["Location"])
        self.assertEqual(where, "/my/tickets")

    def test_who_is_signed_in_elsewhere_is_not_told_otherwise(self):
        path = self.after_x()
        self.authenticate(self.carla_user.login, self.carla_user.login)
        response = self.get(path)
        self.assertEqual(self.problem_of(response), "other_browser")
        self.assertNotIn("You are not signed in", response.text)
        self.assertNotIn('action="/twitter/password"', response.text)
        self.assertIn("Go to your account", response.text)

    def test_another_browser_does_not_learn_which_ticket_one_came_for(self):
        self.choose()
        path = self.after_x(login_page="/web/login?redirect=/my/ticket/5")
        self.authenticate(None, None)
        response = self.get(path)
        self.assertEqual(self.problem_of(response), "other_browser")
        self.assertEqual(self.starts_again(response), "/web/login")

    def test_where_x_can_not_be_asked_there_is_another_way_in(self):
        for code in ("x_unreachable", "busy", "too_many_attempts"):
            response = self.get(f"/twitter/confirm/{code}")
            self.assertEqual(self.problem_of(response), code)
            self.assertIn("You are not signed in", response.text)
            self.assertIn('action="/twitter/password"', response.text)
        # Who follows an agent's link, or has signed in, was connecting.
        link = self.path(self.make_link(self.make_ticket(self.ana)).url)
        self.submit(self.page(link), f"{link}/sign_in")
        response = self.get("/twitter/confirm/busy")
        self.assertNotIn("You are not signed in", response.text)

    def test_a_stranger_who_asks_for_help_is_told_where_to_write(self):
        self.choose()
        path = self.after_x()
        self.submit(self.page(path), f"{path}/decline")
        self.submit(self.page(path), "/twitter/help")
        told = " ".join(self.page("/twitter/help").text_content().split())
        self.assertIn("Write to us and name the code", told)
        self.assertIn(self.company.email, told)
        self.assertIn("cancelled", told)
        self.assertNotIn("our last message", told)

    def test_the_administrator_sees_it_on_the_user(self):
        identity = self.choose()
        self.sign_in()
        self.env.invalidate_all()
        self.assertEqual(self.ana_user.twitter_sign_in_since, identity.sign_in_since)
        self.assertTrue(self.ana_user.twitter_signed_in_at)
        self.assertEqual(self.ana_user.twitter_sign_in_identity_id, identity)
        self.assertFalse(self.carla_user.twitter_sign_in_identity_id)
        for name in ("identity_id", "since"):
            with self.assertRaises(AccessError):
                self.ana_user.with_user(self.agent).read([f"twitter_sign_in_{name}"])
        action = self.ana_user.action_twitter_sign_ins()
        self.assertEqual([kind for _id, kind in action["views"]][0], "list")
        found = self.env["twitter.link.event"].search(action["domain"])
        self.assertEqual(found.mapped("kind"), ["signed_in"])
        self.assertEqual(found.partner_email, self.ana.email)


@tagged("post_install", "-at_install")
class TestSecondFactor(SignInCase):
    """Who has a second factor is asked for it, after X as after a password."""

    def setUp(self):
        super().setUp()
        self.key = b"a-key-of-twenty-byte"
        self.ana_user.sudo().totp_secret = base64.b32encode(self.key).decode()
        self.env.flush_all()

    def code(self, later=0):
        return f"{hotp(self.key, int(time() / TIMESTEP) + later):06}"

    @covers("R65", "T30")
    def test_it_is_asked_for_after_x(self):
        self.choose()
        response = self.sign_in(login_page="/web/login?redirect=/my/tickets")
        self.assertIn("/web/login/totp", response.headers["Location"])
        self.assertFalse(self.who())
        page = self.page(self.path(response.headers["Location"]))
        self.assertFalse(self.who())
        token = self.token_of(page)
        values = {"csrf_token": token, "totp_token": self.code()}
        values["redirect"] = "/my/tickets"
        self.get("/web/login/totp", data=values)
        self.assertEqual(self.who(), self.ana_user)
        self.assertTrue(self.browser_session()[BEGAN])

    @covers("R77")
    def test_its_code_is_enough_to_choose_x(self):
        identity = self.connect(self.ana, ANA.id)
        self.authenticate(self.ana_user.login, PASSWORD)
        for wrong in ("000000", "abcdef", "", "1" * 12):
            response = self.submit(self.page("/my/twitter"), CHOOSE, code=wrong)
            self.assertEqual(response.status_code, 422, wrong)
        self.assertFalse(identity.sign_in_user_id)
        code = f" {self.code()[:3]} {self.code()[3:]} "
        self.submit(self.page("/my/twitter"), CHOOSE, code=code)
        self.assertEqual(identity.sign_in_user_id, self.ana_user)


@tagged("post_install", "-at_install")
class TestWayBackIn(SignInCase):
    """X is never the only way in, and what it began ends with it."""

    def signed_in(self):
        self.choose()
        self.sign_in()
        self.assertEqual(self.who(), self.ana_user)

    def mails_to_choose(self):
        """Run the job; to which users it has Odoo mail a link."""
        users = type(self.env["res.users"])
        with patch.object(users, "action_reset_password", autospec=True) as mail:
            self.run_cron("twitter.password.mail")
        self.assertFalse(self.env["twitter.password.mail"].search([]))
        return [call.args[0].id for call in mail.call_args_list]

    @covers("R76", "T34")
    def test_disconnecting_ends_the_session_that_x_began(self):
        self.signed_in()
        response = self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        where = self.path(response.headers["Location"])
        self.assertEqual(where, "/twitter/signed_out")
        page = self.get(where)
        self.assertIn("You are signed out", page.text)
        self.assertNotIn("is connected to your", page.text)
        self.assertIn("/twitter/password", page.text)
        self.assertFalse(self.who())

    @covers("R76", "T34")
    def test_ended_elsewhere_the_session_ends_at_the_next_page(self):
        for end in (
            lambda: self.ana.twitter_identity_ids.unlink(),
            lambda: self.env["twitter.sign.in"]._stop(
                self.ana_user, self.company, "Firefox"
            ),
            lambda: self.company.write({"twitter_sign_in": False}),
            lambda: self.ana_user.write({"active": False}),
        ):
            self.ana.twitter_identity_ids.unlink()
            self.company.twitter_sign_in = True
            self.authenticate(None, None)
            self.signed_in()
            end()
            self.assertFalse(self.who())

    @covers("R76")
    def test_another_account_in_its_place_ends_what_the_first_began(self):
        self.signed_in()
        tree = self.page("/my/twitter")
        start = self.submit(tree, "/my/twitter/connect", consent="1")
        path = self.come_back(start.headers["Location"], account="bia")
        self.assertIn("no longer signs you in", self.get(path).text)
        self.assertIn("takes the place of", self.get(path).text)
        response = self.submit(self.page(path), path)
        self.assertEqual(self.path(response.headers["Location"]), "/twitter/signed_out")
        told = self.page("/twitter/signed_out").text_content()
        self.assertIn("The other X account is connected", told)
        self.assertFalse(self.who())
        self.assertTrue(self.ana.twitter_identity_ids)

    def test_who_has_no_password_is_told_before_another_account_takes_its_place(self):
        self.signed_in()
        self.forget_password()
        tree = self.page("/my/twitter")
        start = self.submit(tree, "/my/twitter/connect", consent="1")
        url = start.headers["Location"]
        page = self.page(self.come_back(url, account="bia")).text_content()
        self.assertIn("You have no password here", page)
        self.assertIn(self.ana.email, page)
        start = self.submit(tree, "/my/twitter/connect", consent="1")
        page = self.page(self.come_back(start.headers["Location"])).text_content()
        self.assertNotIn("You have no password here", page)
        self.assertNotIn("no longer signs you in", page)

    @covers("R76")
    def test_the_same_account_connected_again_goes_on_signing_in(self):
        self.signed_in()
        self.forget_password()
        since = self.ana.twitter_identity_ids.sign_in_since
        path = self.come_back(self.start_in_portal())
        receipt = self.ana.twitter_identity_ids.consent_id
        self.assertNotIn("takes the place of", self.get(path).text)
        self.confirm(path)
        identity = self.ana.twitter_identity_ids
        self.assertNotEqual(identity.consent_id, receipt)
        self.assertTrue(receipt.withdrawn_at)
        self.assertEqual(identity.sign_in_user_id, self.ana_user)
        self.assertEqual(identity.sign_in_since, since)
        self.assertEqual(self.who(), self.ana_user)
        self.assertFalse(self.mails_to_choose())

    @covers("R76")
    def test_a_session_of_the_password_goes_on(self):
        self.choose()
        self.authenticate(self.ana_user.login, PASSWORD)
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertEqual(self.who(), self.ana_user)

    def test_without_a_password_one_is_mailed_where_x_ends(self):
        self.signed_in()
        self.forget_password()
        page = self.page("/my/twitter")
        self.assertTrue(page.xpath("//form[@action='/twitter/password']"))
        self.submit(page, "/my/twitter/disconnect")
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)

    def warned(self):
        """What is said before the buttons that take the only way in away."""
        page = self.page("/my/twitter")
        return [
            form.xpath("ancestor::details[1]//*[contains(@class, 'alert')]//text()")
            for form in page.xpath(
                f"//form[@action='{STOP}' or @action='/my/twitter/disconnect']"
            )
        ]

    def test_the_only_way_in_is_not_taken_away_without_a_word(self):
        self.signed_in()
        self.assertEqual(self.warned(), [[], []])
        self.forget_password()
        for words in self.warned():
            self.assertIn(self.ana.email, "".join(words))
        self.ana.with_user(self.ana_user).sudo().email = "mallory@example.com"
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        for words in self.warned():
            self.assertIn("write to us", " ".join("".join(words).split()))
        page = self.page("/my/twitter")
        self.assertFalse(page.xpath("//form[@action='/twitter/password']"))

    def test_notices_say_that_x_no_longer_signs_in_where_it_did(self):
        ended = "It no longer signs you in"
        for end in (
            lambda: self.submit(self.page("/my/twitter"), "/my/twitter/disconnect"),
            self.ana.with_user(
                self.env.ref("base.user_admin")
            ).action_twitter_disconnect,
        ):
            for chosen in (True, False):
                self.authenticate(self.ana_user.login, PASSWORD)
                if chosen:
                    self.choose()
                else:
                    self.connect(self.ana, ANA.id)
                end()
                self.assertIn("is no longer connected", self.told())
                self.assertEqual(ended in self.told(), chosen)

    def test_it_was_not_me_says_that_x_no_longer_signs_in(self):
        identity = self.choose()
        consent = identity.consent_id
        consent.account_hash = consent._account_hash(ANA.id)
        for chosen in (True, False):
            identity.sign_in_user_id = chosen and self.ana_user
            consent._announce("connected")
            body = html.fromstring(str(self.last_mail().body_html))
            (url,) = body.xpath("//a/@href")
            page = self.page(self.path(url))
            ends = "no longer signs you in" in page.text_content()
            self.assertEqual(ends, chosen)
        identity.sign_in_user_id = self.ana_user
        self.submit(page, self.path(url), sure="1")
        self.assertIn("It no longer signs you in", self.told())

    def test_switched_off_those_without_a_password_have_one_mailed(self):
        self.signed_in()
        self.company.twitter_sign_in = False
        self.assertFalse(self.mails_to_choose())
        self.company.twitter_sign_in = True
        self.authenticate(None, None)
        self.sign_in()
        self.forget_password()
        self.company.twitter_sign_in = False
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)

    def test_switched_off_it_was_not_me_promises_no_other_link(self):
        consent = self.choose().consent_id
        consent.account_hash = consent._account_hash(ANA.id)
        consent._announce("connected")
        path = self.undo_path()
        self.forget_password(signed_in=False)
        for offered in (True, False):
            self.company.twitter_sign_in = offered
            told = self.page(path).text_content()
            self.assertEqual("no longer signs you in" in told, offered)
            self.assertEqual("we mail you a" in told, offered)

    def test_switched_off_those_without_a_password_are_told_why_once(self):
        self.choose(self.carla_user, BIA.id)
        self.choose()
        self.forget_password(signed_in=False)
        for mails_passwords in ("True", "False"):
            self.env["ir.config_parameter"].set_param(
                "auth_signup.reset_password", mails_passwords
            )
            self.ana.twitter_confirmed_address = False
            self.company.twitter_sign_in = True
            before = self.env["mail.mail"].search([])
            for _twice in range(2):
                self.company.twitter_sign_in = False
            self.assertFalse(self.env["mail.mail"].search([]) - before)
            self.mails_to_choose()
            mail = self.env["mail.mail"].search([]) - before
            self.assertEqual(mail.mapped("email_to"), [self.ana.email])
            self.assertEqual(mail.subject, "You can no longer sign in with X")
            self.assertIn("no longer lets customers sign in with X", self.told())
            self.assertNotIn("/twitter/undo/", mail.body_html)
            self.assertIn("has no password yet", self.told())
            self.assertIn("If none comes, write to us", self.told())

    def test_no_mail_is_lost_where_the_time_of_the_job_is_up(self):
        mails, jobs = self.env["twitter.password.mail"], type(self.env["ir.cron"])
        users = self.ana_user | self.carla_user
        mails._queue_for(users)
        users_class = type(self.env["res.users"])
        with (
            patch.object(users_class, "action_reset_password", autospec=True) as mail,
            patch.object(jobs, "_commit_progress", return_value=0),
        ):
            for count in (1, 2):
                mails._run()
                self.assertEqual(mail.call_count, count)
                self.assertEqual(mails.search_count([]), 2 - count)
        self.assertEqual({call.args[0] for call in mail.call_args_list}, {*users})

    def test_where_the_set_up_is_taken_back_a_password_is_mailed(self):
        self.choose()
        self.forget_password(signed_in=False)
        for name in ("twitter_privacy_url", "twitter_client_id"):
            kept = self.company[name]
            self.company[name] = False
            self.assertEqual(self.mails_to_choose(), self.ana_user.ids)
            self.assertIn("no longer lets customers sign in", self.told())
            self.company.write({name: kept, "twitter_client_secret": CLIENT_SECRET})
            self.assertFalse(self.mails_to_choose())

    def test_an_address_that_is_new_gets_no_way_in_that_the_site_does_not_give(self):
        self.signed_in()
        self.forget_password()
        self.ana.with_user(self.ana_user).sudo().email = "mallory@example.com"
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        self.submit(self.page("/my/twitter"), STOP)
        self.assertFalse(self.mails_to_choose())

    def test_where_the_site_mails_no_passwords_a_new_address_never_gets_one(self):
        self.signed_in()
        self.forget_password()
        self.ana.with_user(self.ana_user).sudo().email = "mallory@example.com"
        self.ana.twitter_address_set_at -= timedelta(days=8)
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        self.submit(self.page("/my/twitter"), STOP)
        self.assertFalse(self.mails_to_choose())

    def undo_path(self):
        """Where the button of the newest notice leads."""
        body = html.fromstring(str(self.last_mail().body_html))
        (url,) = body.xpath("//a/@href")
        return self.path(url)

    @covers("R67")
    def test_it_was_not_me_mails_no_password_to_whoever_changed_the_address(self):
        for changed in (False, True):
            consent = self.choose().consent_id
            consent.account_hash = consent._account_hash(ANA.id)
            self.ana._twitter_note_confirmed(self.ana.email)
            consent._announce("connected")
            self.forget_password(signed_in=False)
            path = self.undo_path()
            if changed:
                self.ana.with_user(self.ana_user).sudo().email = "mallory@example.com"
            page = self.page(path)
            self.assertEqual("we mail you a" in page.text_content(), not changed)
            self.submit(page, path, sure="1")
            mails = self.env["mail.mail"].search([], order="id desc", limit=1 + changed)
            comes = ["no password yet" in mail.body_html for mail in mails]
            self.assertEqual(comes, [not changed] * len(mails))
            self.assertFalse(self.ana.twitter_identity_ids)
            wanted = self.ana_user.ids * (not changed)
            self.assertEqual(self.mails_to_choose(), wanted)

    def test_who_deletes_the_account_is_promised_no_way_back(self):
        self.signed_in()
        self.forget_password()
        self.ana_user._deactivate_portal_user()
        notice = [("subject", "=", "Your X account was disconnected")]
        mail = self.env["mail.mail"].search(notice)
        self.assertIn("is no longer connected", mail.body_html)
        self.assertNotIn("signs you in", mail.body_html)
        self.assertNotIn("password", mail.body_html)
        self.assertFalse(self.mails_to_choose())

    def test_leaving_x_mails_the_way_back_once(self):
        self.signed_in()
        self.forget_password()
        self.company.twitter_sign_in = False
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)
        self.company.twitter_sign_in = False
        self.ana.twitter_identity_ids.unlink()
        self.assertFalse(self.mails_to_choose())

    def test_who_leaves_x_tells_it_once(self):
        self.choose()
        self.forget_password(signed_in=False)
        before = self.env["mail.mail"].search([])
        erasures = self.env["twitter.erasure"]
        erasures.with_user(self.env.ref("base.user_admin"))._begin(self.company)
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)
        self.run_cron("twitter.erasure")
        mail = self.env["mail.mail"].search([]) - before
        self.assertEqual(mail.subject, "Your X account is no longer kept here")
        self.assertIn("has no password yet", self.told())

    def test_what_is_offered_again_meanwhile_is_not_said_to_have_ended(self):
        self.choose()
        self.forget_password(signed_in=False)
        before = self.env["mail.mail"].search([])
        self.company.twitter_sign_in = False
        self.company.twitter_sign_in = True
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)
        self.assertFalse(self.env["mail.mail"].search([]) - before)

    def test_whoever_ends_it_a_password_is_mailed(self):
        self.signed_in()
        self.forget_password()
        self.ana.with_user(self.env.ref("base.user_admin")).action_twitter_disconnect()
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)

    def forget_password(self, signed_in=True):
        """As of one who signed up with X.

        :param signed_in: whether the session has to go on
        """
        self.env.cr.execute(
            "UPDATE res_users SET password = NULL WHERE id = %s", [self.ana_user.id]
        )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
        if not signed_in:
            return
        # The session's token is made of it.
        session = self.browser_session()
        token = self.ana_user._compute_session_token(session.sid)
        session["session_token"] = token
        root.session_store.save(session)

    def test_with_a_password_none_is_mailed(self):
        self.signed_in()
        self.submit(self.page("/my/twitter"), STOP)
        self.assertFalse(self.mails_to_choose())
        self.assertFalse(self.who())

    def test_a_suspended_account_leads_to_a_password_on_the_same_page(self):
        self.choose()
        suspended = {"errors": [{"code": 64, "message": "Your account is suspended"}]}
        self.x.faults.add("GET /2/users/me", Fault(status=403, body=suspended))
        response = self.get(self.after_x())
        self.assertEqual(self.problem_of(response), "account_unavailable")
        page = html.fromstring(response.content)
        self.submit(page, "/twitter/password", login=self.ana.email)
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)

    @covers("R68")
    def test_whether_an_address_has_an_account_is_not_told(self):
        answers = []
        for login in (self.ana.email, "nobody@example.com", self.agent.login, "x"):
            page = self.page("/twitter/signed_out")
            response = self.submit(page, "/twitter/password", login=login)
            where = self.path(response.headers["Location"])
            (main,) = self.page(where).xpath("//div[@id='wrap']")
            answers.append((response.status_code, where, main.text_content()))
        self.assertEqual(len(set(answers)), 1)
        self.assertEqual(self.mails_to_choose(), self.ana_user.ids)

    def test_nobody_has_mails_sent_without_end(self):
        for login in (self.ana.email, "nobody@example.com"):
            page = self.page("/twitter/signed_out")
            codes = [
                self.problem_of(self.submit(page, "/twitter/password", login=login))
                for _time in range(6)
            ]
            self.assertEqual(codes, [*[""] * 5, "too_many_attempts"])

    def test_a_customer_who_waits_for_a_mail_is_not_told_to_be_signed_out(self):
        self.authenticate(self.ana_user.login, PASSWORD)
        token = self.token_of(self.page("/my/account"))
        for _time in range(6):
            response = self.get("/twitter/password", data={"csrf_token": token})
        self.assertEqual(self.problem_of(response), "too_many_attempts")
        self.assertNotIn("You are not signed in", response.text)

    def test_that_a_mail_is_on_its_way_is_told_to_who_asked_alone(self):
        for login in (None, self.ana_user.login):
            self.authenticate(login, login and PASSWORD)
            response = self.get("/twitter/password")
            self.assertEqual(self.problem_of(response), "state_unknown")
            self.assertNotIn("on its way", response.text)

    def test_a_customer_is_told_where_the_mail_goes(self):
        self.authenticate(self.ana_user.login, PASSWORD)
        data = {"csrf_token": self.token_of(self.page("/my/account"))}
        self.get("/twitter/password", data=data)
        told = self.page("/twitter/password").text_content()
        self.assertIn(self.ana.email, told)
        self.assertIn("4 hours", told)
        self.assertNotIn("If there is", told)
        hours = "auth_signup.reset_password.validity.hours"
        self.env["ir.config_parameter"].set_param(hours, "12")
        self.assertIn("12 hours", self.page("/twitter/password").text_content())
        self.ana.with_user(self.ana_user).sudo().email = "mallory@example.com"
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        self.assertEqual(
            self.problem_of(self.get("/twitter/password", data=data)), "no_address"
        )

    def test_where_the_site_mails_no_passwords_nothing_is_mailed(self):
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", "False")
        page = self.get("/twitter/signed_out")
        self.assertNotIn("/twitter/password", page.text)
        token = self.token_of(self.page("/web/login"))
        self.get(
            "/twitter/password",
            data={"csrf_token": token, "login": self.ana.email},
        )
        self.assertFalse(self.mails_to_choose())
