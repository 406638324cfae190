from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.twitter_identity import TwitterIdentity
from .common import TwitterHttpCase, covers

EXPECTED = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}


@tagged("post_install", "-at_install")
class TestHeaders(TwitterHttpCase):
    def assert_ours(self, response, status):
        self.assertEqual(response.status_code, status)
        found = {name: response.headers.get(name) for name in EXPECTED}
        self.assertEqual(found, EXPECTED)

    @covers("X15")
    @covers("R21", "R81", "R102")
    def test_pages_of_a_customer(self):
        link = self.path(self.make_link(self.make_ticket(self.bruno)).url)
        self.assert_ours(self.get(link), 200)
        self.authenticate("test_ana", "test_ana")
        self.assert_ours(self.get("/my/twitter"), 200)
        path = self.come_back(self.start_in_portal())
        self.assert_ours(self.get(path), 200)
        self.assert_ours(self.confirm(path), 200)

    @covers("R21", "R102")
    def test_problem_pages(self):
        for path in ("/twitter/confirm/x", "/twitter/link/x"):
            self.assert_ours(self.get(path), 404)
        self.assert_ours(self.get("/twitter/link/x/code", data={"code": "1"}), 400)

    @covers("R9", "R81")
    def test_redirects_to_x_to_our_pages_and_to_sign_in(self):
        self.assert_ours(self.get("/my/twitter"), 303)
        self.assert_ours(self.get("/twitter/callback?state=x"), 303)
        self.authenticate("test_ana", "test_ana")
        page = self.page("/my/twitter")
        start = self.submit(page, "/my/twitter/connect", consent="1")
        self.assert_ours(start, 303)

    @covers("R21", "R92")
    def test_addresses_and_methods_that_there_are_not(self):
        self.assert_ours(self.get("/twitter/nothing/here"), 404)
        for path in ("/my/twitter", "/twitter/callback", "/twitter/link/x"):
            for method in ("PUT", "DELETE", "PATCH", "POST"):
                response = self.url_open(path, method=method, allow_redirects=False)
                self.assert_ours(response, 405)
        for path in ("/my/twitter/connect", "/my/twitter/disconnect"):
            self.assert_ours(self.get(path), 405)

    @covers("R35")
    def test_addresses_that_nobody_can_type(self):
        for path in ("%2F%0A", "link/%00", "link//a%0D%0Ab", "confirm/a%00b/c"):
            self.assert_ours(self.get(f"/twitter/{path}"), 400)

    @mute_logger("odoo.http")
    @covers("R107", "R21")
    def test_an_error_of_ours(self):
        self.authenticate("test_ana", "test_ana")
        with patch.object(TwitterIdentity, "_page_of", side_effect=ZeroDivisionError):
            response = self.get("/my/twitter")
        self.assert_ours(response, 500)
        self.assertNotIn("ZeroDivisionError", response.text)

    def test_pages_of_others_are_left_alone(self):
        self.authenticate("test_ana", "test_ana")
        for path in ("/my", "/my/nothing", "/web/login"):
            headers = self.get(path).headers
            self.assertNotEqual(headers.get("X-Frame-Options"), "DENY")
            self.assertNotIn("X-Robots-Tag", headers)
