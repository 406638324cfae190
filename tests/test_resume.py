from datetime import timedelta

from lxml import html

from odoo.tests import tagged

from .common import TwitterHttpCase, covers

HELP = "/twitter/help"
TOKEN = "POST /2/oauth2/token"


@tagged("post_install", "-at_install")
class TestOtherBrowser(TwitterHttpCase):
    """X's app answers in a browser that did not begin."""

    def setUp(self):
        super().setUp()
        self.token_calls = self.x.count(TOKEN)

    def another_browser(self, login=None):
        """From here on, `url_open` is another browser."""
        self.authenticate(login, login)

    def trips(self):
        return self.env["twitter.oauth.transaction"].search([], order="id")

    def start_from_link(self, link, action=None):
        """Ask for a code, type it, and go to X: the address of X's page."""
        action = action or link
        self.submit(self.page(link), f"{action}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{action}/verify", code=code)
        response = self.submit(self.page(link), f"{action}/connect", consent="1")
        self.assertEqual(response.status_code, 303, response.text)
        return response.headers["Location"]

    def link_of(self, partner):
        self.ticket = self.make_ticket(partner)
        return self.path(self.make_link(self.ticket).url)

    def arrive_elsewhere(self, authorize_url, login=None, account="bruno"):
        """Come back from X in another browser; the path of the page there."""
        self.another_browser(login)
        return self.come_back(authorize_url, account)

    def resume_of(self, path):
        return path.replace("/confirm/", "/resume/")

    # === Finishing here === #

    @covers("R23", "F20")
    def test_bruno_finishes_in_the_other_browser_by_a_new_code(self):
        path = self.arrive_elsewhere(self.start_from_link(self.link_of(self.bruno)))
        page = self.get(path)
        self.assertEqual(page.status_code, 403)
        self.assertEqual(self.problem_of(page), "other_browser")
        self.assertNotIn("Bruno Lima", page.text)
        self.assertNotIn("bruno@", page.text)
        url = self.start_from_link(path, self.resume_of(path))
        # The page no longer says that anything is wrong.
        self.assertEqual(self.get(path).status_code, 200)
        connected = self.confirm(self.come_back(url, "bruno"))
        self.assertEqual(self.connected_id(connected), "783214")
        first, second = self.trips()
        self.assertEqual((first.status, second.status), ("pending", "done"))
        self.assertEqual(self.x.count(TOKEN) - self.token_calls, 1)

    def test_the_browser_that_began_can_still_finish_what_it_began(self):
        url = self.start_from_link(self.link_of(self.bruno))
        mine = self.opener
        callback = self.path(self.x.answer(url, account="bruno"))
        self.another_browser()
        self.get(callback)
        self.opener = mine
        path = self.path(self.get(callback).headers["Location"])
        self.assertEqual(self.connected_id(self.confirm(path)), "783214")

    def test_a_wrong_code_is_told_beside_its_field(self):
        path = self.arrive_elsewhere(self.start_from_link(self.link_of(self.bruno)))
        resume = self.resume_of(path)
        self.submit(self.page(path), f"{resume}/code")
        page = self.submit(self.page(path), f"{resume}/verify", code="0")
        self.assertEqual(self.problem_of(page), "code_wrong")
        self.assertIn(f'action="{resume}/verify"', page.text)

    def test_ana_who_has_a_portal_account_signs_in_and_goes_on_with_the_link(self):
        link = self.link_of(self.ana)
        self.authenticate("test_ana", "test_ana")
        submitted = self.submit(self.page(link), f"{link}/connect", consent="1")
        path = self.arrive_elsewhere(submitted.headers["Location"], account="ana")
        response = self.submit(self.page(path), f"{self.resume_of(path)}/sign_in")
        self.assertURLEqual(
            response.headers["Location"], "/web/login?redirect=/twitter/link/continue"
        )
        self.assertEqual(
            self.browser_session()["twitter_link"],
            self.ticket.twitter_link_request_ids.id,
        )

    def test_ana_who_is_signed_in_here_too_just_agrees_again(self):
        link = self.link_of(self.ana)
        self.authenticate("test_ana", "test_ana")
        submitted = self.submit(self.page(link), f"{link}/connect", consent="1")
        path = self.arrive_elsewhere(
            submitted.headers["Location"], "test_ana", account="ana"
        )
        submitted = self.submit(
            self.page(path), f"{self.resume_of(path)}/connect", consent="1"
        )
        connected = self.confirm(self.come_back(submitted.headers["Location"]))
        self.assertEqual(self.connected_id(connected), "1745020318867001345")

    def test_one_who_began_in_the_portal_is_led_there(self):
        self.authenticate("test_ana", "test_ana")
        page = self.get(self.arrive_elsewhere(self.start_in_portal(), account="ana"))
        self.assertEqual(self.problem_of(page), "other_browser")
        self.assertIn('href="/my/twitter"', page.text)
        self.assertNotIn("/twitter/resume", page.text)

    def test_the_agent_reads_once_that_it_was_another_browser(self):
        url = self.start_from_link(self.link_of(self.bruno))
        callback = self.path(self.x.answer(url, account="bruno"))
        self.another_browser()
        for _time in range(3):
            self.get(callback, headers={"User-Agent": "Mozilla/5.0 (iPhone) Safari"})
        problems = self.env["twitter.link.event"].search([("kind", "=", "problem")])
        self.assertEqual(problems.mapped("problem"), ["other_browser"])
        self.assertEqual(problems.ticket_id, self.ticket)
        self.assertEqual(self.ticket.twitter_link_status, "problem")

    # === What a stranger wins: nothing === #

    @covers("R2", "R23", "R59", "T3")
    def test_a_forwarded_authorize_address_binds_the_account_of_nobody(self):
        """The attacker, a customer too, sends Ana the address that leads to X."""
        self.authenticate("test_carla", "test_carla")
        page = self.arrive_elsewhere(self.start_in_portal(), "test_ana", "ana")
        self.assertEqual(self.problem_of(self.get(page)), "other_browser")
        self.another_browser("test_carla")
        self.assertEqual(self.problem_of(self.get(page)), "other_browser")
        self.assertEqual(self.x.count(TOKEN), self.token_calls)
        self.assertFalse(self.env["twitter.identity"].search([]))

    @covers("R2", "R23", "T2", "T3")
    def test_a_forwarded_callback_of_a_link_asks_who_is_there_before_anything(self):
        """The attacker holds the link of Bruno, and lures Ana to its callback."""
        url = self.start_from_link(self.link_of(self.bruno))
        page = self.get(self.arrive_elsewhere(url, "test_ana", "ana"))
        self.assertEqual(self.problem_of(page), "other_browser")
        forms = html.fromstring(page.text).xpath("//div[@id='wrap']//form/@action")
        self.assertEqual(forms, [HELP])
        self.assertEqual(self.x.count(TOKEN), self.token_calls)

    @covers("T8")
    def test_an_employee_is_offered_nothing(self):
        url = self.start_from_link(self.link_of(self.bruno))
        page = self.get(self.arrive_elsewhere(url, "test_agent"))
        self.assertEqual(self.problem_of(page), "other_browser")
        forms = html.fromstring(page.text).xpath("//div[@id='wrap']//form/@action")
        self.assertEqual(forms, [HELP])

    @covers("R23", "R88")
    def test_a_stranger_who_has_the_page_can_not_go_to_x_without_a_proof(self):
        path = self.arrive_elsewhere(self.start_from_link(self.link_of(self.bruno)))
        token = self.token_of(self.page(path))
        response = self.get(
            f"{self.resume_of(path)}/connect",
            data={"csrf_token": token, "consent": "1"},
        )
        self.assertEqual(self.problem_of(response), "state_expired")
        self.assertIn(f'href="{path}"', response.text)
        self.assertEqual(len(self.trips()), 1)

    @covers("R23", "R74")
    def test_the_proof_of_the_first_browser_is_none_in_the_second(self):
        url = self.start_from_link(self.link_of(self.bruno))
        page = self.get(self.arrive_elsewhere(url))
        self.assertNotIn("You have shown that it", page.text)
        self.assertIn("/code", page.text)

    def test_the_link_has_to_be_open_still(self):
        path = self.arrive_elsewhere(self.start_from_link(self.link_of(self.bruno)))
        tree = self.page(path)
        self.env["twitter.link.request"].search([])._withdraw()
        page = self.get(path)
        self.assertEqual(self.problem_of(page), "other_browser")
        forms = html.fromstring(page.text).xpath("//div[@id='wrap']//form/@action")
        self.assertEqual(forms, [HELP])
        refused = self.submit(tree, f"{self.resume_of(path)}/code")
        self.assertEqual(self.problem_of(refused), "link_withdrawn")

    def test_the_link_of_a_round_trip_that_took_too_long_can_still_be_finished(self):
        path = self.arrive_elsewhere(self.start_from_link(self.link_of(self.bruno)))
        self.trips().expires_at -= timedelta(minutes=20)
        page = self.get(path)
        self.assertIn(f'action="{self.resume_of(path)}/code"', page.text)

    @covers("R35", "T15")
    def test_references_that_nobody_has_are_a_page(self):
        tree = self.page(self.link_of(self.bruno))
        data = {"csrf_token": self.token_of(tree)}
        for reference in ("x", "a" * 43, "a" * 300):
            for step in ("code", "verify", "connect", "sign_in"):
                page = self.get(f"/twitter/resume/{reference}/{step}", data=data)
                self.assertEqual(page.status_code, 404)
                self.assertEqual(self.problem_of(page), "state_unknown")

    def test_a_round_trip_of_the_portal_has_nothing_to_resume(self):
        self.authenticate("test_ana", "test_ana")
        path = self.arrive_elsewhere(self.start_in_portal(), account="ana")
        token = self.token_of(self.page(self.link_of(self.bruno)))
        page = self.get(f"{self.resume_of(path)}/code", data={"csrf_token": token})
        self.assertEqual(self.problem_of(page), "other_browser")
