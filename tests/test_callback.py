from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from odoo.tests import tagged

from ..models.twitter_oauth_transaction import Outcome
from .common import BIA, Fault, TwitterHttpCase, covers

TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"


@tagged("post_install", "-at_install")
class TestCallback(TwitterHttpCase):
    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.token_calls = self.x.count(TOKEN)

    def assertNothingConnected(self):
        self.assertFalse(
            self.env["twitter.identity"].search([("partner_id", "=", self.ana.id)])
        )

    def assertTokenCalls(self, number):
        self.assertEqual(self.x.count(TOKEN) - self.token_calls, number)

    def row(self):
        return self.env["twitter.oauth.transaction"].search([], limit=1)

    def callback(self, **options):
        """From the portal to X and back: the address of the callback, not opened."""
        return self.path(self.x.answer(self.start_in_portal(), **options))

    def open(self, path):
        """Open the callback; the page that it leads to."""
        response = self.get(path)
        self.assertEqual(response.status_code, 303)
        location = response.headers["Location"]
        self.assertNotIn("state=", location)
        self.assertNotIn("code=", location)
        return self.get(self.path(location))

    # === To X === #

    @covers("R5", "R15", "R62")
    def test_x_is_asked_for_the_least(self):
        query = parse_qs(urlsplit(self.start_in_portal()).query)
        self.assertEqual(query["scope"], ["users.read tweet.read"])
        self.assertEqual(query["code_challenge_method"], ["S256"])
        self.assertEqual(query["redirect_uri"], [f"{self.base_url()}/twitter/callback"])

    def test_the_email_is_asked_for_where_the_admin_says_why(self):
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "To reach you."}
        )
        url = self.start_in_portal()
        self.assertEqual(
            parse_qs(urlsplit(url).query)["scope"],
            ["users.read tweet.read users.email"],
        )
        self.confirm(self.come_back(url))
        identity = self.env["twitter.identity"].search([])
        self.assertEqual(identity.email, "ana@example.com")
        self.assertIn("To reach you.", identity.consent_id.text)

    @covers("X1")
    def test_nothing_starts_without_consent(self):
        response = self.submit(self.page("/my/twitter"), "/my/twitter/connect")
        self.assertEqual(self.problem_of(response), "consent_missing")
        self.assertFalse(self.row())

    @covers("R34", "R79", "R108", "T1")
    def test_nothing_starts_without_a_token_of_our_form(self):
        self.page("/my/twitter")
        response = self.get("/my/twitter/connect", data={"consent": "1"})
        self.assertEqual(response.status_code, 400)
        self.assertEqual(self.problem_of(response), "cookies_off")
        self.assertFalse(self.row())

    @covers("R34", "R109")
    def test_nothing_starts_is_confirmed_or_ends_from_another_site(self):
        elsewhere = {"Sec-Fetch-Site": "cross-site"}

        def press(path, action, **values):
            response = self.submit(self.page(path), action, elsewhere, **values)
            self.assertEqual(self.problem_of(response), "cookies_off")

        press("/my/twitter", "/my/twitter/connect", consent="1")
        self.assertFalse(self.row())
        path = self.come_back(self.start_in_portal())
        press(path, path)
        self.assertNothingConnected()
        self.confirm(path)
        press("/my/twitter", "/my/twitter/disconnect")
        self.assertTrue(self.connected_id(self.get("/my/twitter")))

    @covers("R79", "R108", "T1")
    def test_get_starts_nothing(self):
        for path in (
            "/my/twitter/connect",
            "/my/twitter/disconnect",
            "/twitter/link/x/connect",
            "/twitter/confirm/x/decline",
        ):
            self.assertEqual(self.get(path).status_code, 405, path)

    def test_nothing_starts_before_the_set_up_is_complete(self):
        for field in ("client_id", "public_url", "privacy_url"):
            with self.subTest(field):
                name = f"twitter_{field}"
                before = self.company[name]
                self.company[name] = False
                self.assertEqual(
                    self.problem_of(self.get("/my/twitter")), "not_configured"
                )
                self.company[name] = before

    # === Back from X === #

    @covers("R25", "R42")
    def test_cancelling_at_x_is_no_error(self):
        page = self.open(self.callback(decision="cancel"))
        self.assertEqual(self.problem_of(page), "cancelled")
        self.assertTokenCalls(0)
        self.assertNothingConnected()

    def test_another_error_of_x_is_told(self):
        callback = self.callback(decision="cancel")
        page = self.open(callback.replace("access_denied", "server_error"))
        self.assertEqual(self.problem_of(page), "unexpected_answer")

    @covers("R9", "R10", "R71", "T9", "F17")
    def test_a_callback_works_once(self):
        callback = self.callback()
        first = self.get(callback).headers["Location"]
        again = self.get(callback).headers["Location"]
        self.assertEqual(first, again)
        self.assertTokenCalls(1)

    @covers("T10")
    def test_a_head_request_spends_nothing(self):
        callback = self.callback()
        head = self.url_open(callback, method="HEAD", allow_redirects=False)
        self.assertEqual(head.status_code, 405)
        self.assertEqual(self.row().status, "pending")

    @covers("R26")
    def test_an_unknown_state_is_a_page(self):
        for query in ("state=unknown&code=x", "code=x", "", "state=a&state=b&code=x"):
            with self.subTest(query):
                page = self.open(f"/twitter/callback?{query}")
                self.assertEqual(self.problem_of(page), "state_unknown")
                self.assertEqual(page.status_code, 404)

    @covers("R26")
    def test_a_state_that_comes_twice_is_unknown(self):
        callback = self.callback()
        state = parse_qs(urlsplit(callback).query)["state"][0]
        page = self.open(f"{callback}&state={state}")
        self.assertEqual(self.problem_of(page), "state_unknown")
        self.assertEqual(self.row().status, "pending")
        self.assertTokenCalls(0)

    @covers("R73")
    def test_a_state_lives_ten_minutes(self):
        callback = self.callback()
        self.row().expires_at -= timedelta(minutes=10)
        self.assertEqual(self.problem_of(self.open(callback)), "state_expired")
        self.assertTokenCalls(0)

    @covers("R2", "R6", "R23", "R59", "R60", "T1", "T2", "T3")
    def test_a_callback_in_another_browser_spends_nothing(self):
        callback = self.callback()
        self.authenticate("test_ana", "test_ana")
        self.page("/my/twitter")
        self.assertEqual(self.problem_of(self.open(callback)), "other_browser")
        self.assertEqual(self.row().status, "pending")
        self.assertTokenCalls(0)

    @covers("R23", "R59", "T36")
    def test_signing_in_as_somebody_else_meanwhile_ends_it(self):
        callback = self.callback()
        nonce = {"twitter_browser": self.browser_session()["twitter_browser"]}
        self.authenticate("test_carla", "test_carla", session_extra=nonce)
        self.assertEqual(self.problem_of(self.open(callback)), "other_browser")
        self.assertTokenCalls(0)

    @covers("R8", "R24", "R61", "T21")
    def test_another_app_meanwhile_ends_it(self):
        callback = self.callback()
        self.company.twitter_client_id = "b3RoZXI6MTpjaQ"
        self.assertEqual(self.problem_of(self.open(callback)), "state_expired")
        self.assertTokenCalls(0)

    @covers("R22")
    def test_the_address_of_the_start_is_used_for_the_exchange(self):
        callback = self.callback()
        self.company.twitter_public_url = "https://elsewhere.example.com"
        page = self.open(callback)
        self.assertFalse(self.problem_of(page))

    # === X is down or rude === #

    def fails_as(self, problem):
        page = self.open(self.callback())
        self.assertEqual(self.problem_of(page), problem)
        self.assertTrue(400 <= page.status_code < 600)
        self.assertEqual(self.row().status, "failed")
        self.assertFalse(self.row().profile)
        self.assertNothingConnected()
        self.assertFalse(self.x.tokens_alive())

    def test_a_wrong_secret_is_told(self):
        self.company.twitter_client_secret = "wrong"
        self.fails_as("client_credentials")

    @covers("R107")
    def test_a_token_endpoint_that_is_down_is_told(self):
        self.x.faults.add(TOKEN, Fault(status=503, body=b"Service Unavailable"))
        self.fails_as("x_unavailable")

    @covers("R107")
    def test_a_cut_connection_is_told(self):
        self.x.faults.add(TOKEN, Fault(cut="before"))
        self.fails_as("x_unreachable")

    def test_an_answer_that_is_no_json_is_told(self):
        self.x.faults.add(TOKEN, Fault(status=200, body=b"<html>hello</html>"))
        page = self.open(self.callback())
        self.assertTrue(self.problem_of(page))
        self.assertNothingConnected()

    def test_a_token_is_revoked_when_the_profile_fails(self):
        self.x.faults.add(ME, Fault(status=500, body=b"{}", times=2))
        self.fails_as("x_unavailable")

    def test_a_missing_picture_is_no_problem(self):
        self.x.faults.add("GET /profile_images", Fault(status=404, body=b""))
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertTrue(self.env["twitter.identity"].search([]))

    # === Confirm === #

    @covers("R57", "T7")
    def test_nothing_is_connected_before_the_confirmation(self):
        self.come_back(self.start_in_portal())
        self.assertNothingConnected()
        self.assertEqual(self.row().status, "exchanged")

    @covers("T7")
    def test_declining_forgets_whose_account_it_was(self):
        path = self.come_back(self.start_in_portal())
        response = self.submit(self.page(path), f"{path}/decline")
        page = self.get(self.path(response.headers["Location"]))
        self.assertEqual(self.problem_of(page), "cancelled")
        self.assertFalse(self.row().profile)
        self.assertNothingConnected()

    @covers("R103")
    def test_a_profile_is_forgotten_after_ten_minutes(self):
        path = self.come_back(self.start_in_portal())
        tree = self.page(path)
        self.row().exchanged_at -= timedelta(minutes=11)
        self.assertEqual(self.problem_of(self.submit(tree, path)), "state_expired")
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(self.row().profile)
        self.assertNothingConnected()

    @covers("T9")
    def test_confirming_twice_connects_once(self):
        path = self.come_back(self.start_in_portal())
        tree = self.page(path)
        self.submit(tree, path)
        again = self.submit(tree, path)
        self.assertEqual(self.path(again.headers["Location"]), "/my/twitter")
        self.assertEqual(self.env["twitter.identity"].search_count([]), 1)
        self.assertEqual(self.env["twitter.consent"].search_count([]), 1)

    def test_another_account_takes_the_place_of_the_first(self):
        self.confirm(self.come_back(self.start_in_portal()))
        first = self.env["twitter.consent"].search([])
        page = self.confirm(self.come_back(self.start_in_portal(), account="bia"))
        self.assertEqual(self.connected_id(page), BIA.id)
        self.assertEqual(self.env["twitter.identity"].search_count([]), 1)
        self.assertTrue(first.withdrawn_at)
        # Told as a connection alone, not as an end as well.
        kinds = self.env["twitter.link.event"].search([]).mapped("kind")
        self.assertNotIn("disconnected", kinds)
        subjects = self.env["mail.mail"].search([]).mapped("subject")
        self.assertEqual(len([one for one in subjects if "disconnected" in one]), 0)
        self.assertEqual(len([one for one in subjects if "was connected" in one]), 2)

    @covers("R64")
    def test_an_account_of_another_customer_is_refused_and_names_nobody(self):
        self.connect(self.carla)
        path = self.come_back(self.start_in_portal())
        response = self.submit(self.page(path), path)
        self.assertEqual(self.problem_of(response), "already_linked")
        self.assertEqual(response.status_code, 409)
        self.assertNotIn("Carla", response.text)
        self.assertNothingConnected()
        self.assertEqual(self.row().problem, "already_linked")
        self.assertFalse(self.row().profile)

    def test_a_contact_deleted_meanwhile_is_no_error(self):
        """As an employee may do while the customer is at X."""
        trips = self.env["twitter.oauth.transaction"]

        def outcome(model, _claim, _callback):
            model.search([]).unlink()
            return Outcome("", {"twitter_id": "1"}, silent=False)

        self.patch(type(trips), "_outcome", outcome)
        page = self.open(self.callback())
        self.assertEqual(self.problem_of(page), "state_unknown")

    def test_a_worker_that_died_at_x_leads_to_a_new_start(self):
        path = self.come_back(self.start_in_portal())
        self.row().write({"status": "claimed", "profile": False})
        self.assertEqual(self.problem_of(self.get(path)), "state_expired")

    # === Headers === #

    @covers("R9", "R21", "R34", "R52", "R81", "R101", "R102", "R113", "T11")
    def test_each_page_has_our_headers(self):
        for path in ("/my/twitter", "/twitter/confirm/x", "/twitter/link/x"):
            headers = self.get(path).headers
            self.assertEqual(headers["Cache-Control"], "no-store", path)
            self.assertEqual(headers["Referrer-Policy"], "same-origin")
            self.assertEqual(
                headers["Content-Security-Policy"], "frame-ancestors 'none'"
            )
            self.assertIn("noindex", headers["X-Robots-Tag"])

    @covers("T29")
    def test_an_employee_connects_nothing(self):
        self.authenticate("test_agent", "test_agent")
        response = self.get("/my/twitter")
        self.assertEqual(self.problem_of(response), "internal_user")

    @covers("F20")
    def test_a_session_that_ended_is_told_so(self):
        tree = self.page("/my/twitter")
        self.authenticate(None, None)
        response = self.submit(tree, "/my/twitter/connect", consent="1")
        self.assertEqual(self.problem_of(response), "cookies_off")

    @covers("R103")
    def test_rows_are_deleted_after_a_day(self):
        self.callback()
        row = self.row()
        self.env.cr.execute(
            "UPDATE twitter_oauth_transaction SET create_date = create_date - "
            "interval '25h'"
        )
        self.env["twitter.oauth.transaction"]._forget()
        self.assertFalse(row.exists())
