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
class TestWhatCame(TwitterCase):
    """What a request brought is handed from rule to rule."""

    def test_none_changes_it(self):
        consent = Consent(given=False, shown="")
        for value, name in ((Visitor(user_id=1), "nonce"), (consent, "given")):
            with self.subTest(name), self.assertRaises(FrozenInstanceError):
                setattr(value, name, "1")
