from datetime import timedelta

from odoo.exceptions import ValidationError
from odoo.tests import Form, tagged

from .common import TwitterCase, covers

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="  # noqa: E501


@tagged("post_install", "-at_install")
class TestTicket(TwitterCase):
    def open_dialog(self, ticket):
        action = ticket.with_user(self.agent).action_twitter_link()
        self.assertEqual(action["res_model"], "twitter.link.wizard")
        wizards = self.env["twitter.link.wizard"].with_user(self.agent)
        return wizards.browse(action["res_id"])

    def test_the_dialog_says_when_it_is_not_the_account_that_was_noted(self):
        ticket = self.make_ticket(self.bruno, twitter_expected_username="bia")
        self.connect(self.bruno)
        text = self.open_dialog(ticket).why_no_link
        self.assertIn("@Ana, not the @bia", text)
        self.assertIn("/my/twitter", text)
        ticket.twitter_expected_username = "ana"
        self.assertIn("nothing left to ask", self.open_dialog(ticket).why_no_link)

    def test_the_dialog_says_where_the_mail_goes_before_it_is_sent(self):
        dialog = self.open_dialog(self.make_ticket(self.bruno))
        self.assertEqual(dialog.address, "bruno@gmail.com")
        self.assertFalse(self.open_dialog(self.make_ticket(self.nobody)).address)

    # === Who gets a link === #

    def assertOnlyPublicReply(self, ticket, word):
        wizard = self.open_dialog(ticket)
        self.assertFalse(wizard.request_id)
        self.assertEqual(wizard.channel, "public_reply")
        self.assertEqual(wizard.url, "https://help.example.com/my/twitter")
        self.assertIn(word, wizard.why_no_link)
        self.assertFalse(ticket.twitter_link_request_ids)

    def test_a_ticket_without_contact_has_the_public_reply_alone(self):
        ticket = self.make_ticket(None)
        self.assertOnlyPublicReply(ticket, "no contact")
        self.assertFalse(self.open_dialog(ticket).nothing_to_send)

    def test_a_contact_without_address_and_portal_has_the_public_reply_alone(self):
        self.assertOnlyPublicReply(self.make_ticket(self.nobody), "Davi Rocha")

    def test_of_a_company_the_person_is_chosen_first(self):
        company = self.env["res.partner"].create(
            {"name": "Buyer Ltd", "is_company": True, "email": "x@example.com"}
        )
        self.assertOnlyPublicReply(self.make_ticket(company), "person")

    def test_two_addresses_prove_nothing(self):
        self.bruno.email = "a@example.com, b@example.com"
        self.assertOnlyPublicReply(self.make_ticket(self.bruno), "Bruno Lima")

    def test_the_address_of_an_invoice_contact_proves_nothing(self):
        self.bruno.type = "invoice"
        self.assertOnlyPublicReply(self.make_ticket(self.bruno), "Bruno Lima")

    @covers("T6")
    def test_an_address_that_an_agent_changed_proves_nothing_for_a_week(self):
        self.bruno.with_user(self.env.ref("base.user_admin")).email = "new@gmail.com"
        ticket = self.make_ticket(self.bruno)
        self.assertOnlyPublicReply(ticket, "week")
        # Nor does the public reply lead anywhere.
        self.assertTrue(self.open_dialog(ticket).nothing_to_send)
        self.bruno.sudo().twitter_address_changed_at -= timedelta(days=7)
        self.assertTrue(self.open_dialog(self.make_ticket(self.bruno)).request_id)

    def test_an_address_that_the_customer_changed_is_good_at_once(self):
        self.ana_user.active = True
        self.ana.with_user(self.ana_user).sudo().email = "ana2@example.com"
        self.assertFalse(self.ana.sudo().twitter_address_changed_at)
        self.assertTrue(self.open_dialog(self.make_ticket(self.ana)).request_id)

    @covers("T6")
    @covers("T31")
    def test_an_archived_contact_gets_no_link(self):
        ticket = self.make_ticket(self.bruno)
        self.bruno.active = False
        self.assertOnlyPublicReply(ticket, "archived")

    def test_what_to_do_about_another_account_depends_on_how_it_was_proven(self):
        ticket = self.make_ticket(self.bruno, twitter_expected_username="bia")
        self.connect(self.bruno, proof="email_code")
        text = self.open_dialog(ticket).why_no_link
        self.assertIn("an administrator disconnects", text)
        self.assertNotIn("/my/twitter", text)

    def test_a_portal_account_proves_nothing_for_a_week_after_the_change(self):
        # A new one may have been made for the new address, or a password sent there.
        self.has_signed_in(self.ana_user)
        admin = self.env.ref("base.user_admin")
        self.ana.with_user(admin).email = "evil@example.net"
        self.assertEqual(self.ana._twitter_proof_method(), "")
        self.assertOnlyPublicReply(self.make_ticket(self.ana), "less than a week ago")
        self.ana.sudo().twitter_address_changed_at -= timedelta(days=7)
        self.assertEqual(self.ana._twitter_proof_method(), "portal_session")

    def test_the_same_address_written_again_is_no_change(self):
        self.bruno.email = "Bruno Lima <BRUNO@gmail.com>"
        self.assertFalse(self.bruno.sudo().twitter_address_changed_at)

    def test_a_portal_account_that_was_never_used_is_no_proof(self):
        self.assertEqual(self.ana._twitter_proof_method(), "email_code")
        self.has_signed_in(self.ana_user)
        self.assertEqual(self.ana._twitter_proof_method(), "portal_session")

    def test_an_employee_gets_no_link(self):
        ticket = self.make_ticket(self.agent.partner_id)
        self.assertFalse(self.open_dialog(ticket).request_id)

    def test_a_closed_ticket_gets_no_link(self):
        ticket = self.make_ticket(self.bruno)
        stages = self.env["helpdesk.ticket.stage"].search([])
        ticket.stage_id = stages.filtered("closed")[:1]
        self.assertOnlyPublicReply(ticket, "closed")

    def test_a_connected_customer_is_not_asked_again(self):
        self.connect(self.bruno, username="bruno")
        ticket = self.make_ticket(self.bruno)
        self.assertOnlyPublicReply(ticket, "@bruno")
        self.assertTrue(self.open_dialog(ticket).nothing_to_send)

    # === The texts === #

    def test_the_message_is_in_the_customers_language(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.bruno.lang = "pt_BR"
        template = self.env.ref("helpdesk_twitter_identity.mail_template_link")
        template.with_context(lang="pt_BR").body_html = "<p>Olá</p>"
        wizard = self.open_dialog(self.make_ticket(self.bruno))
        self.assertEqual(wizard.message, "Olá")

    def test_the_lengths_are_counted_as_x_counts(self):
        wizard = self.open_dialog(self.make_ticket(self.bruno))
        self.assertEqual(wizard.direct_length, f"{len(wizard.direct_message)} / 10000")
        address = wizard._portal_url()
        length = len(wizard.public_message) - len(address) + 23
        self.assertEqual(wizard.public_length, f"{length} / 280")
        self.assertLess(length, 280)

    def test_older_links_stand_in_the_dialog(self):
        ticket = self.make_ticket(self.bruno)
        first = self.open_dialog(ticket)
        second = self.open_dialog(ticket)
        self.assertEqual(second.older_request_ids, first.request_id)

    # === What the ticket shows === #

    def test_a_ticket_shows_how_far_the_customer_came(self):
        ticket = self.make_ticket(self.bruno)
        self.assertEqual(ticket.twitter_link_status, "none")
        self.assertFalse(ticket.twitter_card)
        link = self.open_dialog(ticket).request_id
        ticket.invalidate_recordset()
        self.assertEqual(ticket.twitter_link_status, "waiting")
        events = self.env["twitter.link.event"]
        events._log_request(link.sudo(), "problem", problem="cancelled")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.twitter_link_status, "problem")
        steps = ticket.twitter_card["steps"]
        self.assertEqual(steps[-1]["text"], "cancelled at X")
        self.connect(self.bruno, username="bruno")
        ticket.invalidate_recordset()
        self.assertEqual(ticket.twitter_link_status, "connected")
        self.assertEqual(ticket.twitter_card["identity"]["username"], "bruno")
        self.assertEqual(ticket.twitter_identity_id.username, "bruno")

    def test_the_button_stands_out_until_the_writer_is_proven(self):
        ticket = self.make_ticket(self.bruno)
        self.open_dialog(ticket).action_send_email()
        ticket.invalidate_recordset()
        self.assertTrue(ticket.twitter_card)
        self.assertFalse(ticket.twitter_is_proven)
        self.connect(self.bruno)
        ticket.invalidate_recordset()
        self.assertTrue(ticket.twitter_is_proven)

    def test_steps_of_another_contact_do_not_stand_under_this_one(self):
        ticket = self.make_ticket(self.bruno)
        link = self.open_dialog(ticket).request_id.sudo()
        self.env["twitter.link.event"]._log_request(link, "proven")
        ticket.invalidate_recordset()
        self.assertTrue(ticket.twitter_card)
        with Form(ticket.with_user(self.agent)) as form:
            form.partner_id = self.nobody
            self.assertFalse(form.twitter_card)
        self.assertEqual(ticket.twitter_link_status, "none")
        (step,) = ticket.twitter_card["steps"]
        self.assertIn("contact changed", step["text"])

    def test_steps_before_a_connection_that_has_ended_are_no_news(self):
        ticket = self.make_ticket(self.bruno)
        link = self.open_dialog(ticket).request_id.sudo()
        for kind in ("proven", "sent_to_x", "connected"):
            self.env["twitter.link.event"]._log_request(link, kind)
        self.assertFalse(ticket.twitter_card)
        self.env["twitter.link.event"]._log_request(link, "begun")
        ticket.invalidate_recordset()
        self.assertEqual(
            [step["text"] for step in ticket.twitter_card["steps"]], ["begun"]
        )

    def test_80_tickets_cost_as_many_statements_as_one(self):
        tickets = self.env["helpdesk.ticket"].concat(
            *(self.make_ticket(self.bruno) for _ticket in range(80))
        )
        self.env.flush_all()
        for some in (tickets[:1], tickets):
            some = some.with_user(self.agent)
            some.mapped("twitter_link_status")
            some.invalidate_recordset(["twitter_link_status", "twitter_card"])
            some.mapped("partner_id.active")
            with self.assertQueryCount(1):
                some.mapped("twitter_link_status")

    def test_the_expected_handle_is_kept_as_x_writes_it(self):
        for typed in ("@Ana", " https://x.com/Ana?s=20 ", "twitter.com/ANA/", "ana"):
            ticket = self.make_ticket(self.ana, twitter_expected_username=typed)
            self.assertEqual(ticket.twitter_expected_username, "ana", typed)

    def test_what_is_no_handle_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "no X handle"):
            self.make_ticket(self.ana, twitter_expected_username="not a handle")

    def test_a_copied_ticket_expects_nobody(self):
        ticket = self.make_ticket(self.ana, twitter_expected_username="ana")
        self.assertFalse(ticket.copy().twitter_expected_username)

    def test_tickets_are_found_by_handle(self):
        self.connect(self.ana)
        ticket = self.make_ticket(self.ana)
        other = self.make_ticket(self.bruno)
        found = self.env["helpdesk.ticket"].search(
            [("twitter_identity_id", "!=", False)]
        )
        self.assertIn(ticket, found)
        self.assertNotIn(other, found)
        unproven = self.env["helpdesk.ticket"].search(
            [("twitter_identity_id", "=", False)]
        )
        self.assertIn(other, unproven)
        self.assertNotIn(ticket, unproven)
        by_handle = [("partner_id.twitter_username", "ilike", "@an")]
        self.assertIn(ticket, self.env["helpdesk.ticket"].search(by_handle))

    def test_the_form_of_a_ticket_opens_and_saves(self):
        ticket = self.make_ticket(self.bruno).with_user(self.agent)
        with Form(ticket) as form:
            form.partner_id = self.ana
            form.channel_id = self.env.ref("helpdesk_twitter_identity.channel_x")
            form.twitter_expected_username = "@Ana"
        self.assertEqual(ticket.twitter_expected_username, "ana")


