import json

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.ir_websocket import CHANGED
from .common import AGENT_GROUPS, TwitterCase, covers


@tagged("post_install", "-at_install")
class TestLive(TwitterCase):
    """Who hears that a customer has gone on, and what they hear."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(self.ana)

    def heard(self, user, *records):
        """The records that a user hears of, of those that their forms name."""
        wanted = {record._name: record.ids for record in records}
        websocket = self.env["ir.websocket"].with_user(user)
        return [
            record for name in wanted for record in websocket._watched(name, wanted)
        ]

    def agent_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        return new_test_user(
            self.env,
            "stranger",
            groups=AGENT_GROUPS,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )

    def said(self):
        """What the bus has got since this was last asked: (channel, message)."""
        self.env.cr.precommit.run()
        rows = self.env["bus.bus"].search([])
        said = [(json.loads(row.channel), json.loads(row.message)) for row in rows]
        rows.unlink()
        return said

    def step(self, **values):
        self.env["twitter.link.event"].create(
            {"company_id": self.company.id, "kind": "begun", **values}
        )

    @covers("R94")
    def test_agents_hear_of_what_they_may_read(self):
        self.assertEqual(
            self.heard(self.agent, self.ticket, self.ana), [self.ticket, self.ana]
        )

    @covers("R94", "R95", "T17")
    def test_others_hear_nothing(self):
        stranger = self.agent_of_another_company()
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        own = new_test_user(
            self.env,
            "own_agent",
            groups="base.group_user,helpdesk_mgmt.group_helpdesk_user_own",
        )
        self.ticket.user_id = self.agent
        public = self.env.ref("base.public_user")
        for user in (stranger, employee, own, self.ana_user, public):
            self.assertFalse(self.heard(user, self.ticket), user.login)

    def contact_channel(self, partner=None):
        partner = partner or self.ana
        return ["res.partner", partner.id, f"{CHANGED}_{self.company.id}"]

    def test_a_step_of_a_ticket_is_said_to_its_form_alone(self):
        self.said()
        self.step(partner_id=self.ana.id, ticket_id=self.ticket.id)
        ((channel, _message),) = self.said()
        self.assertEqual(channel[1:], ["helpdesk.ticket", self.ticket.id, CHANGED])

    def test_a_step_without_a_ticket_is_said_to_the_forms_of_the_contact(self):
        self.said()
        self.step(partner_id=self.ana.id)
        ((channel, _message),) = self.said()
        self.assertEqual(channel[1:], self.contact_channel())

    def test_a_connection_is_said_to_ticket_and_contact(self):
        for kind in ("connected", "disconnected"):
            self.said()
            self.step(partner_id=self.ana.id, ticket_id=self.ticket.id, kind=kind)
            channels = [channel[1:] for channel, _message in self.said()]
            self.assertEqual(
                channels,
                [
                    ["helpdesk.ticket", self.ticket.id, CHANGED],
                    self.contact_channel(),
                ],
            )

    @covers("R95")
    def test_a_contact_that_companies_share_is_heard_of_in_ones_own(self):
        stranger = self.agent_of_another_company()
        self.assertFalse(self.ana.company_id)
        wanted = {"res.partner": self.ana.ids}
        for user in (self.agent, stranger):
            company = user.company_id
            channels = self.env["ir.websocket"].with_user(user)._ours(wanted)
            self.assertEqual(channels, [(self.ana, f"{CHANGED}_{company.id}")])

    @covers("R97")
    def test_nothing_is_said_but_that_something_changed(self):
        self.said()
        self.step(partner_id=self.ana.id, device="Safari on iPhone")
        ((_channel, message),) = self.said()
        self.assertEqual(message["type"], CHANGED)
        self.assertEqual(
            message["payload"], {"channel": f"{CHANGED}_res.partner_{self.ana.id}"}
        )

    def test_a_ticket_that_gets_a_contact_or_a_suggestion_says_so(self):
        ticket = self.make_ticket(False, twitter_expected_username="ana")
        self.said()
        ticket._twitter_suggest(self.ana, "unconfirmed")
        self.assertEqual(len(self.said()), 1)
        ticket.with_user(self.agent).action_twitter_take_suggestion()
        channels = [channel[1:3] for channel, _message in self.said()]
        self.assertIn(["helpdesk.ticket", ticket.id], channels)
