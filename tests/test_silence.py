from odoo.tests import tagged

from .common import Fault, TwitterHttpCase, covers

TOKEN = "POST /2/oauth2/token"
SILENT = Fault(delay=60)
WRONG = Fault(status=500, times=None)


@tagged("post_install", "-at_install")
class TestSilence(TwitterHttpCase):
    """X takes no connection, or too much time."""

    def setUp(self):
        super().setUp()
        self.authenticate("test_ana", "test_ana")
        self.token_calls = self.x.count(TOKEN)

    def silence(self, times):
        """Let X have been silent so often in a row, as far as we know."""
        for _time in range(times):
            self.env["twitter.rate.limit"]._note_silence(True)

    def start(self):
        page = self.page("/my/twitter")
        return self.submit(page, "/my/twitter/connect", consent="1")

    def assert_spared(self, response):
        """The page says that X can't be reached, and when to try again."""
        self.assertEqual(response.status_code, 502)
        self.assertEqual(self.problem_of(response), "x_unreachable")
        self.assertEqual(self.x.count(TOKEN), self.token_calls)

    @covers("F27", "R107")
    def test_after_five_silences_in_a_row_nobody_is_sent_to_x_for_a_minute(self):
        self.silence(4)
        self.assertEqual(self.start().status_code, 303)
        self.silence(1)
        self.assert_spared(self.start())
        self.env["twitter.rate.limit"].search([]).ends_at = self.env.cr.now()
        self.assertEqual(self.start().status_code, 303)

    @covers("F27")
    def test_who_comes_back_meanwhile_has_spent_nothing(self):
        callback = self.path(self.x.answer(self.start_in_portal(), account="ana"))
        self.silence(5)
        answer = self.get(callback)
        self.assert_spared(self.get(self.path(answer.headers["Location"])))
        trip = self.env["twitter.oauth.transaction"].search([])
        self.assertEqual(trip.status, "pending")

    def test_who_cancelled_reads_so_all_the_same(self):
        url = self.start_in_portal()
        self.silence(5)
        page = self.get(self.come_back(url, decision="cancel"))
        self.assertEqual(self.problem_of(page), "cancelled")

    def test_an_answer_ends_the_row_of_silences(self):
        self.silence(4)
        self.confirm(self.come_back(self.start_in_portal()))
        self.silence(4)
        self.assertEqual(self.start().status_code, 303)

    def test_a_wrong_answer_is_an_answer(self):
        self.silence(4)
        self.x.faults.add(TOKEN, WRONG)
        page = self.get(self.come_back(self.start_in_portal()))
        self.assertEqual(self.problem_of(page), "x_unavailable")
        self.silence(4)
        self.assertEqual(self.start().status_code, 303)

    def test_a_cut_does_not_count(self):
        self.silence(4)
        self.x.faults.add(TOKEN, Fault(cut="mid_body", after=True))
        page = self.get(self.come_back(self.start_in_portal()))
        self.assertEqual(self.problem_of(page), "x_unreachable")
        self.silence(4)
        self.assertEqual(self.start().status_code, 303)

    def test_a_timeout_counts(self):
        self.silence(4)
        self.x.faults.add(TOKEN, SILENT)
        page = self.get(self.come_back(self.start_in_portal()))
        self.assertEqual(self.problem_of(page), "x_unreachable")
        self.token_calls += 1
        self.assert_spared(self.start())
