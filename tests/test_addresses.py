"""What visitors write into addresses and forms leads nowhere and changes nothing."""

import re
from unittest.mock import patch
from urllib.parse import parse_qs, quote, urljoin, urlsplit

from lxml import html

from odoo.tests import tagged
from odoo.tools import config

from .common import BIA, TwitterHttpCase, covers

EVIL = "evil.example"
ELSEWHERE = (
    f"//{EVIL}",
    f"///{EVIL}",
    f"////{EVIL}/..",
    f"/\\{EVIL}",
    f"\\\\{EVIL}",
    f"\\/{EVIL}",
    f"/%09/{EVIL}",
    f"/\t/{EVIL}",
    f"/\n/{EVIL}",
    f"/%0a/{EVIL}",
    f"/%5c{EVIL}",
    f"/%2f{EVIL}",
    f"/.//{EVIL}",
    f"/;//{EVIL}",
    f"https:{EVIL}",
    f"https:/{EVIL}",
    f"https://{EVIL}",
    f"http:\\\\{EVIL}",
    f"HTTPS://{EVIL}",
    f" https://{EVIL}",
    f"\x00https://{EVIL}",
    f"\x01https://{EVIL}",
    f"ht\ttps://{EVIL}",
    f"https://x.com@{EVIL}",
    f"https://x.com.{EVIL}",
    f"https://x.com%2e{EVIL}",
    f"https://x.com\\.{EVIL}",
    f"@{EVIL}",
    f":@{EVIL}",
    f".{EVIL}",
    f"{EVIL}",
    f"//{EVIL}%2f..",
    f"//{EVIL}#@x.com",
    f"/\r\nLocation: https://{EVIL}",
    f"%0d%0aLocation:%20https://{EVIL}",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "java\nscript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:msgbox(1)",
)
NAMES = ("next", "redirect", "redirect_uri", "url", "return_url", "continue", "r", "to")
OWN_PLACES = re.compile(
    r"/my/twitter|/web/login\?redirect=/twitter/link/continue|/my"
    r"|/twitter/confirm/[\w-]+|/twitter/link/[\w-]+"
)
GARBAGE = (
    "",
    "=",
    "&&&",
    "state",
    "code=%00",
    "state=%ff%fe&code=%c0%af",
    "state=%ed%a0%80",
    "state=a%0d%0aSet-Cookie:%20a=b",
    "state[]=a&code[]=b",
    "state=a;code=b",
    "%00=%00",
    "%ff=%ff",
    "state=" + "a" * 5000,
    "code=" + "a" * 5000 + "&state=s",
    "error=" + "%0a" * 1000 + "&state=s",
    "error=x&error=y",
    "&".join(f"a{number}=1" for number in range(900)),
    "iss=https://evil.example&state=s&code=c",
    "state=%7b%22d%22:%22other%22%7d&code=c",
    "db=other&debug=1&state=s",
    "lang=xx_XX&state=s",
)


