import logging
from datetime import timedelta
from itertools import takewhile

from odoo import api, fields, models
from odoo.fields import Domain

from .twitter_problem import PROBLEMS

_logger = logging.getLogger(__name__)

IN_A_ROW = 3
"""So many different customers in a row are no chance."""
LOOKED_AT = 100
"""Of the last ways to X: one customer may have tried many times."""
TOLD_AGAIN = timedelta(hours=24)
LOOK_UP = "look-up:"
"""Before the codes of problems that look-ups met, in what was told."""
CRON = "helpdesk_twitter_identity.ir_cron_set_up"


class TwitterSetUp(models.AbstractModel):
    """Whether customers can connect, for those who have set it up."""

    _name = "twitter.set.up"
    _description = "Set-up of X"

    # === What customers run into === #

    @api.model
    def _look_soon(self):
        """Somebody has run into a problem: look whether it is one of ours."""
        self.env.ref(CRON)._trigger()

    @api.model
    def _watch(self):
        """Cron: tell administrators what keeps customers from connecting, and what
        keeps accounts from being looked up.

        Each problem once a day, while it lasts.
        """
        companies = self.env["res.company"]
        for company in companies.search([("twitter_client_id", "!=", False)]):
            self._note_known_callback(company)
            code = self._failing(company)
            if code and self._is_due(company, code):
                self._tell(company, code)
        looks_up = [
            ("twitter_has_bearer_token", "=", True),
            ("twitter_refresh_cap", ">", 0),
        ]
        for company in companies.search(looks_up):
            code = self.env["twitter.refresh"]._failing(company)
            if code and self._is_due(company, f"{LOOK_UP} {code}"):
                self._tell_of_look_ups(company, code)

    @api.model
    def _is_due(self, company, what):
        """Whether to tell of it now, which is then noted as told."""
        told, now = company.twitter_told or {}, self.env.cr.now()
        told_at = fields.Datetime.to_datetime(told.get(what))
        if told_at and told_at + TOLD_AGAIN > now:
            return False
        company.twitter_told = {**told, what: fields.Datetime.to_string(now)}
        return True

    @api.model
    def _failing(self, company):
        """What keeps customers of a company from connecting, as the last ones show.

        One is enough where starting again can't help. Of those who never came back,
        and of what passes by itself, it takes several customers in a row.

        :return: str, a code that an administrator can mend, or an empty string.
        """
        # What customers do, or make up in the address that X leads back to, hides none,
        # however often they do it.
        ours = [code for code in PROBLEMS if self._is_ours(code)]
        telling = [("problem", "in", [False, *ours])]
        trips = self._ended(company, LOOKED_AT, telling)
        code = trips[:1].problem
        if not code:
            return ""
        in_a_row = takewhile(lambda trip: trip.problem == code, trips)
        customers = {trip.partner_id for trip in in_a_row}
        enough = IN_A_ROW if PROBLEMS[code].start_again else 1
        return code if len(customers) >= enough else ""

    @api.model
    def _is_ours(self, code):
        """Whether a problem tells of the set-up."""
        return code == "never_returned" or PROBLEMS[code].fixer == "admin"

    @api.model
    def _trips_sudo(self):
        """All of them: an administrator is told numbers and codes, of no customer."""
        return self.env["twitter.oauth.transaction"].sudo()

    @api.model
    def _ended(self, company, limit, only=()):
        """The last ways to X that have ended, the newest first.

        :param only: domain of those that count.
        """
        return self._trips_sudo().search(
            [
                ("company_id", "=", company.id),
                ("status", "in", ("exchanged", "done", "failed")),
                *only,
            ],
            limit=limit,
        )

    @api.model
    def _newest_problem(self, company):
        """What the last customer ran into, or an empty string."""
        return self._ended(company, 1).problem or ""

    @api.model
    def _lost(self, company):
        """The ways of a day from which nobody has come back to today's address."""
        # The scheduled action that gives up may be due soon.
        late = (
            Domain("status", "=", "pending")
            & Domain("problem", "=", False)
            & Domain("expires_at", "<=", self.env.cr.now())
        )
        lost = Domain("problem", "=", "never_returned") | late
        return self._trips_sudo().search(lost & Domain(self._as_set_up(company)))

    @api.model
    def _met(self, company):
        """What customers ran into within a day, as far as we, or X, can mend it.

        :return: list of round trips by problem, the newest first.
        """
        by_code = self._ended(company, None).grouped("problem")
        return [
            trips
            for code, trips in by_code.items()
            if code in PROBLEMS
            and code != "never_returned"
            and PROBLEMS[code].fixer in ("admin", "x")
        ]

    @api.model
    def _is_over(self, trips):
        """Whether somebody came through after the last of these."""
        last_id = trips[0].id
        return any(
            not later.problem
            for later in self._ended(trips.company_id, None)
            if later.id > last_id
        )

    # === Where X leads back to === #

    @api.model
    def _as_set_up(self, company):
        """Domain of the ways that began with the set-up as it is now."""
        return [
            ("company_id", "=", company.id),
            ("client_id", "=", company.twitter_client_id),
            ("redirect_uri", "=", company.twitter_callback_url),
        ]

    @api.model
    def _note_known_callback(self, company):
        """Remember that X has led somebody back: round trips are kept for a day.

        The address counts with the client ID: each app at X has its own list. Whoever
        was told an account came from X; any other way back can be made up.
        """
        came_back = [
            ("status", "in", ("exchanged", "done")),
            *self._as_set_up(company),
        ]
        known = self._named_callback(company)
        # Nobody but us may touch it.
        company_sudo = company.sudo()
        is_new = company_sudo.twitter_known_callback != known
        if is_new and self._trips_sudo().search_count(came_back, limit=1):
            company_sudo.twitter_known_callback = known

    @api.model
    def _is_known_callback(self, company):
        """Whether X has ever led a customer back to today's address."""
        self._note_known_callback(company)
        # Told as yes or no alone.
        return company.sudo().twitter_known_callback == self._named_callback(company)

    @api.model
    def _named_callback(self, company):
        return f"{company.twitter_client_id} {company.twitter_callback_url}"

    # === Mails === #

    @api.model
    def _admins(self, company):
        """The administrators of a company who can be written to."""
        return self.env.ref("base.group_system").all_user_ids.filtered(
            lambda user: user.email and company in user.company_ids
        )

    @api.model
    def _tell(self, company, code):
        """Mail a problem to the administrators of a company, with what mends it."""
        _logger.warning("Connecting with X fails for %s: %s", company.name, code)
        for admin in self._admins(company):
            spoken = self.with_context(lang=admin.lang)
            words = PROBLEMS[code].in_words(spoken.env)
            lead = spoken.env._(
                "Customers of %(company)s can't connect their X accounts: %(what)s "
                "(code %(code)s).",
                company=company.name,
                what=words["step"],
                code=code,
            )
            subject = spoken.env._(
                "Connecting with X fails: %(what)s", what=words["step"]
            )
            spoken._mail(admin, company, subject, {**words, "lead": lead})

    @api.model
    def _tell_of_look_ups(self, company, code):
        """Mail what keeps accounts from being looked up, with what mends it."""
        _logger.warning("Looking up X accounts fails for %s: %s", company.name, code)
        for admin in self._admins(company):
            spoken = self.with_context(lang=admin.lang)
            line = spoken.env["twitter.set.up.check"]._look_ups(company)
            lead = spoken.env._(
                "X accounts of customers of %(company)s can't be looked up. Until this "
                "is mended, handles and pictures stay as they are, and accounts that X "
                "has suspended stay shown.",
                company=company.name,
            )
            subject = spoken.env._("Looking up X accounts fails")
            words = {"lead": lead, "cause": line.text, "fix": line.fix}
            spoken._mail(admin, company, subject, words)

    @api.model
    def _mail(self, admin, company, subject, words):
        """Queue a mail to an administrator, in the language of the environment.

        :param dict words: ``lead``, ``cause`` and ``fix``; ``step`` where customers
            read its code, too.
        """
        body_html = self.env["ir.qweb"]._render(
            "helpdesk_twitter_identity.notice_set_up",
            {"admin": admin, "company": company, "words": words},
            minimal_qcontext=True,
        )
        self.env["twitter.mail"]._queue(subject, body_html, admin.email, company)
