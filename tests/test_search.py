"""Contacts are found by handle among many, without reading all of them."""

from contextlib import contextmanager
from unittest.mock import patch

from odoo.fields import Command
from odoo.tests import tagged

from .common import TwitterCase

MANY = 20_000
# Contacts are called as their handles are: who is meant by how a handle begins stands
# side by side in the order of names.
CROWD = """
    WITH contact AS (
        INSERT INTO res_partner
            (name, complete_name, type, active, partner_share, company_id)
        SELECT 'User ' || n, 'User ' || n, 'contact', true, true, %(company)s
          FROM generate_series(1, %(many)s) AS n
        RETURNING id, company_id, replace(lower(name), ' ', '') AS handle
    ), receipt AS (
        INSERT INTO twitter_consent (partner_id, company_id)
        SELECT id, company_id FROM contact
        RETURNING id, partner_id
    )
    INSERT INTO twitter_identity
        (partner_id, company_id, consent_id, twitter_id, username, username_key,
         linked_at, asked_at, availability, proof)
    SELECT contact.id, company_id, receipt.id, contact.id, handle, handle,
           now() AT TIME ZONE 'UTC', now() AT TIME ZONE 'UTC', 'available',
           'portal_session'
      FROM contact JOIN receipt ON receipt.partner_id = contact.id
"""
TABLES = ("res_partner", "twitter_consent", "twitter_identity")
INDEX = "twitter_identity_username_prefix_idx"
BY_NAME = "res_partner__complete_name_index"
LIMIT = 8
"""How many contacts the web client asks for where one is chosen."""


@tagged("post_install", "-at_install")
class TestSearch(TwitterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        other = cls.env["res.company"].create({"name": "Other Ltd"})
        cls.agent.company_ids = [Command.link(other.id)]
        cls.env.cr.execute(CROWD, {"company": cls.company.id, "many": MANY})
        for table in TABLES:
            cls.env.cr.execute(f"ANALYZE {table}")
        cls.partners = (
            cls.env["res.partner"]
            .with_user(cls.agent)
            .with_context(allowed_company_ids=[cls.company.id, other.id])
        )

    def choose(self, typed, **kwargs):
        """The names that an agent reads who types where a contact is chosen."""
        found = self.partners.name_search(typed, limit=LIMIT, **kwargs)
        return [name for _number, name in found]

    @contextmanager
    def scans(self):
        """What the statements on X accounts read; known when it is left."""
        statements, scans = [], []
        execute = type(self.env.cr).execute

        def note(cr, query, params=None, **options):
            asked = cr.mogrify(query, params).decode()
            if '"twitter_identity"' in asked:
                statements.append(asked)
            return execute(cr, query, params, **options)

        with patch.object(type(self.env.cr), "execute", note):
            yield scans
        self.assertTrue(statements)
        for statement in statements:
            self.env.cr.execute(f"EXPLAIN (FORMAT JSON) {statement}")
            ((plan,),) = self.env.cr.fetchall()
            scans.extend(self.scans_of(plan[0]["Plan"]))

    def scans_of(self, node):
        """The name of each index that a plan's part reads, and of each whole table."""
        for child in node.get("Plans", ()):
            yield from self.scans_of(child)
        if node["Node Type"] == "Seq Scan":
            yield f"all of {node['Relation Name']}"
        elif "Index Name" in node:
            yield node["Index Name"]

    def assertServed(self, scans):
        self.assertIn(INDEX, scans)
        self.assertNotIn(BY_NAME, scans)
        self.assertNotIn("all of twitter_identity", scans)
        self.assertNotIn("all of res_partner", scans)

    def test_the_index_serves_whoever_chooses_a_contact(self):
        for typed in ("@user12345", "@user123", "@user1", "@user", "@"):
            with self.subTest(typed), self.scans() as scans:
                self.assertTrue(self.choose(typed))
            self.assertServed(scans)

    def test_the_index_serves_the_list_of_contacts(self):
        # Among so few, many are indeed found sooner by reading all.
        for typed in ("user12345", "user1234"):
            with self.subTest(typed), self.scans() as scans:
                self.partners.search([("twitter_username", "ilike", typed)], limit=80)
            self.assertServed(scans)
        with self.scans() as scans:
            self.partners.search([("twitter_username", "=", "user12345")])
        self.assertServed(scans)

    def test_the_index_serves_a_search_by_the_contact_of_a_ticket(self):
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        with self.scans() as scans:
            tickets.search([("partner_id", "ilike", "@user1234")])
        self.assertServed(scans)

    def test_contacts_are_not_gone_through_by_name(self):
        # Those who are meant stand last there: all others would be read before them.
        for name, typed in (("twitter_username", "user9"), ("display_name", "@user9")):
            with self.subTest(name), self.scans() as scans:
                self.partners.search([(name, "ilike", typed)], limit=LIMIT)
            self.assertIn(INDEX, scans)
            self.assertNotIn(BY_NAME, scans)

    def test_a_whole_handle_comes_before_the_many_that_begin_with_it(self):
        owner = self.partners.search([("name", "=", "User 12")])
        owner.sudo().name = "Zoe, the last of all"
        for typed in ("@user12", "@USER12", " @user12 "):
            found = self.choose(typed)
            self.assertEqual(found[0], "Zoe, the last of all", typed)
            self.assertEqual(len(found), LIMIT, typed)

    def test_a_contact_that_must_not_be_chosen_takes_no_place(self):
        domain = [("name", "=", "User 19999")]
        self.assertEqual(self.choose("@user", domain=domain), ["User 19999"])
        hidden = self.partners.search([("name", "=", "User 12")]).sudo()
        hidden.active = False
        self.assertNotIn("User 12", self.choose("@user12"))
