from odoo.tests import tagged

from .common import TwitterHttpCase

TICKETS = "/odoo/action-helpdesk_mgmt.helpdesk_ticket_action"


@tagged("post_install", "-at_install")
class TestTours(TwitterHttpCase):
    """What agents, customers and admins do in the browser without a page of X."""

    def tour(self, name, url, login):
        """Run it in developer mode, in which alone Odoo checks what is registered.

        There the wrong type of a field leaves the whole web client blank.
        """
        tour = f"helpdesk_twitter_identity.{name}"
        self.start_tour(f"{url}?debug=1", tour, login=login)

    def x_ticket(self, partner):
        """A ticket that came by X."""
        channel = self.env.ref("helpdesk_twitter_identity.channel_x")
        return self.make_ticket(partner, channel_id=channel.id)

    def test_an_agent_reads_three_messages_and_sends_one(self):
        ticket = self.x_ticket(self.bruno)
        self.tour("send_link", f"{TICKETS}/{ticket.id}", "test_agent")
        self.assertTrue(ticket.twitter_link_request_ids.sent_at)
        self.assertEqual(self.last_mail().email_to, "bruno@gmail.com")

    def test_a_ticket_without_contact_has_only_the_public_reply(self):
        ticket = self.x_ticket(None)
        self.tour("no_contact", f"{TICKETS}/{ticket.id}", "test_agent")
        self.assertFalse(ticket.twitter_link_request_ids)

    def test_the_contact_form_shows_whose_account_it_is(self):
        self.connect(self.ana)
        url = f"/odoo/res.partner/{self.ana.id}"
        self.tour("contact_card", url, "test_agent")

    def test_a_handle_finds_the_contact_of_a_ticket(self):
        self.connect(self.ana)
        ticket = self.x_ticket(None)
        self.tour("find_contact", f"{TICKETS}/{ticket.id}", "test_agent")
        self.assertEqual(ticket.partner_id, self.ana)

    def test_the_portal_asks_for_consent(self):
        self.tour("portal", "/my", "test_ana")

    def test_the_settings_refuse_an_address_that_cannot_work(self):
        address = self.company.twitter_public_url
        self.tour("settings", "/odoo/settings", "admin")
        self.assertEqual(self.company.twitter_public_url, address)

    def test_an_administrator_checks_the_set_up(self):
        self.company.twitter_privacy_url = False
        self.tour("check_set_up", "/odoo/settings", "admin")

    def test_an_agent_reads_what_happened(self):
        ticket = self.x_ticket(self.ana)
        for kind, problem in (("begun", ""), ("problem", "cancelled")) * 3:
            self.env["twitter.link.event"].create(
                {
                    "partner_id": self.ana.id,
                    "ticket_id": ticket.id,
                    "company_id": self.company.id,
                    "kind": kind,
                    "problem": problem,
                }
            )
        self.tour("what_happened", f"{TICKETS}/{ticket.id}", "test_agent")

    def test_who_leads_the_helpdesk_reads_where_customers_stop(self):
        self.make_link(self.x_ticket(self.bruno)).action_send_email()
        self.tour("funnel", "/odoo/helpdesk-x-accounts", "admin")

    def test_a_customer_asks_for_help(self):
        ticket = self.x_ticket(self.ana)
        link = self.path(self.make_link(ticket).url)
        ticket.twitter_link_request_ids._withdraw()
        self.tour("ask_for_help", link, "test_ana")
        asked = [("kind", "=", "asked_for_help")]
        self.assertEqual(self.env["twitter.link.event"].search(asked).ticket_id, ticket)
