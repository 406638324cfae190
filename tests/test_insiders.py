from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import TwitterHttpCase, covers

CODE = "twitter.link.code"


@tagged("post_install", "-at_install")
class TestInsiders(TwitterHttpCase):
    """Those who may edit a contact, or make its link, and are not the customer."""

    def setUp(self):
        super().setUp()
        self.firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.bruno.parent_id = self.firm
        self.colleague = new_test_user(
            self.env, "eva", "base.group_portal", name="Eva", email="eva@example.com"
        )
        self.colleague.partner_id.parent_id = self.firm
        self.ticket = self.make_ticket(self.bruno)

    def link(self):
        return self.path(self.make_link(self.ticket).url)

    def ask_for_code(self, link):
        """Press the button; the page after it."""
        return self.submit(self.page(link), f"{link}/code")

    def mailed(self):
        """Addresses that codes were mailed to."""
        return self.env[CODE].search([]).mail_id.mapped("email_to")

    @covers("T6", "T8")
    def test_a_code_goes_to_the_customer_whoever_opens_the_link(self):
        """An agent, signed out, in a private window."""
        link = self.link()
        self.assertEqual(self.ask_for_code(link).status_code, 303)
        self.assertEqual(self.mailed(), ["bruno@gmail.com"])
        refused = self.submit(self.page(link), f"{link}/verify", code="000000")
        self.assertEqual(self.problem_of(refused), "code_wrong")

    @covers("T8", "T38")
    def test_an_agent_reads_neither_the_code_nor_its_mail(self):
        self.ask_for_code(self.link())
        code = self.env[CODE].search([])
        mail = code.mail_id
        with self.assertRaises(AccessError):
            code.with_user(self.agent).read(["code_hash"])
        with self.assertRaises(AccessError):
            mail.with_user(self.agent).read(["body_html"])
        with self.assertRaises(AccessError):
            mail.mail_message_id.with_user(self.agent).read(["body"])
        # Odoo lets whoever made a message read it by its number, customers too.
        self.assertFalse(mail.mail_message_id.body)

    @covers("T6", "T8")
    def test_an_address_that_an_agent_changed_gets_no_code_for_a_week(self):
        self.bruno.with_user(self.agent).sudo().email = "agent@example.net"
        self.assertFalse(self.make_link(self.ticket).request_id)
        self.bruno.twitter_address_changed_at -= timedelta(days=7)
        self.assertTrue(self.make_link(self.ticket).request_id)

    @covers("T6")
    def test_an_address_that_a_colleague_changed_gets_no_code_for_a_week(self):
        """Odoo's portal lets colleagues edit addresses of their company."""
        self.bruno.with_user(self.colleague).sudo().email = "eva2@example.net"
        self.assertFalse(self.make_link(self.ticket).request_id)

    @covers("T6")
    def test_a_link_that_was_sent_ends_when_an_insider_changes_the_address(self):
        link = self.link()
        self.ask_for_code(link)
        self.bruno.with_user(self.colleague).sudo().email = "eva2@example.net"
        self.assertEqual(self.problem_of(self.get(link)), "link_withdrawn")
        card = self.ticket.with_user(self.agent).twitter_card
        self.assertIn("address changed", card["steps"][-1]["text"])

    @covers("T16")
    def test_a_colleague_who_is_signed_in_is_another_customer(self):
        link = self.link()
        self.authenticate("eva", "eva")
        page = self.get(link)
        self.assertEqual(self.problem_of(page), "wrong_customer")
        self.assertNotIn("Bruno", page.text)

    def test_an_invoice_address_of_the_same_company_gets_no_code(self):
        self.bruno.type = "invoice"
        self.assertFalse(self.make_link(self.ticket).request_id)

    def test_the_customer_who_changes_their_own_address_does_not_wait(self):
        self.has_signed_in(self.colleague)
        eva = self.colleague.partner_id
        eva.with_user(self.colleague).sudo().email = "eva.new@example.com"
        self.assertEqual(eva._twitter_proof_method(), "portal_session")
