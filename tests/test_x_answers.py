from datetime import timedelta

from odoo.tests import tagged

from ..models.twitter_problem import PROBLEMS
from .common import Fault, TwitterHttpCase, covers

TOKEN = "POST /2/oauth2/token"
ME = "GET /2/users/me"
TRIP = "twitter.oauth.transaction"


def legacy(code, status=403):
    """The old family: a list of errors with numbers."""
    return Fault(status=status, body={"errors": [{"code": code, "message": "No"}]})


def text(status, body, kind="text/plain"):
    """What comes from in front of X: XML, a page, a few words, or nothing."""
    return Fault(status=status, body=body, headers={"Content-Type": kind})


ROWS = {
    10: [(TOKEN, Fault.known("code_invalid"), "code_expired")],
    11: [(TOKEN, Fault.known("redirect_uri_mismatch"), "redirect_uri_mismatch")],
    12: [
        (TOKEN, Fault.known("verifier_mismatch"), "verifier_mismatch"),
        (TOKEN, Fault.known("verifier_missing"), "verifier_mismatch"),
    ],
    13: [
        (TOKEN, Fault.known("client_auth_missing"), "client_credentials"),
        (TOKEN, text(401, ""), "client_credentials"),
    ],
    14: [(TOKEN, Fault(cut="before"), "x_unreachable")],
    15: [
        (TOKEN, Fault.known("edge_html"), "x_unavailable"),
        (TOKEN, text(503, ""), "x_unavailable"),
        (TOKEN, Fault.known("service_unavailable_text"), "x_unavailable"),
        (TOKEN, Fault.known("server_error"), "x_unavailable"),
        (ME, text(403, ""), "x_unavailable"),
    ],
    16: [(ME, Fault.known("client_not_enrolled"), "app_not_enrolled")],
    17: [(ME, Fault.known("user_not_enrolled"), "app_not_enrolled")],
    18: [(ME, Fault.known("credits_depleted"), "credits_depleted")],
    19: [
        (
            ME,
            Fault(status=403, body={"detail": "Your Spend Cap is reached."}),
            "credits_depleted",
        )
    ],
    20: [(ME, Fault.known("me_forbidden_scope"), "scope_missing")],
    21: [(ME, Fault.known("oauth2_not_permitted"), "access_level")],
    22: [(ME, Fault.known("me_app_only"), "access_level")],
    23: [(ME, Fault.known("access_level_453"), "access_level")],
    24: [(ME, Fault.known("me_unauthorized"), "token_rejected")],
    26: [
        (ME, Fault.known("rate_limited_v2"), "rate_limited"),
        (ME, Fault.known("rate_limited_docs"), "rate_limited"),
        (ME, Fault.known("rate_limited_daily"), "rate_limited"),
    ],
    27: [
        (
            ME,
            Fault(
                status=429,
                body={
                    "title": "UsageCapExceeded",
                    "type": "https://api.x.com/2/problems/usage-capped",
                },
            ),
            "rate_limited",
        )
    ],
    28: [(ME, Fault.known("plan_gone"), "access_level")],
    30: [
        (
            ME,
            Fault(
                status=200,
                body={"errors": [{"title": "Forbidden", "detail": what}]},
            ),
            "account_unavailable",
        )
        for what in (
            "User has been suspended: [5012].",
            "Could not find user with id: [5012].",
        )
    ],
    33: [
        (ME, Fault.known("app_suspended"), "app_suspended"),
        (
            TOKEN,
            text(
                401, "<errors><error code='416'>Suspended application</error></errors>"
            ),
            "app_suspended",
        ),
    ],
    37: [(ME, legacy(64), "account_unavailable")],
}
"""Rows of "what our software must recognise" that X's servers answer, by number."""


@tagged("post_install", "-at_install")
class TestXAnswers(TwitterHttpCase):
    """Whatever X says, customer, agent and administrator are told the same."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.env.ref("base.user_admin")
        cls.ticket = cls.make_ticket(cls.ana)

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")

    def timeline(self):
        ticket = self.ticket.with_user(self.agent)
        ticket.invalidate_recordset(["twitter_timeline"])
        return str(ticket.twitter_timeline)

    def check(self):
        """The codes that the administrator's check tells, with what mends them."""
        check = self.env["twitter.set.up.check"].with_user(self.admin)
        lines = check._lines(self.company.with_user(self.admin))
        return {line.code: line.fix for line in lines if line.state != "good"}

    def assert_told(self, response, code):
        """Page, timeline and check tell of this code, in the catalogue's words."""
        words = PROBLEMS[code].in_words(self.env)
        self.assertEqual(self.problem_of(response), code)
        self.assertIn(words["title"], self.page_text(response))
        self.assertIn(f"/twitter/manual#{code}", self.timeline())
        self.assertIn(words["means"], self.page_text(self.timeline()))
        if PROBLEMS[code].fixer in ("admin", "x"):
            self.assertEqual(self.check()[code], words["fix"])

    def page_text(self, response):
        text = getattr(response, "text", response)
        for sign, entity in (("'", "&#39;"), ("’", "&#8217;"), ('"', "&#34;")):
            text = text.replace(entity, sign)
        return " ".join(text.split())

    def start_afresh(self):
        self.env["twitter.link.event"].search([]).unlink()
        self.env[TRIP].search([]).unlink()
        self.env["twitter.rate.limit"].search([]).unlink()

    @covers("F23")
    def test_each_row_of_known_failures_is_told_alike_to_everybody(self):
        for number, answers in ROWS.items():
            for key, fault, code in answers:
                with self.subTest(row=number, code=code):
                    self.start_afresh()
                    self.x.faults.add(key, Fault(**{**vars(fault), "times": None}))
                    path = self.come_back(self.start_in_portal())
                    self.assert_told(self.get(path), code)
                    self.x.faults.clear()

    def test_a_customer_who_never_comes_back(self):
        self.start_in_portal()
        self.env[TRIP].search([]).expires_at -= timedelta(minutes=11)
        self.env[TRIP]._forget()
        words = PROBLEMS["never_returned"].in_words(self.env)
        self.assertIn(words["means"], self.page_text(self.timeline()))
        self.assertEqual(self.check()["never_returned"], words["fix"])

    def test_a_customer_who_cancels(self):
        path = self.come_back(self.start_in_portal(), decision="cancel")
        self.assert_told(self.get(path), "cancelled")

    def test_a_customer_who_comes_back_in_another_browser(self):
        url = self.start_in_portal()
        self.authenticate(None, None)
        self.assert_told(self.get(self.come_back(url)), "other_browser")

    def test_a_customer_who_comes_back_too_late(self):
        url = self.start_in_portal()
        self.env[TRIP].search([]).expires_at -= timedelta(minutes=11)
        self.assert_told(self.get(self.come_back(url)), "state_expired")

    def test_a_way_back_that_nobody_began(self):
        response = self.get("/twitter/callback?state=made-up&code=x")
        page = self.get(self.path(response.headers["Location"]))
        self.assertEqual(self.problem_of(page), "state_unknown")
