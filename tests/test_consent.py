import json
from unittest.mock import patch

from lxml import html

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import TwitterCase, TwitterHttpCase, covers

OWN = "I want Example Ltd to know my X account."


@tagged("post_install", "-at_install")
class TestConsentText(TwitterCase):
    """What customers agree to, and its versions."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.texts = cls.env["twitter.consent.text"]
        cls.env["res.lang"]._activate_lang("pt_BR")

    def text(self, **context):
        return self.texts.with_context(**context)._text(self.company)

    def version(self):
        return self.texts._version(self.company, self.text())

    @covers("X22")
    def test_it_names_the_company_and_each_permission_with_its_use(self):
        self.assertIn("Example Ltd", self.text())
        self.assertIn("• users.read: to see which account", self.text())
        self.assertIn("• tweet.read: ", self.text())
        self.assertNotIn("users.email", self.text())
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "to write to you"}
        )
        self.assertIn("• users.email: ", self.text())
        self.assertIn("to write to you", self.text())

    def test_the_company_writes_its_own_in_each_language(self):
        self.company.twitter_consent_text = OWN
        self.company.with_context(lang="pt_BR").twitter_consent_text = "Quero."
        self.assertTrue(self.text(lang="en_US").startswith(OWN))
        self.assertTrue(self.text(lang="pt_BR").startswith("Quero."))
        # What X is asked for is nobody's to leave out.
        self.assertIn("• users.read: ", self.text(lang="pt_BR"))

    def test_an_emptied_text_is_the_standard_one_again(self):
        standard = self.text()
        self.company.twitter_consent_text = OWN
        self.company.twitter_consent_text = "  \n"
        self.assertEqual(self.text(), standard)

    def test_what_nobody_could_read_on_a_phone_is_refused(self):
        self.company.twitter_consent_text = "x" * 2000
        with self.assertRaisesRegex(ValidationError, "2000 characters"):
            self.company.twitter_consent_text = "x" * 2001

    def test_each_change_is_a_version_with_its_time_and_author(self):
        first = self.version()
        self.assertEqual(self.version(), first)
        admin = self.env.ref("base.user_admin")
        changes = (
            {"twitter_consent_text": OWN},
            {"twitter_request_email": True, "twitter_email_reason": "to write"},
            {"twitter_email_reason": "to call"},
            {"name": "Another Ltd"},
        )
        for change in changes:
            if change == {"name": "Another Ltd"}:
                self.company.twitter_consent_text = False
            with self.subTest(change):
                before = self.texts._latest(self.company)
                self.company.with_user(admin).write(change)
                latest = self.texts._latest(self.company)
                self.assertEqual(latest.version, before.version + 1)
                self.assertEqual(latest.create_uid, admin)
                self.assertEqual(latest.texts["en_US"], self.text(lang="en_US"))
                self.assertEqual(self.version(), str(latest.version))

    def test_the_languages_dialog_makes_a_version_too(self):
        self.company.twitter_consent_text = OWN
        before = self.texts._latest(self.company)
        self.company.update_field_translations(
            "twitter_consent_text", {"pt_BR": "Quero."}
        )
        latest = self.texts._latest(self.company)
        self.assertEqual(latest.version, before.version + 1)
        self.assertIn("Quero.", latest.texts["pt_BR"])
        self.assertEqual(latest.texts["en_US"], before.texts["en_US"])

    def test_who_renames_the_company_need_not_see_its_app(self):
        manager = new_test_user(
            self.env,
            "erp",
            groups="base.group_user,base.group_erp_manager,base.group_partner_manager",
        )
        before = self.texts._publish(self.company)
        self.company.with_user(manager).name = "Renamed Ltd"
        self.assertEqual(self.texts._latest(self.company).version, before.version + 1)

    def test_what_changes_no_text_makes_no_version(self):
        self.version()
        before = self.texts._latest(self.company)
        self.company.write({"twitter_link_hours": 24, "name": self.company.name})
        self.assertEqual(self.texts._latest(self.company), before)

    def test_each_company_has_versions_of_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.version()
        version = self.texts._version(other, self.texts._text(other))
        self.assertEqual(version, "1")
        self.assertNotEqual(self.texts._latest(other), self.texts._latest(self.company))

    def test_differences_are_told_word_by_word(self):
        parts = self.texts._differences(
            "I agree to one thing. That is all of it.",
            "I agree to two things. That is all of it.",
        )
        told = [(part["kind"], part["text"].strip()) for part in parts]
        self.assertEqual(
            told,
            [
                ("same", "I agree to"),
                ("gone", "one thing."),
                ("new", "two things."),
                ("same", "That is all of it."),
            ],
        )

    def test_both_texts_are_in_what_differs_and_few_words_do_not_split_a_change(self):
        texts = ("I agree.", "", "a b c d e f g", "a x c y e f g h", "One\ntwo three")
        for before in texts:
            for after in texts:
                parts = self.texts._differences(before, after)
                told = {
                    kind: "".join(
                        p["text"] for p in parts if p["kind"] in ("same", kind)
                    )
                    for kind in ("gone", "new")
                }
                with self.subTest(before=before, after=after):
                    self.assertEqual(told, {"gone": before, "new": after})
        parts = self.texts._differences("a b c d e f g", "a x c y e f g")
        kinds = [part["kind"] for part in parts]
        self.assertEqual(kinds, ["same", "gone", "new", "same"])

    def joined(self, parts, kind):
        """One of the two texts again."""
        return "".join(one["text"] for one in parts if one["kind"] in ("same", kind))

    @covers("R94")
    def test_nobody_writes_a_version_or_a_receipt(self):
        self.version()
        version = self.texts._latest(self.company)
        receipt = self.connect(self.ana).consent_id
        for user in (self.env.ref("base.user_admin"), self.agent, self.ana_user):
            for record in (version, receipt):
                theirs = record.with_user(user)
                with self.subTest(user=user.login, model=record._name):
                    with self.assertRaises(AccessError):
                        theirs.write({"create_date": "2020-01-01"})
                    with self.assertRaises(AccessError):
                        theirs.unlink()
                    with self.assertRaises(AccessError):
                        theirs.create({"company_id": self.company.id})


@tagged("post_install", "-at_install")
class TestConsentAgain(TwitterHttpCase):
    """A customer whose text has changed since."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.first = self.identity().consent_id

    def identity(self):
        return self.env["twitter.identity"].search([("partner_id", "=", self.ana.id)])

    def asked(self):
        """What the page asks to agree to anew: its element, or None."""
        found = self.page("/my/twitter").xpath("//*[contains(@class,'o_twitter_chan')]")
        return found[0] if found else None

    def agree(self, tree=None, **values):
        tree = tree if tree is not None else self.page("/my/twitter")
        return self.submit(tree, "/my/twitter/agree", **{"consent": "1", **values})

    def test_nothing_is_asked_while_nothing_has_changed(self):
        self.assertIsNone(self.asked())
        self.company.twitter_link_hours = 24
        self.assertIsNone(self.asked())

    def test_a_changed_text_is_shown_with_what_has_changed(self):
        self.company.twitter_consent_text = OWN
        asked = self.asked()
        self.assertIn("agree", "".join(asked.xpath(".//del//text()")))
        self.assertIn("want", "".join(asked.xpath(".//ins//text()")))
        boxes = self.page("/my/twitter").xpath("//input[@type='checkbox']/@id")
        self.assertEqual(len(boxes), len(set(boxes)))

    @covers("X4")
    def test_agreeing_makes_a_new_receipt_and_leaves_the_old_one(self):
        text = self.first.text
        self.company.twitter_consent_text = OWN
        self.assertEqual(self.agree().status_code, 303)
        new = self.identity().consent_id
        self.assertNotEqual(new, self.first)
        self.assertTrue(new.text.startswith(OWN))
        self.assertEqual(int(new.version), int(self.first.version) + 1)
        self.assertEqual(new.account_hash, self.first.account_hash)
        self.assertEqual((self.first.text, self.first.withdrawn_at), (text, False))
        self.assertEqual((new | self.first).mapped("state"), ["holds", "replaced"])
        self.assertIsNone(self.asked())
        kinds = self.env["twitter.link.event"].search([], order="id desc", limit=1)
        self.assertEqual(kinds.kind, "agreed")

    def test_pressed_twice_it_is_agreed_once(self):
        self.company.twitter_consent_text = OWN
        tree = self.page("/my/twitter")
        self.agree(tree)
        new = self.identity().consent_id
        self.assertEqual(self.agree(tree).status_code, 303)
        self.assertEqual(self.identity().consent_id, new)

    @covers("X4")
    def test_it_takes_the_box_and_the_text_that_was_shown(self):
        self.company.twitter_consent_text = OWN
        tree = self.page("/my/twitter")
        self.assertEqual(
            self.problem_of(self.agree(tree, consent="")), "consent_missing"
        )
        self.company.twitter_consent_text = "Something else."
        self.assertEqual(self.problem_of(self.agree(tree)), "consent_missing")
        self.assertEqual(self.identity().consent_id, self.first)

    def test_who_does_not_agree_keeps_what_was_agreed_before(self):
        self.company.twitter_consent_text = OWN
        self.asked()
        self.assertEqual(self.identity().consent_id, self.first)
        self.assertTrue(self.connected_id(self.get("/my/twitter")))

    def test_more_permissions_lead_to_x_again(self):
        tree = self.page("/my/twitter")
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "to write to you"}
        )
        self.assertEqual(self.asked().xpath(".//form/@action"), ["/my/twitter/connect"])
        # X alone can give a permission: no form of ours does.
        data = {"consent": "1", "csrf_token": self.token_of(tree)}
        response = self.get("/my/twitter/agree", data=data)
        self.assertEqual(self.problem_of(response), "consent_missing")

    def test_the_text_is_compared_in_the_language_of_the_receipt(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.company.twitter_consent_text = OWN
        self.agree()
        self.company.with_context(lang="pt_BR").twitter_consent_text = "Quero."
        self.assertIsNone(self.asked())

    def test_disconnecting_withdraws_all_that_was_agreed_for_the_account(self):
        self.company.twitter_consent_text = OWN
        self.agree()
        second = self.identity().consent_id
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertTrue(self.first.withdrawn_at)
        self.assertTrue(second.withdrawn_at)

    @covers("T6")
    def test_who_reads_an_address_that_somebody_changed_agrees_to_nothing(self):
        self.company.twitter_consent_text = OWN
        tree = self.page("/my/twitter")
        admin = self.env.ref("base.user_admin")
        self.ana.with_user(admin).email = "evil@example.net"
        self.env.flush_all()
        self.assertEqual(self.problem_of(self.agree(tree)), "no_address")
        self.assertIsNone(self.asked())

    def test_a_stranger_to_the_contact_agrees_to_nothing(self):
        self.company.twitter_consent_text = OWN
        tree = self.page("/my/twitter")
        self.ana.twitter_sign_up = "token"
        self.assertEqual(self.problem_of(self.agree(tree)), "no_address")


@tagged("post_install", "-at_install")
class TestReceipt(TwitterHttpCase):
    """What was agreed to, to read and to keep."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.receipt = self.env["twitter.consent"].search(
            [("partner_id", "=", self.ana.id)]
        )
        self.path_of = f"/my/twitter/receipt/{self.receipt.id}"

    def test_the_customer_finds_it_also_after_disconnecting(self):
        links = self.page("/my/twitter").xpath("//a/@href")
        self.assertIn(self.path_of, links)
        self.submit(self.page("/my/twitter"), "/my/twitter/disconnect")
        self.assertIn(self.path_of, self.page("/my/twitter").xpath("//a/@href"))
        text = " ".join(html.fromstring(self.get(self.path_of).text).itertext())
        self.assertIn("Withdrawn on", text)
        self.assertIn(self.receipt.text.splitlines()[0], text)

    @covers("X3")
    def test_json_holds_the_exact_text_version_language_scopes_and_times(self):
        response = self.get(f"{self.path_of}/json")
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertEqual(
            json.loads(response.text),
            {
                "receipt": self.receipt.id,
                "company": "Example Ltd",
                "customer": "Ana Souza",
                "account_hash": self.receipt.account_hash,
                "text": self.receipt.text,
                "version": self.receipt.version,
                "language": "en_US",
                "scopes": ["users.read", "tweet.read"],
                "given_at": self.receipt.given_at.isoformat(timespec="seconds") + "Z",
                "channel": "portal",
                "withdrawn_at": None,
            },
        )
        # The receipt outlives the account: the number itself is not in it.
        self.assertNotIn("1745020318867001345", response.text)

    def test_a_pdf_is_a_file_to_keep(self):
        response = self.get(f"{self.path_of}/pdf")
        self.assertEqual(response.headers["Content-Type"], "application/pdf")

    def test_the_printed_receipt_has_the_exact_text(self):
        printed, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "helpdesk_twitter_identity.action_report_consent", self.receipt.ids
        )
        text = html.fromstring(printed).text_content()
        self.assertIn(self.receipt.text, text)
        self.assertIn(self.receipt.account_hash, text)

    def test_where_no_pdf_can_be_made_the_page_itself_is_shown(self):
        reports = type(self.env["ir.actions.report"])
        missing = UserError(self.path_of)
        with patch.object(reports, "_render_qweb_pdf", side_effect=missing):
            response = self.get(f"{self.path_of}/pdf")
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self.path(response.headers["Location"]), self.path_of)

    @covers("T17", "R94")
    def test_another_customer_finds_no_receipt_and_no_file(self):
        self.authenticate("test_carla", "test_carla")
        for path in ("", "/json", "/pdf"):
            self.assertEqual(self.get(f"{self.path_of}{path}").status_code, 404)
        path = f"/twitter/receipt/{self.receipt.id}/json"
        self.assertEqual(self.get(path).status_code, 404)
        self.assertEqual(self.get("/my/twitter/receipt/99999999").status_code, 404)

    def test_one_who_may_be_a_stranger_finds_none_either(self):
        self.ana.twitter_sign_up = "token"
        self.assertEqual(self.get(self.path_of).status_code, 404)
        self.assertNotIn(self.path_of, self.page("/my/twitter").xpath("//a/@href"))

    def test_an_agent_downloads_what_they_may_read(self):
        action = self.receipt.with_user(self.agent).action_export_json()
        self.authenticate("test_agent", "test_agent")
        response = self.get(action["url"])
        self.assertEqual(json.loads(response.text)["receipt"], self.receipt.id)
        self.env["ir.rule"].create(
            {
                "name": "Not Ana",
                "model_id": self.env.ref("base.model_res_partner").id,
                "domain_force": [("id", "!=", self.ana.id)],
            }
        )
        self.env.flush_all()
        self.assertEqual(self.get(action["url"]).status_code, 404)

    def test_an_agent_opens_the_receipts_of_a_contact(self):
        action = self.ana.with_user(self.agent).action_twitter_consents()
        receipts = self.env["twitter.consent"].with_user(self.agent)
        self.assertEqual(receipts.search(action["domain"]), self.receipt)
