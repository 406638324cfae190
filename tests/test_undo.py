import re
from datetime import timedelta

from lxml import html

from odoo.tests import tagged

from .common import IPHONE, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestNotices(TwitterHttpCase):
    """What a customer is told, and "This wasn't me"."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.opener.headers["User-Agent"] = IPHONE
        self.ana.tz = "America/Sao_Paulo"

    def identity(self):
        return self.env["twitter.identity"].search([("partner_id", "=", self.ana.id)])

    def connect_ana(self, account="ana"):
        self.confirm(self.come_back(self.start_in_portal(), account=account))

    def told(self, mail=None):
        """The text of the newest notice."""
        body = html.fromstring(str((mail or self.last_mail()).body_html))
        return " ".join(body.text_content().split())

    def undo_path(self, mail=None):
        """Where its button leads."""
        body = html.fromstring(str((mail or self.last_mail()).body_html))
        (url,) = body.xpath("//a/@href")
        return self.path(url)

    @covers("R67")
    def test_a_connection_is_told_with_time_and_device(self):
        self.connect_ana()
        mail = self.last_mail()
        self.assertEqual(mail.email_to, "ana@example.com")
        self.assertEqual(mail.subject, "An X account was connected to your record")
        self.assertIn("From: Safari on iPhone", self.told())
        self.assertIn("(America/Sao_Paulo)", self.told())
        self.assertIn("users.read: to see which account", self.told())

    @covers("R67")
    def test_another_account_is_told_as_such_once(self):
        self.connect_ana()
        before = self.env["mail.mail"].search_count([])
        self.connect_ana("bruno")
        self.assertEqual(self.env["mail.mail"].search_count([]), before + 1)
        self.assertIn("Another X account was", self.last_mail().subject)

    @covers("R67")
    def test_a_disconnection_is_told(self):
        self.connect_ana()
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertIn("disconnected", self.last_mail().subject)
        self.assertIn("From: Safari on iPhone", self.told())

    def test_who_has_an_account_is_told_once_a_day_that_it_was_shown_elsewhere(self):
        self.connect(self.bruno, username="ana")
        for _time in range(2):
            path = self.come_back(self.start_in_portal())
            self.submit(self.page(path), path, sure="1")
        mails = self.env["mail.mail"].search([("email_to", "=", "bruno@gmail.com")])
        self.assertEqual(len(mails), 1)
        self.assertIn("another record", mails.subject)
        self.assertNotIn("Ana Souza", self.told(mails))
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE twitter_undo SET create_date = create_date - interval '25 hours'"
        )
        self.env.invalidate_all()
        path = self.come_back(self.start_in_portal())
        self.submit(self.page(path), path, sure="1")
        mails = self.env["mail.mail"].search([("email_to", "=", "bruno@gmail.com")])
        self.assertEqual(len(mails), 2)

    def test_notices_say_nothing_that_came_from_x(self):
        self.connect_ana()
        self.connect_ana("bruno")
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        for mail in self.env["mail.mail"].search([]):
            for word in ("@ana", "@bruno", "1745020318867001345"):
                self.assertNotIn(word, str(mail.body_html).replace("ana@", ""))

    def test_a_name_is_told_to_whom_it_is_known_to_be_theirs(self):
        self.ana.name = "Open https://evil.example now"
        self.ana.twitter_confirmed_address = False
        self.connect_ana()
        self.assertNotIn("evil", self.told())
        self.ana._twitter_note_confirmed("ana@example.com")
        self.connect_ana("bruno")
        self.assertIn("evil", self.told())

    @covers("R67")
    def test_an_address_that_was_confirmed_is_told_too(self):
        self.ana._twitter_note_confirmed("ana@example.com")
        self.ana.with_user(self.ana_user).sudo().email = "thief@example.net"
        before = self.env["mail.mail"].search([])
        self.connect_ana()
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(
            set(mails.mapped("email_to")), {"ana@example.com", "thief@example.net"}
        )
        own = mails.filtered(lambda mail: mail.email_to == "ana@example.com")
        path = self.undo_path(own)
        self.submit(self.page(path), path, sure="1")
        self.assertFalse(self.identity())

    # === "This wasn't me" === #

    @covers("T10")
    def test_a_scanner_that_presses_the_button_ends_nothing(self):
        self.connect_ana()
        path = self.undo_path()
        self.assertEqual(self.submit(self.page(path), path).status_code, 303)
        self.assertTrue(self.identity())

    def test_an_address_that_the_customer_has_left_takes_nothing_back(self):
        self.ana.twitter_confirmed_address = False
        self.connect_ana()
        path = self.undo_path()
        self.ana.email = "new@example.com"
        self.env.flush_all()
        self.assertEqual(self.problem_of(self.get(path)), "state_unknown")

    def test_employees_take_nothing_back(self):
        self.connect_ana()
        path = self.undo_path()
        self.authenticate("test_agent", "test_agent")
        self.assertEqual(self.problem_of(self.get(path)), "internal_user")

    def test_where_a_form_is_refused_one_starts_again_at_the_notice(self):
        self.connect_ana()
        path = self.undo_path()
        page = self.get(path, data={"sure": "1"})
        links = html.fromstring(page.content).xpath("//a/@href")
        self.assertIn(path, links)

    def test_looking_at_the_page_changes_nothing(self):
        self.connect_ana()
        path = self.undo_path()
        self.authenticate(None, None)
        for _time in range(2):
            page = self.get(path)
            self.assertEqual(page.status_code, 200)
        self.assertIn("Safari on iPhone", page.text)
        self.assertTrue(self.identity())
        self.assertFalse(self.env["twitter.undo"].search([]).used_at)

    @covers("R67", "T7")
    def test_it_disconnects_ends_links_and_tells_agents(self):
        ticket = self.make_ticket(self.ana)
        self.make_link(ticket)
        self.connect_ana()
        # A link of another ticket, made before.
        links = self.env["twitter.link.request"].search([("state", "=", "open")])
        self.assertTrue(links)
        path = self.undo_path()
        self.authenticate(None, None)
        self.opener.headers["User-Agent"] = IPHONE
        response = self.submit(self.page(path), path, sure="1")
        self.assertEqual(response.status_code, 303)
        done = self.page(path)
        self.assertIn("Done", done.text_content())
        self.assertTrue(done.xpath("//form[@action='/twitter/password']"))
        self.assertFalse(done.xpath("//a[@href='/my/security']"))
        self.assertFalse(self.identity())
        self.assertEqual(set(links.mapped("state")), {"withdrawn"})
        told = self.env["helpdesk.ticket"].search(
            [("partner_id", "=", self.ana.id)], order="id desc", limit=1
        )
        self.assertIn("it was not them", " ".join(told.message_ids.mapped("body")))
        self.assertEqual(told.priority, "2")
        events = self.env["twitter.link.event"].search(
            [("kind", "=", "not_me"), ("ticket_id", "=", told.id)]
        )
        self.assertEqual(events.device, "Safari on iPhone")
        # The last word: nothing in it can be taken back once more.
        (mail,) = self.env["mail.mail"].search([], order="id desc", limit=1)
        self.assertIn("as you asked", mail.subject)
        self.assertNotIn("/twitter/undo/", mail.body_html)
        self.assertTrue(self.make_link(ticket).said_not_me)
        self.assertFalse(self.make_link(self.make_ticket(self.carla)).said_not_me)

    def test_without_a_link_agents_are_told_on_the_newest_open_ticket_by_x(self):
        channel = self.env.ref("helpdesk_twitter_identity.channel_x")
        by_x = [self.make_ticket(self.ana, channel_id=channel.id) for _two in range(2)]
        by_x[1].stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self.make_ticket(self.ana)
        self.connect_ana()
        path = self.undo_path()
        self.submit(self.page(path), path, sure="1")
        event = self.env["twitter.link.event"].search([("kind", "=", "not_me")])
        self.assertEqual(event.ticket_id, by_x[0])

    def test_agents_are_told_on_the_ticket_that_the_link_came_from(self):
        ticket = self.make_ticket(self.ana)
        path = self.path(self.make_link(ticket).url)
        start = self.submit(self.page(path), f"{path}/connect", consent="1")
        self.confirm(self.come_back(start.headers["Location"]))
        path = self.undo_path()
        self.submit(self.page(path), path, sure="1")
        self.assertIn("it was not them", " ".join(ticket.message_ids.mapped("body")))
        card = ticket.with_user(self.agent).twitter_card
        self.assertIn("it was not them", card["steps"][-1]["text"])
        tickets = self.env["helpdesk.ticket"].search([("partner_id", "=", self.ana.id)])
        self.assertEqual(tickets, ticket)

    def test_said_again_it_stands_on_the_same_ticket(self):
        for _time in range(2):
            self.connect_ana()
            path = self.undo_path()
            self.submit(self.page(path), path, sure="1")
        tickets = self.env["helpdesk.ticket"].search([("partner_id", "=", self.ana.id)])
        self.assertEqual(len(tickets), 1)

    def test_pressed_twice_it_is_done_once(self):
        self.connect_ana()
        path = self.undo_path()
        tree = self.page(path)
        self.submit(tree, path, sure="1")
        tickets = self.env["helpdesk.ticket"].search_count([])
        self.assertEqual(self.submit(tree, path, sure="1").status_code, 303)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), tickets)

    def test_what_was_connected_later_stays(self):
        self.connect_ana()
        path = self.undo_path()
        self.connect_ana("bruno")
        self.submit(self.page(path), path, sure="1")
        self.assertEqual(self.identity().username, "bruno")

    def test_the_same_account_agreed_to_anew_is_disconnected(self):
        self.connect_ana()
        path = self.undo_path()
        self.company.twitter_consent_text = "Another text."
        self.submit(self.page("/my/twitter"), "/my/twitter/agree", consent="1")
        self.submit(self.page(path), path, sure="1")
        self.assertFalse(self.identity())

    def test_it_needs_a_form_of_ours(self):
        self.connect_ana()
        path = self.undo_path()
        for data in ({"x": "1"}, {"csrf_token": "made-up"}):
            response = self.get(path, data=data)
            self.assertEqual(self.problem_of(response), "cookies_off")
        self.assertTrue(self.identity())

    def test_used_once_it_does_nothing_more(self):
        self.connect_ana()
        path = self.undo_path()
        tree = self.page(path)
        self.submit(tree, path, sure="1")
        # The customer's own, connected again.
        self.connect_ana()
        self.submit(tree, path, sure="1")
        self.assertTrue(self.identity())

    @covers("R67")
    def test_only_a_hash_of_the_token_is_kept(self):
        self.connect_ana()
        token = self.undo_path().rpartition("/")[2]
        self.assertTrue(re.fullmatch(r"[\w-]{43}", token))
        self.env.flush_all()
        self.env.cr.execute("SELECT t::text FROM twitter_undo t")
        for (row,) in self.env.cr.fetchall():
            self.assertNotIn(token, row)

    def test_a_token_that_is_unknown_or_too_old_opens_nothing(self):
        self.connect_ana()
        path = self.undo_path()
        self.assertEqual(self.problem_of(self.get(f"{path[:-1]}!")), "state_unknown")
        undo = self.env["twitter.undo"].search([], limit=1)
        mail = undo.mail_id
        undo.expires_at = self.env.cr.now()
        self.assertEqual(self.problem_of(self.get(path)), "state_unknown")
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(undo.exists())
        self.assertFalse(mail.exists())

    def test_it_lives_for_thirty_days(self):
        self.connect_ana()
        undo = self.env["twitter.undo"].search([], limit=1)
        lives = (undo.expires_at - undo.create_date).total_seconds()
        self.assertAlmostEqual(lives, timedelta(days=30).total_seconds(), delta=5)
