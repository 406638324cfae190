from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

from lxml import html

from odoo.sql_db import Cursor
from odoo.tests import new_test_user, tagged

from odoo.addons.auth_signup.models.res_partner import SignupError

from .common import ANA, BIA, covers
from .test_sign_in import TRIPS, SignInCase

NEW = "new@example.org"


@tagged("post_install", "-at_install")
class TestSignUpWithX(SignInCase):
    """An X account that nobody has connected makes an account, in one go."""

    def ask(self, path, login=NEW, name="Nora Neves", consent="1", **values):
        """Send the form: the answer."""
        action = f"/twitter/sign_up/{self.reference(path)}"
        values = {"login": login, "name": name, "consent": consent, **values}
        if not consent:
            del values["consent"]
        return self.submit(self.page(path), action, **values)

    def verify(self, path, code):
        action = f"/twitter/sign_up/{self.reference(path)}/verify"
        return self.submit(self.page(path), action, code=code)

    def reference(self, path):
        return path.rsplit("/", 1)[1]

    def sign_up_with_x(self, account="ana", login_page="/web/signup", **values):
        """The whole way; the answer to the code."""
        path = self.after_x(account, login_page)
        self.assertEqual(self.ask(path, **values).status_code, 303)
        return self.verify(path, self.code_in(self.last_mail()))

    def user(self, login=NEW):
        return self.env["res.users"].search([("login", "=", login)])

    def test_an_account_is_made_connected_and_signed_in(self):
        response = self.sign_up_with_x()
        self.assertEqual(response.status_code, 303, response.text)
        self.assertEqual(self.path(response.headers["Location"]), "/my")
        user = self.user()
        self.assertEqual(self.who(), user)
        self.assertEqual(user.name, "Nora Neves")
        self.assertTrue(user._is_portal())
        self.assertEqual(user.partner_id.email, NEW)
        identity = user.partner_id.twitter_identity_ids
        self.assertEqual(identity.twitter_id, ANA.id)
        self.assertEqual(identity.proof, "email_code")
        self.assertEqual(identity.sign_in_user_id, user)
        self.assertTrue(user.partner_id._twitter_is_confirmed())
        kinds = self.events_of(user.partner_id)
        self.assertEqual(kinds, ["connected", "signed_up"])
        self.assertFalse(self.env["twitter.sign.up"].search([]))
        self.assertTrue(user.twitter_signed_in_at)

    def events_of(self, partner):
        of_partner = [("partner_id", "=", partner.id)]
        return (
            self.env["twitter.link.event"].search(of_partner, order="id").mapped("kind")
        )

    def test_it_is_told_that_an_account_was_made(self):
        self.choose(self.carla_user, BIA.id)
        self.sign_in("bia")
        self.assertNotIn("customer account is ready", self.get("/my").text)
        self.authenticate(None, None)
        self.sign_up_with_x()
        self.assertIn("customer account is ready", self.get("/my").text)
        mail = self.last_mail()
        self.assertEqual(mail.subject, "Your account was made with X")
        told = " ".join(html.fromstring(str(mail.body_html)).text_content().split())
        self.assertIn("was just made for you", told)
        # Whose address it is has just been shown, and so whose name.
        self.assertIn("Hello Nora Neves,", told)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_users SET create_date = create_date - interval '16 minutes'"
        )
        self.env.invalidate_all()
        page = self.get("/my").text
        self.assertIn("signed in with your X account", page)
        self.assertNotIn("customer account is ready", page)

    def test_what_was_ticked_stays_ticked_beside_what_can_not_be_used(self):
        path = self.after_x()
        for shown, stays in ((None, True), ("f" * 64, False)):
            values = {"consent_shown": shown} if shown else {}
            response = self.ask(path, login="nobody", **values)
            tree = html.fromstring(response.content)
            ticked = tree.xpath("//input[@name='consent']/@checked")
            self.assertEqual(bool(ticked), stays)

    def test_for_another_code_nothing_is_agreed_to_twice(self):
        path = self.after_x()
        box = "//input[@name='consent']"
        self.assertTrue(self.page(path).xpath(box))
        self.ask(path)
        trip = self.env[TRIPS].search([], limit=1)
        agreed_at = trip.consent_given_at
        trip.consent_given_at -= timedelta(minutes=1)
        page = self.page(path)
        self.assertFalse(page.xpath(box))
        self.assertIn("You have agreed to this", page.text_content())
        self.assertIn(NEW, page.text_content())
        self.assertEqual(self.ask(path, consent="").status_code, 303)
        self.assertLess(trip.consent_given_at, agreed_at)
        texts = type(self.env["twitter.consent.text"])
        with patch.object(texts, "_text", return_value="Something else"):
            self.assertTrue(self.page(path).xpath(box))
            response = self.ask(path, name="Another Name", consent="")
        # Sent from a page that had no box: here it is, and nothing is typed again.
        self.assertEqual(self.problem_of(response), "consent_missing")
        page = html.fromstring(response.content)
        self.assertTrue(page.xpath(box))
        self.assertEqual(page.xpath("//input[@name='name']/@value"), ["Another Name"])
        self.assertFalse(page.xpath("//*[contains(@class, 'is-invalid')]"))
        self.assertIn("Without it no account is made", page.text_content())

    def test_a_mistyped_address_is_not_said_to_have_got_the_code(self):
        path = self.after_x()
        self.ask(path)
        page = html.fromstring(self.ask(path, login="nobody@@x").content)
        (status,) = page.xpath("//p[@role='status']")
        self.assertIn(NEW, status.text_content())
        self.assertNotIn("nobody", status.text_content())
        self.assertEqual(page.xpath("//input[@name='login']/@value"), ["nobody@@x"])

    def test_the_receipt_says_what_was_agreed_to_and_where(self):
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "To reach you"}
        )
        self.sign_up_with_x()
        consent = self.user().partner_id.twitter_identity_ids.consent_id
        self.assertEqual(consent.channel, "sign_up")
        self.assertIn("I agree that Example Ltd", consent.text)
        versions = self.env["twitter.consent.text"]
        self.assertEqual(
            consent.version, f"{versions._latest(self.company).version} - users.email"
        )
        # X was not asked for the address.
        self.assertNotIn("users.email", consent.text)
        self.assertNotIn("users.email", consent.scopes)
        self.assertLess(
            consent.given_at, self.user().partner_id.twitter_identity_ids.create_date
        )

    def test_the_name_is_filled_in_from_x(self):
        page = self.page(self.after_x())
        self.assertEqual(page.xpath("//input[@name='name']/@value"), [ANA.name])
        self.assertEqual(page.xpath("//input[@name='login']/@value"), [""])

    def test_signs_in_again_with_x_alone(self):
        self.sign_up_with_x()
        self.authenticate(None, None)
        self.sign_in()
        self.assertEqual(self.who(), self.user())

    def test_a_password_is_mailed_on_the_customers_page(self):
        self.sign_up_with_x()
        page = self.get("/my/twitter")
        self.assertIn("no password yet", page.text)
        self.submit(html.fromstring(page.content), "/twitter/password")
        wanted = self.env["twitter.password.mail"].search([])
        self.assertEqual(wanted.user_id, self.user())

    def test_nothing_is_made_before_the_code(self):
        path = self.after_x()
        before = self.env["res.partner"].search_count([])
        self.ask(path)
        self.assertFalse(self.user())
        self.assertFalse(self.env["twitter.identity"].search([]))
        self.assertEqual(self.env["res.partner"].search_count([]), before)
        self.assertFalse(self.who())

    def test_without_consent_no_code_is_mailed(self):
        path = self.after_x()
        last = self.last_mail()
        response = self.ask(path, consent="")
        self.assertEqual(self.problem_of(response), "consent_missing")
        self.assertEqual(self.last_mail(), last)

    def test_what_is_no_address_or_name_is_told_beside_the_field(self):
        path = self.after_x()
        last = self.last_mail()
        for values in (
            {"login": "nobody"},
            {"login": "a@example.com, b@example.com"},
            {"login": ""},
            {"login": "a\x00b@example.com"},
            {"login": '"ana"@example.com'},
            {"login": "ana@example.com" + "," * 300},
            {"login": "(" * 300 + "a@b.example"},
            {"name": "  "},
            {"name": "\x00\x01"},
        ):
            response = self.ask(path, **values)
            self.assertEqual(response.status_code, 422)
            page = html.fromstring(response.content)
            self.assertTrue(page.xpath("//*[@id='twitter_login_problem']"))
        self.assertEqual(self.last_mail(), last)

    def test_a_wrong_code_makes_nothing_and_five_are_enough(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for _try in range(5):
            response = self.verify(path, wrong)
            self.assertEqual(self.problem_of(response), "code_wrong")
        self.assertEqual(self.problem_of(self.verify(path, code)), "code_limit")
        self.assertEqual(self.problem_of(self.ask(path)), "code_limit")
        self.assertFalse(self.user())

    def test_a_code_that_is_too_old_makes_nothing(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        self.env["twitter.sign.up"].search([]).expires_at -= timedelta(minutes=10)
        self.assertEqual(self.problem_of(self.verify(path, code)), "code_wrong")
        self.assertFalse(self.user())

    def test_a_code_is_good_for_as_long_as_its_mail_says(self):
        path = self.after_x()
        trip = self.env[TRIPS].search([], limit=1)
        for minutes in (6, 2):
            left = timedelta(minutes=minutes, seconds=30)
            trip.exchanged_at = self.env.cr.now() + left - timedelta(minutes=10)
            self.ask(path)
            body = html.fromstring(str(self.last_mail().body_html)).text_content()
            self.assertIn(f"within {minutes} minutes", " ".join(body.split()))
            ends = self.env["twitter.sign.up"].search([]).expires_at
            self.assertEqual(ends, trip.exchanged_at + timedelta(minutes=10))
        last = self.last_mail()
        trip.exchanged_at -= timedelta(seconds=31)
        self.assertEqual(self.problem_of(self.ask(path)), "state_expired")
        self.assertEqual(self.last_mail(), last)

    def test_another_mail_is_said_to_be_another(self):
        path = self.after_x()
        for another in (False, True):
            self.ask(path)
            (status,) = self.page(path).xpath("//p[@role='status']")
            self.assertEqual("another mail to" in status.text_content(), another)

    def test_a_code_is_for_its_address(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        self.ask(path, login="other@example.org")
        self.assertEqual(self.problem_of(self.verify(path, code)), "code_wrong")
        self.assertFalse(self.user("other@example.org"))

    def test_a_code_is_for_its_browser(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        self.authenticate(None, None)
        token = self.token_of(self.page("/web/login"))
        response = self.get(
            f"/twitter/sign_up/{self.reference(path)}/verify",
            data={"csrf_token": token, "code": code},
        )
        self.assertEqual(self.problem_of(response), "other_browser")
        self.assertFalse(self.user())

    def test_only_so_many_mails_go_out(self):
        path = self.after_x()
        for _time in range(3):
            self.assertEqual(self.ask(path).status_code, 303)
        self.assertEqual(self.problem_of(self.ask(path)), "code_limit")

    def test_an_address_gets_only_so_many_mails_from_whomever(self):
        for account, mails in (("ana", 3), ("bia", 2)):
            self.authenticate(None, None)
            path = self.after_x(account)
            for _mail in range(mails):
                self.assertEqual(self.ask(path).status_code, 303)
        last = self.last_mail()
        self.assertEqual(self.problem_of(self.ask(path)), "too_many_attempts")
        self.assertEqual(self.last_mail(), last)
        self.assertEqual(self.env["twitter.sign.up"].search([])[0].mails, 2)

    @covers("T28", "R68")
    def test_whether_the_address_has_an_account_is_in_the_mail_alone(self):
        taken = (
            self.ana.email,
            self.ana.email.upper(),
            self.agent.email,
            self.archived_login(),
        )
        pages, statements = set(), set()
        # The first one finds nothing in memory yet.
        for login in ("first@example.org", NEW, *taken):
            self.authenticate(None, None)
            path = self.after_x("bia")
            page = self.page(path)
            with self.counted() as executed:
                self.submit_ask(page, path, login)
            if login != "first@example.org":
                statements.add(len(executed))
            mail = self.last_mail()
            self.assertEqual(mail.email_to, login.lower())
            self.assertEqual(bool(self.digits(mail)), login not in taken)
            self.assertEqual("/my/twitter" in mail.body_html, login in taken)
            pages.add(self.shown(path, login))
        self.assertEqual(len(pages), 1)
        self.assertEqual(len(statements), 1, statements)

    def submit_ask(self, page, path, login):
        action = f"/twitter/sign_up/{self.reference(path)}"
        values = {"login": login, "name": "Nora", "consent": "1"}
        response = self.submit(page, action, **values)
        self.assertEqual(response.status_code, 303)

    @contextmanager
    def counted(self):
        """Each statement that the database is given meanwhile."""
        executed, execute = [], Cursor.execute

        def note(cursor, query, *arguments, **options):
            executed.append(query)
            return execute(cursor, query, *arguments, **options)

        with patch.object(Cursor, "execute", note):
            yield executed

    def digits(self, mail):
        text = html.fromstring(str(mail.body_html)).text_content()
        return [word for word in text.split() if len(word) == 6 and word.isdecimal()]

    def archived_login(self):
        user = new_test_user(self.env, "gone@example.org", groups="base.group_portal")
        user.active = False
        return user.login

    def shown(self, path, login):
        """What the page says, without what is different each time."""
        (main,) = self.page(path).xpath("//div[@id='wrap']")
        text = main.text_content()
        self.assertIn(login.lower(), text)
        return " ".join(text.replace(login.lower(), "").split())

    def test_a_code_that_was_not_mailed_can_not_be_guessed_for_long(self):
        path = self.after_x("bia")
        self.ask(path, login=self.ana.email)
        for number in range(5):
            response = self.verify(path, f"{number:06}")
            self.assertEqual(self.problem_of(response), "code_wrong")
            self.assertIn("That code is not right", response.text)
        response = self.verify(path, "000000")
        self.assertEqual(self.problem_of(response), "code_limit")
        self.assertIn("Start again", response.text)

    def test_opened_again_a_page_of_a_form_is_the_one_before_it(self):
        path = self.after_x("bia")
        action = f"/twitter/sign_up/{self.reference(path)}"
        for page in (action, f"{action}/verify"):
            response = self.get(page)
            self.assertEqual(response.status_code, 303)
            self.assertEqual(self.path(response.headers["Location"]), path)

    def test_an_account_that_is_made_meanwhile_is_left_alone(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        user = self.sign_up(login=NEW, name="Somebody else")
        response = self.verify(path, code)
        self.assertEqual(self.problem_of(response), "state_expired")
        self.assertEqual(self.user(), user)
        self.assertFalse(user.partner_id.twitter_identity_ids)
        self.assertFalse(self.who())

    def test_an_x_account_that_is_connected_meanwhile_makes_nothing(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        token_page = self.page(path)
        self.connect(self.carla, ANA.id)
        response = self.submit(
            token_page, f"/twitter/sign_up/{self.reference(path)}/verify", code=code
        )
        self.assertEqual(self.problem_of(response), "already_linked")
        self.assertFalse(self.user())

    def test_by_invitation_only_nothing_is_kept(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("auth_signup.invitation_scope", "b2b")
        path = self.after_x()
        response = self.get(path)
        self.assertEqual(self.problem_of(response), "sign_up_closed")
        trip = self.env[TRIPS].search([("purpose", "=", "sign_in")])
        self.assertFalse(trip.profile)
        self.assertEqual(trip.status, "failed")
        problem = self.events("problem")
        self.assertEqual(problem.problem, "sign_up_closed")
        self.assertFalse(problem.attempt)

    def test_what_odoo_refuses_makes_nothing(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        users = type(self.env["res.users"])
        with patch.object(users, "signup", side_effect=SignupError()):
            response = self.verify(path, code)
        self.assertEqual(self.problem_of(response), "state_expired")
        self.assertFalse(self.user())
        self.assertFalse(self.who())

    def test_closed_meanwhile_no_account_is_made(self):
        path = self.after_x()
        self.ask(path)
        code = self.code_in(self.last_mail())
        page = self.page(path)
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("auth_signup.invitation_scope", "b2b")
        response = self.submit(
            page, f"/twitter/sign_up/{self.reference(path)}/verify", code=code
        )
        self.assertEqual(self.problem_of(response), "sign_up_closed")
        self.assertFalse(self.user())

    def test_the_unknown_writer_of_a_ticket_becomes_its_contact(self):
        ticket = self.make_ticket(False, twitter_expected_username="@Bia")
        response = self.sign_up_with_x(
            "bia", login_page="/web/login?redirect=/my/twitter"
        )
        self.assertEqual(self.path(response.headers["Location"]), "/my/twitter")
        self.assertEqual(ticket.partner_id, self.user().partner_id)
        self.assertEqual(ticket.twitter_link_status, "connected")
        self.assertEqual(self.connected_id(self.get("/my/twitter")), BIA.id)

    def test_what_was_typed_is_forgotten_with_the_code(self):
        self.ask(self.after_x())
        sign_up = self.env["twitter.sign.up"].search([])
        sign_up.expires_at -= timedelta(minutes=11)
        mail = sign_up.mail_id
        self.env[TRIPS]._forget()
        self.assertFalse(sign_up.exists())
        self.assertFalse(mail.exists())

    def test_where_it_is_disconnected_the_account_stays(self):
        self.sign_up_with_x()
        user = self.user()
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertFalse(user.partner_id.twitter_identity_ids)
        self.assertTrue(user.active)
        self.assertFalse(self.who())
        wanted = self.env["twitter.password.mail"].search([])
        self.assertEqual(wanted.user_id, user)
