from datetime import timedelta
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

from odoo.tests import new_test_user, tagged

from ..models import twitter_set_up as set_up
from .common import Fault, TwitterHttpCase, covers

TOKEN = "POST /2/oauth2/token"
TRIP = "twitter.oauth.transaction"


@tagged("post_install", "-at_install")
class TestSetUp(TwitterHttpCase):
    """Who never comes back, and what keeps customers from connecting at all."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.admin.email = "admin@example.com"
        cls.dora_user = new_test_user(
            cls.env, "test_dora", "base.group_portal", email="dora@example.com"
        )
        cls.has_signed_in(cls.dora_user)

    def row(self):
        return self.env[TRIP].search([], limit=1)

    def leave(self, login):
        """Go to X as a customer, and let the time pass."""
        self.authenticate(login, login)
        url = self.start_in_portal()
        self.pass_time()
        return url

    def pass_time(self):
        self.row().expires_at -= timedelta(minutes=11)

    def give_up(self):
        self.env[TRIP]._forget()

    def steps(self):
        """What the timeline says of problems, oldest first."""
        events = self.env["twitter.link.event"].search([("kind", "=", "problem")])
        return [event.problem for event in events.sorted("id")]

    def told(self):
        """The mails to administrators since this was last asked."""
        self.env["twitter.set.up"]._watch()
        mails = self.env["mail.mail"].search([("email_to", "=", "admin@example.com")])
        bodies = mails.mapped("body_html")
        mails.unlink()
        return bodies

    # === Those who never came back === #

    def test_who_does_not_come_back_in_time_is_given_up(self):
        self.leave("test_ana")
        self.give_up()
        row = self.row()
        self.assertEqual((row.status, row.problem), ("failed", "never_returned"))
        self.assertFalse(row.code_verifier)
        self.assertEqual(self.steps(), ["never_returned"])
        self.give_up()
        self.assertEqual(self.steps(), ["never_returned"])

    def test_who_is_at_x_still_is_left_alone(self):
        self.authenticate("test_ana", "test_ana")
        self.start_in_portal()
        self.give_up()
        self.assertEqual(self.row().status, "pending")
        self.assertFalse(self.steps())

    def test_who_comes_back_after_that_is_too_late_and_not_lost(self):
        url = self.leave("test_ana")
        self.give_up()
        page = self.get(self.come_back(url))
        self.assertEqual(self.problem_of(page), "state_expired")
        self.assertEqual(self.row().problem, "state_expired")
        self.assertEqual(self.steps(), ["never_returned", "state_expired"])

    def test_who_comes_back_late_is_not_given_up_as_lost(self):
        url = self.leave("test_ana")
        page = self.get(self.come_back(url))
        self.assertEqual(self.problem_of(page), "state_expired")
        self.give_up()
        self.assertEqual(self.steps(), ["state_expired"])

    def test_who_finds_no_place_free_has_come_back(self):
        self.authenticate("test_ana", "test_ana")
        with patch.object(type(self.env[TRIP]), "_take_slot", return_value=False):
            path = self.come_back(self.start_in_portal())
        self.assertEqual(self.problem_of(self.get(path)), "busy")
        self.assertEqual(self.row().status, "pending")
        self.pass_time()
        self.give_up()
        self.assertEqual(self.problem_of(self.get(path)), "state_expired")
        self.assertEqual(self.steps(), ["busy"])

    # === What an administrator is told === #

    def test_one_or_two_who_never_come_back_are_nothing(self):
        for login in ("test_ana", "test_carla", "test_ana"):
            self.leave(login)
        self.give_up()
        self.assertFalse(self.told())

    def test_three_customers_in_a_row_are_told_to_the_administrators(self):
        for login in ("test_ana", "test_carla", "test_dora"):
            self.leave(login)
        self.give_up()
        (body,) = self.told()
        self.assertIn("never_returned", body)
        self.assertIn("Callback URI", body)
        self.assertIn(f"{self.company.twitter_public_url}/twitter/manual", body)
        self.assertFalse(self.told(), "once a day")
        yesterday = self.env.cr.now() - timedelta(hours=25)
        self.company.twitter_told = {"never_returned": str(yesterday)[:19]}
        self.assertEqual(len(self.told()), 1)

    def test_one_who_comes_back_shows_that_the_set_up_works(self):
        self.leave("test_ana")
        self.leave("test_carla")
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.leave("test_dora")
        self.give_up()
        self.assertFalse(self.told())

    def test_who_makes_up_a_way_back_hides_nothing(self):
        for login in ("test_ana", "test_carla", "test_dora"):
            self.leave(login)
        self.give_up()
        self.authenticate("test_ana", "test_ana")
        for _time in range(2):
            self.make_up_a_way_back()
        self.assertEqual(self.row().problem, "cancelled")
        # As many as are looked at would else be enough to push the others out.
        with patch(f"{set_up.__name__}.LOOKED_AT", 3):
            (body,) = self.told()
        self.assertIn("never_returned", body)

    def test_who_makes_up_a_way_back_proves_nothing_of_the_address(self):
        self.authenticate("test_ana", "test_ana")
        self.make_up_a_way_back()
        set_up = self.env["twitter.set.up"]
        self.assertFalse(set_up._is_known_callback(self.company))
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertTrue(set_up._is_known_callback(self.company))

    def make_up_a_way_back(self):
        """Open the callback as if X had led there."""
        query = parse_qs(urlsplit(self.start_in_portal()).query)
        state = query["state"][0]
        self.get(f"/twitter/callback?state={state}&error=access_denied")

    @covers("R97")
    def test_a_wrong_secret_is_told_at_once_and_nothing_of_the_customer(self):
        self.authenticate("test_ana", "test_ana")
        self.x.faults.add(TOKEN, Fault.known("client_auth_missing"))
        page = self.get(self.come_back(self.start_in_portal()))
        self.assertEqual(self.problem_of(page), "client_credentials")
        (body,) = self.told()
        self.assertIn("client_credentials", body)
        self.assertIn("Regenerate", body)
        for secret in ("Ana", "ana@", self.company.sudo().twitter_client_id):
            self.assertNotIn(secret, body)

    def test_a_customer_who_cancels_is_no_news(self):
        self.authenticate("test_ana", "test_ana")
        self.come_back(self.start_in_portal(), decision="cancel")
        self.assertEqual(self.row().problem, "cancelled")
        self.assertFalse(self.told())

    def test_an_administrator_of_another_company_is_not_told(self):
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "other_admin",
            "base.group_system",
            email="other@example.com",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        self.authenticate("test_ana", "test_ana")
        self.x.faults.add(TOKEN, Fault.known("client_auth_missing"))
        self.come_back(self.start_in_portal())
        self.assertTrue(self.told())
        mails = self.env["mail.mail"].search([("email_to", "=", stranger.email)])
        self.assertFalse(mails)
