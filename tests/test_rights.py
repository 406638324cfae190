from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import file_open, file_path

from .common import AGENT_GROUPS, TwitterCase, covers

MODELS = (
    "twitter.identity",
    "twitter.consent",
    "twitter.link.request",
    "twitter.oauth.transaction",
    "twitter.link.event",
    "twitter.link.code",
    "twitter.consent.text",
    "twitter.undo",
    "twitter.refresh",
    "twitter.erasure",
    "twitter.sign.up",
    "twitter.password.mail",
)
PARTNER_FIELDS = ("twitter_identity_ids", "twitter_identity_id", "twitter_username")
TICKET_FIELDS = (
    "twitter_identity_id",
    "twitter_expected_username",
    "twitter_link_status",
    "twitter_card",
    "twitter_link_request_ids",
)
# A row without one of these would be half a proof.
NEVER_EMPTY = {
    "twitter.identity": "partner_id company_id twitter_id linked_at proof consent_id",
    "twitter.link.request": "ticket_id partner_id company_id state expires_at"
    " token_hash",
    "twitter.link.code": "request_id user_id nonce_hash code_hash expires_at",
    "twitter.oauth.transaction": "reference purpose status company_id expires_at"
    " state_hash nonce_hash",
}


@tagged("post_install", "-at_install")
class TestRights(TwitterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.identity = cls.connect(cls.ana)
        cls.ticket = cls.make_ticket(cls.bruno)
        cls.ticket.with_user(cls.agent).action_twitter_link()
        cls.link = cls.ticket.twitter_link_request_ids
        cls.event = cls.env["twitter.link.event"].search([], limit=1)

    def rows(self):
        return (self.identity, self.identity.consent_id, self.link, self.event)

    # === Nobody makes a proof by hand === #

    @covers("R94")
    def test_nobody_creates_or_writes_our_records(self):
        for user in (self.admin, self.agent, self.ana_user):
            for name in MODELS:
                model = self.env[name].with_user(user)
                for operation in ("create", "write"):
                    self.assertFalse(model.has_access(operation), (user.login, name))

    @covers("R94")
    def test_the_database_refuses_half_a_proof(self):
        for name, columns in NEVER_EMPTY.items():
            self.env.cr.execute(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND is_nullable = 'NO'",
                [self.env[name]._table],
            )
            never_empty = {column for (column,) in self.env.cr.fetchall()}
            self.assertFalse(set(columns.split()) - never_empty, name)

    def test_nothing_of_ours_keeps_others_from_being_deleted(self):
        self.env.cr.execute(
            "SELECT conrelid::regclass::text, conname FROM pg_constraint"
            " WHERE contype = 'f' AND confdeltype IN ('a', 'r')"
            " AND starts_with(conrelid::regclass::text, 'twitter_')"
            " AND NOT starts_with(confrelid::regclass::text, 'twitter_')"
        )
        self.assertFalse(self.env.cr.fetchall())

    @covers("R94")
    def test_an_import_makes_no_identity(self):
        with self.assertRaises(AccessError):
            self.env["twitter.identity"].with_user(self.admin).create(
                {"partner_id": self.bruno.id, "twitter_id": "1", "username": "x"}
            )

    @covers("R67", "T34")
    def test_an_administrator_disconnects_by_deleting(self):
        consent = self.identity.consent_id
        self.identity.with_user(self.admin).unlink()
        self.assertFalse(self.identity.exists())
        self.assertTrue(consent.withdrawn_at)
        mail = self.env["mail.mail"].search([], limit=1, order="id desc")
        self.assertEqual(mail.email_to, "ana@example.com")

    @covers("R94")
    def test_an_agent_does_not_delete(self):
        for row in self.rows():
            with self.assertRaises(AccessError):
                row.with_user(self.agent).unlink()

    # === Portal users have nothing === #

    @covers("X19")
    @covers("R94")
    def test_portal_users_read_none_of_our_models(self):
        for name in (*MODELS, "twitter.link.wizard"):
            with self.assertRaises(AccessError):
                self.env[name].with_user(self.ana_user).search([])

    @covers("R94", "T18")
    def test_portal_users_read_none_of_our_fields(self):
        for record, names in ((self.ana, PARTNER_FIELDS), (self.ticket, TICKET_FIELDS)):
            for name in names:
                as_ana = record.with_user(self.ana_user)
                with self.assertRaises(AccessError, msg=name):
                    as_ana.read([name])
                self.assertFinds(as_ana, [(name, "!=", False)])
                self.assertFinds(as_ana, [(name, "=", False)])

    def assertFinds(self, model, domain, found=()):
        """An access error is as good as finding nothing."""
        try:
            records = model.search(domain)
        except AccessError:
            return
        self.assertEqual(records.ids, list(found))

    @covers("R28", "R94")
    def test_portal_users_and_agents_read_none_of_the_settings(self):
        for user in (self.ana_user, self.agent):
            company = self.company.with_user(user)
            for name in company.fields_get():
                self.assertFalse(name.startswith("twitter_"), name)
            with self.assertRaises(AccessError):
                company.read(["twitter_client_id"])

    @covers("T18")
    def test_the_handle_finds_nothing_for_portal_users(self):
        partners = self.env["res.partner"].with_user(self.ana_user)
        self.assertFalse(partners.name_search("@ana"))

    @covers("R94")
    def test_portal_users_make_no_link(self):
        ticket = self.make_ticket(self.ana)
        with self.assertRaises(AccessError):
            ticket.with_user(self.ana_user).action_twitter_link()

    # === Agents see what they may see === #

    @covers("R94")
    def test_agents_read_what_belongs_to_their_contacts_and_tickets(self):
        for row in self.rows():
            self.assertTrue(row.with_user(self.agent).has_access("read"), row)

    def test_later_rules_on_contacts_and_accounts_hide_the_card(self):
        ticket = self.make_ticket(self.ana)
        link = self.env["twitter.link.request"]._make(ticket)[0]
        self.env["twitter.link.event"]._log_request(link, "begun")
        ticket = ticket.with_user(self.agent)
        for name, domain in (
            ("res.partner", [("id", "!=", self.ana.id)]),
            ("twitter.identity", [("id", "!=", self.identity.id)]),
        ):
            ticket.invalidate_recordset()
            self.assertTrue(ticket.twitter_card, name)
            self.assertEqual(ticket.twitter_link_status, "connected", name)
            rule = self.env["ir.rule"].create(
                {
                    "name": "A later rule",
                    "model_id": self.env["ir.model"]._get_id(name),
                    "domain_force": str(domain),
                }
            )
            ticket.invalidate_recordset()
            self.assertFalse(ticket.twitter_identity_id, name)
            hides_all = name == "res.partner"
            status = "none" if hides_all else "waiting"
            self.assertEqual(ticket.twitter_link_status, status, name)
            card = ticket.twitter_card or {}
            self.assertNotIn("identity", card, name)
            self.assertEqual("steps" in card, not hides_all, name)
            rule.unlink()

    @covers("R95", "T17")
    def test_steps_of_another_company_are_not_shown(self):
        other = self.env["res.company"].create({"name": "Elsewhere Ltd"})
        ticket = self.make_ticket(self.bruno)
        link = self.env["twitter.link.request"]._make(ticket)[0]
        self.env["twitter.link.event"]._log_request(link, "begun")
        self.assertTrue(ticket.twitter_card)
        ticket.company_id = other
        self.assertFalse(ticket.twitter_card)
        self.assertEqual(ticket.twitter_link_status, "none")

    def test_an_employee_without_helpdesk_reads_a_contact_as_before(self):
        employee = new_test_user(self.env, "test_plain", groups="base.group_user")
        fields = self.ana.with_user(employee).fields_get()
        self.assertNotIn("twitter_identity_ids", fields)
        names = [name for name in fields if name.startswith("twitter_")]
        self.assertTrue(names)
        self.ana.with_user(employee).read(names)

    @covers("R94")
    def test_a_personal_agent_sees_no_links_of_other_tickets(self):
        own = new_test_user(
            self.env,
            "own_agent",
            groups="base.group_user,helpdesk_mgmt.group_helpdesk_user_own",
        )
        self.ticket.user_id = self.agent
        links = self.env["twitter.link.request"].with_user(own)
        self.assertFalse(links.search([("ticket_id", "=", self.ticket.id)]))
        with self.assertRaises(AccessError):
            self.link.with_user(own).read(["state"])
        self.ticket.user_id = own
        self.assertTrue(links.search([("ticket_id", "=", self.ticket.id)]))

    @covers("R94")
    def test_a_round_trip_and_a_step_are_hidden_with_the_ticket_of_their_link(self):
        """Their link's name is the ticket's."""
        own = new_test_user(
            self.env,
            "own_agent",
            groups="base.group_user,helpdesk_mgmt.group_helpdesk_user_own",
        )
        trip = self.env["twitter.oauth.transaction"].create(
            {
                **dict.fromkeys(("reference", "state_hash", "nonce_hash"), "a"),
                "purpose": "link",
                "partner_id": self.bruno.id,
                "company_id": self.company.id,
                "request_id": self.link.id,
                "expires_at": self.link.expires_at,
            }
        )
        # As after a merge.
        self.event.ticket_id = False
        self.ticket.user_id = self.agent
        for user, is_shown in ((self.agent, True), (own, False)):
            for row in (trip, self.event):
                as_user = row.with_user(user)
                what = (user.login, row._name)
                self.assertEqual(as_user.has_access("read"), is_shown, what)
                found = as_user.search([("request_id", "=", self.link.id)])
                self.assertEqual(bool(found), is_shown, what)

    @covers("R94")
    def test_an_employee_without_helpdesk_sees_no_account(self):
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        self.assertFalse(self.ana.with_user(employee).twitter_username)
        with self.assertRaises(AccessError):
            self.identity.with_user(employee).read(["username"])

    @covers("X19")
    @covers("R95", "T17")
    def test_companies_are_apart(self):
        other = self.env["res.company"].create({"name": "Other Ltd"})
        stranger = new_test_user(
            self.env,
            "other_agent",
            groups=AGENT_GROUPS,
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        for row in self.rows():
            self.assertFalse(row.with_user(stranger).has_access("read"), row)
        self.assertFalse(self.ana.with_user(stranger).twitter_username)
        self.assertFalse(
            self.env["res.partner"].with_user(stranger).name_search("@ana")
        )

    @covers("R94", "T31")
    def test_a_receipt_of_a_deleted_contact_is_for_administrators(self):
        consent = self.identity.consent_id
        self.ana_user.unlink()
        self.ana.unlink()
        self.assertTrue(consent.exists())
        self.assertFalse(self.identity.exists())
        self.assertTrue(consent.withdrawn_at)
        consents = self.env["twitter.consent"]
        found = [("id", "=", consent.id)]
        self.assertFalse(consents.with_user(self.agent).search(found))
        self.assertTrue(consents.with_user(self.admin).search(found))

    # === Secrets === #

    @covers("X21")
    @covers("R28", "R97", "R100", "T38")
    def test_the_client_secret_is_never_read_back(self):
        company = self.company.with_user(self.admin)
        company.write({"twitter_client_secret": "other-secret"})
        self.assertFalse(
            company.read(["twitter_client_secret"])[0]["twitter_client_secret"]
        )
        self.assertTrue(company.twitter_has_client_secret)
        exported = company.export_data(["name", "twitter_client_secret"])["datas"]
        self.assertNotIn("other-secret", str(exported))
        with self.assertRaises(AccessError):
            company.read(["twitter_client_secret_kept"])
        self.assertEqual(self.company.twitter_client_secret_kept, "other-secret")

    @covers("R100")
    def test_saving_the_settings_keeps_the_secret(self):
        settings = self.env["res.config.settings"].with_user(self.admin)
        saved = settings.create(
            {"twitter_link_hours": 24, "twitter_client_secret": "typed"}
        )
        self.assertFalse(
            saved.read(["twitter_client_secret"])[0]["twitter_client_secret"]
        )
        saved.execute()
        self.assertEqual(self.company.twitter_client_secret_kept, "typed")
        settings.create({"twitter_client_secret": False}).execute()
        self.assertTrue(self.company.twitter_has_client_secret)
        self.assertEqual(self.company.twitter_link_hours, 24)

    def test_the_address_and_its_reason_are_saved_and_taken_back_together(self):
        settings = self.env["res.config.settings"].with_user(self.admin)
        switch, reason = "twitter_request_email", "twitter_email_reason"
        # A form sends them in its own order.
        for names in ((switch, reason), (reason, switch)):
            for values in ({switch: True, reason: "to write"}, dict.fromkeys(names)):
                saved = settings.create({name: values[name] for name in names})
                saved.execute()
                for name in names:
                    self.assertEqual(self.company[name] or None, values[name] or None)

    @covers("R100")
    def test_a_secret_is_taken_out_with_its_client_id(self):
        self.company.with_user(self.admin).twitter_client_id = False
        self.assertFalse(self.company.twitter_client_secret_kept)

    def test_an_administrator_disconnects_on_the_contact_and_an_agent_does_not(self):
        with self.assertRaises(AccessError):
            self.ana.with_user(self.agent).action_twitter_disconnect()
        self.assertTrue(self.identity.exists())
        with self.assertRaises(AccessError):
            self.ana.with_user(self.ana_user).action_twitter_disconnect()
        consent = self.identity.consent_id
        self.ana.with_user(self.admin).action_twitter_disconnect()
        self.assertFalse(self.identity.exists())
        self.assertTrue(consent.withdrawn_at)
        view = self.env.ref("base.view_partner_form")
        for user, found in ((self.agent, 0), (self.admin, 1)):
            arch = self.env["res.partner"].with_user(user).get_view(view.id)["arch"]
            buttons = etree.fromstring(arch).xpath(
                "//button[@name='action_twitter_disconnect']"
            )
            self.assertEqual(len(buttons), found)

    @covers("T31")
    def test_an_account_does_not_move_with_a_merge(self):
        young = self.env["res.partner"].create({"name": "Young", "email": "y@e.com"})
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = now() + interval '1h' WHERE id = %s",
            [young.id],
        )
        young.invalidate_recordset()
        consent = self.connect(young, twitter_id="77").consent_id
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((young + self.ana).ids, self.ana)
        self.env.invalidate_all()
        self.assertEqual(self.ana.twitter_identity_ids, self.identity)
        self.assertTrue(consent.withdrawn_at)

    @covers("T31")
    def test_a_made_contact_does_not_bring_its_account_to_a_customer(self):
        made = self.env["res.partner"].create({"name": "Made", "email": "m@e.com"})
        self.connect(made, twitter_id="78")
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = now() + interval '1h' WHERE id = %s",
            [made.id],
        )
        made.invalidate_recordset()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((made + self.bruno).ids, made)
        self.assertFalse(
            self.env["twitter.identity"].search([("twitter_id", "=", "78")])
        )

    def merge(self, kept, gone):
        """As somebody who may merge contacts and read none of our secret fields."""
        merger = new_test_user(
            self.env, "test_merger", groups="base.group_user,base.group_partner_manager"
        )
        wizards = self.env["base.partner.merge.automatic.wizard"].with_user(merger)
        wizard = wizards.create({})
        wizard._merge((kept + gone).ids, kept.with_user(merger))
        self.env.invalidate_all()

    def merge_as_admin(self, kept, gone):
        """Others merge contacts of one address alone."""
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((kept + gone).ids, kept)
        self.env.invalidate_all()

    @covers("T31")
    def test_a_sign_in_that_comes_with_a_merge_proves_nothing_at_once(self):
        self.has_signed_in(self.carla_user)
        victim = self.env["res.partner"].create(
            {"name": "Victim", "email": "carla@example.com"}
        )
        self.merge(kept=victim, gone=self.carla)
        self.assertEqual(self.carla_user.partner_id, victim)
        self.assertEqual(victim._twitter_proof_method(), "")

    def test_a_record_that_comes_to_a_sign_in_is_not_proven_by_it_at_once(self):
        self.has_signed_in(self.carla_user)
        victim = self.env["res.partner"].create(
            {"name": "Victim", "email": "carla@example.com"}
        )
        self.merge(kept=self.carla, gone=victim)
        self.assertEqual(self.carla._twitter_proof_method(), "")

    def test_a_merge_does_not_make_a_changed_address_good(self):
        self.bruno.with_user(self.admin).email = "evil@example.net"
        made = self.env["res.partner"].create(
            {"name": "Made", "email": "evil@example.net"}
        )
        self.assertEqual(made._twitter_proof_method(), "email_code")
        self.merge(kept=made, gone=self.bruno)
        self.assertEqual(made._twitter_proof_method(), "")

    def test_an_address_of_the_other_contact_is_not_good_at_once(self):
        self.merge_as_admin(kept=self.bruno, gone=self.nobody)
        self.assertEqual(self.bruno._twitter_proof_method(), "")

    def test_a_plain_duplicate_changes_nothing(self):
        made = self.env["res.partner"].create(
            {"name": "Bruno again", "email": "bruno@gmail.com"}
        )
        self.merge(kept=self.bruno, gone=made)
        self.assertEqual(self.bruno._twitter_proof_method(), "email_code")

    def test_steps_of_a_merged_contact_do_not_stand_under_the_other(self):
        made = self.env["res.partner"].create(
            {"name": "Made", "email": "bruno@gmail.com"}
        )
        ticket = self.make_ticket(made)
        link = self.env["twitter.link.request"]._make(ticket)[0]
        self.env["twitter.link.event"]._log_request(link, "proven")
        self.assertTrue(ticket.twitter_card)
        self.merge(kept=self.bruno, gone=made)
        self.assertEqual(ticket.partner_id, self.bruno)
        (step,) = ticket.twitter_card["steps"]
        self.assertIn("contact changed", step["text"])

    def test_a_notice_is_in_the_language_of_its_reader(self):
        self.env["res.lang"]._activate_lang("es_ES")
        self.ana.lang = "es_ES"
        languages = []
        with patch.object(
            type(self.env["twitter.consent"]),
            "_queue_notice",
            lambda consent, *_told: languages.append(consent.env.lang),
        ):
            self.identity._disconnect(self.ana, self.company)
        self.assertEqual(languages, ["es_ES"])

    def test_a_contact_in_a_language_that_is_gone_can_be_forgotten(self):
        language = self.env["res.lang"]._activate_lang("es_ES")
        identity = self.connect(self.bruno, twitter_id="79")
        self.bruno.write({"lang": "es_ES", "active": False})
        language.active = False
        identity.unlink()
        self.assertFalse(identity.exists())

    @covers("X21")
    @covers("T35")
    def test_a_copy_of_the_database_is_harmless(self):
        self.company.twitter_bearer_token = "planted-bearer-token"
        self.company.twitter_sign_in = True
        self.identity.consent_id._announce("connected")
        undo = self.env["twitter.undo"].search([])
        mail = undo.mail_id
        other = self.env["mail.mail"].create({"body_html": "Of somebody else."})
        self.env.flush_all()
        path = file_path("helpdesk_twitter_identity/data/neutralize.sql")
        with file_open(path) as script:
            self.env.cr.execute(script.read())
        self.env.invalidate_all()
        self.assertFalse(self.company._twitter_is_ready())
        self.company.twitter_public_url = "https://copy.example.com"
        self.assertFalse(self.company._twitter_is_ready())
        self.assertFalse(self.company.twitter_has_client_secret)
        self.assertFalse(self.company.twitter_bearer_token_kept)
        self.assertFalse(self.company.twitter_sign_in)
        self.assertEqual(self.link.state, "withdrawn")
        self.assertFalse(undo.exists() or mail.exists())
        self.assertTrue(other.exists())
        ours = self.env["ir.model.data"].search(
            [("module", "=", "helpdesk_twitter_identity"), ("model", "=", "ir.cron")]
        )
        crons = self.env["ir.cron"].with_context(active_test=False)
        crons = crons.browse(ours.mapped("res_id"))
        self.assertEqual(len(crons), 5)
        self.assertFalse(any(crons.mapped("active")))
        self.assertTrue(self.identity.exists())

    @covers("R94")
    def test_an_agent_does_not_write_the_settings(self):
        with self.assertRaises(AccessError):
            self.company.with_user(self.agent).write({"twitter_client_secret": "x"})

    @covers("R53", "T38")
    def test_secret_fields_are_read_by_nobody(self):
        for record, names in (
            (self.link, ("token_hash", "address")),
            (
                self.env["twitter.oauth.transaction"],
                ("reference", "state_hash", "code_verifier"),
            ),
        ):
            for name in names:
                with self.assertRaises(AccessError, msg=name):
                    record.with_user(self.admin).search([(name, "!=", False)])

    # === One each === #

    @covers("R64")
    def test_an_account_stands_at_one_contact_of_a_company(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.violate({"partner_id": self.carla.id})

    def test_a_contact_has_one_account_in_a_company(self):
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.violate({"twitter_id": "42"})

    def violate(self, values):
        """As a request tells it, by Odoo's own words for the constraint."""
        from psycopg2 import IntegrityError

        from odoo.tools import mute_logger

        try:
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                self.identity.copy(values)
        except IntegrityError as error:
            raise ValidationError(self.identity._sql_error_to_message(error)) from error


@tagged("post_install", "-at_install")
class TestSettings(TwitterCase):
    def refused(self, values, word):
        with self.assertRaisesRegex(ValidationError, word):
            self.company.write(values)

    @covers("R18", "T13")
    def test_a_public_address_that_can_not_work_is_refused(self):
        for url in (
            "http://help.example.com",
            "help.example.com",
            "https://",
            "https://user:pw@example.com",
            "https://help.example.com/odoo",
            "https://help.example.com?x=1",
            "ftp://help.example.com",
            "https://help.example.com#",
            "https://help.example.com?",
            "https://@help.example.com",
            "https://help.example.com:99999",
            "https://help.example.com:abc",
            "https://help example.com",
            'https://x"><script>',
            "https://-",
            "https://[::1",
        ):
            self.refused({"twitter_public_url": url}, "public address")

    def test_plain_http_works_on_this_machine_alone(self):
        for url in ("http://127.0.0.1:8069", "http://localhost:8069", "http://[::1]"):
            self.company.twitter_public_url = url

    def test_a_slash_behind_the_public_address_is_taken_off(self):
        self.company.twitter_public_url = " https://help.example.com/ "
        self.assertEqual(
            self.company.twitter_callback_url,
            "https://help.example.com/twitter/callback",
        )

    def test_a_privacy_policy_needs_https(self):
        self.refused({"twitter_privacy_url": "http://example.com"}, "privacy policy")

    def test_the_email_needs_a_reason(self):
        self.refused({"twitter_request_email": True}, "why X is asked")

    @covers("R73")
    def test_links_live_one_to_168_hours(self):
        for hours in (0, 169, -1):
            self.refused({"twitter_link_hours": hours}, "168 hours")

    def test_a_client_id_has_no_blanks(self):
        self.refused({"twitter_client_id": "two words"}, "blank")

    def test_without_set_up_an_agent_is_told_at_once(self):
        self.company.twitter_privacy_url = False
        ticket = self.make_ticket(self.bruno)
        with self.assertRaisesRegex(UserError, "not set up"):
            ticket.with_user(self.agent).action_twitter_link()
