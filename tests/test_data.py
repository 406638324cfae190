import json

from lxml import html

from odoo.tests import tagged

from .common import ANA, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestMyData(TwitterHttpCase):
    """Download my data."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.confirm(self.come_back(self.start_in_portal()))

    def data(self, path="/my/twitter/data/json"):
        response = self.get(path)
        self.assertEqual(response.status_code, 200)
        self.assertIn("attachment", response.headers["Content-Disposition"])
        return json.loads(response.text)

    def test_it_holds_the_account_all_receipts_and_all_steps(self):
        data = self.data()
        (account,) = data["accounts"]
        self.assertEqual(
            (account["number"], account["username"]), (ANA.id, ANA.username)
        )
        self.assertTrue(account["picture"])
        withdrawn = [bool(one["withdrawn_at"]) for one in data["receipts"]]
        self.assertEqual(withdrawn, [False, True])
        events = self.env["twitter.link.event"].search(
            [("partner_id", "=", self.ana.id)]
        )
        self.assertEqual(len(data["steps"]), len(events))
        self.assertEqual(data["steps"][0]["step"], "Connected")

    def test_every_field_that_is_kept_of_the_account_is_in_it(self):
        """What is added to the model later is not forgotten here."""
        ours = {"id", "create_uid", "create_date", "write_uid", "write_date"}
        ours |= {"display_name", "partner_id", "username_key", "asked_at"}
        # The customer's own account, where there is one.
        ours |= {"sign_in_user_id"}
        named = {
            "company_id": "company",
            "twitter_id": "number",
            "avatar": "picture",
            "picture": "picture_address",
            "availability": "state_at_x",
            "linked_at": "connected_at",
            "consent_id": "receipt",
        }
        (account,) = self.data()["accounts"]
        for name in self.env["twitter.identity"]._fields.keys() - ours:
            self.assertIn(named.get(name, name), account)

    def test_the_page_says_the_same_in_words(self):
        self.assertIn("/my/twitter/data", self.page("/my/twitter").xpath("//a/@href"))
        text = " ".join(html.fromstring(self.get("/my/twitter/data").text).itertext())
        self.assertIn(ANA.id, text)
        self.assertIn("@ana", " ".join(text.split()).replace("@ ana", "@ana"))
        self.assertIn("Withdrawn on", text)
        self.assertIn("Disconnected", text)

    @covers("T17", "R94")
    def test_a_customer_gets_nothing_of_another(self):
        self.authenticate("test_carla", "test_carla")
        data = self.data()
        self.assertEqual(data["customer"], "Carla Dias")
        self.assertEqual((data["accounts"], data["receipts"], data["steps"]), ([],) * 3)
        self.assertEqual(self.get(f"/twitter/data/{self.ana.id}/json").status_code, 404)

    def test_one_who_may_be_a_stranger_gets_nothing(self):
        self.ana.twitter_sign_up = "token"
        for path in ("/my/twitter/data", "/my/twitter/data/json"):
            self.assertEqual(self.problem_of(self.get(path)), "no_address")
        self.assertNotIn("/my/twitter/data", self.get("/my/twitter").text)

    @covers("R94")
    def test_administrators_give_it_to_one_who_asks_and_agents_do_not(self):
        action = self.ana.action_twitter_data()
        self.authenticate("admin", "admin")
        self.assertEqual(self.data(action["url"])["customer"], "Ana Souza")
        self.authenticate("test_agent", "test_agent")
        self.assertEqual(self.get(action["url"]).status_code, 404)
        self.assertEqual(self.problem_of(self.get("/my/twitter/data")), "internal_user")
