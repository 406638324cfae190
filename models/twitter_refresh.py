import calendar
import time
from contextlib import suppress
from datetime import timedelta

from psycopg2.errors import (
    DeadlockDetected,
    LockNotAvailable,
    SerializationFailure,
    UniqueViolation,
)

from odoo import api, fields, models
from odoo.tools import SQL, format_datetime, formatLang

from .. import twitter_api
from .own_cursor import own_cursor
from .twitter_identity import LONG_AGO
from .twitter_problem import TwitterProblem

READ_PRICE = 0.01
"""US dollars for each account that X returns, once a UTC day (docs.x.com, Pricing)."""
DAYS = 31
"""Of the longest months."""
AT_ONCE = 100
"""Accounts of one call (docs.x.com, GET /2/users)."""
PICTURES_SECONDS = 30
"""What the pictures of one call may take altogether."""
WAIT_FOR_X = timedelta(minutes=15)
"""Until X is asked again where it failed: a window of its rate limits."""
WAIT_FOR_ADMIN = timedelta(hours=6)
"""The same where somebody has to mend the set-up first."""
WAIT_AT_MOST = timedelta(hours=24)
PASSING = {"x_unreachable", "x_unavailable", "rate_limited", "unexpected_answer"}
"""Problems that pass by themselves."""
STORE_TRIES = 10
OVERTAKEN = (
    DeadlockDetected,
    LockNotAvailable,
    SerializationFailure,
    UniqueViolation,
)
"""What PostgreSQL says where somebody else was faster."""
FORMER_KEPT = timedelta(days=90)
"""How long the handle that an account had before is told."""
CLAIM = """
    WITH due AS (
        SELECT id FROM twitter_identity
         WHERE company_id = %(company)s AND asked_at < %(today)s
         ORDER BY asked_at, id
         LIMIT %(count)s
           FOR NO KEY UPDATE
    )
    UPDATE twitter_identity AS i
       SET asked_at = %(now)s
      FROM due WHERE i.id = due.id
    RETURNING i.id, i.twitter_id, i.picture, i.refreshed_at >= %(today)s AS is_paid
"""
GIVE_BACK = """
    UPDATE twitter_identity SET asked_at = %(long_ago)s WHERE id IN %(ids)s
"""


