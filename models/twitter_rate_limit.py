import logging
import re
from contextlib import suppress
from datetime import timedelta
from math import ceil

from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.misc import hmac

from .own_cursor import own_cursor
from .twitter_problem import TwitterProblem

_logger = logging.getLogger(__name__)

PARAMETER = "helpdesk_twitter_identity.limit_"
DEFAULTS = {
    # Of one visitor address, which a whole office or mobile network may share.
    "start": "120/600",
    "callback": "240/600",
    "code": "120/600",
    "link": "600/600",
    # Of one contact: what X charges for, and what fills their mailbox.
    "contact": "60/3600",
    # Of agents.
    "ticket": "60/3600",
    "agent": "240/3600",
}
"""Attempts and seconds of each limit."""
LATER = timedelta(minutes=1)
"""A window may have begun after the request that looks at it: while that waited."""
LOST = (LockNotAvailable, SerializationFailure)
MAILS = (5, 3600)
"""Mails to an address that anybody may have typed, and seconds: it is a stranger's."""
SILENCES = (5, 60)
"""How often X may be silent in a row, within seconds, before nobody is sent there for
what is left of them."""
LIMIT = re.compile(r"\s*(\d{1,9})\s*/\s*([1-9]\d{0,8})\s*", re.ASCII)
# Locking a table takes no snapshot yet: who waited here counts what came before.
LOCK = SQL("LOCK TABLE twitter_rate_limit IN SHARE ROW EXCLUSIVE MODE")
COUNT = """
    INSERT INTO twitter_rate_limit AS kept (key, attempts, ends_at)
         VALUES (%(key)s, 1, %(ends_at)s)
    ON CONFLICT (key) DO UPDATE
        SET attempts = CASE WHEN kept.ends_at BETWEEN %(now)s AND %(latest)s
                            THEN kept.attempts + 1 ELSE 1 END,
            ends_at = CASE WHEN kept.ends_at BETWEEN %(now)s AND %(latest)s
                           THEN kept.ends_at ELSE excluded.ends_at END
"""
FORGET = """
    DELETE FROM twitter_rate_limit WHERE id IN (
        SELECT id FROM twitter_rate_limit WHERE ends_at <= %(now)s
         ORDER BY id LIMIT %(most)s FOR UPDATE SKIP LOCKED
    )
"""
FORGET_AT_ONCE = 10_000


class TwitterRateLimit(models.Model):
    """How often somebody has tried something within a window of time.

    In the database, so that all workers and hosts count together, and in a transaction
    of its own, so that an attempt that fails counts too. Whose attempts they are can't
    be read here: of an address, a contact or an agent there is a keyed hash alone.
    """

    _name = "twitter.rate.limit"
    _description = "Attempts to connect an X account"
    _log_access = False
    _allow_sudo_commands = False

    key = fields.Char(required=True)
    attempts = fields.Integer(required=True)
    ends_at = fields.Datetime(required=True, index=True)

    _key_unique = models.UniqueIndex("(key)")

    @api.model
    def _count(self, name, subject):
        """Count an attempt, or refuse it.

        :param str name: of the limit, a key of :data:`DEFAULTS`.
        :param subject: whose attempt it is: a network, or the id of a record.
        :raise TwitterProblem: ``too_many_attempts``, which is not counted; ``busy``.
        """
        self._count_key(self._key(name, subject), self._limit(name))

    @api.model
    def _count_mail(self, what, address):
        """Count a mail to an address that a visitor typed, or refuse it.

        Whether anybody has an account with it makes no difference.

        :param str what: kind of mail.
        :param str address: normalised.
        :raise TwitterProblem: ``too_many_attempts``; ``busy``.
        """
        self._count_key(self._key(f"mail {what}", address), MAILS)

    # === X is silent === #

    @api.model
    def _check_heard(self):
        """Spare a customer the way to X where it was silent to the last few.

        Timeouts and refused connections alone count: an answer, however wrong, and a
        cut come at once and hold up no worker.

        :raise TwitterProblem: ``x_unreachable``.
        """
        try:
            self._check(self._key("silence", ""), SILENCES)
        except TwitterProblem as problem:
            wait = problem.retry_after
            raise TwitterProblem("x_unreachable", retry_after=wait) from problem

    @api.model
    def _note_silence(self, silent):
        """Count how often X was silent in a row.

        :param silent: whether it took no connection, or too much time; None: it was
            not asked.
        """
        key = self._key("silence", "")
        if silent:
            with suppress(TwitterProblem):
                self._count_key(key, SILENCES)
        elif silent is not None and self.search_count([("key", "=", key)], limit=1):
            with suppress(TwitterProblem, *LOST), own_cursor(self.env) as env:
                self.with_env(env).search([("key", "=", key)]).unlink()

    # === Counting === #

    @api.model
    def _count_key(self, key, limit):
        """Count an attempt, or refuse it.

        :param str key: of :meth:`_key`.
        :param tuple limit: attempts and seconds.
        """
        # A flood is turned away without a lock.
        self._check(key, limit)
        try:
            with own_cursor(self.env) as env:
                env.cr.execute(LOCK, log_exceptions=False)
                self.with_env(env)._check(key, limit)
                now = env.cr.now()
                ends_at = now + timedelta(seconds=limit[1])
                latest = ends_at + LATER
                count = SQL(COUNT, key=key, now=now, ends_at=ends_at, latest=latest)
                env.cr.execute(count)
        except LockNotAvailable as error:
            raise TwitterProblem("busy") from error

    @api.model
    def _key(self, name, subject):
        """What stands in the database for whose attempts are counted."""
        return hmac(self.env(su=True), "twitter.rate.limit", (name, str(subject)))

    @api.model
    def _check(self, key, limit):
        """Stop who has used up all attempts of the window.

        A window that is longer than the limit is of a time when it was another.
        """
        now = self.env.cr.now()
        self.env.cr.execute(
            SQL(
                "SELECT attempts, ends_at FROM twitter_rate_limit"
                " WHERE key = %s AND ends_at > %s AND ends_at <= %s",
                key,
                now,
                now + timedelta(seconds=limit[1]) + LATER,
            )
        )
        attempts, ends_at = self.env.cr.fetchone() or (0, now)
        if attempts >= limit[0]:
            wait = ceil((ends_at - now).total_seconds())
            raise TwitterProblem("too_many_attempts", retry_after=wait)

    @api.model
    def _limit(self, name):
        """A limit as the administrator has set it.

        :return: (attempts, seconds)
        """
        default = DEFAULTS[name]
        # Settings of the whole site, which no visitor may read.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        value = parameters_sudo.get_param(PARAMETER + name, default)
        match = LIMIT.fullmatch(value)
        if not match:
            _logger.error("%s%s is no count/seconds: %s", PARAMETER, name, default)
            match = LIMIT.fullmatch(default)
        return int(match[1]), int(match[2])

    @api.model
    def _forget(self):
        """Cron: counters whose window is over.

        In a transaction of its own: whoever counts waits for those that delete. What
        is left, or has begun anew meanwhile, goes the next time.
        """
        with suppress(TwitterProblem, *LOST), own_cursor(self.env) as env:
            forget = SQL(FORGET, now=env.cr.now(), most=FORGET_AT_ONCE)
            env.cr.execute(forget, log_exceptions=False)