@tagged("post_install", "-at_install")
class TestContact(TwitterCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.connect(cls.ana, username="Ana_Souza")
        cls.partners = cls.env["res.partner"].with_user(cls.agent)

    def test_a_contact_is_found_by_the_handle_typed_where_one_is_chosen(self):
        for typed in ("@ana", "@ANA_s", "@Ana_Souza"):
            found = [number for number, _name in self.partners.name_search(typed)]
            self.assertEqual(found, self.ana.ids, typed)
        for typed in ("@souza", "@ana%", "@anaxsouza", "@bia"):
            self.assertFalse(self.partners.name_search(typed), typed)

    def test_a_domain_behind_an_at_finds_addresses_as_before(self):
        found = [number for number, _name in self.partners.name_search("@gmail.com")]
        self.assertIn(self.bruno.id, found)

    def test_other_words_find_as_before(self):
        found = [number for number, _name in self.partners.name_search("Ana Souza")]
        self.assertIn(self.ana.id, found)
        self.assertNotIn(
            self.bruno.id,
            [number for number, _name in self.partners.name_search("Ana")],
        )

    def test_contacts_are_searched_by_handle(self):
        for domain, found in (
            ([("twitter_username", "=", "@ana_souza")], True),
            ([("twitter_username", "=", "ana")], False),
            ([("twitter_username", "ilike", "ana")], True),
            ([("twitter_username", "!=", False)], True),
            ([("twitter_identity_id", "!=", False)], True),
            ([("twitter_identity_id", "=", False)], False),
            ([("twitter_identity_id.username", "=", "Ana_Souza")], True),
            ([("twitter_username", "=", False)], False),
        ):
            self.assertEqual(self.ana in self.partners.search(domain), found, domain)
            if not found and False in domain[0]:
                self.assertIn(self.bruno, self.partners.search(domain))

    def test_a_contact_shows_its_account(self):
        ana = self.ana.with_user(self.agent)
        self.assertEqual(ana.twitter_username, "Ana_Souza")
        self.assertEqual(ana.twitter_card["identity"]["url"], "https://x.com/Ana_Souza")
        self.assertFalse(self.bruno.with_user(self.agent).twitter_card)

    def test_cards_bring_the_picture_along(self):
        self.connect(self.bruno, twitter_id="2", avatar=PIXEL)
        for record in (self.bruno, self.make_ticket(self.bruno)):
            for bin_size in (False, True):
                # The web client asks for the sizes of pictures.
                record = record.with_user(self.agent).with_context(bin_size=bin_size)
                record.invalidate_recordset()
                avatar = record.twitter_card["identity"]["avatar"]
                self.assertEqual(avatar, f"data:image/png;base64,{PIXEL}")
        self.assertEqual(
            self.ana.with_user(self.agent).twitter_card["identity"]["avatar"], ""
        )

    @covers("T31")
    def test_a_deleted_contact_leaves_nothing_of_x(self):
        self.ana_user.unlink()
        self.ana.unlink()
        self.assertFalse(
            self.env["twitter.identity"].search([("username", "=", "Ana_Souza")])
        )
