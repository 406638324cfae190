from lxml import etree, html

from odoo.modules import Manifest
from odoo.tests import tagged
from odoo.tools import file_open

from .common import ANA, TwitterHttpCase, covers

MODULE = "helpdesk_twitter_identity"


@tagged("post_install", "-at_install")
class TestXRules(TwitterHttpCase):
    """Rules of X that no other test shows; the table is `dev/security/x_rules.toml`."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")

    def identity(self):
        return self.env["twitter.identity"].search([("partner_id", "=", self.ana.id)])

    @covers("X2")
    def test_the_box_is_ours_unticked_and_before_the_way_to_x(self):
        link = self.path(self.make_link(self.make_ticket(self.ana)).url)
        for path in ("/my/twitter", link):
            (box,) = self.page(path).xpath("//input[@name='consent']")
            self.assertNotIn("checked", box.attrib)
            self.assertIn("required", box.attrib)
            (form,) = box.iterancestors("form")
            self.assertTrue(form.get("action").endswith("/connect"))
            response = self.submit(self.page(path), form.get("action"))
            self.assertEqual(self.problem_of(response), "consent_missing")
        self.assertFalse(self.env["twitter.oauth.transaction"].search([]))

    @covers("X5")
    def test_no_address_of_x_is_kept_that_was_not_asked_for_and_agreed_to(self):
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertFalse(self.identity().email)
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "to write to you"}
        )
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertEqual(self.identity().email, ANA.email)
        self.assertIn("to write to you", self.identity().consent_id.text)
        self.assertIn("users.email", self.identity().consent_id.scopes)

    @covers("X12", "X13")
    def test_pages_show_picture_name_handle_and_mark_in_this_order(self):
        path = self.come_back(self.start_in_portal())
        pages = (self.page(path), html.fromstring(self.confirm(path).content))
        for tree in pages:
            (link,) = tree.xpath("//a[@href='https://x.com/ana']")
            self.assertEqual(link.text_content().strip(), "@ana")
            (picture,) = tree.xpath("//img[starts-with(@src, 'data:image/')]")
            (name,) = tree.xpath("//bdi[text()='Ana Souza']")
            mark = tree.xpath("//i[contains(@class, 'oi-x') and @role='img']")[0]
            order = [*tree.iter()]
            places = [order.index(one) for one in (picture, name, link, mark)]
            self.assertEqual(places, sorted(places))

    @covers("X12", "X13")
    def test_the_card_on_ticket_and_contact_has_the_same(self):
        path = f"{MODULE}/static/src/fields/twitter_card_field.xml"
        with file_open(path, "rb") as file:
            tree = etree.fromstring(file.read())
        (card,) = tree.xpath("//div[@t-if='card.identity']")
        order = [*card.iter()]
        (picture,) = card.xpath(".//img")
        (handle,) = card.xpath(".//a[@t-att-href='card.identity.url']")
        (mark,) = card.xpath(".//i[@class='oi oi-x']")
        self.assertIn("'@' +", handle.get("t-esc"))
        self.assertLess(order.index(picture), order.index(handle))
        self.assertLess(order.index(handle), order.index(mark))
        self.confirm(self.come_back(self.start_in_portal()))
        card = self.ana.with_user(self.agent).twitter_card["identity"]
        self.assertEqual(card["url"], "https://x.com/ana")
        self.assertTrue(card["avatar"].startswith("data:image/"))

    @covers("X14")
    def test_no_badge_stands_on_a_page_that_x_did_not_report(self):
        badges = {"": 0, "blue": 1, "business": 1, "government": 1}
        identity = self.connect(self.ana)
        for reported, shown in badges.items():
            with self.subTest(reported):
                identity.verified_type = reported
                self.env.flush_all()
                found = self.page("/my/twitter").xpath(
                    "//*[contains(@class,'o_twitter_identity')]"
                    "//*[contains(@class,'badge')]"
                )
                self.assertEqual(len(found), shown)

    @covers("X17")
    def test_nobody_is_asked_for_anything_without_a_privacy_policy(self):
        links = self.page("/my/twitter").xpath("//form//a/@href")
        self.assertIn("https://www.example.com/privacy", links)
        self.company.twitter_privacy_url = False
        self.assertEqual(self.problem_of(self.get("/my/twitter")), "not_configured")

    @covers("X25")
    def test_a_new_company_has_no_app_of_anybody(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.assertFalse(other.twitter_client_id)
        self.assertFalse(other.twitter_has_client_secret)
        self.assertFalse(other.twitter_has_bearer_token)

    @covers("X26")
    def test_name_and_icon_are_our_own(self):
        name = Manifest.for_addon(MODULE)["name"]
        self.assertIn("for X (Twitter)", name)
        self.assertFalse(name.startswith(("X", "Twitter")))
        with file_open(f"{MODULE}/static/description/icon.svg") as icon:
            drawn = icon.read()
        # The mark is in Odoo's own font of icons, and nowhere else here.
        self.assertNotIn("M18.244", drawn)
        self.assertNotIn("text", drawn)

    @covers("X27")
    def test_the_mark_is_in_one_colour_and_no_bird(self):
        self.confirm(self.come_back(self.start_in_portal()))
        page = self.get("/my/twitter").text.partition('id="wrap"')[2]
        for bird in ("fa-twitter", "bird", "1da1f2", "1DA1F2"):
            self.assertNotIn(bird, page)
        marks = html.fromstring(page).xpath("//i[contains(@class, 'oi-x')]/@class")
        self.assertTrue(marks)
        for classes in marks:
            self.assertNotIn("text-primary", classes)
