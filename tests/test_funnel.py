from datetime import timedelta

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import AGENT_GROUPS, IPHONE, TwitterHttpCase, covers

MEASURES = ("begun", "proven", "at_x", "back", "connected")


@tagged("post_install", "-at_install")
class TestFunnel(TwitterHttpCase):
    """Numbers for those who lead the helpdesk: where customers stop."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["twitter.link.event"].search([]).unlink()
        cls.manager = new_test_user(
            cls.env, "test_manager", groups="helpdesk_mgmt.group_helpdesk_manager"
        )

    def rows(self, *names):
        """The rows of the report, oldest first, as the manager reads them."""
        funnel = self.env["twitter.funnel"].with_user(self.manager)
        funnel.invalidate_model()
        rows = funnel.search([], order="id")
        return [tuple(row[name] for name in names) for row in rows]

    def row(self):
        (row,) = self.rows("channel", "stage", *MEASURES)
        return row

    def link_of(self, ticket):
        return self.path(self.make_link(ticket).url)

    def pass_time(self, kind, **delta):
        """Let this step have been so long ago."""
        self.env.cr.execute(
            "UPDATE twitter_link_event SET create_date = create_date - %s"
            " WHERE kind = %s",
            [timedelta(**delta), kind],
        )

    # === Stages === #

    def test_a_link_is_counted_once_from_making_to_connected(self):
        wizard = self.make_link(self.make_ticket(self.bruno))
        link = self.path(wizard.url)
        self.assertEqual(self.row(), ("by_hand", "made", 0, 0, 0, 0, 0))
        wizard.action_send_email()
        self.assertEqual(self.row(), ("email", "sent", 0, 0, 0, 0, 0))
        self.submit(self.page(link), f"{link}/code")
        self.assertEqual(self.row(), ("email", "begun", 1, 0, 0, 0, 0))
        code = self.code_in(self.last_mail())
        self.submit(self.page(link), f"{link}/verify", code=code)
        self.assertEqual(self.row(), ("email", "proven", 1, 1, 0, 0, 0))
        start = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.assertEqual(self.row(), ("email", "at_x", 1, 1, 1, 0, 0))
        path = self.come_back(start.headers["Location"], "bruno")
        self.assertEqual(self.row(), ("email", "back", 1, 1, 1, 1, 0))
        self.confirm(path)
        self.assertEqual(self.row(), ("email", "connected", 1, 1, 1, 1, 1))

    def test_each_way_to_x_from_the_portal_is_one(self):
        self.authenticate("test_ana", "test_ana")
        self.come_back(self.start_in_portal(), decision="cancel")
        self.assertEqual(self.row(), ("portal", "back", 1, 1, 1, 1, 0))
        self.confirm(self.come_back(self.start_in_portal()))
        self.assertEqual(
            self.rows("stage", "user_id"),
            [("back", self.env["res.users"]), ("connected", self.env["res.users"])],
        )

    def test_who_never_came_back_went_to_x_and_no_further(self):
        self.authenticate("test_ana", "test_ana")
        self.start_in_portal()
        trips = self.env["twitter.oauth.transaction"]
        trips.search([]).expires_at -= timedelta(minutes=11)
        trips._forget()
        self.assertEqual(self.row(), ("portal", "at_x", 1, 1, 1, 0, 0))

    def test_too_many_codes_stop_before_x(self):
        link = self.link_of(self.make_ticket(self.bruno))
        self.submit(self.page(link), f"{link}/code")
        for _try in range(5):
            self.submit(self.page(link), f"{link}/verify", code="000000")
        problems = self.env["twitter.link.event"].search([("problem", "!=", False)])
        self.assertEqual(
            problems.sorted("id").mapped("problem"), ["code_wrong"] * 4 + ["code_limit"]
        )
        self.assertEqual(self.row(), ("by_hand", "begun", 1, 0, 0, 0, 0))

    # === By what it is told apart === #

    def test_agent_and_device_stand_in_the_row(self):
        link = self.link_of(self.make_ticket(self.bruno))
        self.assertEqual(self.rows("user_id", "device"), [(self.agent, False)])
        self.submit(self.page(link), f"{link}/code", {"User-Agent": IPHONE})
        ((agent, device),) = self.rows("user_id", "device")
        self.assertEqual(agent, self.agent)
        self.assertIn("iPhone", device)

    def test_a_link_that_is_forgotten_stays_one_row(self):
        wizard = self.make_link(self.make_ticket(self.bruno))
        wizard.action_send_email()
        self.env["twitter.link.request"].search([]).unlink()
        self.assertEqual(len(self.rows("stage")), 1)

    def test_the_time_from_sent_to_connected_is_the_mean_of_those_who_connected(self):
        wizard = self.make_link(self.make_ticket(self.ana))
        link = self.path(wizard.url)
        wizard.action_send_email()
        self.make_link(self.make_ticket(self.carla))
        self.authenticate("test_ana", "test_ana")
        start = self.submit(self.page(link), f"{link}/connect", consent="1")
        self.confirm(self.come_back(start.headers["Location"]))
        self.pass_time("link_made", hours=9)
        self.pass_time("link_sent", hours=6)
        funnel = self.env["twitter.funnel"].with_user(self.manager)
        ((hours, connected, count),) = funnel._read_group(
            [], [], ["hours:avg", "connected:sum", "__count"]
        )
        self.assertAlmostEqual(hours, 6, 1)
        self.assertEqual((connected, count), (1, 2))

    def test_it_is_grouped_by_everything_that_the_search_offers(self):
        self.make_link(self.make_ticket(self.bruno))
        funnel = self.env["twitter.funnel"].with_user(self.manager)
        for name in ("stage", "channel", "device", "user_id", "date:week"):
            ((_value, count),) = funnel._read_group([], [name], ["__count"])
            self.assertEqual(count, 1, name)

    def test_problems_are_counted_by_code(self):
        self.authenticate("test_ana", "test_ana")
        for _time in range(2):
            self.come_back(self.start_in_portal(), decision="cancel")
        action = self.env.ref(
            "helpdesk_twitter_identity.twitter_link_event_action_problems"
        )
        events = self.env[action.res_model].with_user(self.manager)
        domain = [("kind", "=", "problem")]
        self.assertEqual(
            events._read_group(domain, ["problem"], ["__count"]), [("cancelled", 2)]
        )

    # === Who sees it === #

    @covers("R94")
    def test_it_is_for_those_who_lead_the_helpdesk(self):
        self.make_link(self.make_ticket(self.bruno))
        agent = new_test_user(self.env, "one_agent", groups=AGENT_GROUPS)
        for user in (agent, self.ana_user, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.env["twitter.funnel"].with_user(user).search([]).mapped("stage")

    @covers("R95")
    def test_another_company_sees_none_of_it(self):
        self.make_link(self.make_ticket(self.bruno))
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "other_manager",
            "helpdesk_mgmt.group_helpdesk_manager",
            company_id=other.id,
            company_ids=[(6, 0, other.ids)],
        )
        funnel = self.env["twitter.funnel"]
        self.assertEqual(funnel.with_user(self.manager).search_count([]), 1)
        self.assertFalse(funnel.with_user(stranger).search_count([]))
