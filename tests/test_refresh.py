from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.sql_db import BaseCursor
from odoo.tests import tagged
from odoo.tests.test_cursor import TestCursor

from .common import (
    ANA,
    BIA,
    CLIENT_ID,
    CLIENT_SECRET,
    App,
    Fault,
    TwitterHttpCase,
    covers,
)

TOKEN = "AAAAAAAAAAAAAAAAAAAAAplanted-bearer-token-7d1f"
LOOK_UP = "GET /2/users"
HANDLES = "GET /2/users/by"


@tagged("post_install", "-at_install")
class TestRefresh(TwitterHttpCase):
    """Handles, names and pictures of connected accounts, as X shows them by now."""

    def setUp(self):
        super().setUp()
        app = App(CLIENT_ID, CLIENT_SECRET, (f"{self.base_url()}/twitter/callback",))
        self.x.register(replace(app, bearer_token=TOKEN))
        self.addCleanup(self.x.register, app)
        for account in (ANA, BIA):
            self.addCleanup(self.x.put_account, account)
        self.company.write({"twitter_bearer_token": TOKEN, "twitter_refresh_cap": 1000})
        self.identity = self.connect(self.ana, ANA.id, username="ana")
        self.before = self.x.count(LOOK_UP), self.x.count(HANDLES)
        self.days = self.env["twitter.refresh"]

    def run_job(self):
        self.run_cron("twitter.refresh")

    def asked(self):
        """How often X was asked since the test began, for numbers and for handles."""
        ids, handles = self.before
        return self.x.count(LOOK_UP) - ids, self.x.count(HANDLES) - handles

    def next_day(self):
        """Let a day pass since X was last asked."""
        for identity in self.env["twitter.identity"].search([]):
            identity.asked_at -= timedelta(days=1)

    def today(self):
        return self.days.search([("company_id", "=", self.company.id)], limit=1)

    def formers(self):
        """The handles that the account had before."""
        return [one["username"] for one in self.identity.former_usernames or []]

    def had_until(self, time):
        """Let the account have had its last handle until then."""
        *before, last = self.identity.former_usernames
        last = {**last, "until": str(time)[:19]}
        self.identity.former_usernames = [*before, last]

    def change(self, account, **values):
        """Let an account be another one at X."""
        self.x.put_account(replace(account, **values))

    # === What X shows now === #

    @covers("X12")
    @covers("T27", "F24")
    def test_handle_name_picture_and_badge_are_those_of_today(self):
        self.change(ANA, username="ana_new", name="Ana S.", verified_type="blue")
        self.run_job()
        self.assertEqual(
            (self.identity.username, self.identity.name, self.identity.verified_type),
            ("ana_new", "Ana S.", "blue"),
        )
        self.assertEqual(self.formers(), ["ana"])
        self.assertTrue(self.identity.avatar)
        self.assertTrue(self.identity.refreshed_at)
        self.assertEqual(self.asked(), (1, 0))

    def test_other_capitals_are_no_other_handle(self):
        self.change(ANA, username="Ana")
        self.run_job()
        self.assertEqual(self.identity.username, "Ana")
        self.assertFalse(self.identity.former_usernames)

    def test_a_picture_is_fetched_where_it_has_changed(self):
        self.run_job()
        fetched = self.pictures()
        self.next_day()
        self.run_job()
        self.assertEqual(self.pictures(), fetched)
        avatar = self.identity.avatar
        self.change(ANA, picture=2)
        self.next_day()
        self.run_job()
        self.assertEqual(self.pictures(), fetched + 1)
        self.assertNotEqual(self.identity.avatar, avatar)

    def pictures(self):
        """How many pictures X's media host was asked for."""
        return sum("/profile_images/" in call.path for call in self.x.calls)

    def test_a_picture_that_can_not_be_had_now_stays_and_is_fetched_later(self):
        self.run_job()
        avatar = self.identity.avatar
        self.change(ANA, picture=2)
        self.next_day()
        with patch(
            "odoo.addons.helpdesk_twitter_identity.twitter_api.fetch_picture",
            return_value=None,
        ):
            self.run_job()
        self.assertEqual(self.identity.avatar, avatar)
        self.next_day()
        self.run_job()
        self.assertNotEqual(self.identity.avatar, avatar)

    @covers("X7")
    @covers("F23")
    def test_what_x_does_not_show_is_dropped_at_once(self):
        for gone in (lambda: self.change(ANA, suspended=True), self.delete_ana):
            with self.subTest(gone), self.env.cr.savepoint() as undo:
                self.change(ANA, username="ana_new")
                self.run_job()
                self.assertTrue(self.identity.former_usernames)
                self.identity.email = "ana@x.example"
                self.next_day()
                gone()
                self.run_job()
                self.assertIn(self.identity.availability, ("suspended", "gone"))
                names = "username name avatar picture verified_type email"
                for name in (*names.split(), "former_usernames", "username_key"):
                    self.assertFalse(self.identity[name], name)
                # The proof stands: the contact is known, the account is not shown.
                self.assertEqual(self.identity.twitter_id, ANA.id)
                self.assertTrue(self.identity.display_name)
                self.x.put_account(ANA)
                undo.rollback()

    def delete_ana(self):
        self.x.remove_account(ANA)

    def test_an_account_that_comes_back_is_shown_again(self):
        self.change(ANA, suspended=True)
        self.run_job()
        self.x.put_account(ANA)
        self.next_day()
        self.run_job()
        self.assertEqual(self.identity.username, "ana")
        self.assertEqual(self.identity.availability, "available")
        kinds = self.env["twitter.link.event"].search([]).mapped("kind")
        self.assertEqual(kinds[:2], ["available", "unavailable"])

    @covers("X8")
    def test_a_protected_account_is_shown_as_such(self):
        self.change(ANA, protected=True)
        self.run_job()
        self.assertEqual(self.identity.availability, "protected")
        self.assertEqual(self.identity.username, "ana")

    def test_steps_at_x_hold_no_handle(self):
        self.change(ANA, username="ana_new")
        self.run_job()
        self.env.cr.execute("SELECT e::text FROM twitter_link_event e")
        self.assertNotIn("ana_new", str(self.env.cr.fetchall()))

    # === On the ticket === #

    def card(self, expected):
        ticket = self.make_ticket(self.ana, twitter_expected_username=expected)
        return ticket, ticket.with_user(self.agent).twitter_card

    def test_a_renamed_account_is_not_taken_for_another_one(self):
        ticket = self.make_ticket(self.ana, twitter_expected_username="ana")
        self.change(ANA, username="ana_new")
        self.run_job()
        self.assertFalse(self.identity.former_usernames[0]["is_taken"])
        self.had_until(ticket.create_date + timedelta(seconds=1))
        card = ticket.with_user(self.agent).twitter_card
        self.assertEqual(card["identity"]["former"], "@ana")
        self.assertNotIn("expected", card)
        self.assertNotIn("reused", card)
        _ticket, card = self.card("somebody")
        self.assertEqual(card["expected"], "somebody")

    def test_of_two_handles_before_both_are_known(self):
        ticket = self.make_ticket(self.ana, twitter_expected_username="ana")
        self.change(ANA, username="ana_new")
        self.run_job()
        self.had_until(ticket.create_date + timedelta(seconds=1))
        self.change(ANA, username="ana_third")
        self.change(BIA, username="ana")
        self.next_day()
        self.run_job()
        self.assertEqual(self.formers(), ["ana", "ana_new"])
        card = ticket.with_user(self.agent).twitter_card
        self.assertEqual(card["identity"]["former"], "@ana_new, @ana")
        self.assertEqual(card["reused"], "ana")
        self.change(ANA, username="ana_new")
        self.next_day()
        self.run_job()
        self.assertEqual(self.formers(), ["ana", "ana_third"], "not the one of today")
        self.change(ANA, username="ana_third")
        self.next_day()
        self.run_job()
        self.authenticate("test_ana", "test_ana")
        self.assertIn(
            "was @ana_new, @ana",
            " ".join(self.page("/my/twitter").text_content().split()),
        )

    @covers("T27")
    def test_a_message_that_came_after_the_new_handle_is_of_another_account(self):
        self.change(ANA, username="ana_new")
        self.run_job()
        self.had_until(self.env.cr.now() - timedelta(days=1))
        _ticket, card = self.card("ana")
        self.assertEqual(card["expected"], "ana")

    def test_a_ticket_that_is_being_written_shows_the_card_too(self):
        self.change(ANA, username="ana_new")
        self.run_job()
        self.had_until(self.env.cr.now() - timedelta(days=1))
        ticket = self.env["helpdesk.ticket"].new(
            {"partner_id": self.ana.id, "company_id": self.company.id}
        )
        ticket.twitter_expected_username = "ana"
        self.assertEqual(ticket.twitter_card["expected"], "ana")

    @covers("X9")
    def test_what_x_said_of_an_account_goes_with_it(self):
        self.change(ANA, suspended=True)
        self.run_job()
        self.identity.unlink()
        kinds = self.env["twitter.link.event"].search([]).mapped("kind")
        self.assertNotIn("unavailable", kinds)

    @covers("X11")
    def test_what_x_may_have_charged_for_stays_counted(self):
        for fault, counted in (
            (Fault(status=200, body=b"<html>"), 1),
            (Fault(cut="mid_body", after=True), 1),
            (Fault(status=503, body=b"{}"), 0),
        ):
            with self.subTest(fault):
                self.days.search([]).unlink()
                self.x.faults.add(LOOK_UP, fault)
                self.run_job()
                self.assertEqual(self.today().asked, counted)
                self.assertEqual(self.identity.asked_at.year, 2006)

    @covers("X6")
    @covers("T27")
    def test_a_handle_that_another_account_has_by_now_is_warned_of(self):
        ticket = self.make_ticket(self.ana, twitter_expected_username="ana")
        self.change(ANA, username="ana_new")
        self.change(BIA, username="ana")
        self.run_job()
        self.assertEqual(self.asked(), (1, 1))
        self.had_until(ticket.create_date + timedelta(seconds=1))
        self.assertEqual(ticket.with_user(self.agent).twitter_card["reused"], "ana")
        # Nobody is matched by the handle: the identity is still Ana's account.
        self.assertEqual(self.identity.twitter_id, ANA.id)
        self.change(BIA, username="bia")
        self.next_day()
        self.run_job()
        self.env.invalidate_all()
        self.assertNotIn("reused", ticket.with_user(self.agent).twitter_card)

    def test_x_is_asked_for_old_handles_only_where_an_open_ticket_expects_them(self):
        ticket = self.make_ticket(self.ana, twitter_expected_username="ana")
        ticket.stage_id = self.env["helpdesk.ticket.stage"].search(
            [("closed", "=", True)], limit=1
        )
        self.change(ANA, username="ana_new")
        self.run_job()
        self.assertEqual(self.asked(), (1, 0))

    def test_an_old_handle_is_told_for_ninety_days(self):
        self.change(ANA, username="ana_new")
        self.run_job()
        self.had_until(self.env.cr.now() - timedelta(days=89, hours=23))
        self.run_job()
        self.assertEqual(self.formers(), ["ana"])
        self.had_until(self.env.cr.now() - timedelta(days=90, seconds=1))
        self.run_job()
        self.assertFalse(self.identity.former_usernames)

    def test_tickets_and_pages_of_an_account_that_x_does_not_show(self):
        self.change(ANA, suspended=True)
        self.run_job()
        ticket, card = self.card("ana")
        self.assertEqual(card["identity"]["availability"], "suspended")
        self.assertEqual(
            (card["identity"]["username"], card["identity"]["url"]), ("", "")
        )
        self.assertNotIn("expected", card)
        wizard = self.make_link(ticket)
        self.assertTrue(wizard.message)
        self.assertTrue(self.ana.with_user(self.agent).twitter_card)
        self.authenticate("test_ana", "test_ana")
        page = self.get("/my/twitter")
        self.assertIn("does not show this account", page.text)
        self.assertEqual(self.connected_id(page), ANA.id)

    # === Once, within the limits === #

    def test_an_account_is_looked_up_once_a_day(self):
        for _time in range(3):
            self.run_job()
        self.assertEqual(self.asked(), (1, 0))
        self.next_day()
        self.run_job()
        self.assertEqual(self.asked(), (2, 0))

    def test_an_administrator_has_an_account_looked_up_before_its_day(self):
        self.run_job()
        self.change(ANA, username="ana_new")
        admin = self.env.ref("base.user_admin")
        self.ana.with_user(admin).action_twitter_look_up()
        self.run_job()
        self.assertEqual(self.identity.username, "ana_new")
        # X charges for an account once a day.
        self.assertEqual((self.asked(), self.today().asked), ((2, 0), 1))
        self.x.faults.add(LOOK_UP, Fault(status=401, body=b"{}"))
        said = self.ana.with_user(admin).action_twitter_look_up()
        self.assertIn("within a minute", said["params"]["message"])
        self.run_job()
        self.assertEqual(self.today().asked, 1)
        with self.assertRaisesRegex(UserError, "does not accept the bearer token"):
            self.ana.with_user(admin).action_twitter_look_up()
        self.today().problem = False
        with self.assertRaises(UserError) as refused:
            self.ana.with_user(admin).action_twitter_look_up()
        self.assertRegex(str(refused.exception), r"^X is not asked before [^.]*\.$")
        self.today().resume_at = False
        self.company.twitter_refresh_cap = 0.01
        with self.assertRaisesRegex(UserError, "used up for today"):
            self.ana.with_user(admin).action_twitter_look_up()
        self.company.twitter_refresh_cap = 0
        with self.assertRaisesRegex(UserError, "Nothing is looked up"):
            self.ana.with_user(admin).action_twitter_look_up()
        with self.assertRaises(AccessError):
            self.ana.with_user(self.agent).action_twitter_look_up()

    def test_one_who_has_just_connected_is_not_looked_up(self):
        self.identity.unlink()
        self.authenticate("test_ana", "test_ana")
        self.confirm(self.come_back(self.start_in_portal()))
        self.run_job()
        self.assertEqual(self.asked(), (0, 0))

    def test_nothing_is_looked_up_without_a_token_or_a_cap(self):
        for values in ({"twitter_refresh_cap": 0}, {"twitter_client_id": False}):
            self.company.write(values)
            self.run_job()
        self.assertEqual(self.asked(), (0, 0))

    def make_many(self, count):
        """More connected contacts, of whom X knows nothing."""
        for number in range(count):
            partner = self.env["res.partner"].create({"name": f"Customer {number}"})
            self.connect(partner, str(9000 + number), username=f"c{number}")

    def test_a_hundred_are_asked_for_at_once(self):
        self.make_many(100)
        self.run_job()
        self.assertEqual(self.asked(), (2, 0))
        self.assertEqual(self.today().asked, 101)

    @covers("X11")
    def test_the_cap_of_a_month_is_spread_over_its_days(self):
        self.make_many(9)
        # Of thirty days ten are left, and five look-ups for each.
        with self.at(datetime(2026, 11, 21, 12)):
            self.days.create(
                {"company_id": self.company.id, "day": "2026-11-02", "asked": 150}
            )
            self.company.twitter_refresh_cap = 2
            self.assertEqual(self.days._allowance(self.company), 5)
            self.run_job()
            self.assertEqual(self.today().asked, 5)
            self.assertEqual(self.days._allowance(self.company), 0)
            self.run_job()
            self.assertEqual(self.asked(), (1, 0))
        # Those that nobody has asked for come first.
        with self.at(datetime(2026, 11, 22, 12)):
            self.run_job()
        missed = self.env["twitter.identity"].search(
            [("asked_at", "<", "2026-11-01"), ("company_id", "=", self.company.id)]
        )
        self.assertFalse(missed)

    @contextmanager
    def at(self, now):
        """Let it be another time for the database."""
        with (
            patch.object(BaseCursor, "now", lambda _cursor: now),
            patch.object(TestCursor, "now", lambda _cursor: now),
        ):
            yield

    @covers("X11")
    @covers("F3")
    def test_a_used_up_limit_is_waited_for(self):
        self.make_many(100)
        now = self.env.cr.now()
        reset = str(int((now - datetime(1970, 1, 1)).total_seconds()) + 600)
        self.x.faults.add(
            LOOK_UP,
            Fault(status=429, body=b"{}", headers={"x-rate-limit-reset": reset}),
        )
        self.run_job()
        self.assertEqual(self.asked(), (1, 0))
        day = self.today()
        self.assertEqual((day.problem, day.asked), ("rate_limited", 0))
        waits = (day.resume_at - now).total_seconds()
        self.assertAlmostEqual(waits, 600, delta=5)
        self.run_job()
        self.assertEqual(self.asked(), (1, 0))
        day.resume_at = now
        self.run_job()
        self.assertEqual(self.asked(), (3, 0))
        self.assertFalse(self.today().problem)

    @covers("F3")
    def test_an_absurd_limit_is_a_quarter_of_an_hour(self):
        now = self.env.cr.now()
        seconds = int((now - datetime(1970, 1, 1)).total_seconds())
        for named in (0, seconds - 5, seconds + 10**6, 10**12, 10**30):
            with self.subTest(named):
                self.assertEqual(self.days._bounded(named), now + timedelta(minutes=15))

    @covers("F22", "F4")
    def test_x_being_down_loses_nothing_and_fails_no_job(self):
        for status, code, hours in (
            (503, "x_unavailable", 0.25),
            (401, "token_rejected", 6),
            (402, "credits_depleted", 6),
        ):
            with self.subTest(code):
                self.days.search([]).unlink()
                self.x.faults.add(LOOK_UP, Fault(status=status, body=b"{}"))
                self.run_job()
                day = self.today()
                self.assertEqual((day.problem, day.asked), (code, 0))
                waits = (day.resume_at - day.write_date).total_seconds()
                self.assertAlmostEqual(waits, hours * 3600, delta=5)
                self.assertEqual(self.identity.username, "ana")
        self.days.search([]).unlink()
        self.run_job()
        self.assertTrue(self.identity.refreshed_at)

    @covers("R97")
    def test_administrators_are_told_what_only_they_can_mend(self):
        admin = self.env.ref("base.user_admin")
        self.env["res.lang"]._activate_lang("pt_BR")
        admin.write({"email": "admin@example.com", "lang": "pt_BR"})
        self.x.faults.add(LOOK_UP, Fault(status=503, body=b"{}"))
        self.run_job()
        self.assertFalse(self.told_by_mail(), "passes by itself")
        self.days.search([]).unlink()
        self.x.faults.add(LOOK_UP, Fault(status=401, body=b"{}"))
        self.run_job()
        (mail,) = self.told_by_mail()
        for words in ("Bearer token", "Keys and tokens", "suspendeu"):
            self.assertIn(words, mail.body_html)
        for secret in (TOKEN, ANA.id, "ana@", CLIENT_ID):
            self.assertNotIn(secret, mail.body_html)
        mail.unlink()
        self.assertFalse(self.told_by_mail(), "once a day")
        yesterday = self.env.cr.now() - timedelta(hours=25)
        self.company.twitter_told = dict.fromkeys(
            self.company.twitter_told, str(yesterday)[:19]
        )
        self.assertEqual(len(self.told_by_mail()), 1)
        self.company.twitter_told = False
        self.company.twitter_refresh_cap = 0
        self.env["mail.mail"].search([]).unlink()
        self.assertFalse(self.told_by_mail(), "nothing is looked up any more")
        self.company.twitter_refresh_cap = 1000
        self.today().day -= timedelta(days=2)
        self.assertFalse(self.told_by_mail(), "long past")
        self.company.twitter_bearer_token = TOKEN
        self.run_job()
        self.company.twitter_told = False
        self.env["mail.mail"].search([]).unlink()
        self.assertFalse(self.told_by_mail(), "mended")

    def told_by_mail(self):
        self.env["twitter.set.up"]._watch()
        return self.env["mail.mail"].search([("email_to", "=", "admin@example.com")])

    def test_a_new_token_is_tried_at_once(self):
        self.x.faults.add(LOOK_UP, Fault(status=401, body=b"{}"))
        self.run_job()
        self.company.twitter_bearer_token = TOKEN
        self.run_job()
        self.assertEqual(self.asked(), (2, 0))
        self.assertFalse(self.today().problem)

    @covers("T35", "R28")
    def test_the_token_is_written_and_never_read(self):
        admin = self.env.ref("base.user_admin")
        company = self.company.with_user(admin)
        self.assertFalse(company.twitter_bearer_token)
        self.assertTrue(company.twitter_has_bearer_token)
        settings = self.env["res.config.settings"].with_user(admin).create({})
        self.assertFalse(settings.twitter_bearer_token)
        settings.execute()
        self.assertEqual(self.company.twitter_bearer_token_kept, TOKEN)

    def test_another_value_of_the_console_is_refused(self):
        for pasted in (
            "dGVzdC1hcHA6MTpjaQ",
            "1745020318867001345-abcdefghijklmnopqrstuvwxyz",
            "a" * 25,
            "a" * 50,
        ):
            with self.subTest(pasted), self.assertRaises(ValidationError):
                self.company.twitter_bearer_token = pasted
        # X promises no form of it.
        self.company.twitter_bearer_token = "some-other-form"

    def test_a_cap_below_nothing_is_refused(self):
        for cap in (-1, 1_000_001):
            with self.subTest(cap), self.assertRaises(ValidationError):
                self.company.twitter_refresh_cap = cap

    def test_the_settings_say_what_it_costs(self):
        self.make_many(99)
        settings = self.env["res.config.settings"].create({})
        for cap, told in (
            (1000, "Looking at each of them daily costs about US$ 31.00 a month."),
            (10, "US$ 31.00 a month. Your cap buys a look at each every 4 days"),
            (0, "with this cap nothing is looked up"),
        ):
            with self.subTest(cap):
                settings.twitter_refresh_cap = cap
                self.assertIn(told, settings.twitter_refresh_cost)
        self.env["res.lang"]._activate_lang("pt_BR")
        told = settings.with_context(lang="pt_BR").twitter_refresh_cost
        self.assertIn("US$ 31,00", told)

    @covers("R95")
    def test_each_company_asks_with_its_own_token_for_its_own_accounts(self):
        other = self.env["res.company"].create({"name": "Other"})
        identity = self.connect(self.bruno, BIA.id, company_id=other.id)
        self.run_job()
        self.assertFalse(identity.refreshed_at)
        self.assertEqual(self.asked(), (1, 0))

    # === The e-mail address that X told of === #

    @covers("T28")
    def test_the_address_of_x_is_shown_beside_the_one_on_record(self):
        for email, matches in (("ANA@example.com", True), ("a@other.example", False)):
            with self.subTest(email):
                self.identity.email = email
                self.env.invalidate_all()
                _ticket, card = self.card(False)
                self.assertEqual(card["identity"]["email"], email)
                self.assertIs(card["identity"]["email_matches"], matches)
                self.assertEqual(self.ana.email, "ana@example.com")

    def test_addresses_of_x_go_when_nobody_is_asked_for_them_any_more(self):
        self.company.write(
            {"twitter_request_email": True, "twitter_email_reason": "to write"}
        )
        self.identity.email = "ana@example.com"
        self.company.twitter_request_email = False
        self.assertFalse(self.identity.email)
