from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from ..models.twitter_problem import PROBLEMS
from .common import TwitterHttpCase, covers


@tagged("post_install", "-at_install")
class TestTimeline(TwitterHttpCase):
    """What the customer has done, so that nobody asks for it again."""

    def setUp(self):
        super().setUp()
        self.ticket = self.make_ticket(self.ana)
        self.as_agent = self.ticket.with_user(self.agent)

    def step(self, *kinds, partner=None, **values):
        for kind in kinds:
            self.env["twitter.link.event"].create(
                {
                    "partner_id": (partner or self.ana).id,
                    "ticket_id": self.ticket.id,
                    "company_id": self.company.id,
                    "kind": kind,
                    **values,
                }
            )

    def stop(self, *codes, device=""):
        for code in codes:
            self.step("sent_to_x", device=device)
            self.step("problem", problem=code, device=device)

    def tree(self, record=None):
        record = self.as_agent if record is None else record
        record.invalidate_recordset(["twitter_timeline"])
        return html.fromstring(str(record.twitter_timeline))

    def lines(self, record=None):
        return [
            " ".join(line.text_content().split())
            for line in self.tree(record).xpath("//ol/li")
        ]

    def summary(self):
        return self.tree().xpath("string(//p)").strip()

    def spared(self):
        return [item.text_content() for item in self.tree().xpath("//ul/li")]

    def progress(self):
        self.as_agent.invalidate_recordset(["twitter_progress"])
        return self.as_agent.twitter_progress

    # === How far === #

    def test_without_a_step_there_is_nothing(self):
        self.assertFalse(self.as_agent.twitter_timeline)
        self.assertFalse(self.progress())
        self.assertFalse(self.ana.with_user(self.agent).twitter_has_steps)

    def test_a_link_that_was_sent_has_not_been_tried(self):
        self.step("link_made", "link_sent")
        self.assertEqual(self.progress(), "not_tried")
        self.assertEqual(self.summary(), "Has not tried yet.")
        self.assertFalse(self.spared())

    def test_one_who_stopped_tried_and_is_not_asked_again(self):
        self.step("link_made", "begun", "proven")
        self.stop("cancelled")
        self.assertEqual(self.progress(), "stopped")
        self.assertEqual(self.summary(), "Tried, and stopped at: cancelled at X")
        self.assertIn("who they are: they have proven it", self.spared())
        self.assertIn("whether the link works: it did", self.spared())

    def test_x_keeps_its_capital_within_a_sentence(self):
        self.stop("x_unreachable")
        said = "Tried, and stopped at: X could not be reached"
        self.assertEqual(self.summary(), said)

    def test_three_problems_are_everything(self):
        self.step("link_made")
        self.stop("cancelled", "other_browser")
        self.assertEqual(self.progress(), "stopped")
        self.stop("code_expired")
        self.assertEqual(self.progress(), "tried_all")
        self.assertIn("Tried everything", self.summary())

    def test_typing_errors_are_not_everything(self):
        self.step("link_made", "begun", "code_sent")
        self.stop("code_wrong", "code_wrong", "code_wrong")
        self.assertEqual(self.progress(), "stopped")
        self.assertEqual(self.summary(), "Tried, and stopped at: typed a wrong code")

    def test_who_has_asked_for_help_has_done_enough(self):
        self.step("begun")
        self.step("asked_for_help", problem="cancelled")
        self.assertEqual(self.progress(), "tried_all")
        self.assertEqual(self.summary(), "Asked for help, after this: begun")

    def test_what_no_customer_can_mend_is_everything(self):
        self.stop("client_credentials")
        self.assertEqual(self.progress(), "tried_all")

    def test_what_was_done_before_an_end_is_over(self):
        self.stop("cancelled", "cancelled", "cancelled")
        self.step("connected", "disconnected")
        self.assertFalse(self.progress())
        self.assertEqual(self.summary(), "Disconnected. Nothing has happened since.")
        self.step("link_withdrawn", "not_me")
        self.assertFalse(self.progress())
        self.assertIn("Says that it was not them", self.summary())
        self.step("link_made")
        self.assertEqual(self.progress(), "not_tried")
        self.assertIn("Says that it was not them", self.summary())
        self.assertFalse(self.spared())
        self.step("begun")
        self.assertEqual(self.summary(), "Tried, and stopped at: begun")

    def test_nobody_is_disconnected_who_was_never_connected(self):
        self.step("contact_changed")
        self.assertFalse(self.progress())
        self.assertEqual(self.summary(), "Has not tried yet.")

    def test_a_connected_account_ends_the_questions(self):
        self.stop("client_credentials")
        self.connect(self.ana)
        self.step("connected")
        self.assertEqual(self.progress(), "connected")
        self.assertIn("it is known who writes", self.summary())
        self.assertIn("which X account is theirs", self.spared())

    def test_a_changed_contact_is_told_where_agents_look_now(self):
        self.make_link(self.ticket)
        self.ticket.partner_id = self.bruno
        changed = [("kind", "=", "contact_changed")]
        event = self.env["twitter.link.event"].search(changed)
        self.assertEqual(event.partner_id, self.bruno)

    def test_steps_in_the_portal_count_for_each_ticket(self):
        self.stop("cancelled")
        self.env["twitter.link.event"].search([]).ticket_id = False
        self.assertEqual(self.progress(), "stopped")
        self.assertEqual(len(self.lines()), 2)

    # === The lines === #

    def test_retries_are_one_line(self):
        self.step("begun", device="Safari on iPhone")
        self.stop("cancelled", "cancelled", "cancelled", device="Safari on iPhone")
        lines = self.lines()
        self.assertEqual(len(lines), 3)
        self.assertIn("3 times", lines[1])
        self.assertIn("Cancelled at X 3 times Safari on iPhone", lines[2])

    def test_a_very_long_timeline_ends_somewhere(self):
        self.step(*["begun"] * 205)
        (line,) = self.lines()
        self.assertIn("200 times", line)

    def test_another_device_is_another_line(self):
        self.stop("cancelled", device="Safari on iPhone")
        self.stop("cancelled", device="Firefox on Linux")
        self.assertEqual(len(self.lines()), 4)

    def test_what_comes_after_a_new_link_is_another_attempt(self):
        self.step("link_made")
        self.stop("cancelled")
        self.step("link_made")
        self.stop("cancelled")
        self.assertEqual(len(self.lines()), 6)

    def test_a_problem_says_what_it_means_and_what_to_do(self):
        self.stop("other_browser")
        line = self.lines()[-1]
        self.assertIn("came back in a browser that had not begun", line)
        self.assertIn("Tell them to finish on the page that is open", line)
        links = self.tree().xpath("//a/@href")
        self.assertEqual(links, ["/twitter/manual#other_browser"])

    @covers("T20")
    def test_a_device_is_shown_as_text(self):
        self.step("begun", device="<img src=x onerror=alert(1)>")
        self.assertFalse(self.tree().xpath("//img"))

    def test_the_contact_has_the_same_timeline(self):
        self.stop("cancelled")
        ana = self.ana.with_user(self.agent)
        self.assertEqual(self.lines(ana), self.lines())
        self.assertTrue(ana.twitter_has_steps)

    def test_a_dialog_shows_it(self):
        self.stop("cancelled")
        for record in (self.as_agent, self.ana.with_user(self.agent)):
            action = record.action_twitter_timeline()
            views = record.get_views(action["views"])["views"]
            self.assertIn("twitter_timeline", views["form"]["arch"])

    # === Lists === #

    def test_lists_are_filtered_and_grouped_by_it(self):
        others = self.make_ticket(self.bruno) + self.make_ticket(False)
        self.stop("cancelled")
        self.step("link_made", partner=self.bruno)
        mine = self.ticket + others
        tickets = self.env["helpdesk.ticket"].with_user(self.agent)
        ours = [("id", "in", mine.ids)]
        for value, found in (
            ("stopped", self.ticket),
            ("not_tried", others[0]),
            (False, others[1]),
        ):
            domain = [*ours, ("twitter_progress", "=", value)]
            self.assertEqual(tickets.search(domain), found, value)
        groups = tickets.formatted_read_group(ours, ["twitter_progress"], ["__count"])
        counted = {group["twitter_progress"]: group["__count"] for group in groups}
        self.assertEqual(counted, {"stopped": 1, "not_tried": 1, False: 1})
        self.assertTrue(
            tickets.fields_get(["twitter_progress"])["twitter_progress"]["groupable"]
        )

    # === Who sees it === #

    @covers("R94", "T18")
    def test_others_see_none_of_it(self):
        self.stop("cancelled")
        employee = new_test_user(self.env, "employee", groups="base.group_user")
        for user in (self.ana_user, employee):
            tickets = self.env["helpdesk.ticket"].with_user(user)
            for ask in (
                lambda tickets=tickets: tickets.search(
                    [("twitter_progress", "=", "stopped")]
                ),
                lambda tickets=tickets: tickets.formatted_read_group(
                    [], ["twitter_progress"], ["__count"]
                ),
                lambda user=user: self.ticket.with_user(user).read(
                    ["twitter_timeline"]
                ),
                lambda user=user: self.ana.with_user(user).read(["twitter_timeline"]),
            ):
                with self.assertRaises(AccessError):
                    ask()

    @covers("R94", "T17")
    def test_steps_on_a_ticket_that_is_hidden_count_for_nobody_else(self):
        own = new_test_user(
            self.env,
            "own_agent",
            groups="base.group_user,helpdesk_mgmt.group_helpdesk_user_own",
        )
        self.ticket.user_id = self.agent
        mine = self.make_ticket(self.ana, user_id=own.id).with_user(own)
        self.make_link(self.ticket)
        self.stop("cancelled")
        self.stop("client_credentials")
        self.assertEqual(self.progress(), "tried_all")
        self.assertFalse(mine.twitter_progress)
        self.assertFalse(mine.twitter_timeline)
        tried = [("twitter_progress", "!=", False)]
        self.assertFalse(mine.search(tried))
        # A merge of contacts takes the ticket off a step, and leaves the link.
        self.env["twitter.link.event"].search([]).write(
            {
                "request_id": self.ticket.twitter_link_request_ids.id,
                "ticket_id": False,
            }
        )
        self.assertEqual(self.progress(), "tried_all")
        self.assertFalse(mine.search(tried))

    def test_what_a_customer_asks_about_is_not_what_they_met(self):
        self.stop("cancelled")
        self.step("asked_for_help", problem="internal_user")
        words = PROBLEMS["internal_user"].in_words(self.env)
        self.assertNotIn(words["not_ask"], self.spared())
        words = PROBLEMS["cancelled"].in_words(self.env)
        self.assertIn(words["not_ask"], self.spared())

    @covers("R95", "T17")
    def test_a_contact_that_is_hidden_hides_its_steps(self):
        self.stop("cancelled")
        self.env["ir.rule"].create(
            {
                "name": "A later rule",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "domain_force": str([("id", "!=", self.ana.id)]),
            }
        )
        self.assertFalse(self.progress())
        self.as_agent.invalidate_recordset()
        self.assertFalse(self.as_agent.twitter_timeline)
