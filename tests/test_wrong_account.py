from odoo.tests import tagged

from .common import BIA, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestWrongAccount(TwitterHttpCase):
    """The ticket says @ana, X says @bia."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(self.ana, twitter_expected_username="@Ana")
        self.link = self.path(self.make_link(self.ticket).url)
        self.authenticate("test_ana", "test_ana")

    def come_back_as(self, account):
        """Follow the link and choose an account at X: the page after it."""
        start = self.submit(self.page(self.link), f"{self.link}/connect", consent="1")
        return self.come_back(start.headers["Location"], account=account)

    def press(self, path, choice):
        """Press one of the buttons of the page; the page after it."""
        action = f"{path}/{choice}" if choice else path
        response = self.submit(self.page(path), action)
        self.assertEqual(response.status_code, 303, response.text)
        return self.get(path)

    def identities(self):
        return self.env["twitter.identity"].search([])

    def kinds(self):
        events = self.env["twitter.link.event"].search(
            [("ticket_id", "=", self.ticket.id)], order="id"
        )
        return [event.problem or event.kind for event in events]

    def test_the_account_that_wrote_is_connected_without_a_word(self):
        path = self.come_back_as("ana")
        self.assertEqual(self.get(path).status_code, 200)
        self.confirm(path)
        self.assertEqual(self.identities().username, "ana")
        self.assertNotIn("expected", self.ticket.with_user(self.agent).twitter_card)

    @covers("T6")
    def test_another_account_is_told_with_both_names(self):
        page = self.get(self.come_back_as("bia"))
        self.assertEqual(page.status_code, 409)
        self.assertEqual(self.problem_of(page), "wrong_account")
        self.assertIn("@ana", page.text)
        self.assertIn(BIA.username, page.text)
        self.assertEqual(self.kinds()[-1], "wrong_account")
        self.assertEqual(self.ticket.twitter_link_status, "problem")

    @covers("R88", "T6")
    def test_it_is_not_connected_by_the_usual_button(self):
        path = self.come_back_as("bia")
        token = self.token_of(self.page(path))
        refused = self.get(path, data={"csrf_token": token})
        self.assertEqual(self.problem_of(refused), "wrong_account")
        self.assertFalse(self.identities())
        # Refused, not ended: the customer can still choose.
        self.assertEqual(self.problem_of(self.get(path)), "wrong_account")

    def test_it_is_connected_after_a_second_yes_and_the_agent_sees_both(self):
        path = self.come_back_as("bia")
        page = self.press(path, "insist")
        self.assertEqual(page.status_code, 200)
        self.assertIn("another account than", page.text)
        self.assertFalse(self.identities())
        self.confirm(path)
        self.assertEqual(self.identities().twitter_id, BIA.id)
        card = self.ticket.with_user(self.agent).twitter_card
        self.assertEqual(card["identity"]["username"], BIA.username)
        self.assertEqual(card["expected"], "ana")

    def test_one_can_use_another_account(self):
        path = self.come_back_as("bia")
        page = self.press(path, "decline")
        self.assertEqual(self.problem_of(page), "cancelled")
        self.assertIn('href="/twitter/link/continue"', page.text)
        self.confirm(self.come_back_as("ana"))
        self.assertEqual(self.identities().username, "ana")

    def test_one_can_say_that_it_was_somebody_else(self):
        path = self.come_back_as("bia")
        response = self.submit(self.page(path), f"{path}/report")
        thanks = self.get(self.path(response.headers["Location"]))
        self.assertIn("it was not you who wrote", thanks.text)
        self.assertEqual(self.problem_of(self.get(path)), "wrong_account")
        self.assertFalse(self.identities())
        trip = self.env["twitter.oauth.transaction"].search([])
        self.assertEqual((trip.status, trip.profile), ("failed", False))
        self.assertEqual(self.kinds()[-1], "reported")
        steps = self.ticket.with_user(self.agent).twitter_card["steps"]
        self.assertIn("not theirs", steps[-1]["text"])
        self.assertIn("somebody else who wrote", self.ticket.message_ids[0].body)

    @covers("R23", "T15")
    def test_choices_are_for_the_browser_that_came_back_alone(self):
        path = self.come_back_as("bia")
        tree = self.page(path)
        self.authenticate("test_carla", "test_carla")
        token = self.token_of(self.page("/my/twitter"))
        for choice in ("insist", "report", "decline"):
            data = {"csrf_token": token}
            refused = self.get(f"{path}/{choice}", data=data)
            self.assertEqual(self.problem_of(refused), "other_browser")
        self.assertTrue(tree.xpath("//form[contains(@action, 'insist')]"))
        trip = self.env["twitter.oauth.transaction"].search([])
        self.assertEqual(trip.problem, "wrong_account")
        self.assertTrue(trip.profile)

    def test_there_is_nothing_to_insist_on_in_the_usual_case(self):
        path = self.come_back_as("ana")
        token = self.token_of(self.page(path))
        for choice in ("insist", "report"):
            response = self.get(f"{path}/{choice}", data={"csrf_token": token})
            self.assertEqual(response.status_code, 303)
        self.assertEqual(self.get(path).status_code, 200)
        self.assertNotIn("reported", self.kinds())

    def test_an_account_connected_in_the_portal_is_compared_too(self):
        self.confirm(self.come_back(self.start_in_portal(), account="bia"))
        card = self.ticket.with_user(self.agent).twitter_card
        self.assertEqual(card["expected"], "ana")
