import logging
import re
from math import ceil

from psycopg2.errors import LockNotAvailable

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
LIMIT = re.compile(r"\s*(\d{1,9})\s*/\s*([1-9]\d{0,8})\s*", re.ASCII)
# Locking a table takes no snapshot yet: who waited here counts what came before.
LOCK = SQL("LOCK TABLE twitter_rate_limit IN SHARE ROW EXCLUSIVE MODE")
COUNT = """
    INSERT INTO twitter_rate_limit AS kept (key, attempts, ends_at)
         VALUES (%(key)s, 1, %(now)s + %(seconds)s * interval '1 second')
    ON CONFLICT (key) DO UPDATE
        SET attempts = CASE WHEN kept.ends_at > %(now)s
                            THEN kept.attempts + 1 ELSE 1 END,
            ends_at = CASE WHEN kept.ends_at > %(now)s
                           THEN kept.ends_at ELSE excluded.ends_at END
"""


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
        allowed, seconds = self._limit(name)
        key = hmac(self.env(su=True), "twitter.rate.limit", (name, str(subject)))
        # A flood is turned away without a lock.
        self._check(key, allowed)
        try:
            with own_cursor(self.env) as env:
                env.cr.execute(LOCK, log_exceptions=False)
                self.with_env(env)._check(key, allowed)
                now = env.cr.now()
                env.cr.execute(SQL(COUNT, key=key, seconds=seconds, now=now))
        except LockNotAvailable as error:
            raise TwitterProblem("busy") from error

    @api.model
    def _check(self, key, allowed):
        """Stop who has used up all attempts of the window."""
        now = self.env.cr.now()
        self.env.cr.execute(
            SQL(
                "SELECT attempts, ends_at FROM twitter_rate_limit"
                " WHERE key = %s AND ends_at > %s",
                key,
                now,
            )
        )
        attempts, ends_at = self.env.cr.fetchone() or (0, now)
        if attempts >= allowed:
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

    @api.autovacuum
    def _gc_ended(self):
        self.search([("ends_at", "<=", self.env.cr.now())]).unlink()
