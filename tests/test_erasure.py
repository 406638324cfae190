from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common import AGENT_GROUPS, TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestErasure(TwitterHttpCase):
    """A company leaves X."""

    def setUp(self):
        super().setUp()
        self.admin = self.env.ref("base.user_admin")
        self.company.write(
            {
                "twitter_bearer_token": "planted-bearer-token",
                "twitter_request_email": True,
                "twitter_email_reason": "to write to you",
            }
        )
        self.identity = self.connect(self.ana, email="ana@x.example")
        self.consent = self.identity.consent_id
        self.ticket = self.make_ticket(self.bruno)
        self.link = self.make_link(self.ticket).request_id

    def wizard(self):
        settings = self.env["res.config.settings"].with_user(self.admin).create({})
        action = settings.action_twitter_leave()
        wizards = self.env["twitter.erasure.wizard"].with_user(self.admin)
        return wizards.browse(action["res_id"])

    def leave(self):
        wizard = self.wizard()
        wizard.typed = "Example Ltd"
        action = wizard.action_erase()
        erasures = self.env["twitter.erasure"].with_user(self.admin)
        return erasures.browse(action["res_id"])

    def run_job(self):
        self.run_cron("twitter.erasure")

    def test_it_counts_before_it_erases_anything(self):
        wizard = self.wizard()
        counted = wizard.account_count, wizard.email_count, wizard.link_count
        self.assertEqual(counted, (1, 1, 1))
        self.assertTrue(self.identity.exists())
        self.assertTrue(self.company._twitter_is_ready())

    def test_it_wants_the_company_named(self):
        wizard = self.wizard()
        for typed in (False, "example", "Other"):
            wizard.typed = typed
            with self.assertRaisesRegex(UserError, "Type Example Ltd"):
                wizard.action_erase()
        self.assertTrue(self.company._twitter_is_ready())

    def test_the_way_to_x_is_closed_at_once(self):
        self.authenticate("test_ana", "test_ana")
        self.start_in_portal()
        self.leave()
        company = self.company
        self.assertFalse(company._twitter_is_ready())
        self.assertFalse(company.twitter_client_secret_kept)
        self.assertFalse(company.twitter_bearer_token_kept)
        self.assertEqual(self.link.state, "withdrawn")
        trips = self.env["twitter.oauth.transaction"].search([])
        self.assertFalse(trips.filtered(lambda trip: trip.company_id == company))
        self.assertFalse(self.identity.email)

    @covers("X10")
    def test_everything_is_erased_and_certified(self):
        erasure = self.leave()
        self.assertEqual((erasure.state, erasure.done_by), ("running", self.admin.name))
        self.run_job()
        self.assertFalse(self.identity.exists())
        self.assertTrue(self.consent.withdrawn_at)
        self.assertEqual(
            (erasure.state, erasure.erased_count, erasure.email_count),
            ("done", 1, 1),
        )
        self.assertEqual(erasure.receipt_count, 1)
        self.assertTrue(erasure.finished_at)
        html, _kind = self.env["ir.actions.report"]._render_qweb_html(
            "helpdesk_twitter_identity.action_report_erasure", erasure.ids
        )
        self.assertIn("is erased", html.decode())

    def test_customers_are_told_without_a_way_to_undo_it(self):
        self.leave()
        self.run_job()
        mail = self.env["mail.mail"].search([("email_to", "=", "ana@example.com")])
        self.assertEqual(mail.subject, "Your X account is no longer kept here")
        self.assertNotIn("/twitter/undo/", str(mail.body_html))

    @covers("X9")
    def test_customers_find_their_receipts_and_their_data_afterwards(self):
        self.leave()
        self.run_job()
        self.authenticate("test_ana", "test_ana")
        page = self.page("/my/twitter")
        self.assertTrue(page.xpath("//*[contains(@class, 'o_twitter_left')]"))
        self.assertTrue(page.xpath("//a[starts-with(@href, '/my/twitter/receipt/')]"))
        self.assertTrue(page.xpath("//a[@href='/my/twitter/data']"))
        self.assertFalse(page.xpath("//form[@action='/my/twitter/connect']"))

    def test_an_interrupted_run_goes_on_where_it_stopped(self):
        for number in range(150):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.connect(partner, str(9000 + number))
        erasure = self.leave()
        jobs = type(self.env["ir.cron"])
        # Odoo's time for the job is over after the first batch.
        self.patch(jobs, "_commit_progress", lambda *_self, **_left: 0)
        self.run_job()
        self.assertEqual((erasure.state, erasure.erased_count), ("running", 100))
        self.run_job()
        self.assertEqual((erasure.state, erasure.erased_count), ("running", 151))
        self.run_job()
        self.assertEqual((erasure.state, erasure.erased_count), ("done", 151))

    def test_another_company_keeps_its_own(self):
        other = self.env["res.company"].create({"name": "Other"})
        kept = self.connect(self.bruno, "7", company_id=other.id)
        self.leave()
        self.run_job()
        self.assertTrue(kept.exists())

    def test_it_is_ordered_once_at_a_time(self):
        self.leave()
        with self.assertRaisesRegex(UserError, "under way"):
            self.leave()

    def test_what_is_connected_after_the_company_came_back_stays(self):
        erasure = self.leave()
        erasure.sudo().started_at = "2020-01-01"
        self.run_job()
        self.assertTrue(self.identity.exists())

    @covers("R94")
    def test_only_administrators_leave_and_nobody_makes_a_certificate(self):
        erasure = self.leave()
        manager = new_test_user(
            self.env,
            "manager",
            groups=f"{AGENT_GROUPS},helpdesk_mgmt.group_helpdesk_manager",
        )
        for user in (manager, self.agent, self.ana_user):
            with self.assertRaises(AccessError):
                self.env["twitter.erasure.wizard"].with_user(user)._open(self.company)
            with self.assertRaises(AccessError):
                self.env["twitter.erasure"].with_user(user)._begin(self.company)
        for operation in ("write", "unlink", "create"):
            self.assertFalse(erasure.with_user(self.admin).has_access(operation))
