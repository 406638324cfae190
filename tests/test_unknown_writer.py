from datetime import timedelta

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import PASSWORD, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestUnknownWriter(TwitterHttpCase):
    """A ticket with a handle and no contact."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(False, twitter_expected_username="@Ana")

    def connect_as(self, login, account="ana", password=None):
        self.authenticate(login, password or login)
        self.confirm(self.come_back(self.start_in_portal(), account=account))

    def sign_up_as(self, email):
        """What anybody can do, with any address."""
        return self.sign_up(login=email, name="Mallory")

    def test_the_contact_is_set_where_the_very_handle_was_connected(self):
        self.connect_as("test_ana")
        self.assertEqual(self.ticket.partner_id, self.ana)
        self.assertEqual(self.ticket.partner_name, "Ana Souza")
        self.assertEqual(self.ticket.partner_email, "ana@example.com")
        self.assertFalse(self.ticket.twitter_suggested_partner_id)
        self.assertEqual(self.ticket.twitter_link_status, "connected")
        said = self.ticket.message_ids.mapped("body")
        self.assertTrue(any("Their contact was set" in body for body in said))
        self.assertFalse(any("@ana" in body for body in said))

    @covers("R63")
    def test_another_handle_sets_nothing(self):
        self.connect_as("test_ana", account="bia")
        self.assertFalse(self.ticket.partner_id)
        self.assertFalse(self.ticket.twitter_suggested_partner_id)

    def test_closed_tickets_and_those_of_others_are_left_alone(self):
        closed = self.make_ticket(False, twitter_expected_username="ana")
        closed.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        carlas = self.make_ticket(self.carla, twitter_expected_username="ana")
        other = self.env["res.company"].create({"name": "Other"})
        elsewhere = self.make_ticket(
            False, twitter_expected_username="ana", company_id=other.id
        )
        self.connect_as("test_ana")
        self.assertFalse(closed.partner_id)
        self.assertEqual(carlas.partner_id, self.carla)
        self.assertFalse(elsewhere.partner_id)

    @covers("T6")
    def test_one_who_signed_up_with_any_address_is_only_suggested(self):
        user = self.sign_up_as("victim@example.com")
        self.connect_as("victim@example.com", password=PASSWORD)
        self.assertFalse(self.ticket.partner_id)
        ticket = self.ticket.with_user(self.agent)
        self.assertEqual(ticket.twitter_suggested_partner_id, user.partner_id)
        self.assertEqual(ticket.twitter_suggested_because, "unconfirmed")
        ticket.action_twitter_take_suggestion()
        self.assertEqual(self.ticket.partner_id, user.partner_id)
        self.assertFalse(self.ticket.twitter_suggested_partner_id)

    @covers("R104")
    def test_nobody_suggests_a_customer_by_hand(self):
        tickets = self.ticket.with_user(self.agent)
        for values in (
            {"twitter_suggested_partner_id": self.ana.id},
            {"twitter_suggested_because": "old_ticket"},
        ):
            with self.assertRaises(AccessError):
                tickets.write(values)
            with self.assertRaises(AccessError):
                tickets.create({"name": "New", "description": "?", **values})

    @covers("R104")
    def test_neither_a_context_nor_an_alias_suggests_a_customer(self):
        values = {
            "twitter_suggested_partner_id": self.ana.id,
            "twitter_suggested_because": "old_ticket",
        }
        defaults = {f"default_{name}": value for name, value in values.items()}
        as_agent = self.env["helpdesk.ticket"].with_user(self.agent)
        new = {"name": "New", "description": "?"}
        tickets = as_agent.with_context(**defaults).create(new)
        # As the mail gateway does with what an alias says.
        tickets += as_agent.sudo().create({**new, **values})
        for ticket in tickets:
            self.assertFalse(ticket.twitter_suggested_partner_id)
            self.assertFalse(ticket.twitter_suggested_because)

    def test_a_handle_that_a_context_brings_is_one(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        tickets = tickets.with_context(default_twitter_expected_username=" @Ana ")
        ticket = tickets.create({"name": "New", "description": "?"})
        self.assertEqual(ticket.twitter_expected_username, "ana")

    @covers("R95", "T17")
    def test_a_suggestion_does_not_go_to_another_company(self):
        self.ticket._twitter_suggest(self.ana, "unconfirmed")
        self.ticket.company_id = self.ticket.company_id
        self.assertTrue(self.ticket.twitter_suggested_partner_id)
        self.ticket.company_id = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(self.ticket.twitter_suggested_partner_id)

    def test_a_suggestion_goes_with_the_account(self):
        user = self.sign_up_as("victim@example.com")
        self.connect_as("victim@example.com", password=PASSWORD)
        user.partner_id.twitter_identity_ids.unlink()
        self.assertFalse(self.ticket.twitter_suggested_partner_id)

    def test_a_suggestion_does_not_replace_a_contact_chosen_meanwhile(self):
        self.sign_up_as("victim@example.com")
        self.connect_as("victim@example.com", password=PASSWORD)
        self.ticket.partner_id = self.carla
        self.ticket.with_user(self.agent).action_twitter_take_suggestion()
        self.assertEqual(self.ticket.partner_id, self.carla)

    # === Which address is known to be read by the customer === #

    def test_a_token_that_may_have_been_shown_on_a_page_confirms_nothing(self):
        """As Odoo's shop shows one to whoever typed an address in an order."""
        token = self.bruno._generate_signup_token()
        self.sign_up(token, login="bruno@gmail.com")
        self.assertTrue(self.bruno.user_ids)
        self.assertFalse(self.bruno._twitter_is_confirmed())

    def test_a_token_mailed_to_an_earlier_address_confirms_no_other(self):
        user = self.sign_up_as("evil@example.net")
        token = self.mailed_token(user.partner_id)
        user.partner_id.with_user(user).sudo().email = "bruno@gmail.com"
        self.sign_up(token)
        self.assertFalse(user.partner_id._twitter_is_confirmed())
        user.partner_id.twitter_address_set_at -= timedelta(days=8)
        self.sign_up(self.mailed_token(user.partner_id))
        self.assertTrue(user.partner_id._twitter_is_confirmed())

    def test_what_another_provider_says_is_not_taken_for_granted(self):
        """A provider's sign-up is run by the superuser, who is an employee."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        values = {"login": "p@example.com", "name": "P", "password": PASSWORD}
        self.env["res.users"].with_user(SUPERUSER_ID).signup(values)
        user = self.env["res.users"].search([("login", "=", "p@example.com")])
        self.assertFalse(user.partner_id._twitter_is_confirmed())

    def test_a_handle_of_long_ago_may_have_been_somebody_elses(self):
        self.env.cr.execute(
            "UPDATE helpdesk_ticket SET create_date = create_date - interval '31 days'"
            " WHERE id = %s",
            [self.ticket.id],
        )
        self.ticket.invalidate_recordset()
        self.connect_as("test_ana")
        self.assertFalse(self.ticket.partner_id)
        self.assertEqual(self.ticket.twitter_suggested_partner_id, self.ana)
        self.assertEqual(self.ticket.twitter_suggested_because, "old_ticket")

    def test_a_suggestion_goes_with_the_handle_that_it_came_from(self):
        self.sign_up_as("victim@example.com")
        self.connect_as("victim@example.com", password=PASSWORD)
        self.ticket.with_user(self.agent).twitter_expected_username = "someone_else"
        self.assertFalse(self.ticket.twitter_suggested_partner_id)

    def test_a_new_password_by_mail_confirms_the_address(self):
        partner = self.sign_up_as("victim@example.com").partner_id
        self.assertFalse(partner._twitter_is_confirmed())
        token = self.mailed_token(partner)
        self.sign_up(token)
        self.assertTrue(partner._twitter_is_confirmed())

    def test_a_code_confirms_the_address(self):
        link = self.path(self.make_link(self.make_ticket(self.bruno)).url)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        start = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.confirm(self.come_back(start.headers["Location"], account="ana"))
        self.assertTrue(self.bruno._twitter_is_confirmed())
        self.assertEqual(self.ticket.partner_id, self.bruno)

    def test_an_address_that_the_customer_changed_is_not_confirmed(self):
        self.assertTrue(self.ana._twitter_is_confirmed())
        self.ana.with_user(self.ana_user).sudo().email = "other@example.com"
        self.assertFalse(self.ana._twitter_is_confirmed())

    def test_an_account_that_the_company_made_is_of_a_customer_that_it_knows(self):
        user = new_test_user(self.env, "dora", "base.group_portal", email="d@e.com")
        self.assertTrue(user.partner_id._twitter_is_confirmed())
