from datetime import timedelta

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import AGENT_GROUPS, TwitterCase, TwitterHttpCase, covers

MERGE = "base.partner.merge.automatic.wizard"


@tagged("post_install", "-at_install")
class TestConflict(TwitterHttpCase):
    """Ana has shown that an X account is hers, which Bruno has connected."""

    def setUp(self):
        super().setUp()
        self.taken = self.connect(self.bruno)
        self.ticket = self.make_ticket(self.ana)
        self.as_agent = self.ticket.with_user(self.agent)

    def collide(self):
        self.authenticate("test_ana", "test_ana")
        path = self.come_back(self.start_in_portal())
        return self.submit(self.page(path), path)

    @covers("T7")
    def test_the_customer_learns_nothing_of_the_other(self):
        page = self.collide()
        self.assertEqual(self.problem_of(page), "already_linked")
        for secret in ("Bruno", "bruno@"):
            self.assertNotIn(secret, page.text.partition('id="wrap"')[2])

    @covers("T7")
    def test_the_agent_sees_the_other_contact_on_ticket_and_contact(self):
        self.collide()
        self.assertEqual(self.as_agent.twitter_conflict_partner_id, self.bruno)
        ana = self.ana.with_user(self.agent)
        self.assertEqual(ana.twitter_conflict_partner_id, self.bruno)

    def test_nothing_is_shown_before(self):
        self.assertFalse(self.as_agent.twitter_conflict_partner_id)
        self.assertFalse(self.ana.with_user(self.agent).twitter_conflict_partner_id)

    @covers("R94", "T17")
    def test_an_agent_who_may_not_see_the_other_contact_learns_nothing(self):
        self.collide()
        self.env["ir.rule"].create(
            {
                "name": "Not Bruno",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", self.bruno.id)],
            }
        )
        self.env.invalidate_all()
        self.assertFalse(self.as_agent.twitter_conflict_partner_id)
        self.assertFalse(self.ana.with_user(self.agent).twitter_conflict_partner_id)

    def test_it_is_settled_when_one_of_them_changes(self):
        for settle in (
            lambda: self.taken.unlink(),
            lambda: self.connect(self.ana, twitter_id="5"),
            self.replace_account,
        ):
            with self.subTest(settle), self.env.cr.savepoint() as undo:
                self.collide()
                settle()
                self.env.invalidate_all()
                self.assertFalse(self.as_agent.twitter_conflict_partner_id)
                ana = self.ana.with_user(self.agent)
                self.assertFalse(ana.twitter_conflict_partner_id)
                undo.rollback()

    def replace_account(self):
        """Let Bruno use another account; it is none that Ana has shown."""
        self.taken.unlink()
        later = self.env.cr.now() + timedelta(minutes=1)
        self.connect(self.bruno, twitter_id="6", linked_at=later)

    @covers("R95", "T17")
    def test_a_form_tells_nothing_of_another_company(self):
        """Forms may name a company that is not the user's, before anything is saved."""
        self.collide()
        other = self.env["res.company"].create({"name": "Other Ltd"})
        stranger = new_test_user(
            self.env,
            "stranger",
            AGENT_GROUPS,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        values = {"company_id": self.company.id, "partner_id": self.ana.id}
        conflict = "twitter_conflict_partner_id"
        spec = {**dict.fromkeys(values, {}), conflict: {"fields": {"display_name": {}}}}
        for user, company, shown in (
            (self.agent, self.company, True),
            (stranger, other, False),
        ):
            ticket = self.make_ticket(self.carla, company_id=company.id)
            told = ticket.with_user(user).onchange(values, list(values), spec)
            self.assertEqual(self.bruno.name in str(told), shown, told)

    def test_it_is_forgotten_after_a_month(self):
        self.collide()
        self.env.cr.execute(
            "UPDATE twitter_link_event SET create_date = create_date - %s",
            [timedelta(days=31)],
        )
        self.env.invalidate_all()
        self.assertFalse(self.as_agent.twitter_conflict_partner_id)
        self.assertFalse(self.ana.with_user(self.agent).twitter_conflict_partner_id)

    def test_one_who_may_merge_gets_odoos_merge_with_both(self):
        self.collide()
        merger = new_test_user(
            self.env, "merger", f"{AGENT_GROUPS},base.group_partner_manager"
        )
        action = self.ticket.with_user(merger).action_twitter_compare()
        self.assertEqual(action["res_model"], MERGE)
        wizard = self.env[MERGE].with_user(merger).with_context(**action["context"])
        wizard = wizard.create({})
        self.assertEqual(wizard.partner_ids, self.ana + self.bruno)
        self.assertIn("stays with", wizard.twitter_notice)

    def test_others_get_both_in_a_list(self):
        self.collide()
        action = self.as_agent.action_twitter_compare()
        self.assertEqual(action["res_model"], "res.partner")
        both = self.env["res.partner"].search(action["domain"])
        self.assertEqual(both, self.ana + self.bruno)
        partners = self.env["res.partner"].with_user(self.agent)
        arch = partners.get_view(action["views"][0][0], "list")["arch"]
        self.assertIn('name="twitter_username"', arch)

    def test_merged_they_keep_the_account_whichever_of_them_remains(self):
        for kept, gone in ((self.ana, self.bruno), (self.bruno, self.ana)):
            with self.subTest(kept.name), self.env.cr.savepoint() as undo:
                self.collide()
                self.env[MERGE].create({})._merge((kept + gone).ids, kept)
                self.env.invalidate_all()
                self.assertEqual(self.taken.partner_id, kept)
                self.assertFalse(self.taken.consent_id.withdrawn_at)
                undo.rollback()
            self.env.invalidate_all()


@tagged("post_install", "-at_install")
class TestMerge(TwitterCase):
    def setUp(self):
        super().setUp()
        self.confirm(self.bruno)

    def confirm(self, contact):
        """Let a contact have typed a code that was mailed to their address."""
        contact._twitter_note_confirmed(contact._twitter_mailbox())

    def merge(self, kept, gone):
        """Make one of them; what the dialog says of it before."""
        both = kept + gone
        wizard = self.env[MERGE].create(
            {"partner_ids": both.ids, "dst_partner_id": kept.id}
        )
        notice = wizard.twitter_notice
        wizard._merge(both.ids, kept)
        self.env.invalidate_all()
        return notice

    def younger(self, name, **values):
        """A contact made after all others."""
        contact = self.env["res.partner"].create({"name": name, **values})
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = now() + interval '1h' WHERE id = %s",
            [contact.id],
        )
        contact.invalidate_recordset()
        return contact

    @covers("T31")
    def test_of_two_accounts_the_one_of_the_elder_that_remains_stays(self):
        stays = self.connect(self.bruno, "1", username="one")
        young = self.younger("Bruno again", email="other@example.com")
        goes = self.connect(young, "2", username="two").consent_id
        notice = self.merge(self.bruno, young)
        self.assertEqual(self.bruno.twitter_identity_ids, stays)
        self.assertTrue(goes.withdrawn_at)
        self.assertIn("@one of Bruno Lima stays", notice)
        self.assertIn("@two of Bruno again will be disconnected", notice)

    def test_of_two_accounts_with_one_address_that_of_the_contact_that_remains_stays(
        self,
    ):
        self.connect(self.bruno, "1")
        young = self.younger("Bruno again", email="bruno@gmail.com")
        self.confirm(young)
        stays = self.connect(young, "2")
        self.merge(young, self.bruno)
        self.assertEqual(young.twitter_identity_ids, stays)
        self.assertEqual(self.env["twitter.identity"].search_count([]), 1)

    def test_an_account_moves_to_a_contact_with_the_same_address(self):
        account = self.connect(self.bruno, "1")
        young = self.younger("Bruno again", email="BRUNO@gmail.com")
        self.assertIn("stays", self.merge(young, self.bruno))
        self.assertEqual(account.partner_id, young)
        self.assertFalse(account.consent_id.withdrawn_at)

    def test_an_account_moves_to_a_contact_that_never_had_an_address(self):
        account = self.connect(self.bruno, "1")
        young = self.younger("Bruno again")
        self.merge(young, self.bruno)
        self.assertEqual(account.partner_id, young)

    @covers("T31")
    def test_an_account_does_not_move_to_another_address(self):
        consent = self.connect(self.bruno, "1").consent_id
        notice = self.merge(self.younger("Other", email="o@example.com"), self.bruno)
        self.assertIn("will be disconnected", notice)
        self.assertTrue(consent.withdrawn_at)

    def test_the_tickets_of_an_account_that_a_merge_ends_say_so(self):
        self.connect(self.bruno, "1")
        ticket, closed = self.make_ticket(self.bruno), self.make_ticket(self.bruno)
        stages = self.env["helpdesk.ticket.stage"].search([])
        closed.stage_id = stages.filtered("closed")[:1]
        plain = self.make_ticket(self.younger("Other", email="o@example.com"))
        self.merge(plain.partner_id, self.bruno)
        notes = [
            [body for body in one.message_ids.mapped("body") if "merged" in body]
            for one in (ticket, closed, plain)
        ]
        self.assertEqual([len(bodies) for bodies in notes], [1, 0, 0])
        self.assertNotIn("@", notes[0][0])

    def test_an_address_taken_away_for_the_merge_helps_nobody(self):
        made = self.younger("Made", email="evil@example.net")
        consent = self.connect(made, "1").consent_id
        self.bruno.with_user(self.env.ref("base.user_admin")).email = False
        self.merge(self.bruno, made)
        self.assertTrue(consent.withdrawn_at)

    def test_an_address_changed_after_the_proof_helps_nobody(self):
        made = self.younger("Made", email="evil@example.net")
        account = self.connect(made, "1")
        made.with_user(self.env.ref("base.user_admin")).email = "bruno@gmail.com"
        self.confirm(made)
        made.sudo().twitter_address_changed_at -= timedelta(days=8)
        made.sudo().twitter_address_set_at -= timedelta(days=8)
        account.sudo().linked_at -= timedelta(days=9)
        consent = account.consent_id
        self.merge(self.bruno, made)
        self.assertTrue(consent.withdrawn_at)

    @covers("T31", "T28")
    def test_an_address_that_nobody_has_read_brings_no_account(self):
        """Anybody can sign up with any address."""
        made = self.younger("Mallory", email="bruno@gmail.com")
        consent = self.connect(made, "1").consent_id
        self.merge(self.bruno, made)
        self.assertTrue(consent.withdrawn_at)

    def test_an_address_that_nobody_has_read_keeps_no_account_either(self):
        """Who signed up before the company wrote the customer down."""
        made = self.younger("Bruno", email="bruno@gmail.com")
        self.bruno._twitter_note_confirmed("")
        consent = self.connect(self.bruno, "1").consent_id
        self.merge(self.bruno, made)
        self.assertTrue(consent.withdrawn_at)

    def test_an_elder_contact_without_an_address_takes_over_no_account(self):
        made = self.younger("Made", email="evil@example.net")
        self.confirm(made)
        consent = self.connect(made, "1").consent_id
        self.merge(self.nobody, made)
        self.assertTrue(consent.withdrawn_at)

    def test_what_another_contact_has_shown_does_not_come_with_a_merge(self):
        """The agent owns two contacts; one goes into Bruno, then the other."""
        second = self.younger("Second", email="bruno@gmail.com")
        third = self.younger("Third", email="bruno@gmail.com")
        consent = self.connect(second, "1").consent_id
        self.env["twitter.link.event"].create(
            {
                "partner_id": third.id,
                "company_id": self.company.id,
                "kind": "problem",
                "problem": "already_linked",
                "owner_id": second.id,
            }
        )
        self.merge(self.bruno, third)
        self.merge(self.bruno, second)
        self.assertTrue(consent.withdrawn_at)
        self.assertFalse(self.bruno.twitter_identity_ids)

    def test_a_contact_of_no_known_age_can_be_merged(self):
        old = self.younger("Old")
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = NULL WHERE id = %s", [old.id]
        )
        old.invalidate_recordset()
        consent = self.connect(self.bruno, "1").consent_id
        self.merge(old, self.bruno)
        self.assertTrue(consent.withdrawn_at)

    def test_accounts_of_two_companies_are_judged_apart(self):
        other = self.env["res.company"].create({"name": "Other"})
        mine = self.connect(self.bruno, "1")
        young = self.younger("Bruno again", email="bruno@gmail.com")
        self.confirm(young)
        theirs = self.connect(young, "2", company_id=other.id)
        self.merge(self.bruno, young)
        self.assertEqual(self.bruno.twitter_identity_ids, mine + theirs)

    def test_the_dialog_says_when_the_contact_that_remains_has_to_wait(self):
        self.connect(self.bruno, "1")
        plain = self.merge(self.bruno, self.younger("Again", email="bruno@gmail.com"))
        self.assertNotIn("seven days", plain)
        mixed = self.merge(self.bruno, self.younger("Other", email="o@example.com"))
        self.assertIn("seven days", mixed)
        self.assertTrue(self.bruno._twitter_is_unsettled())

    def test_the_dialog_says_what_odoo_will_refuse(self):
        self.connect(self.ana, "1")
        both = self.ana + self.carla
        wizard = self.env[MERGE].create(
            {"partner_ids": both.ids, "dst_partner_id": self.ana.id}
        )
        self.assertIn("several portal accounts", wizard.twitter_notice)
        wizard.partner_ids = self.ana + self.bruno
        self.assertNotIn("several portal accounts", wizard.twitter_notice)

    def test_without_accounts_the_dialog_says_nothing(self):
        self.assertFalse(self.merge(self.bruno, self.younger("Bruno again")))

    @covers("T31")
    def test_an_archived_contact_keeps_its_account_and_a_deleted_one_nothing(self):
        account = self.connect(self.bruno, "1")
        consent = account.consent_id
        self.bruno.active = False
        self.assertTrue(account.exists())
        self.bruno.unlink()
        self.assertFalse(account.exists())
        self.assertTrue(consent.withdrawn_at)
        self.assertFalse(consent.partner_id)
