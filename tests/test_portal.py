from datetime import timedelta

from odoo.tests import tagged

from .common import IPHONE, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestPortal(TwitterHttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")

    def identity(self):
        return self.env["twitter.identity"].search([("partner_id", "=", self.ana.id)])

    @covers("X20")
    @covers("X1")
    @covers("R14", "R44")
    def test_a_customer_connects_and_sees_whose_account_it_is(self):
        path = self.come_back(self.start_in_portal())
        self.assertIn("Connect @ana to", " ".join(self.get(path).text.split()))
        self.assertFalse(self.identity())
        page = self.confirm(path)
        self.assertEqual(self.connected_id(page), "1745020318867001345")
        identity = self.identity()
        self.assertEqual(identity.username, "ana")
        self.assertEqual(identity.proof, "portal_session")
        self.assertTrue(identity.avatar)
        self.assertEqual(identity.consent_id.channel, "portal")
        text = self.env["twitter.consent.text"]._text(self.company)
        self.assertEqual(identity.consent_id.text, text)
        self.assertEqual(self.x.count("POST /2/oauth2/token"), 1)
        self.assertFalse(self.x.tokens_alive())

    def test_one_who_has_to_wait_reads_until_when_before_anything_else(self):
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertNotIn("was changed lately", self.get("/my/twitter").text)
        self.ana._twitter_unsettle()
        # With an account too: who disconnects could not connect again at once.
        page = self.get("/my/twitter")
        self.assertIn("was changed lately", page.text)
        self.assertNotIn('action="/my/twitter/connect"', page.text)
        self.identity().unlink()
        page = self.get("/my/twitter")
        self.assertIn("was changed lately", page.text)
        # No button that could do nothing but refuse.
        self.assertNotIn('action="/my/twitter/connect"', page.text)
        self.ana.twitter_address_changed_at -= timedelta(days=7)
        page = self.get("/my/twitter")
        self.assertNotIn("was changed lately", page.text)
        self.assertIn('action="/my/twitter/connect"', page.text)

    @covers("T6")
    def test_an_address_that_an_agent_changed_proves_nothing_here_either(self):
        tree = self.page("/my/twitter")
        path = self.come_back(self.start_in_portal())
        admin = self.env.ref("base.user_admin")
        self.ana.with_user(admin).email = "evil@example.net"
        self.assertEqual(self.problem_of(self.get(path)), "no_address")
        response = self.submit(tree, "/my/twitter/connect", consent="1")
        self.assertEqual(self.problem_of(response), "no_address")
        self.assertFalse(self.identity())

    def test_a_page_from_the_history_shows_no_later_account(self):
        path = self.come_back(self.start_in_portal())
        self.confirm(path)
        self.assertEqual(self.connected_id(self.get(path)), "1745020318867001345")
        self.confirm(self.come_back(self.start_in_portal(), account="bruno"))
        self.assertEqual(self.connected_id(self.get(path)), "")

    def test_a_page_from_the_history_shows_no_account_after_a_while(self):
        path = self.come_back(self.start_in_portal())
        self.confirm(path)
        row = self.env["twitter.oauth.transaction"].search([], limit=1)
        row.exchanged_at -= timedelta(minutes=30)
        self.assertEqual(self.connected_id(self.get(path)), "")

    @covers("X9")
    @covers("R67", "R115", "T34")
    def test_disconnecting_deletes_what_came_from_x(self):
        self.confirm(self.come_back(self.start_in_portal()))
        consent = self.identity().consent_id
        self.opener.headers["User-Agent"] = IPHONE
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertFalse(self.identity())
        self.assertTrue(consent.withdrawn_at)
        event = self.env["twitter.link.event"].search([], order="id desc", limit=1)
        self.assertEqual(
            (event.kind, event.device), ("disconnected", "Safari on iPhone")
        )
        self.assertIn("disconnected", self.last_mail().subject)
        self.assertFalse(self.connected_id(self.get("/my/twitter")))
