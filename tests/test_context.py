from dataclasses import FrozenInstanceError
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from ..models.visitor import Consent, Visitor
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

    def invite(self):
        """Invite Ana again, as an employee who may edit contacts."""
        wizard = (
            self.env["portal.wizard"]
            .with_user(self.manager)
            .create({"partner_ids": [Command.set(self.ana.ids)]})
        )
        wizard.user_ids.action_invite_again()

    def kept_by_manager(self):
        return self.env["mail.mail"].search([("create_uid", "=", self.manager.id)])

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


@tagged("post_install", "-at_install")
class TestDefaults(TwitterCase):
    """Each employee may set own defaults, of any field: they decide nothing of ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "manager", "base.group_user,base.group_partner_manager"
        )

    def prefer(self, user, model, **values):
        """Have a user set own defaults."""
        for name, value in values.items():
            defaults = self.env["ir.default"].with_user(user)
            defaults.set(model, name, value, user_id=True)

    def wizard(self, partner):
        """The line of Odoo's dialog that invites a contact to the portal."""
        wizards = self.env["portal.wizard"].with_user(self.manager)
        wizard = wizards.create({"partner_ids": [Command.set(partner.ids)]})
        return wizard.user_ids

    @covers("T6", "T8")
    def test_nobody_knows_the_password_of_an_account_made_for_a_customer(self):
        self.prefer(self.manager, "res.users", password="Known-pw-123")
        self.wizard(self.bruno).action_grant_access()
        self.env.cr.execute(
            "SELECT password FROM res_users WHERE partner_id = %s", [self.bruno.id]
        )
        self.assertEqual(self.env.cr.fetchall(), [(None,)])

    def test_what_an_administrator_set_for_everybody_counts(self):
        defaults = self.env["ir.default"]
        defaults.set("res.users", "signature", "<p>Bye</p>")
        self.prefer(self.manager, "res.users", signature="<p>Hello</p>")
        for sudo, expected in ((True, "<p>Bye</p>"), (False, "<p>Hello</p>")):
            mine = defaults.with_user(self.manager).sudo(sudo)
            found = mine._get_model_defaults("res.users")
            self.assertEqual(found["signature"], expected)

    @covers("T8")
    def test_an_invitation_goes_with_its_mail(self):
        self.prefer(self.manager, "mail.mail", is_notification=True)
        self.wizard(self.ana).action_invite_again()
        about = [("model", "=", "res.users"), ("create_uid", "=", self.manager.id)]
        mails = self.env["mail.message"].search(about).mail_ids
        # Odoo keeps the text of a notification when its mail is sent and deleted.
        self.assertEqual(mails.mapped("is_notification"), [False])

    @covers("T6")
    def test_no_step_of_a_link_names_whom_an_agent_prefers(self):
        ticket = self.make_ticket(self.bruno)
        self.prefer(self.agent, "twitter.link.event", owner_id=self.carla.id)
        ticket.with_user(self.agent).action_twitter_link()
        steps = self.env["twitter.link.event"].search([("ticket_id", "=", ticket.id)])
        self.assertTrue(steps)
        self.assertFalse(steps.owner_id)

    @covers("T6")
    def test_no_dialog_shows_a_link_that_an_agent_prefers(self):
        other = self.make_ticket(self.carla)
        other.with_user(self.agent).action_twitter_link()
        request = other.twitter_link_request_ids
        self.assertTrue(request)
        self.prefer(self.agent, "twitter.link.wizard", request_id=request.id)
        ticket = self.make_ticket(self.env["res.partner"])
        action = ticket.with_user(self.agent).action_twitter_link()
        dialog = self.env["twitter.link.wizard"].browse(action["res_id"])
        self.assertFalse(dialog.request_id)

    @covers("T6")
    def test_no_address_is_confirmed_because_an_employee_prefers_it(self):
        name = "twitter_confirmed_address"
        self.prefer(self.manager, "res.partner", **{name: "me@example.net"})
        partners = self.env["res.partner"].with_user(self.manager)
        self.assertFalse(partners.create({"name": "New"}).sudo()[name])


@tagged("post_install", "-at_install")
class TestWhatCame(TwitterCase):
    """What a request brought is handed from rule to rule."""

    def test_none_changes_it(self):
        consent = Consent(given=False, shown="")
        for value, name in ((Visitor(user_id=1), "nonce"), (consent, "given")):
            with self.subTest(name), self.assertRaises(FrozenInstanceError):
                setattr(value, name, "1")
