"""One customer with what is another's: codes, references, numbers, handles."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import ANA, CLIENT_ID, App, TwitterHttpCase, covers

OTHER_APP = "b3RoZXItYXBwOjE6Y2k"


@tagged("post_install", "-at_install")
class TestStrangers(TwitterHttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")

    def identity(self, partner):
        return self.env["twitter.identity"].search([("partner_id", "=", partner.id)])

    def row(self):
        return self.env["twitter.oauth.transaction"].search([], limit=1)

    def link_of(self, partner):
        return self.path(self.make_link(self.make_ticket(partner)).url)

    def callback(self, account="ana"):
        """The way back from X, not opened."""
        return self.path(self.x.answer(self.start_in_portal(), account=account))

    def opened(self, callback):
        """The page that the callback leads to."""
        return self.get(self.path(self.get(callback).headers["Location"]))

    def code_in_address(self, callback):
        return parse_qs(urlsplit(callback).query)["code"][0]

    def put_account(self, account):
        """Change X for this test."""
        self.addCleanup(self.x.put_account, ANA)
        self.addCleanup(self.x.remove_account, account)
        self.x.put_account(account)

    # === Codes === #

    @covers("R12", "T20")
    def test_the_code_of_another_customer_connects_nothing(self):
        stolen = self.code_in_address(self.callback())
        self.authenticate("test_carla", "test_carla")
        callback = self.callback(account="carla")
        page = self.opened(callback.replace(self.code_in_address(callback), stolen))
        self.assertEqual(self.problem_of(page), "verifier_mismatch")
        self.assertFalse(self.env["twitter.identity"].search([]))
        self.assertFalse(self.x.tokens_alive())

    @covers("R37", "R61", "T21")
    def test_a_code_that_x_gave_to_another_app_connects_nothing(self):
        places = (f"{self.base_url()}/twitter/callback",)
        self.x.register(App(OTHER_APP, "its-secret", places))
        url = self.start_in_portal().replace(CLIENT_ID, OTHER_APP)
        self.assertIn(OTHER_APP, url)
        page = self.opened(self.path(self.x.answer(url)))
        self.assertEqual(self.problem_of(page), "code_expired")
        self.assertFalse(self.env["twitter.identity"].search([]))
        self.assertFalse(self.x.tokens_alive())

    # === References, links, numbers === #

    @covers("R2", "T15")
    def test_the_reference_of_another_customer_opens_nothing(self):
        path = self.come_back(self.start_in_portal())
        self.authenticate("test_carla", "test_carla")
        token = self.token_of(self.page("/my/twitter"))
        for answer in (
            self.get(path),
            self.get(path, data={"csrf_token": token}),
            self.get(f"{path}/decline", data={"csrf_token": token}),
        ):
            self.assertEqual(self.problem_of(answer), "other_browser")
            self.assertEqual(answer.status_code, 403)
            for word in ("Ana", "@ana", ANA.id):
                self.assertNotIn(word, answer.text)
        self.assertEqual(self.row().status, "exchanged")
        self.assertFalse(self.env["twitter.identity"].search([]))

    @covers("T5", "T15")
    def test_the_link_of_another_customer_does_nothing_and_stays_open(self):
        link = self.link_of(self.ana)
        self.authenticate("test_carla", "test_carla")
        data = {"csrf_token": self.token_of(self.page("/my/twitter")), "consent": "1"}
        for step in ("code", "verify", "connect"):
            answer = self.get(f"{link}/{step}", data={**data, "code": "000000"})
            self.assertEqual(self.problem_of(answer), "wrong_customer", step)
            self.assertNotIn("Ana", answer.text)
        self.assertFalse(self.row())
        self.assertEqual(self.env["twitter.link.request"].search([]).state, "open")

    @covers("T15")
    def test_no_number_reaches_the_account_of_another_customer(self):
        account = self.connect(self.ana)
        self.authenticate("test_carla", "test_carla")
        token = self.token_of(self.page("/my/twitter"))
        numbers = {"id": account.id, "partner_id": self.ana.id, "twitter_id": ANA.id}
        self.get("/my/twitter/disconnect", data={"csrf_token": token, **numbers})
        self.assertTrue(account.exists())
        query = "&".join(f"{name}={number}" for name, number in numbers.items())
        self.assertEqual(self.connected_id(self.get(f"/my/twitter?{query}")), "")
        for number in (account.id, self.ana.id, ANA.id):
            for path in ("/my/twitter", "/twitter/confirm", "/twitter/link"):
                self.assertEqual(self.get(f"{path}/{number}").status_code, 404)
        kept = {"twitter_link": account.id, "twitter_browser": "x"}
        self.authenticate("test_carla", "test_carla", session_extra=kept)
        self.assertEqual(self.get("/twitter/link/continue").status_code, 404)

    @covers("T16")
    def test_a_colleague_of_the_same_company_learns_nothing(self):
        firm = self.env["res.partner"].create({"name": "Firm", "is_company": True})
        self.ana.parent_id = firm
        self.connect(self.ana)
        user = new_test_user(
            self.env, "colleague", groups="base.group_portal", name="Eva Reis"
        )
        user.partner_id.parent_id = firm
        self.authenticate("colleague", "colleague")
        for method, arguments in (
            ("read", [self.ana.ids, ["twitter_username"]]),
            ("web_search_read", [[], {"twitter_username": {}}]),
            ("search_read", [[("twitter_username", "=like", "a%")], ["name"]]),
            ("formatted_read_group", [[], ["twitter_identity_id"], ["__count"]]),
        ):
            answer = self.call(method, arguments)
            self.assertIn("AccessError", answer["error"]["data"]["name"], method)
            self.assertNotIn("Ana Souza", str(answer), method)
        self.assertIn("Ana Souza", str(self.call("read", [self.ana.ids, ["name"]])))
        self.assertNotIn("@ana", self.get("/my/twitter").text)
        self.assertEqual(self.connected_id(self.get("/my/twitter")), "")

    def call(self, method, arguments):
        """What a portal user's own script gets from a contact's method."""
        params = {
            "model": "res.partner",
            "method": method,
            "args": arguments,
            "kwargs": {},
        }
        return self.url_open(
            f"/web/dataset/call_kw/res.partner/{method}", json={"params": params}
        ).json()

    # === Handles and addresses === #

    @covers("R63", "T27", "F24")
    def test_a_handle_that_changed_hands_brings_no_customer_with_it(self):
        self.confirm(self.come_back(self.start_in_portal()))
        heir = replace(ANA, id="1700000000000000009", name="Not Ana")
        self.x.put_account(replace(ANA, username="ana_moved"))
        self.put_account(heir)
        self.authenticate("test_carla", "test_carla")
        page = self.confirm(self.come_back(self.start_in_portal(), account="ana"))
        self.assertEqual(self.connected_id(page), heir.id)
        self.assertEqual(self.identity(self.carla).username, "ana")
        self.assertEqual(self.identity(self.ana).twitter_id, ANA.id)

    @covers("F24")
    def test_a_new_handle_is_that_of_the_same_account(self):
        self.confirm(self.come_back(self.start_in_portal()))
        self.put_account(replace(ANA, username="ana_moved"))
        page = self.confirm(self.come_back(self.start_in_portal(), account="ana_moved"))
        self.assertEqual(self.connected_id(page), ANA.id)
        self.assertEqual(self.identity(self.ana).username, "ana_moved")

    @covers("T28")
    def test_an_address_that_x_names_matches_nobody(self):
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "To reach you."}
        )
        admin = self.env.ref("base.user_admin")
        admin.email = "admin@example.com"
        self.x.put_account(replace(ANA, email="admin@example.com"))
        self.addCleanup(self.x.put_account, ANA)
        users = self.env["res.users"].with_context(active_test=False)
        before = users.search_count([])
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertEqual(self.identity(self.ana).email, "admin@example.com")
        self.assertFalse(self.identity(admin.partner_id))
        self.assertEqual(self.ana.email, "ana@example.com")
        self.assertEqual(users.search_count([]), before)
        self.assertEqual(self.browser_session().uid, self.ana_user.id)

    # === Who is signed in === #

    @covers("T29")
    def test_one_who_became_an_employee_on_the_way_connects_nothing(self):
        path = self.come_back(self.start_in_portal())
        tree = self.page(path)
        self.ana_user.group_ids = [Command.set(self.env.ref("base.group_user").ids)]
        answer = self.submit(tree, path)
        self.assertEqual(self.problem_of(answer), "internal_user")
        self.assertFalse(self.identity(self.ana))

    @covers("R70", "R78", "R114")
    def test_the_way_of_a_link_signs_nobody_in(self):
        self.authenticate(None, None)
        link = self.link_of(self.bruno)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        answer = self.submit(self.page(link), f"{link}/connect", consent="1")
        page = self.confirm(self.come_back(answer.headers["Location"], account="bruno"))
        self.assertTrue(self.connected_id(page))
        self.assertFalse(self.browser_session().uid)
        self.assertIn("/web/login", self.get("/my/home").headers["Location"])

    @covers("R78")
    def test_no_page_signs_in_who_opens_it(self):
        callback, link = self.callback(), self.link_of(self.ana)
        path = f"/twitter/confirm/{self.row().reference}"
        self.authenticate(None, None)
        for address in ("/my/twitter", callback, path, link, "/twitter/link/continue"):
            self.get(address)
            self.assertFalse(self.browser_session().uid, address)

    @covers("R53")
    def test_a_verifier_goes_with_its_use_and_with_its_time(self):
        self.opened(self.callback())
        self.assertFalse(self.row().code_verifier)
        self.start_in_portal()
        late = self.row()
        self.assertTrue(late.code_verifier)
        late.expires_at = self.env.cr.now()
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(late.code_verifier)
