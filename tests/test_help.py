from datetime import timedelta

from lxml import html

from odoo.tests import tagged

from ..models.twitter_problem import PROBLEMS
from .common import Fault, TwitterHttpCase, covers

HELP = "/twitter/help"


@tagged("post_install", "-at_install")
class TestHelp(TwitterHttpCase):
    """Asking for help: a ticket with all that was tried, for whoever is known."""

    def ask(self, path):
        """Press "Ask for help" on a problem page; the page that follows."""
        response = self.submit(self.page(path), HELP)
        self.assertEqual(response.status_code, 303)
        self.assertEqual(self.path(response.headers["Location"]), HELP)
        return self.page(HELP).text_content()

    def asked(self):
        return self.env["twitter.link.event"].search([("kind", "=", "asked_for_help")])

    def cancelled(self, login="test_ana"):
        """A problem page that a portal customer has come to."""
        self.authenticate(login, login)
        return self.come_back(self.start_in_portal(), decision="cancel")

    def said_on(self, ticket):
        """What the customer has written on a ticket."""
        return ticket.message_ids.filtered(lambda one: one.message_type == "comment")

    def link_of(self, ticket):
        return self.path(self.make_link(ticket).url)

    def closed_stage(self):
        stages = self.env["helpdesk.ticket.stage"]
        return stages.search([("closed", "=", True)], limit=1)

    def test_a_problem_page_offers_two_steps_first(self):
        page = self.page(self.cancelled())
        (section,) = page.xpath(f"//form[@action='{HELP}']/..")
        self.assertEqual(len(section.xpath("ul/li")), 2)

    @covers("T10")
    def test_a_customer_gets_a_ticket_and_its_number(self):
        told = self.ask(self.cancelled())
        ticket = self.asked().ticket_id
        self.assertEqual(ticket.partner_id, self.ana)
        self.assertEqual(ticket.company_id, self.company)
        self.assertIn(ticket.number, told)
        self.assertIn("cancelled", told)
        self.assertIn("cancelled", self.said_on(ticket).body)
        self.assertEqual(self.said_on(ticket).author_id, self.ana)
        self.assertEqual(ticket.with_user(self.agent).twitter_progress, "tried_all")
        timeline = ticket.with_user(self.agent).twitter_timeline
        self.assertIn("Asked for help", timeline)
        self.assertIn("Cancelled at X", timeline)

    @covers("T10")
    def test_three_failures_and_a_question_leave_nothing_to_ask(self):
        ticket = self.make_ticket(self.bruno)
        link = self.link_of(ticket)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)

        def start():
            answer = self.submit(self.page(link), f"{link}/connect", consent="1")
            return answer.headers["Location"]

        self.come_back(start(), "bruno", decision="cancel")
        self.x.faults.add("POST /2/oauth2/token", Fault.known("code_invalid"))
        self.come_back(start(), "bruno")
        self.x.faults.add("GET /2/users/me", Fault.known("credits_depleted"))
        self.ask(self.come_back(start(), "bruno"))
        ticket = ticket.with_user(self.agent)
        self.assertEqual(ticket.twitter_progress, "tried_all")
        self.assertEqual(self.asked().ticket_id, ticket)
        tree = html.fromstring(str(ticket.twitter_timeline))
        codes = tree.xpath("//ol/li//a/text()")
        self.assertEqual(codes, ["cancelled", "code_expired", "credits_depleted"])
        spared = [item.text_content() for item in tree.xpath("//ul/li")]
        self.assertIn("who they are: they have proven it", spared)
        self.assertIn("whether they have got the link, or found the page", spared)
        for code in codes:
            self.assertIn(PROBLEMS[code].in_words(self.env)["not_ask"], spared)

    def test_asking_again_adds_nothing_for_an_hour(self):
        page = self.cancelled()
        self.ask(page)
        self.ask(page)
        ticket = self.asked().ticket_id
        self.assertEqual(len(self.asked()), 1)
        self.assertEqual(len(self.said_on(ticket)), 1)
        self.env.cr.execute(
            "UPDATE twitter_link_event SET create_date = create_date - %s",
            [timedelta(hours=2)],
        )
        self.env.invalidate_all()
        self.ask(page)
        self.assertEqual(self.asked().ticket_id, ticket)
        self.assertEqual(len(self.asked()), 2)

    def test_a_customer_of_a_link_asks_on_its_ticket(self):
        ticket = self.make_ticket(self.bruno)
        link = self.link_of(ticket)
        self.submit(self.page(link), f"{link}/code")
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        start = self.submit(self.page(link), f"{link}/connect", consent="1")
        url = start.headers["Location"]
        told = self.ask(self.come_back(url, decision="cancel"))
        self.assertEqual(self.asked().ticket_id, ticket)
        self.assertEqual(self.asked().partner_id, self.bruno)
        self.assertIn(ticket.number, told)

    def test_a_signed_in_customer_asks_on_the_ticket_of_an_ended_link(self):
        ticket = self.make_ticket(self.ana)
        link = self.link_of(ticket)
        ticket.twitter_link_request_ids._withdraw()
        self.authenticate("test_ana", "test_ana")
        self.ask(link)
        self.assertEqual(self.asked().ticket_id, ticket)

    @covers("T10")
    def test_a_ticket_that_is_another_ones_by_now_hears_nothing(self):
        ticket = self.make_ticket(self.ana)
        link = self.link_of(ticket)
        ticket.partner_id = self.carla
        before = ticket.message_ids
        self.authenticate("test_ana", "test_ana")
        told = self.ask(link)
        self.assertEqual(ticket.message_ids, before)
        self.assertNotIn(ticket.number, told)
        self.assertNotEqual(self.asked().ticket_id, ticket)
        self.assertEqual(self.asked().ticket_id.partner_id, self.ana)
        self.assertFalse(self.asked().request_id)

    def test_on_a_closed_ticket_nobody_would_look(self):
        ticket = self.make_ticket(self.ana)
        link = self.link_of(ticket)
        ticket.stage_id = self.closed_stage()
        self.authenticate("test_ana", "test_ana")
        self.ask(link)
        self.assertNotEqual(self.asked().ticket_id, ticket)
        self.assertFalse(self.asked().ticket_id.closed)

    @covers("T10", "R78")
    def test_who_has_proven_nothing_reaches_no_ticket(self):
        ticket = self.make_ticket(self.bruno)
        link = self.link_of(ticket)
        ticket.twitter_link_request_ids._withdraw()
        before = self.env["helpdesk.ticket"].search_count([])
        messages = ticket.message_ids
        told = self.ask(link)
        self.assertNotIn(ticket.number, told)
        self.assertIn("link_withdrawn", told)
        self.assertFalse(self.asked())
        self.assertEqual(ticket.message_ids, messages)
        self.assertEqual(self.env["helpdesk.ticket"].search_count([]), before)

    @covers("T10")
    def test_another_customer_asks_on_a_ticket_of_their_own(self):
        ticket = self.make_ticket(self.bruno)
        link = self.link_of(ticket)
        self.authenticate("test_carla", "test_carla")
        self.ask(link)
        self.assertEqual(self.asked().partner_id, self.carla)
        self.assertNotEqual(self.asked().ticket_id, ticket)
        self.assertEqual(self.asked().ticket_id.partner_id, self.carla)

    def test_a_closed_question_is_followed_by_a_new_one(self):
        self.ask(self.cancelled())
        first = self.asked().ticket_id
        first.stage_id = self.closed_stage()
        self.ask(self.cancelled())
        self.assertEqual(len(self.asked().ticket_id), 2)

    @covers("R34", "R79")
    def test_nothing_is_asked_but_by_a_form_of_ours(self):
        page = self.cancelled()
        self.page(page)
        response = self.get(HELP, data={"code": "cancelled"})
        self.assertEqual(self.problem_of(response), "cookies_off")
        response = self.submit(self.page(page), HELP, {"Sec-Fetch-Site": "cross-site"})
        self.assertEqual(self.problem_of(response), "cookies_off")
        self.assertFalse(self.asked())

    def test_a_made_up_code_is_an_unknown_page(self):
        page = self.page(self.cancelled())
        self.submit(page, HELP, code="<b>x</b>")
        self.assertEqual(self.asked().problem, "state_unknown")

    @covers("R106")
    def test_what_a_visitor_makes_up_is_not_kept(self):
        page = self.page("/twitter/link/unknown")
        self.submit(page, HELP, code="x" * 10000)
        asked = self.browser_session()["twitter_help"]
        self.assertEqual(asked["code"], "state_unknown")

    def test_who_asks_without_end_is_told_to_wait(self):
        key = "helpdesk_twitter_identity.limit_link"
        self.env["ir.config_parameter"].set_param(key, "2/600")
        response = self.get("/twitter/callback?state=made-up&code=x")
        page = self.page(self.path(response.headers["Location"]))
        for _time in range(2):
            self.assertEqual(self.submit(page, HELP).status_code, 303)
        self.assertEqual(self.problem_of(self.submit(page, HELP)), "too_many_attempts")

    def test_a_page_that_belongs_to_no_round_trip_leads_to_help_all_the_same(self):
        self.authenticate("test_ana", "test_ana")
        self.ask("/twitter/confirm/busy")
        self.assertEqual(self.asked().problem, "busy")
        self.assertEqual(self.asked().partner_id, self.ana)

    def test_no_circle_where_no_form_can_be_sent(self):
        response = self.get("/my/twitter/connect", data={"consent": "1"})
        self.assertEqual(self.problem_of(response), "cookies_off")
        self.assertNotIn(HELP, response.text)

    def test_nothing_was_asked(self):
        self.assertEqual(self.problem_of(self.get(HELP)), "state_unknown")

    def test_an_employee_asks_for_nobody(self):
        self.authenticate("test_agent", "test_agent")
        token = self.token_of(self.page("/twitter/confirm/x"))
        response = self.get(HELP, data={"code": "cancelled", "csrf_token": token})
        self.assertEqual(self.problem_of(response), "internal_user")
        self.assertFalse(self.asked())

    def test_it_is_told_in_the_language_of_the_agents(self):
        self.env["res.lang"]._activate_lang("pt_BR")
        self.ana.lang = "pt_BR"
        self.authenticate("test_ana", "test_ana")
        form = self.page("/pt/my/twitter")
        start = self.submit(form, "/my/twitter/connect", consent="1")
        self.ask(self.come_back(start.headers["Location"], decision="cancel"))
        self.assertTrue(self.asked().ticket_id.name.startswith("X account:"))
