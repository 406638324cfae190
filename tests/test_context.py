from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import TwitterCase, covers

MERGE = "base.partner.merge.automatic.wizard"


@tagged("post_install", "-at_install")
class TestContext(TwitterCase):
    """A context comes with each call over RPC: it decides nothing of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "manager", "base.group_user,base.group_partner_manager"
        )
        cls.other = cls.env["res.partner"].create(
            {"name": "Made", "email": "made@example.net"}
        )

    def press(self, ticket, **context):
        """The agent's button; the dialog's row, as it is."""
        ticket = ticket.with_user(self.agent).with_context(**context)
        action = ticket.action_twitter_link()
        return self.env["twitter.link.wizard"].browse(action["res_id"])

    @covers("T5", "T7")
    def test_no_agent_forges_that_two_contacts_have_shown_the_same_account(self):
        self.connect(self.other)
        ticket = self.make_ticket(self.bruno)
        self.press(ticket, default_owner_id=self.other.id, default_problem="x")
        events = self.env["twitter.link.event"].search([("ticket_id", "=", ticket.id)])
        self.assertTrue(events)
        self.assertFalse(events.owner_id)
        self.assertFalse(ticket.twitter_conflict_partner_id)
        self.assertFalse(self.bruno._twitter_conflicts(self.company))

    @covers("T8")
    def test_no_agent_has_a_mail_of_somebody_else_deleted(self):
        mail = self.env["mail.mail"].create({"body_html": "private"})
        request = self.press(self.make_ticket(self.bruno), default_mail_id=mail.id)
        self.assertTrue(request.request_id)
        self.assertFalse(request.request_id.mail_id)

    @covers("T8")
    def test_no_agent_gets_the_link_of_another_ticket_into_a_dialog(self):
        link = self.press(self.make_ticket(self.bruno)).request_id
        dialog = self.press(
            self.make_ticket(None), default_request_id=link.id, default_token="x"
        )
        self.assertFalse(dialog.request_id)
        self.assertFalse(dialog.token)

    @covers("T8")
    def test_mails_have_no_other_reader_and_are_sent(self):
        dialog = self.press(self.make_ticket(self.bruno)).with_user(self.agent)
        defaults = {"default_state": "cancel", "default_email_cc": "evil@example.net"}
        dialog.with_context(**defaults).action_send_email()
        mail = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertEqual(mail.email_to, "bruno@gmail.com")
        self.assertEqual(mail.state, "outgoing")
        self.assertFalse(mail.email_cc)

    @covers("T7", "R67")
    def test_no_connection_ends_in_silence(self):
        for end in (self.merge_away, self.delete):
            with self.subTest(end=end.__name__):
                partner = self.env["res.partner"].create(
                    {"name": "Davi", "email": "davi@example.com"}
                )
                consent = self.connect(partner, "77").consent_id
                event = self.env["twitter.link.event"]
                known = event.search([("kind", "=", "disconnected")])
                notices = self.notices()
                end(
                    partner,
                    twitter_replaced=True,
                    twitter_device="Safari",
                    default_state="cancel",
                    default_device="Safari",
                )
                self.assertTrue(consent.withdrawn_at)
                self.assertEqual(self.notices(), notices + 1)
                if end == self.merge_away:
                    new = event.search([("kind", "=", "disconnected")]) - known
                    self.assertEqual(len(new), 1)
                    self.assertFalse(new.device)

    def notices(self):
        """How many notices of an end are to be sent to Davi."""
        return self.env["mail.mail"].search_count(
            [("email_to", "=", "davi@example.com"), ("state", "=", "outgoing")]
        )

    def merge_away(self, partner, **context):
        self.other.email = partner.email
        wizard = self.env[MERGE].with_user(self.manager).with_context(**context)
        contacts = self.other + partner
        wizard.create(
            {
                "partner_ids": [Command.set(contacts.ids)],
                "dst_partner_id": self.other.id,
                "state": "selection",
            }
        ).action_merge()
        self.assertFalse(partner.exists())

    def delete(self, partner, **context):
        partner.with_user(self.manager).with_context(**context).unlink()

    # === Invitations that never leave === #

    def invite(self, **context):
        """Invite Ana again, as an employee who may edit contacts."""
        wizard = (
            self.env["portal.wizard"]
            .with_user(self.manager)
            .create({"partner_ids": [Command.set(self.ana.ids)]})
        )
        wizard.user_ids.with_context(**context).action_invite_again()

    def kept_by_manager(self):
        return self.env["mail.mail"].search([("create_uid", "=", self.manager.id)])

    @covers("T8")
    def test_an_invitation_is_sent_to_its_reader_alone(self):
        sent = []
        mails = type(self.env["mail.mail"])

        def send(mail, *_args, **_options):
            sent.extend((one.state, one.email_cc) for one in mail)
            mail.unlink()

        with patch.object(mails, "send", send):
            self.invite(default_state="cancel", default_email_cc="evil@example.net")
        self.assertEqual(sent, [("outgoing", "")])
        self.assertFalse(self.ana.twitter_token_shown_at)

    @covers("T8")
    def test_an_invitation_that_stays_was_shown_to_who_caused_it(self):
        with patch.object(
            type(self.env["mail.mail"]), "send", lambda *_args, **_o: None
        ):
            self.invite()
        self.assertTrue(self.kept_by_manager())
        self.assertTrue(self.ana.twitter_token_shown_at)

    @covers("T6")
    def test_no_employee_makes_an_address_look_like_a_strangers(self):
        changed = self.bruno.with_user(self.manager).with_context(
            twitter_sign_up="token"
        )
        changed.email = "new@gmail.com"
        self.assertFalse(self.bruno.twitter_sign_up)
