from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from lxml import html

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import PASSWORD, TwitterHttpCase, covers

MERGE = "base.partner.merge.automatic.wizard"
TRANSACTION = "twitter.oauth.transaction"


def delete_sent(mails, *_args, **_options):
    """What is left of mails that were sent: nothing."""
    mails.unlink()


@tagged("post_install", "-at_install")
class TestSignUp(TwitterHttpCase):
    """Portal accounts that the company did not make: of whom, nobody knows."""

    def take_account(self):
        """Sign up as Bruno with a token of his contact, which employees can ask for.

        It stands in each mail about a ticket, too, and so in what is forwarded.
        """
        clerk = new_test_user(self.env, "clerk", "base.group_user")
        found = self.bruno.with_user(clerk).signup_get_auth_param()
        token = found[self.bruno.id]["auth_signup_token"]
        user = self.sign_up(token, login="bruno@gmail.com")
        self.assertEqual(user.partner_id, self.bruno)
        self.authenticate("bruno@gmail.com", PASSWORD)
        self.assertTrue(user.login_date)
        return user

    def new_password(self):
        """Choose one with the token that Odoo mails to the address."""
        self.bruno.signup_prepare("reset")
        self.sign_up(self.mailed_token(self.bruno))
        self.authenticate("bruno@gmail.com", PASSWORD)

    def post(self, path, **values):
        """What a page offers no form for; Odoo's own page has a token, too."""
        token = self.token_of(self.page("/my/account"))
        return self.get(path, data={"csrf_token": token, **values})

    def link(self):
        return self.path(self.make_link(self.make_ticket(self.bruno)).url)

    def connect_by_code(self, link):
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        start = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.confirm(self.come_back(start.headers["Location"]))
        self.assertTrue(self.bruno.twitter_identity_ids)

    @covers("T5", "T6", "T8")
    def test_an_account_made_with_a_token_connects_nothing_in_the_portal(self):
        self.take_account()
        page = self.page("/my/twitter")
        self.assertIn("Confirm it before you connect", page.text_content())
        self.assertTrue(page.xpath("//a[@href='/web/reset_password']"))
        self.assertFalse(page.xpath("//form[@action='/my/twitter/connect']"))
        refused = self.post("/my/twitter/connect", consent="1")
        self.assertEqual(self.problem_of(refused), "no_address")
        self.assertIn('href="/web/reset_password"', refused.text)

    def test_where_no_passwords_are_mailed_the_page_promises_none(self):
        self.take_account()
        self.env["ir.config_parameter"].set_param("auth_signup.reset_password", False)
        page = self.page("/my/twitter")
        self.assertIn("write to us, and we help you", page.text_content())
        self.assertFalse(page.xpath("//a[@href='/web/reset_password']"))

    @covers("T5", "T8")
    def test_a_link_asks_such_an_account_for_a_code(self):
        self.take_account()
        link = self.link()
        page = self.page(link)
        self.assertTrue(page.xpath(f"//form[@action='{link}/code']"))
        self.assertFalse(page.xpath(f"//form[@action='{link}/sign_in']"))
        self.assertFalse(page.xpath(f"//form[@action='{link}/connect']"))

    def test_a_new_password_by_mail_makes_it_the_customers(self):
        self.take_account()
        self.new_password()
        self.assertNotIn("Confirm it", self.get("/my/twitter").text)
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertTrue(self.bruno.twitter_identity_ids)

    def test_a_code_typed_while_signed_in_makes_it_the_customers(self):
        self.take_account()
        self.connect_by_code(self.link())
        self.assertEqual(self.bruno._twitter_proof_method(), "portal_session")

    @covers("T8")
    def test_a_code_typed_by_somebody_else_does_not(self):
        """The customer's own browser knows nothing of the account."""
        self.take_account()
        self.authenticate(None, None)
        self.connect_by_code(self.link())
        self.assertEqual(self.bruno._twitter_proof_method(), "email_code")

    @covers("T6")
    def test_an_address_that_such_an_account_chose_never_proves_anything(self):
        user = self.take_account()
        self.bruno.with_user(user).sudo().email = "evil@example.net"
        self.assertTrue(self.bruno._twitter_is_unsettled())
        self.let_a_week_pass()
        self.assertEqual(self.bruno._twitter_proof_method(), "")
        self.new_password()
        self.assertFalse(self.bruno._twitter_is_confirmed())
        self.assertEqual(self.bruno._twitter_proof_method(), "")
        # Until the company writes the address down again.
        self.bruno.with_user(self.agent).sudo().email = "bruno@gmail.com"
        self.let_a_week_pass()
        self.assertEqual(self.bruno._twitter_proof_method(), "email_code")
        self.new_password()
        self.assertEqual(self.bruno._twitter_proof_method(), "portal_session")

    @covers("T6")
    def test_an_address_that_came_with_the_sign_up_is_no_better(self):
        token = self.bruno._generate_signup_token()
        self.sign_up(token, login="evil@example.net")
        self.assertEqual(self.bruno.email, "evil@example.net")
        self.assertFalse(self.bruno._twitter_can_confirm())
        dialog = self.make_link(self.make_ticket(self.bruno))
        self.assertIn("has changed the e-mail address", dialog.why_no_link)
        self.let_a_week_pass()
        self.assertEqual(self.bruno._twitter_proof_method(), "")
        # Nor does the portal, where the public reply leads, connect such an account.
        dialog = self.make_link(self.make_ticket(self.bruno))
        self.assertTrue(dialog.nothing_to_send)

    def let_a_week_pass(self):
        for name in ("address_set_at", "address_changed_at"):
            self.bruno[f"twitter_{name}"] -= timedelta(days=8)

    @covers("T7")
    def test_such_an_account_neither_sees_nor_ends_the_customers_connection(self):
        identity = self.connect(self.bruno, proof="email_code")
        user = self.take_account()
        page = self.page("/my/twitter")
        self.assertNotIn(identity.username, html.tostring(page, encoding="unicode"))
        refused = self.post("/my/twitter/disconnect")
        self.assertEqual(self.problem_of(refused), "no_address")
        user._deactivate_portal_user()
        self.assertTrue(identity.exists())

    @covers("T8")
    def test_a_token_that_an_employee_reads_makes_no_customer(self):
        """Whoever may edit contacts may have a customer's token made."""
        manager = new_test_user(
            self.env, "manager", "base.group_user,base.group_partner_manager"
        )
        self.assertTrue(self.ana._twitter_sign_in_proves())
        url = self.ana.with_user(manager)._get_signup_url()
        token = parse_qs(urlsplit(url).query)["token"][0]
        self.sign_up(token)
        self.assertFalse(self.ana._twitter_sign_in_proves())

    def test_tokens_that_odoo_mails_are_good(self):
        self.ana_user._action_reset_password()
        self.assertFalse(self.ana.twitter_token_shown_at)
        wizard = self.env["portal.wizard"].create(
            {"partner_ids": [Command.set(self.bruno.ids)]}
        )
        # As Odoo does once a mail is sent, which tests never do.
        with patch.object(type(self.env["mail.mail"]), "send", delete_sent):
            wizard.user_ids.with_context(no_reset_password=False).action_grant_access()
        self.assertTrue(self.bruno.user_ids)
        self.assertFalse(self.bruno.twitter_token_shown_at)
        self.assertTrue(self.bruno._twitter_sign_in_proves())

    def test_one_of_two_who_may_sign_in_does_not_speak_for_the_other(self):
        self.take_account()
        new_test_user(self.env, "second", "base.group_portal", partner_id=self.bruno.id)
        self.bruno._twitter_trust_account()
        self.assertTrue(self.bruno._twitter_is_taken())

    def test_a_token_of_a_mail_is_forgotten_once_it_is_used(self):
        """The page for a new password would take it up, and call it invalid."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        token = self.bruno._generate_signup_token()
        page = html.fromstring(self.get(f"/web/signup?auth_signup_token={token}").text)
        self.get(
            "/web/signup",
            data={
                "csrf_token": self.token_of(page),
                "token": token,
                "login": "bruno@gmail.com",
                "name": "Bruno",
                "password": PASSWORD,
                "confirm_password": PASSWORD,
            },
        )
        self.assertTrue(self.bruno.user_ids)
        self.assertTrue(
            self.page("/web/reset_password").xpath("//input[@name='login']")
        )

    def test_accounts_of_before_are_looked_at_when_the_addon_is_installed(self):
        user = self.sign_up(login="victim@example.com", name="Mallory")
        user.partner_id.twitter_sign_up = False
        self.env.flush_all()
        self.env["res.users"]._twitter_mark_sign_ups()
        self.assertEqual(user.partner_id.twitter_sign_up, "open")
        self.assertFalse(self.ana.twitter_sign_up)

    def test_a_round_trip_that_began_before_is_not_confirmed(self):
        for in_portal in (True, False):
            with self.subTest(in_portal=in_portal), self.env.cr.savepoint() as undo:
                self.authenticate("test_ana", "test_ana")
                if in_portal:
                    url = self.start_in_portal()
                else:
                    link = self.path(self.make_link(self.make_ticket(self.ana)).url)
                    page = self.page(link)
                    answer = self.submit(page, f"{link}/connect", consent="1")
                    url = answer.headers["Location"]
                path = self.come_back(url)
                page = self.page(path)
                self.ana.sudo().twitter_sign_up = "token"
                refused = self.submit(page, path)
                self.assertEqual(self.problem_of(refused), "no_address")
                undo.rollback()

    @covers("T31")
    def test_an_account_that_comes_with_a_merge_is_as_doubtful_as_before(self):
        user = self.sign_up(login="victim@example.com", name="Mallory")
        self.assertTrue(user.partner_id._twitter_sign_in_proves())
        both = user.partner_id + self.bruno
        self.env[MERGE].create({})._merge(both.ids, self.bruno)
        self.env.invalidate_all()
        self.assertEqual(user.partner_id, self.bruno)
        self.bruno.twitter_address_changed_at = False
        self.assertFalse(self.bruno._twitter_sign_in_proves())

    @covers("T6")
    def test_the_agent_sees_that_an_address_is_not_confirmed(self):
        """Odoo takes mails from that address for this contact's."""
        user = self.sign_up(login="victim@example.com", name="Mallory")
        partner = user.partner_id

        def ticket_of(contact):
            return self.make_ticket(contact).with_user(self.agent)

        for contact, doubtful in ((partner, True), (self.ana, None)):
            self.connect(contact, twitter_id=str(contact.id))
            self.assertEqual(ticket_of(contact).twitter_card.get("doubtful"), doubtful)
            card = contact.with_user(self.agent).twitter_card
            self.assertEqual(card.get("doubtful"), doubtful)
        partner.twitter_identity_ids.proof = "email_code"
        self.env.invalidate_all()
        self.assertNotIn("doubtful", ticket_of(partner).twitter_card)
        self.assertNotIn("doubtful", partner.with_user(self.agent).twitter_card)

    def test_an_address_that_the_customer_changed_is_not_confirmed_either(self):
        self.assertFalse(self.ana._twitter_is_doubtful())
        self.ana.with_user(self.ana_user).sudo().email = "victim@example.com"
        self.assertTrue(self.ana._twitter_is_doubtful())
        self.assertTrue(self.ana._twitter_sign_in_proves())

    @covers("T31", "T34")
    def test_who_deletes_the_portal_account_is_disconnected(self):
        consent = self.connect(self.ana).consent_id
        self.authenticate("test_ana", "test_ana")
        page = self.page("/my/security")
        self.get(
            "/my/deactivate_account",
            data={
                "csrf_token": self.token_of(page),
                "validation": "test_ana",
                "password": "test_ana",
            },
        )
        self.assertFalse(self.ana.active)
        self.assertTrue(consent.withdrawn_at)
        self.assertFalse(self.ana.twitter_identity_ids)
