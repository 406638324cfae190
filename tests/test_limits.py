from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from ..models.visitor import Visitor
from .common import TwitterCase, TwitterHttpCase, covers

PARAMETER = "helpdesk_twitter_identity.limit_"
TOO_MANY = "too_many_attempts"


def network(address):
    """Whose attempts an address counts with."""
    return Visitor(1, address=address).network


@tagged("post_install", "-at_install")
class TestWhoIsCounted(TwitterCase):
    def test_an_address_of_ipv4_counts_alone(self):
        self.assertEqual(network("192.0.2.7"), "192.0.2.7/32")
        self.assertNotEqual(network("192.0.2.7"), network("192.0.2.8"))

    @covers("R90")
    def test_a_household_of_ipv6_counts_as_one(self):
        mine = network("2001:db8:1:2:aaaa::1")
        self.assertEqual(mine, network("2001:db8:1:2:bbbb::2"))
        self.assertNotEqual(mine, network("2001:db8:1:3:aaaa::1"))

    def test_an_ipv4_address_in_ipv6_form_counts_with_the_same_in_its_own(self):
        self.assertEqual(network("::ffff:192.0.2.7"), network("192.0.2.7"))

    def test_visitors_without_a_readable_address_count_together(self):
        self.assertEqual(network(""), network("unix:"))

    def test_an_administrator_can_set_no_limit_that_is_none(self):
        parameters = self.env["ir.config_parameter"]
        for wrong in ("many", "10", "10/0", "10/-1", "1/2/3"):
            with self.assertRaisesRegex(ValidationError, "a count and seconds"):
                parameters.set_param(f"{PARAMETER}start", wrong)

    def test_what_was_written_past_the_check_leaves_the_usual_limit(self):
        parameter = self.env["ir.config_parameter"].create(
            {"key": f"{PARAMETER}start", "value": "1/60"}
        )
        limits = self.env["twitter.rate.limit"]
        self.assertEqual(limits._limit("start"), (1, 60))
        self.env.cr.execute(
            "UPDATE ir_config_parameter SET value = 'x' WHERE id = %s", [parameter.id]
        )
        self.env.registry.clear_all_caches()
        logger = "odoo.addons.helpdesk_twitter_identity.models.twitter_rate_limit"
        with self.assertLogs(logger, "ERROR"):
            self.assertEqual(limits._limit("start"), (120, 600))