class TwitterRefresh(models.Model):
    """A day of looking up what connected accounts are called and look like by now.

    X asks to show the current handle, name and picture, and to drop what is no longer
    there (X developer policy, "X login" and "Content compliance"). Accounts are asked
    for by number, once a UTC day at most, those first that were asked longest ago.

    What is claimed is committed before X is asked: a run that is killed asks nobody
    twice, and two runs at once share the work. What X said is committed after each
    call, so the next run goes on from there.
    """

    _name = "twitter.refresh"
    _description = "Day of looking up X accounts"
    _order = "day desc, id desc"
    _rec_name = "day"
    _allow_sudo_commands = False

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", readonly=True
    )
    day = fields.Date(required=True, readonly=True)
    asked = fields.Integer(string="Looked up", readonly=True)
    renamed = fields.Integer(string="With a new @handle", readonly=True)
    hidden = fields.Integer(string="Suspended or gone", readonly=True)
    cost = fields.Float(
        string="Cost at most (US$)", compute="_compute_cost", store=True, digits=(16, 2)
    )
    problem = fields.Char(string="Problem code", readonly=True)
    x_answer = fields.Char(string="X's answer", readonly=True)
    resume_at = fields.Datetime(string="Not before", readonly=True)

    _one_each_day = models.Constraint(
        "UNIQUE(company_id, day)", "A day has one row in each company."
    )

    @api.depends("asked")
    def _compute_cost(self):
        for day in self:
            day.cost = day.asked * READ_PRICE

    # === A run === #

    @api.model
    def _run(self):
        """Cron: look accounts up, one call for each company in turn.

        X being down is no failure of the job, which Odoo would switch off.
        """
        cron = self.env["ir.cron"]
        at_work = self.env["res.company"].search(
            [("twitter_has_bearer_token", "=", True), ("twitter_refresh_cap", ">", 0)]
        )
        # Those that waited longest come first, where Odoo's time is short.
        at_work = at_work.sorted(
            lambda company: self._latest(company).write_date or company.create_date
        )
        left = {}
        for company in at_work:
            self._apart("_forget_former", company)
            left[company] = self._apart("_due", company) or 0
        while at_work := at_work.filtered(left.get):
            for company in at_work:
                done = self._look_up_next(company)
                left[company] = (done and self._apart("_due", company)) or 0
                if not cron._commit_progress(done, remaining=sum(left.values())):
                    return

    @api.model
    def _look_up_next(self, company):
        """Look up the next accounts of a company, as many as one call may.

        :return: int, how many X was asked for; 0: there is nothing to do now.
        """
        claim = self._apart("_claim", company)
        if not claim:
            return 0
        claimed = claim["rows"]
        token = company.sudo().twitter_bearer_token_kept
        numbers = {row["twitter_id"]: row for row in claimed}
        try:
            endpoints = self.env["twitter.oauth.transaction"]._endpoints()
            found = twitter_api.look_up(endpoints, token, list(numbers))
        except (twitter_api.TwitterError, TwitterProblem) as error:
            self._apart("_give_back", company, claim, error)
            return 0
        pictures = self._pictures(endpoints, numbers, found)
        changes = self._apart("_take_in", company, found, pictures)
        self._apart("_note_done", company, found, changes or {})
        expected = self._apart("_expected", company, claimed)
        if expected:
            try:
                owners = twitter_api.look_up_handles(endpoints, token, [*expected])
            except twitter_api.TwitterError as error:
                self._apart("_note_problem", company, error)
            else:
                self._apart("_note_owners", company, expected, owners)
        return len(claimed)

    @api.model
    def _apart(self, name, company, *arguments):
        """Call a method in a transaction of its own, again where somebody was faster.

        A customer who disconnects meanwhile, or another run, is no reason to lose what
        X has charged for.

        :return: what the method returns; None: others are at work on the same rows.
        """
        for _try in range(STORE_TRIES):
            with (
                suppress(*OVERTAKEN, TwitterProblem),
                own_cursor(self.env) as env,
            ):
                return getattr(self.with_env(env), name)(
                    company.with_env(env), *arguments
                )
        return None

    @api.model
    def _claim(self, company):
        """Take the next accounts, so that no other run asks for them today.

        :return: dict of ``rows``, a list of dict of ``id``, ``twitter_id`` and
            ``picture``; ``day``, the id of the row that they are counted on; and how
            many are ``counted`` there. None: there is nobody to ask for now.
        """
        count = min(AT_ONCE, self._allowance(company))
        if count <= 0 or self._waits(company):
            return None
        now = self.env.cr.now()
        self.env["twitter.identity"].flush_model()
        claim = SQL(
            CLAIM,
            company=company.id,
            today=fields.Datetime.to_datetime(now.date()),
            count=count,
            now=now,
        )
        self.env.cr.execute(claim, log_exceptions=False)
        claimed = self.env.cr.dictfetchall()
        if not claimed:
            return None
        day = self._today(company)
        # Of those that X has told of today it charges nothing more.
        paid = len([row for row in claimed if row["is_paid"]])
        day.asked += len(claimed) - paid
        return {"rows": claimed, "day": day.id, "counted": len(claimed) - paid}

    @api.model
    def _give_back(self, company, claim, error):
        """X was not to be had: the same accounts come first the next time.

        :param dict claim: of :meth:`_claim`.
        :param error: a ``TwitterError``, or a ``TwitterProblem``.
        """
        ids = tuple(row["id"] for row in claim["rows"])
        self.env.cr.execute(SQL(GIVE_BACK, long_ago=LONG_AGO, ids=ids))
        if not self._may_be_charged(error):
            day = self.browse(claim["day"])
            day.asked = max(0, day.asked - claim["counted"])
        self._note_problem(company, error)

    @api.model
    def _may_be_charged(self, error):
        """Whether X may have told of accounts, for which it charges, all the same.

        Where it refused it told of none; an answer that was cut off had begun.
        """
        status = getattr(error, "status", None)
        never_sent = getattr(error, "excerpt", "") in twitter_api.NEVER_SENT
        is_ours = isinstance(error, TwitterProblem)
        return not (is_ours or never_sent or (status and status >= 400))

    @api.model
    def _note_problem(self, company, error):
        """Keep what went wrong, and when X may be asked again.

        :param error: a ``TwitterError``, or a ``TwitterProblem``.
        """
        wait = WAIT_FOR_X if error.code in PASSING else WAIT_FOR_ADMIN
        retry_at = getattr(error, "retry_at", None)
        resume_at = self._bounded(retry_at) if retry_at else self.env.cr.now() + wait
        self._today(company).write(
            {
                "problem": error.code,
                "x_answer": getattr(error, "summary", ""),
                "resume_at": resume_at,
            }
        )
        self._wake_up(resume_at)
        if self._failing(company):
            self.env["twitter.set.up"]._look_soon()

    @api.model
    def _failing(self, company):
        """What keeps accounts from being looked up until somebody mends it.

        :return: str, a code; or empty.
        """
        latest = self._latest(company)
        # What is long past was mended, or nobody is looked up any more.
        yesterday = self.env.cr.now().date() - timedelta(days=1)
        is_recent = bool(latest) and latest.day >= yesterday
        return latest.problem if is_recent and latest.problem not in PASSING else ""

    @api.model
    def _take_in(self, company, found, pictures):
        """Write down what X said of accounts.

        The day's row is left alone here: another run writes it at the same time, and
        one of the two would do all of this again.

        :param twitter_api.Lookup found: of one call.
        :param dict pictures: bytes by number, of those that have changed.
        :return: dict, how many were ``renamed`` and ``hidden``.
        """
        numbers = [*found.accounts, *found.unavailable]
        identities = self.env["twitter.identity"].search(
            [("company_id", "=", company.id), ("twitter_id", "in", numbers)]
        )
        renamed = hidden = 0
        for identity in identities:
            number = identity.twitter_id
            if account := found.accounts.get(number):
                renamed += identity._refresh(account, pictures.get(number))
            else:
                hidden += identity._hide(found.unavailable[number])
        return {"renamed": renamed, "hidden": hidden}

    @api.model
    def _note_done(self, company, found, changes):
        """Count what a call has brought, on the row of today.

        :param twitter_api.Lookup found: of the call.
        :param dict changes: of :meth:`_take_in`.
        """
        day = self._today(company)
        resume_at = found.retry_at and self._bounded(found.retry_at)
        day.write(
            {
                **{name: day[name] + count for name, count in changes.items()},
                "problem": False,
                "x_answer": False,
                "resume_at": resume_at,
            }
        )
        if resume_at:
            self._wake_up(resume_at)

    @api.model
    def _pictures(self, endpoints, numbers, found):
        """The pictures that are not what they were.

        :param dict numbers: the claimed rows by number.
        :return: dict of bytes by number; one that can't be had now is left out.
        """
        pictures = {}
        end = time.monotonic() + PICTURES_SECONDS
        for number, account in found.accounts.items():
            known = numbers.get(number)
            has_changed = known and account.picture != (known["picture"] or "")
            if has_changed and time.monotonic() < end:
                picture = twitter_api.fetch_picture(endpoints, account.picture)
                if picture is not None:
                    pictures[number] = picture
        return pictures

    # === Handles that changed hands === #

    @api.model
    def _expected(self, company, claimed):
        """The handles that tickets expect of accounts that have been renamed since.

        :param list claimed: the rows that were just looked up.
        :return: dict of ids of identities by handle, as many as the cap allows.
        """
        identities = self.env["twitter.identity"].browse(row["id"] for row in claimed)
        handles = {
            former["username"].lower(): identity.id
            for identity in identities.exists()
            for former in identity.former_usernames or []
        }
        tickets = self.env["helpdesk.ticket"].search(
            [
                ("company_id", "=", company.id),
                ("stage_id.closed", "=", False),
                ("twitter_expected_username", "in", list(handles)),
            ]
        )
        asked = sorted(set(tickets.mapped("twitter_expected_username")))[:AT_ONCE]
        if not asked or self._waits(company) or self._allowance(company) < len(asked):
            return {}
        self._today(company).asked += len(asked)
        return {handle: handles[handle] for handle in asked}

    @api.model
    def _note_owners(self, _company, expected, owners):
        """Write down whether another account has a handle now.

        :param dict expected: ids of identities by their old handle.
        :param dict owners: X's numbers by handle, of those that somebody has.
        """
        for handle, identity_id in expected.items():
            identity = self.env["twitter.identity"].browse(identity_id).exists()
            owner = owners.get(handle)
            if identity:
                is_taken = owner not in (None, identity.twitter_id)
                identity._note_former_taken(handle, is_taken)

    @api.model
    def _forget_former(self, company):
        """Drop handles that accounts had long ago."""
        renamed = [("company_id", "=", company.id), ("former_usernames", "!=", False)]
        before = self.env.cr.now() - FORMER_KEPT
        self.env["twitter.identity"].search(renamed)._forget_formers(before)

    # === Limits === #

    @api.model
    def _due(self, company):
        """How many accounts may still be looked up today."""
        if self._waits(company):
            return 0
        today = fields.Datetime.to_datetime(self.env.cr.now().date())
        due = self.env["twitter.identity"].search_count(
            [("company_id", "=", company.id), ("asked_at", "<", today)]
        )
        return max(0, min(due, self._allowance(company)))

    @api.model
    def _allowance(self, company):
        """How many look-ups the spending cap still allows today.

        What is left of the month's cap is spread over its days, so that no account
        waits for the next month because others were asked each day.

        :return: int
        """
        today = self.env.cr.now().date()
        month = self.search(
            [("company_id", "=", company.id), ("day", ">=", today.replace(day=1))]
        )
        before = month.filtered(lambda row: row.day < today)
        left = self._reads(company) - sum(before.mapped("asked"))
        days = calendar.monthrange(today.year, today.month)[1] - today.day + 1
        return left // days - sum((month - before).mapped("asked"))

    @api.model
    def _reads(self, company):
        """How many look-ups a month's cap pays for."""
        return int(round(company.sudo().twitter_refresh_cap / READ_PRICE, 4))

    @api.model
    def _waits(self, company):
        """Whether X is not to be asked yet."""
        resume_at, now = self._latest(company).resume_at, self.env.cr.now()
        # Not where a clock was wrong.
        return bool(resume_at) and now < resume_at <= now + WAIT_AT_MOST

    @api.model
    def _bounded(self, retry_at):
        """When X says that its limit is over, unless that is absurd.

        :param int retry_at: epoch seconds.
        :return: datetime in UTC, between now and a day from now.
        """
        now = self.env.cr.now()
        try:
            named = fields.Datetime.to_datetime("1970-01-01") + timedelta(
                seconds=retry_at
            )
        except OverflowError:
            return now + WAIT_FOR_X
        return named if now <= named <= now + WAIT_AT_MOST else now + WAIT_FOR_X

    @api.model
    def _begin_anew(self, company):
        """Ask X again, now that the set-up has changed."""
        self._latest(company).write(
            {"problem": False, "x_answer": False, "resume_at": False}
        )
        self._wake_up()

    @api.model
    def _wake_up(self, at=None):
        """Run again, not only at the next hour.

        :param datetime at: when, in UTC; None: at once.
        """
        self.env.ref("helpdesk_twitter_identity.ir_cron_refresh")._trigger(at)

    @api.model
    def _latest(self, company):
        """The row of the last day on which something was asked; or none."""
        return self.search([("company_id", "=", company.id)], limit=1)

    @api.model
    def _today(self, company):
        """The row of today."""
        values = {"company_id": company.id, "day": self.env.cr.now().date()}
        of_today = [(name, "=", value) for name, value in values.items()]
        return self.search(of_today) or self.create(values)

    @api.model
    def _why_not(self, company):
        """Why X is not asked now, in a sentence for administrators.

        :return: str, empty: it is.
        """
        if self._waits(company):
            latest = self._latest(company)
            line = self.env["twitter.set.up.check"]._look_ups(company)
            # Without a problem it is a used-up limit that is waited for.
            return self.env._(
                "X is not asked before %(at)s. %(why)s %(fix)s",
                at=format_datetime(self.env, latest.resume_at),
                why=line.text if latest.problem else "",
                fix=line.fix if latest.problem else "",
            ).strip()
        if self._allowance(company) < 1:
            return self.env._("What look-ups may cost is used up for today.")
        return ""

    # === What it costs === #

    @api.model
    def _needed_reads(self, company):
        """How many look-ups a month it takes to look at each account daily."""
        of_company = [("company_id", "=", company.id)]
        return DAYS * self.env["twitter.identity"].search_count(of_company)

    @api.model
    def _estimate(self, company, cap):
        """What looking up costs, in a sentence for administrators.

        :param float cap: US dollars a month.
        :return: str
        """
        needed = self._needed_reads(company)
        values = {
            "count": needed // DAYS,
            "daily": formatLang(self.env, needed * READ_PRICE),
            "days": max(1, -(-needed // max(1, int(round(cap / READ_PRICE, 4))))),
            "cost": formatLang(self.env, min(cap, needed * READ_PRICE)),
        }
        if not needed:
            return self.env._("No account is connected yet: it costs nothing.")
        if round(cap / READ_PRICE, 4) < 1:
            return self.env._(
                "Connected accounts: %(count)s. Looking at each of them daily costs "
                "about US$ %(daily)s a month; with this cap nothing is looked up.",
                **values,
            )
        if values["days"] == 1:
            return self.env._(
                "Connected accounts: %(count)s. Looking at each of them daily costs "
                "about US$ %(daily)s a month.",
                **values,
            )
        return self.env._(
            "Connected accounts: %(count)s. Looking at each of them daily costs "
            "about US$ %(daily)s a month. Your cap buys a look at each every %(days)s "
            "days, for US$ %(cost)s a month.",
            **values,
        )
