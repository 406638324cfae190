from datetime import timedelta
from itertools import pairwise
from unittest.mock import call, patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AGENT_GROUPS, IPHONE, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestLink(TwitterHttpCase):
    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(self.bruno)
        self.wizard = self.make_link(self.ticket)
        self.link = self.path(self.wizard.url)
        self.link_request = self.wizard.request_id.sudo()

    def identity(self, partner=None):
        return self.env["twitter.identity"].search(
            [("partner_id", "=", (partner or self.bruno).id)]
        )

    def send_code(self):
        """Ask for a code; returns it."""
        response = self.submit(self.page(self.link), f"{self.link}/code")
        self.assertEqual(response.status_code, 303, response.text)
        return self.code_in(self.last_mail())

    def type_code(self, code):
        return self.submit(self.page(self.link), f"{self.link}/verify", code=code)

    def prove_by_code(self):
        self.assertEqual(self.type_code(self.send_code()).status_code, 303)

    def connect_link(self, link=None):
        """From the proven page to X."""
        link = link or self.link
        response = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.assertEqual(response.status_code, 303, response.text)
        return response.headers["Location"]

    # === The whole way === #

    @covers("R69", "R111", "T9")
    def test_a_customer_without_portal_proves_by_code_and_connects(self):
        self.prove_by_code()
        page = self.confirm(self.come_back(self.connect_link(), account="bruno"))
        self.assertEqual(self.connected_id(page), "783214")
        self.assertEqual(self.identity().proof, "email_code")
        self.assertEqual(self.identity().consent_id.channel, "link")
        self.assertEqual(self.link_request.state, "linked")
        self.assertEqual(self.ticket.twitter_link_status, "connected")
        told = "<p>The customer connected an X account with the link.</p>"
        self.assertIn(told, self.ticket.message_ids.mapped("body"))
        self.assertEqual(self.problem_of(self.get(self.link)), "link_used")

    def test_a_portal_customer_proves_by_signing_in(self):
        wizard = self.make_link(self.make_ticket(self.ana))
        link = self.path(wizard.url)
        response = self.submit(self.page(link), f"{link}/sign_in")
        self.assertURLEqual(
            response.headers["Location"],
            "/web/login?redirect=/twitter/link/continue",
        )
        # The session is kept over the sign-in, as Odoo keeps it.
        kept = {
            key: self.browser_session()[key]
            for key in ("twitter_link", "twitter_browser")
        }
        self.authenticate("test_ana", "test_ana", session_extra=kept)
        path = self.come_back(self.connect_link("/twitter/link/continue"))
        self.assertEqual(self.connected_id(self.confirm(path)), "1745020318867001345")
        self.assertEqual(self.identity(self.ana).proof, "portal_session")

    # === The link proves nothing === #

    @covers("R88", "R114", "T3", "T5")
    def test_a_link_alone_connects_nothing(self):
        tree = self.page(self.link)
        response = self.get(
            f"{self.link}/connect",
            data={"csrf_token": self.token_of(tree), "consent": "1"},
        )
        self.assertEqual(self.problem_of(response), "state_expired")
        self.assertIn(f'href="{self.link}"', response.text)
        self.assertFalse(self.env["twitter.oauth.transaction"].search([]))

    @covers("R108", "R114", "T10")
    def test_opening_a_link_writes_nothing(self):
        before = self.env["twitter.link.event"].search_count([])
        for agent in ("Slackbot-LinkExpanding 1.0", "Twitterbot/1.0"):
            self.get(self.link, headers={"User-Agent": agent})
            self.url_open(self.link, method="HEAD", allow_redirects=False)
        self.assertEqual(self.env["twitter.link.event"].search_count([]), before)
        self.assertEqual(self.link_request.state, "open")

    @covers("T5", "T11")
    def test_the_page_of_a_link_hides_whose_record_it_is(self):
        text = self.get(self.link).text
        self.assertIn("B••• L•••", text)
        self.assertIn("b•••@gmail.com", text)
        for secret in ("Bruno", "Lima", "bruno@gmail.com"):
            self.assertNotIn(secret, text)

    @covers("T5")
    def test_another_customer_reads_that_the_link_is_not_for_them(self):
        self.authenticate("test_carla", "test_carla")
        response = self.get(self.link)
        self.assertEqual(self.problem_of(response), "wrong_customer")
        self.assertEqual(response.status_code, 403)

    @covers("T8", "T29")
    def test_an_agent_can_not_complete_a_link(self):
        self.authenticate("test_agent", "test_agent")
        self.assertEqual(self.problem_of(self.get(self.link)), "internal_user")

    @covers("R74", "T3")
    def test_a_code_of_another_browser_proves_nothing(self):
        code = self.send_code()
        self.authenticate(None, None)
        tree = self.page(self.link)
        response = self.get(
            f"{self.link}/verify",
            data={"csrf_token": self.token_of(tree), "code": code},
        )
        self.assertEqual(self.problem_of(response), "code_wrong")

    # === The code === #

    @covers("R118", "T4", "T36")
    def test_whoever_planted_the_session_has_proven_nothing(self):
        self.page(self.link)
        planted = {"session_id": self.opener.cookies["session_id"]}
        self.prove_by_code()
        self.assertTrue(self.page(self.link).xpath("//input[@name='consent']"))
        self.opener.cookies.clear()
        self.opener.cookies.update(planted)
        tree = self.page(self.link)
        self.assertFalse(tree.xpath("//input[@name='consent']"))
        data = {"csrf_token": self.token_of(tree), "consent": "1"}
        response = self.get(f"{self.link}/connect", data=data)
        self.assertEqual(self.problem_of(response), "state_expired")

    @covers("R74")
    def test_the_sixth_try_fails_even_with_the_right_code(self):
        code = self.send_code()
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for _try in range(5):
            self.assertEqual(self.problem_of(self.type_code(wrong)), "code_wrong")
        self.assertEqual(self.problem_of(self.type_code(code)), "code_limit")
        self.assertEqual(self.problem_of(self.type_code(code)), "code_limit")
        steps = self.ticket.with_user(self.agent).twitter_card["steps"]
        self.assertEqual(
            [step["text"] for step in steps],
            ["begun", "typed a wrong code", "too many codes"],
        )

    @covers("R74")
    def test_tries_go_on_counting_with_a_new_code(self):
        wrong = f"{(int(self.send_code()) + 1) % 10**6:06}"
        for _try in range(3):
            self.type_code(wrong)
        wrong = f"{(int(self.send_code()) + 1) % 10**6:06}"
        for _try in range(2):
            self.type_code(wrong)
        self.assertEqual(self.problem_of(self.type_code("000000")), "code_limit")

    def test_no_code_is_mailed_that_could_not_be_tried(self):
        wrong = f"{(int(self.send_code()) + 1) % 10**6:06}"
        for _try in range(5):
            self.type_code(wrong)
        mails = self.env["mail.mail"].search_count([])
        response = self.submit(self.page(self.link), f"{self.link}/code")
        self.assertEqual(self.problem_of(response), "code_limit")
        self.assertEqual(self.env["mail.mail"].search_count([]), mails)

    def test_a_wrong_code_is_told_beside_the_field(self):
        self.send_code()
        response = self.type_code("abc")
        self.assertEqual(response.status_code, 400)
        self.assertIn('name="code"', response.text)

    @covers("R74")
    def test_three_codes_an_hour_are_mailed(self):
        for _mail in range(3):
            self.send_code()
        response = self.submit(self.page(self.link), f"{self.link}/code")
        self.assertEqual(self.problem_of(response), "code_limit")

    def test_an_hour_later_a_code_can_be_mailed_again(self):
        for _number in range(3):
            self.send_code()
        refused = self.submit(self.page(self.link), f"{self.link}/code")
        self.assertEqual(self.problem_of(refused), "code_limit")
        for minutes, status in ((59, 429), (2, 303)):
            self.env.cr.execute(
                "UPDATE twitter_link_code SET create_date = create_date - %s",
                [timedelta(minutes=minutes)],
            )
            response = self.submit(self.page(self.link), f"{self.link}/code")
            self.assertEqual(response.status_code, status)

    def test_one_who_signs_in_is_mailed_no_code(self):
        link = self.path(self.make_link(self.make_ticket(self.ana)).url)
        token = self.token_of(self.page(link))
        refused = self.get(f"{link}/code", data={"csrf_token": token})
        self.assertEqual(self.problem_of(refused), "no_address")
        self.assertFalse(self.env["twitter.link.code"].search([]))

    @covers("R72")
    def test_a_code_is_one_of_a_million(self):
        with patch("secrets.randbelow", return_value=7) as draw:
            self.assertEqual(self.send_code(), "000007")
        self.assertIn(call(1_000_000), draw.mock_calls)

    @covers("R73")
    def test_a_code_is_dead_after_ten_minutes(self):
        code = self.send_code()
        rows = self.env["twitter.link.code"].search([])
        rows.expires_at -= timedelta(minutes=10)
        self.assertEqual(self.problem_of_verify(code), "code_wrong")

    def problem_of_verify(self, code):
        tree = self.page(self.link)
        return self.problem_of(
            self.get(
                f"{self.link}/verify",
                data={"csrf_token": self.token_of(tree), "code": code},
            )
        )

    @covers("R71")
    def test_a_code_works_once(self):
        code = self.send_code()
        self.type_code(code)
        self.env["twitter.link.code"].search([]).proven_at -= timedelta(minutes=31)
        self.assertEqual(self.problem_of_verify(code), "code_wrong")

    def test_pressing_twice_with_the_right_code_is_right(self):
        tree, code = self.page(self.link), self.send_code()
        data = {"csrf_token": self.token_of(tree), "code": code}
        for _press in range(2):
            response = self.get(f"{self.link}/verify", data=data)
            self.assertEqual(response.status_code, 303)
        code = self.env["twitter.link.code"].search([])
        self.assertEqual(code.tries, 2)
        steps = self.env["twitter.link.event"].search([("kind", "=", "proven")])
        self.assertEqual(len(steps), 1)

    def test_the_last_try_pressed_twice_is_not_one_too_many(self):
        code = self.send_code()
        wrong = f"{(int(code) + 1) % 10**6:06}"
        for _try in range(4):
            self.type_code(wrong)
        data = {"csrf_token": self.token_of(self.page(self.link)), "code": code}
        session = {"session_id": self.opener.cookies["session_id"]}
        for _press in range(2):
            # The browser drops the first answer, its cookie included.
            self.opener.cookies.clear()
            self.opener.cookies.update(session)
            response = self.get(f"{self.link}/verify", data=data)
            self.assertEqual(response.status_code, 303)
        self.assertTrue(self.page(self.link).xpath("//input[@name='consent']"))

    def test_a_lost_proof_is_repaired_by_the_same_code_but_not_for_ever(self):
        code = self.send_code()
        session = {"session_id": self.opener.cookies["session_id"]}
        for _press in range(7):
            self.opener.cookies.clear()
            self.opener.cookies.update(session)
            response = self.type_code(code)
        self.assertEqual(response.status_code, 303)
        self.opener.cookies.clear()
        self.opener.cookies.update(session)
        self.assertEqual(self.problem_of(self.type_code(code)), "code_limit")

    def test_proofs_of_two_links_stand_side_by_side(self):
        self.prove_by_code()
        first = self.link
        self.link = self.path(self.make_link(self.make_ticket(self.bruno)).url)
        self.prove_by_code()
        for link in (first, self.link):
            self.assertTrue(self.page(link).xpath("//input[@name='consent']"), link)

    @covers("T6")
    def test_an_unsettled_contact_ends_a_standing_proof(self):
        self.prove_by_code()
        path = self.come_back(self.connect_link(), account="bruno")
        self.bruno._twitter_unsettle()
        self.assertEqual(self.problem_of(self.get(path)), "no_address")
        self.assertEqual(self.problem_of(self.get(self.link)), "no_address")

    def test_a_proof_stands_for_half_an_hour(self):
        self.prove_by_code()
        row = self.env["twitter.link.code"].search([])
        row.proven_at -= timedelta(minutes=29)
        self.assertTrue(self.page(self.link).xpath("//input[@name='consent']"))
        row.proven_at -= timedelta(minutes=1)
        self.assertFalse(self.page(self.link).xpath("//input[@name='consent']"))

    def test_a_proof_that_lapsed_meanwhile_does_not_connect(self):
        self.prove_by_code()
        path = self.come_back(self.connect_link())
        self.env["twitter.link.code"].search([]).proven_at -= timedelta(minutes=31)
        self.assertEqual(self.problem_of(self.get(path)), "state_expired")
        self.assertFalse(self.identity())

    @covers("T16")
    def test_a_portal_account_of_another_contact_by_now_does_not_connect(self):
        link = self.path(self.make_link(self.make_ticket(self.ana)).url)
        self.authenticate("test_ana", "test_ana")
        path = self.come_back(self.connect_link(link))
        self.ana_user.partner_id = self.nobody
        self.assertEqual(self.problem_of(self.get(path)), "wrong_customer")
        self.assertFalse(self.env["twitter.identity"].search([]))

    @covers("T6", "T22")
    def test_the_code_goes_to_the_address_on_record_and_is_no_chatter(self):
        messages = self.ticket.message_ids
        self.send_code()
        mail = self.last_mail()
        self.assertEqual(mail.email_to, "bruno@gmail.com")
        self.assertFalse(mail.model)
        self.assertFalse(mail.res_id)
        self.assertTrue(mail.auto_delete)
        self.assertEqual(self.ticket.message_ids, messages)

    @covers("R72", "R111")
    def test_the_database_keeps_no_code_and_no_token(self):
        code = self.send_code()
        token = self.link.rpartition("/")[2]
        self.env.flush_all()
        for table in ("twitter_link_request", "twitter_link_code"):
            self.env.cr.execute(f"SELECT t::text FROM {table} t")  # pylint: disable=E8103
            rows = str(self.env.cr.fetchall())
            self.assertNotIn(token, rows)
            self.assertNotIn(f"{code},", rows)

    # === How a link dies === #

    def ends_as(self, problem):
        self.env.flush_all()
        response = self.get(self.link)
        self.assertEqual(self.problem_of(response), problem)
        self.assertGreaterEqual(response.status_code, 400)

    @covers("R69", "R111")
    def test_a_link_expires(self):
        self.link_request.expires_at -= timedelta(hours=72)
        self.ends_as("link_expired")

    def test_closing_the_ticket_ends_the_link_for_good(self):
        stages = self.env["helpdesk.ticket.stage"].search([])
        open_stage = self.ticket.stage_id
        self.ticket.stage_id = stages.filtered("closed")[:1]
        self.ticket.stage_id = open_stage
        self.ends_as("link_withdrawn")

    def test_archiving_the_ticket_ends_the_link(self):
        self.ticket.active = False
        self.ends_as("link_withdrawn")

    def test_another_contact_on_the_ticket_ends_the_link(self):
        self.ticket.partner_id = self.carla
        self.ends_as("link_withdrawn")

    def test_another_company_of_the_ticket_ends_the_link(self):
        self.ticket.company_id = self.env["res.company"].create({"name": "Other"})
        self.ends_as("link_withdrawn")

    def test_a_code_goes_to_the_address_that_people_see(self):
        self.bruno.email_normalized = "evil@example.net"
        self.send_code()
        self.assertEqual(self.last_mail().email_to, "bruno@gmail.com")

    @covers("T31")
    def test_archiving_the_contact_ends_the_link(self):
        self.bruno.active = False
        self.ends_as("link_withdrawn")

    def test_the_ticket_tells_why_a_link_ended(self):
        self.bruno.email = "new@example.com"
        self.ticket.partner_id = self.ana
        ticket = self.ticket.with_user(self.agent)
        self.assertFalse(ticket.twitter_card)
        self.ticket.partner_id = self.bruno
        self.assertIn("address changed", ticket.twitter_card["steps"][-1]["text"])

    def test_the_ticket_of_another_contact_tells_why_its_link_ended(self):
        self.ticket.partner_id = self.ana
        card = self.ticket.with_user(self.agent).twitter_card
        self.assertIn("contact changed", card["steps"][-1]["text"])

    @covers("T6")
    def test_another_address_ends_the_link(self):
        self.bruno.email = "somebody@example.net"
        self.ends_as("link_withdrawn")

    @covers("T31")
    def test_a_merged_contact_ends_the_link(self):
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.bruno + self.nobody).ids, self.nobody)
        self.env.invalidate_all()
        self.ends_as("link_withdrawn")

    def test_a_fourth_link_ends_the_oldest(self):
        for _link in range(3):
            self.make_link(self.ticket)
        self.ends_as("link_withdrawn")
        links = self.ticket.twitter_link_request_ids
        self.assertEqual(links.mapped("state").count("open"), 3)

    def test_an_unknown_token_is_a_page(self):
        response = self.get("/twitter/link/" + "x" * 43)
        self.assertEqual(self.problem_of(response), "state_unknown")
        self.assertEqual(response.status_code, 404)

    def test_a_link_ended_meanwhile_does_not_connect(self):
        self.prove_by_code()
        path = self.come_back(self.connect_link())
        tree = self.page(path)
        self.ticket.active = False
        response = self.submit(tree, path)
        self.assertEqual(self.problem_of(response), "link_withdrawn")
        self.assertFalse(self.identity())

    # === Sending it === #

    @covers("T6", "T22")
    def test_the_link_is_mailed_to_the_address_on_record(self):
        self.wizard.action_send_email()
        mail = self.last_mail()
        self.assertEqual(mail.email_to, "bruno@gmail.com")
        self.assertIn(self.wizard.url, mail.body_html)
        self.assertFalse(mail.model)
        self.assertTrue(self.link_request.sent_at)
        notes = " ".join(str(body) for body in self.ticket.message_ids.mapped("body"))
        self.assertIn("was sent by e-mail", notes)
        self.assertNotIn("/twitter/link/", notes)

    @covers("T6")
    def test_no_machine_answers_a_mail_with_a_code_or_a_link(self):
        """What it quotes would stand in a ticket, for each agent to use."""
        self.wizard.action_send_email()
        mails = self.last_mail()
        self.send_code()
        mails += self.last_mail()
        self.assertEqual(len(mails), 2)
        for mail in mails:
            headers = mail._prepare_outgoing_list()[0]["headers"]
            self.assertEqual(headers["Auto-Submitted"], "auto-generated")
            self.assertIn("AutoReply", headers["X-Auto-Response-Suppress"])

    def test_a_link_is_mailed_once(self):
        self.wizard.action_send_email()
        with self.assertRaises(UserError):
            self.wizard.action_send_email()

    @covers("R103")
    def test_a_mail_that_is_never_sent_goes_with_its_link(self):
        self.wizard.action_send_email()
        mail = self.last_mail()
        self.link_request.expires_at -= timedelta(hours=73)
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(mail.exists())
        self.assertEqual(self.link_request.state, "expired")

    def test_the_public_reply_carries_no_token(self):
        self.wizard.channel = "public_reply"
        self.assertEqual(self.wizard.url, f"{self.base_url()}/my/twitter")
        self.assertNotIn("/twitter/link/", self.wizard.message)
        self.assertIn("/my/twitter", self.wizard.message)

    def test_the_direct_message_has_link_and_privacy_policy(self):
        self.wizard.channel = "direct_message"
        self.assertIn(self.wizard.url, self.wizard.message)
        self.assertIn("https://www.example.com/privacy", self.wizard.message)
        self.assertEqual(self.wizard.message, self.wizard.message)

    @covers("R104", "T6")
    def test_an_agent_changes_nothing_but_the_channel(self):
        other = self.make_link(self.make_ticket(self.carla))
        for values in (
            {"ticket_id": other.ticket_id.id},
            {"request_id": other.request_id.id},
            {"token": "x"},
        ):
            with self.assertRaises(AccessError):
                self.wizard.write(values)
        self.wizard.write({"channel": "direct_message"})
        self.assertIn(self.wizard.url, self.wizard.message)

    @covers("R104", "T6")
    def test_a_form_of_the_dialog_takes_nothing_but_the_channel(self):
        """Forms send what was typed before anything is saved."""
        ticket = self.make_ticket(self.carla)
        other = self.make_link(ticket)
        spec = {name: {} for name in ("address", "intro", "message", "sent_at", "url")}
        for values in (
            {"ticket_id": ticket.id, "request_id": other.request_id.id},
            {"ticket_id": {"id": self.ticket.id, "partner_id": self.carla.id}},
        ):
            for names in ([], list(values), [*values, "channel"]):
                with self.subTest(values=values, names=names):
                    # A new form takes its values from the context.
                    wizard = self.wizard.with_context(default_ticket_id=ticket.id)
                    told = wizard.onchange(
                        values | {"channel": "direct_message"}, names, spec
                    )
                    for secret in ("carla", "Carla", other.url):
                        self.assertNotIn(secret, str(told))

    def test_the_message_follows_the_channel_before_it_is_saved(self):
        spec = {"message": {}, "url": {}}
        for before, channel in pairwise(
            ("email", "direct_message", "public_reply", "email")
        ):
            self.wizard.channel = before
            told = self.wizard.onchange({"channel": channel}, ["channel"], spec)
            self.wizard.channel = channel
            for name in told["value"]:
                self.assertEqual(told["value"][name], self.wizard[name], channel)
            self.assertIn("message", told["value"])

    def test_the_mail_has_the_link_whatever_is_read_first(self):
        for first in ("url", "message", "email_message"):
            self.wizard.invalidate_recordset()
            self.assertTrue(self.wizard[first])
            self.assertIn(self.wizard.url, self.wizard.message, first)

    def test_using_a_link_ends_the_others_of_its_ticket(self):
        other = self.make_link(self.ticket).request_id.sudo()
        self.prove_by_code()
        self.confirm(self.come_back(self.connect_link(), account="bruno"))
        self.assertEqual(other.state, "withdrawn")

    @covers("R94")
    def test_only_its_creator_reads_a_link(self):
        other = self.ana_user.copy({"login": "other_agent", "group_ids": False})
        other.group_ids = self.agent.group_ids
        with self.assertRaises(AccessError):
            self.wizard.with_user(other).read(["url"])

    def preview(self, reader):
        """The mail with the link as Odoo's preview of templates shows it to a user."""
        self.env.invalidate_all()
        template = self.env.ref("helpdesk_twitter_identity.mail_template_link")
        values = {
            "mail_template_id": template.id,
            "resource_ref": f"{self.wizard._name},{self.wizard.id}",
        }
        previews = self.env["mail.template.preview"].with_user(reader)
        return str(previews.create(values).read(["body_html"])[0]["body_html"])

    @covers("R94")
    def test_a_preview_of_its_mail_shows_a_link_to_its_creator_alone(self):
        """Odoo renders a template for any record, and asks no rule of the record."""
        employee = new_test_user(self.env, "employee")
        colleague = new_test_user(self.env, "colleague", groups=AGENT_GROUPS)
        self.assertIn(self.wizard.url, self.preview(self.agent))
        for reader in (employee, colleague):
            with self.subTest(reader.login):
                self.assertNotIn("/twitter/link/", self.preview(reader))

    @covers("R103")
    def test_nobody_reads_a_link_after_an_hour(self):
        self.env.cr.execute(
            "UPDATE twitter_link_wizard SET create_date = create_date - interval '1h'"
        )
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(self.wizard.exists())

    @covers("R103")
    def test_a_link_is_deleted_30_days_after_its_end(self):
        self.ticket.active = False
        for days, stays in ((29, True), (1, False)):
            self.link_request.ended_at -= timedelta(days=days)
            self.env["twitter.oauth.transaction"]._forget()
            self.assertEqual(bool(self.link_request.exists()), stays)

    @covers("R103")
    def test_the_steps_of_a_link_are_deleted_after_a_year(self):
        events = self.env["twitter.link.event"]
        step = events.search([("request_id", "=", self.link_request.id)])
        for days, stays in ((364, True), (3, False)):
            self.env.cr.execute(
                "UPDATE twitter_link_event SET create_date = create_date - %s",
                [timedelta(days=days)],
            )
            step.invalidate_recordset()
            events._gc_old_events()
            self.assertEqual(bool(step.exists()), stays)

    @covers("R105")
    def test_steps_and_refusals_are_recorded(self):
        self.opener.headers["User-Agent"] = IPHONE
        code = self.send_code()
        self.type_code(code)
        path = self.come_back(self.connect_link(), account="bruno", decision="cancel")
        self.assertEqual(self.problem_of(self.get(path)), "cancelled")
        steps = self.env["twitter.link.event"].search(
            [("request_id", "=", self.link_request.id)], order="id"
        )
        self.assertEqual(
            steps.mapped("kind"),
            ["link_made", "begun", "code_sent", "proven", "sent_to_x", "problem"],
        )
        self.assertEqual(steps[-1].problem, "cancelled")
        # The link was made by the agent.
        self.assertEqual(set(steps[1:].mapped("device")), {"Safari on iPhone"})
