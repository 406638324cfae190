"""Filters, orders, groups, exports and imports tell nobody what they may not know."""

from odoo.exceptions import UserError
from odoo.fields import NO_ACCESS
from odoo.tests import tagged

from .common import CLIENT_SECRET, TwitterCase, covers
from .test_rights import MODELS, PARTNER_FIELDS, TICKET_FIELDS

KEPT_FROM_ALL = {
    ("res.company", "twitter_client_secret_kept"),
    ("res.partner", "twitter_address_changed_at"),
    ("twitter.link.request", "token_hash"),
    ("twitter.oauth.transaction", "code_verifier"),
    ("twitter.oauth.transaction", "profile"),
    ("twitter.oauth.transaction", "reference"),
}


@tagged("post_install", "-at_install")
class TestOracles(TwitterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # The notice brings a way to take it back.
        cls.connect(cls.ana).consent_id._announce("connected")
        cls.admin = cls.env.ref("base.user_admin")
        cls.ticket = cls.make_ticket(cls.ana, twitter_expected_username="ana")
        cls.make_ticket(cls.bruno).with_user(cls.agent).action_twitter_link()
        cls.env["twitter.oauth.transaction"].create(
            {
                **dict.fromkeys(("reference", "state_hash", "nonce_hash"), "kept"),
                "purpose": "link",
                "partner_id": cls.ana.id,
                "company_id": cls.company.id,
                "expires_at": cls.env.cr.now(),
            }
        )

    def assertFindsNothing(self, model, domain):
        """To be refused is as good as an answer without the customer in it."""
        for method in (model.search, model.search_count):
            try:
                answer = method(domain)
            except (UserError, ValueError):
                continue
            self.assertFalse(answer, domain)

    def assertRefused(self, what, *asked):
        """Whatever the answer would be: how it is put in order tells something."""
        for ask in asked:
            try:
                ask()
            except (UserError, ValueError):
                continue
            self.fail(what)

    @covers("T18")
    def test_filters_tell_a_portal_user_nothing(self):
        for record, names in ((self.ana, PARTNER_FIELDS), (self.ticket, TICKET_FIELDS)):
            model = record.with_user(self.ana_user)
            for name in names:
                for operator, value in (
                    ("=like", "a%"),
                    ("ilike", "ana"),
                    ("=", "ana"),
                    ("in", ["ana", "Ana"]),
                    ("in", self.ana.twitter_identity_ids.ids),
                    ("any", [("username", "=like", "A%")]),
                ):
                    self.assertFindsNothing(model, [(name, operator, value)])
        partners = self.env["res.partner"].with_user(self.agent)
        self.assertTrue(partners.search([("twitter_username", "ilike", "ana")]))

    @covers("T18")
    def test_paths_through_other_records_tell_a_portal_user_nothing(self):
        for name, path in (
            ("res.users", "partner_id.twitter_username"),
            ("helpdesk.ticket", "partner_id.twitter_username"),
            ("helpdesk.ticket", "partner_id.twitter_identity_ids.username"),
        ):
            model = self.env[name].with_user(self.ana_user)
            self.assertFindsNothing(model, [(path, "=like", "A%")])
            self.assertFindsNothing(model, [(path, "ilike", "ana")])

    @covers("T18")
    def test_orders_and_groups_tell_a_portal_user_nothing(self):
        for record, names in ((self.ana, PARTNER_FIELDS), (self.ticket, TICKET_FIELDS)):
            model = record.with_user(self.ana_user)
            for name in names:
                self.assertRefused(name, *self.ways_to_compare(model, name))
        tickets = self.ticket.with_user(self.agent)
        for ask in self.ways_to_compare(tickets, "twitter_expected_username"):
            self.assertTrue(ask())

    def ways_to_compare(self, model, name):
        return (
            lambda: model.search([], order=name),
            lambda: model.formatted_read_group([], [name], ["__count"]),
            lambda: model.formatted_read_group([], [], [f"{name}:count_distinct"]),
        )

    @covers("R97", "T38")
    def test_what_is_kept_from_all_is_neither_read_nor_exported_nor_imported(self):
        kept = {
            (name, field.name)
            for name in (*MODELS, "res.company", "res.partner", "helpdesk.ticket")
            for field in self.env[name]._fields.values()
            if field.groups == NO_ACCESS and "twitter" in f"{name}{field.name}"
        }
        self.assertLessEqual(KEPT_FROM_ALL, kept)
        for model, name in kept:
            for user in (self.admin, self.agent, self.ana_user):
                self.assertKept(self.env[model].with_user(user), name)

    def assertKept(self, model, name):
        record = model.sudo().search([], limit=1).sudo(False)
        what = (model._name, name, model.env.user.login)
        self.assertTrue(record, what)
        self.assertNotIn(name, model.fields_get(), what)
        self.assertRefused(
            what,
            lambda: record.read([name]),
            lambda: record.export_data([name]),
            lambda: record.write({name: False}),
            lambda: model.create({name: False}),
            lambda: model.search([(name, "!=", False)]),
            lambda: model.search([], order=name),
        )

    @covers("R28", "T38")
    def test_no_way_of_reading_gives_an_administrator_the_client_secret(self):
        company = self.company.with_user(self.admin)
        settings = self.env["res.config.settings"].with_user(self.admin)
        names = [name for name in company.fields_get() if name.startswith("twitter_")]
        self.assertIn("twitter_client_secret", names)
        for shown in (
            company.read(names),
            company.export_data(names)["datas"],
            company.copy_data(),
            company.web_read({name: {} for name in names}),
            company.search_read([], names),
            settings.create({}).read(),
            settings.default_get(list(settings._fields)),
        ):
            self.assertTrue(shown)
            self.assertNotIn(CLIENT_SECRET, str(shown))