@tagged("post_install", "-at_install")
class TestLimits(TwitterHttpCase):
    def limit(self, name, value):
        """Set a limit of two in ten minutes, or another."""
        self.env["ir.config_parameter"].set_param(PARAMETER + name, value)

    def assert_turned_away(self, response, minutes=10):
        """The page says so plainly, and when to come back."""
        self.assertEqual(response.status_code, 429)
        self.assertEqual(self.problem_of(response), TOO_MANY)
        self.assertIn(f"in {minutes} minutes", response.text)
        waits = int(response.headers["Retry-After"])
        self.assertLessEqual(abs(minutes * 60 - waits), 30)

    def start(self):
        page = self.page("/my/twitter")
        return self.submit(page, "/my/twitter/connect", consent="1")

    def trips(self):
        return self.env["twitter.oauth.transaction"].search_count([])

    @covers("R54", "R90", "T33")
    def test_the_third_start_from_an_address_is_one_too_many(self):
        self.limit("start", "2/600")
        self.authenticate("test_ana", "test_ana")
        self.assertEqual([self.start().status_code for _ in range(2)], [303, 303])
        self.assert_turned_away(self.start())
        self.assertEqual(self.trips(), 2)
        self.authenticate("test_carla", "test_carla")
        self.assert_turned_away(self.start())

    def test_when_the_window_is_over_one_may_start_again(self):
        self.limit("start", "1/600")
        self.authenticate("test_ana", "test_ana")
        self.start()
        self.assert_turned_away(self.start())
        self.env["twitter.rate.limit"].search([]).ends_at = self.env.cr.now()
        self.assertEqual(self.start().status_code, 303)
        self.assert_turned_away(self.start())

    @covers("R90", "T33")
    def test_a_shorter_window_counts_at_once(self):
        self.limit("start", "1/7200")
        self.authenticate("test_ana", "test_ana")
        self.start()
        self.assert_turned_away(self.start(), minutes=120)
        self.limit("start", "1/600")
        self.assertEqual(self.start().status_code, 303)
        self.assert_turned_away(self.start(), minutes=10)

    def test_the_third_start_of_a_contact_is_one_too_many_for_them_alone(self):
        self.limit("contact", "2/1200")
        self.authenticate("test_ana", "test_ana")
        self.assertEqual([self.start().status_code for _ in range(2)], [303, 303])
        self.assert_turned_away(self.start(), minutes=20)
        self.authenticate("test_carla", "test_carla")
        self.assertEqual(self.start().status_code, 303)

    def test_what_is_refused_for_another_reason_uses_up_nothing(self):
        self.limit("contact", "1/600")
        self.authenticate("test_ana", "test_ana")
        refused = self.submit(self.page("/my/twitter"), "/my/twitter/connect")
        self.assertEqual(self.problem_of(refused), "consent_missing")
        self.assertEqual(self.start().status_code, 303)

    @covers("R90", "T33")
    def test_a_flood_of_callbacks_is_turned_away_and_spends_nothing(self):
        self.authenticate("test_ana", "test_ana")
        callback = self.path(self.x.answer(self.start_in_portal(), account="ana"))
        self.limit("callback", "2/600")
        for _turn in range(2):
            self.get("/twitter/callback?state=unknown&code=x")
        calls = len(self.x.calls)
        answer = self.get(callback)
        self.assertEqual(answer.status_code, 303)
        page = self.get(self.path(answer.headers["Location"]))
        self.assertEqual(page.status_code, 429)
        self.assertEqual(self.problem_of(page), TOO_MANY)
        self.assertEqual(len(self.x.calls), calls)
        trip = self.env["twitter.oauth.transaction"].search([])
        self.assertEqual(trip.status, "pending")

    @covers("R74", "R90")
    def test_codes_asked_for_and_typed_count_together(self):
        link = self.path(self.make_link(self.make_ticket(self.bruno)).url)
        self.limit("code", "2/600")
        self.submit(self.page(link), f"{link}/code")
        tree = self.page(link)
        self.submit(tree, f"{link}/verify", code="1")
        self.assert_turned_away(self.submit(tree, f"{link}/verify", code="2"))
        self.assert_turned_away(self.submit(tree, f"{link}/code"))
        code = self.env["twitter.link.code"].search([])
        self.assertEqual((len(code), code.tries), (1, 1))

    @covers("R90")
    def test_a_contact_is_mailed_no_more_codes_than_their_limit(self):
        links = [
            self.path(self.make_link(self.make_ticket(self.bruno)).url)
            for _number in range(2)
        ]
        self.limit("contact", "1/600")
        first, second = [self.submit(self.page(link), f"{link}/code") for link in links]
        self.assertEqual(first.status_code, 303)
        self.assert_turned_away(second)
        self.assertEqual(self.env["twitter.link.code"].search_count([]), 1)

    @covers("R90", "R113")
    def test_guessing_links_is_turned_away_for_links_that_exist_too(self):
        link = self.path(self.make_link(self.make_ticket(self.bruno)).url)
        self.limit("link", "2/600")
        for token in ("one", "two"):
            self.assertEqual(self.get(f"/twitter/link/{token}").status_code, 404)
        self.assert_turned_away(self.get(link))
        self.assertEqual(self.env["twitter.link.request"].search([]).state, "open")

    @covers("R90")
    def test_no_more_links_of_a_ticket_than_its_limit(self):
        self.limit("ticket", "1/600")
        ticket = self.make_ticket(self.bruno)
        self.make_link(ticket)
        with self.assertRaisesRegex(UserError, "in 10 minutes"):
            self.make_link(ticket)
        self.make_link(self.make_ticket(self.bruno))

    @covers("R90", "T8")
    def test_no_more_links_of_an_agent_than_their_limit(self):
        self.limit("agent", "1/600")
        self.make_link(self.make_ticket(self.bruno))
        with self.assertRaisesRegex(UserError, "Too many links"):
            self.make_link(self.make_ticket(self.ana))

    def test_of_whom_attempts_are_counted_can_not_be_read(self):
        self.authenticate("test_ana", "test_ana")
        self.start()
        rows = self.env["twitter.rate.limit"].search([])
        self.assertTrue(rows)
        for row in rows:
            self.assertRegex(row.key, r"^[0-9a-f]{64}$")

    def test_counters_are_gone_with_their_windows(self):
        self.authenticate("test_ana", "test_ana")
        self.start()
        limits = self.env["twitter.rate.limit"]
        limits._forget()
        self.assertTrue(limits.search([]))
        limits.search([]).ends_at = self.env.cr.now()
        limits.flush_model()
        limits._forget()
        self.assertFalse(limits.search([]))