@tagged("post_install", "-at_install")
class TestAddresses(TwitterHttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        limits = ("start", "callback", "code", "link", "contact", "ticket", "agent")
        for name in limits:
            key = f"helpdesk_twitter_identity.limit_{name}"
            cls.env["ir.config_parameter"].set_param(key, "100000/60")

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.answers = []

    def url_open(self, url, *args, **kwargs):
        """Remember each answer, with the path that was asked for."""
        answer = super().url_open(url, *args, **kwargs)
        self.answers.append((url, answer))
        return answer

    def row(self):
        return self.env["twitter.oauth.transaction"].search([], limit=1)

    def link_of(self, partner):
        return self.path(self.make_link(self.make_ticket(partner)).url)

    def token(self):
        return self.token_of(self.page("/my/twitter"))

    def assertLeadsNowhereElse(self, answer, what):
        location = answer.headers.get("Location")
        if location and not location.startswith(
            f"{self.x.base_url}/i/oauth2/authorize"
        ):
            self.assertRegex(self.path(location), f"^({OWN_PLACES.pattern})$", what)
            self.assertNotIn(EVIL, location, what)

    def hosts_of(self, answer):
        """The hosts that a browser could be sent to from a page."""
        tree = html.fromstring(answer.content or "<p/>")
        places = tree.xpath("//@href|//@src|//@action|//@formaction")
        return {urlsplit(urljoin(self.base_url(), place)).hostname for place in places}

    # === Where pages lead === #

    @covers("R1", "R36", "R110", "T12")
    def test_no_query_leads_a_visitor_elsewhere(self):
        paths = ("/twitter/callback", "/my/twitter", self.link_of(self.ana))
        for path in (*paths, "/twitter/link/continue", "/twitter/confirm/x"):
            for place in ELSEWHERE:
                query = "&".join(f"{name}={quote(place)}" for name in NAMES)
                answer = self.get(f"{path}?{query}")
                self.assertLeadsNowhereElse(answer, (path, place))
                self.assertNotIn(EVIL, self.hosts_of(answer), (path, place))

    @covers("R1", "R36", "R82", "R110", "T12")
    def test_no_form_leads_a_visitor_elsewhere(self):
        link = self.link_of(self.ana)
        path = self.come_back(self.start_in_portal())
        forms = ("/my/twitter/connect", "/my/twitter/disconnect", f"{link}/sign_in")
        token = self.token()
        for action in (*forms, f"{link}/connect", f"{path}/decline", path):
            for place in ELSEWHERE:
                data = {
                    "csrf_token": token,
                    "consent": "1",
                    **dict.fromkeys(NAMES, place),
                }
                self.assertLeadsNowhereElse(
                    self.get(action, data=data), (action, place)
                )

    @covers("R1", "R35")
    def test_no_part_of_a_path_leads_a_visitor_elsewhere(self):
        token = self.token()
        # With a slash in it, it never reaches a page of ours.
        for place in (one for one in ELSEWHERE if "/" not in one):
            name = quote(place, safe="")
            for answer in (
                self.get(f"/twitter/link/{name}"),
                self.get(f"/twitter/confirm/{name}"),
                self.get(f"/twitter/link/{name}/sign_in", data={"csrf_token": token}),
                self.get(
                    f"/twitter/confirm/{name}/decline", data={"csrf_token": token}
                ),
            ):
                self.assertIn(answer.status_code, (400, 404), place)
                self.assertNotIn("Location", answer.headers, place)
                self.assertNotIn(EVIL, self.hosts_of(answer), place)

    @covers("R19", "R42", "R58")
    def test_ways_through_our_pages_are_303s_that_show_nothing_of_x(self):
        self.confirm(self.come_back(self.start_in_portal()))
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        path = self.come_back(self.start_in_portal(), account="bia")
        self.submit(self.page(path), f"{path}/decline")
        self.authenticate(None, None)
        for partner, step in ((self.bruno, "code"), (self.ana, "sign_in")):
            link = self.link_of(partner)
            self.submit(self.page(link), f"{link}/{step}")
        link = self.link_of(self.bruno)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        led = [answer for _path, answer in self.answers if "Location" in answer.headers]
        self.assertGreater(len(led), 10)
        self.assertEqual({answer.status_code for answer in led}, {303})
        secrets = [*self.x.issued_secrets(), self.company.twitter_client_secret_kept]
        for path, answer in self.answers:
            shown = f"{answer.headers} {answer.text}"
            self.assertFalse([one for one in secrets if one in shown], path)
            if path.startswith("/twitter/callback"):
                states = [one for one in self.x.sent_secrets() if one in shown]
                self.assertFalse(states, path)

    @covers("R92")
    def test_each_route_takes_the_one_method_that_it_needs(self):
        link, token = self.link_of(self.ana), self.token()
        gets = ("/twitter/callback", "/my/twitter", link)
        posts = (
            *("/my/twitter/connect", "/my/twitter/disconnect"),
            *(f"{link}/{step}" for step in ("sign_in", "code", "verify", "connect")),
            "/twitter/confirm/x/decline",
        )
        for paths, wrong in ((gets, "POST"), (posts, "GET")):
            for path in paths:
                for method in (wrong, "PUT", "DELETE", "PATCH"):
                    answer = self.url_open(
                        path,
                        data={"csrf_token": token},
                        method=method,
                        allow_redirects=False,
                    )
                    self.assertEqual(answer.status_code, 405, (method, path))
        self.assertFalse(self.row())

    # === What arrives === #

    @covers("R35")
    def test_no_garbage_in_an_address_is_an_internal_error(self):
        link = self.link_of(self.ana)
        for path in ("/twitter/callback", "/my/twitter", link, "/twitter/confirm/x"):
            for query in GARBAGE:
                answer = self.get(f"{path}?{query}")
                self.assertLess(answer.status_code, 500, (path, query[:40]))
        for name in ("%00", "%ff", "a" * 5000, "%E2%80%AE", "..%2f..", "%0d%0aa:b"):
            for path in ("/twitter/link", "/twitter/confirm"):
                answer = self.get(f"{path}/{name}")
                self.assertLess(answer.status_code, 500, (path, name[:40]))

    @covers("R35")
    def test_no_garbage_in_a_form_is_an_internal_error(self):
        link = self.link_of(self.bruno)
        self.authenticate(None, None)
        token = self.token_of(self.page(link))
        self.get(f"{link}/code", data={"csrf_token": token})
        for value in (b"", b"\0", b"\xff", b"9" * 5000, "\u0661\u0662".encode(), b"{}"):
            data = dict.fromkeys(("code", "consent", "consent_shown", "x"), value)
            for step in ("verify", "connect", "sign_in"):
                answer = self.get(f"{link}/{step}", data={"csrf_token": token, **data})
                self.assertLess(answer.status_code, 500, (step, value[:9]))

    @covers("R7", "R13")
    def test_a_token_in_an_address_or_a_form_is_ignored(self):
        callback = self.path(self.x.answer(self.start_in_portal()))
        calls = len(self.x.calls)
        state = parse_qs(urlsplit(callback).query)["state"][0]
        sent = f"access_token=stolen&token_type=bearer&state={state}"
        page = self.get(
            self.path(self.get(f"/twitter/callback?{sent}").headers["Location"])
        )
        self.assertTrue(self.problem_of(page))
        data = {"csrf_token": self.token(), "access_token": "stolen"}
        self.get(f"/twitter/callback?state={state}", data=data)
        self.assertEqual(len(self.x.calls), calls)
        self.assertFalse(self.env["twitter.identity"].search([]))

    @covers("R104")
    def test_fields_that_nobody_asked_for_change_nothing(self):
        values = {
            "partner_id": self.carla.id,
            "company_id": 99,
            "user_id": self.carla_user.id,
            "twitter_id": BIA.id,
            "username": "bia",
            "proof": "email_code",
            "status": "done",
            "scopes": "offline.access",
            "redirect_uri": f"https://{EVIL}/",
            "context": "{'default_proof': 'email_code'}",
        }
        answer = self.submit(
            self.page("/my/twitter"), "/my/twitter/connect", consent="1", **values
        )
        path = self.come_back(answer.headers["Location"])
        self.submit(self.page(path), path, **values)
        identity = self.env["twitter.identity"].search([])
        self.assertEqual(identity.partner_id, self.ana)
        self.assertEqual(identity.username, "ana")
        self.assertEqual(identity.proof, "portal_session")
        self.assertEqual(identity.company_id, self.company)
        self.assertEqual(identity.consent_id.scopes, "users.read tweet.read")

    @covers("R3")
    def test_a_state_with_one_changed_sign_is_unknown(self):
        callback = self.path(self.x.answer(self.start_in_portal()))
        state = parse_qs(urlsplit(callback).query)["state"][0]
        for place in range(0, len(state), 6):
            changed = "A" if state[place] != "A" else "B"
            other = state[:place] + changed + state[place + 1 :]
            answer = self.get(callback.replace(state, other))
            page = self.get(self.path(answer.headers["Location"]))
            self.assertEqual(self.problem_of(page), "state_unknown", place)
        self.assertEqual(self.row().status, "pending")

    @covers("R88")
    def test_what_has_not_come_back_from_x_can_not_be_confirmed(self):
        self.start_in_portal()
        path = f"/twitter/confirm/{self.row().reference}"
        answer = self.get(path, data={"csrf_token": self.token()})
        self.assertGreaterEqual(answer.status_code, 400)
        self.assertEqual(self.row().status, "pending")
        self.assertFalse(self.env["twitter.identity"].search([]))

    @covers("R43")
    def test_starting_again_takes_a_new_state_and_a_new_challenge(self):
        first = self.start_in_portal()
        self.come_back(first, decision="cancel")
        first, again = (
            parse_qs(urlsplit(url).query) for url in (first, self.start_in_portal())
        )
        for name in ("state", "code_challenge"):
            self.assertNotEqual(first[name], again[name])

    # === What pages are made of === #

    @covers("X15")
    @covers("R9", "R33")
    def test_pages_load_nothing_from_elsewhere_and_open_no_frame(self):
        path = self.come_back(self.start_in_portal())
        for address in (path, "/my/twitter", self.link_of(self.ana), "/twitter/link/x"):
            tree = self.page(address)
            loaded = tree.xpath("//script/@src|//link/@href|//img/@src|//source/@src")
            self.assertTrue(loaded)
            for place in loaded:
                own = place.startswith(("/", self.base_url(), "data:image/"))
                self.assertTrue(own and not place.startswith("//"), (address, place))
            self.assertFalse(
                tree.xpath("//main//iframe|//main//form[@target]"), address
            )

    def cookie_of_proof(self, headers=None):
        """What the browser is told to keep once the code was right."""
        self.authenticate(None, None)
        link = self.link_of(self.bruno)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        tree = self.page(link)
        answer = self.submit(tree, f"{link}/verify", headers=headers, code=code)
        cookies = answer.raw.headers.getlist("Set-Cookie")
        (cookie,) = [text for text in cookies if text.startswith("twitter_proof_")]
        return cookie

    @covers("R80")
    def test_the_cookie_of_a_proof_is_out_of_reach(self):
        cookie = self.cookie_of_proof()
        self.assertIn("HttpOnly", cookie)
        self.assertIn("Path=/twitter;", cookie)
        self.assertIn("SameSite=Lax", cookie)
        self.assertRegex(cookie, "^twitter_proof_[0-9]+=[A-Za-z0-9_-]{43};")

    @covers("R20", "R80", "R91")
    def test_forwarded_headers_count_only_where_a_proxy_is_set(self):
        forwarded = {"X-Forwarded-Host": EVIL, "X-Forwarded-Proto": "https"}
        self.assertNotIn("Secure", self.cookie_of_proof(forwarded))
        with patch.dict(config.options, {"proxy_mode": True}):
            self.assertIn("Secure", self.cookie_of_proof(forwarded))
