import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, consteq
from odoo.tools.misc import hmac

from .own_cursor import own_cursor
from .twitter_problem import TwitterProblem
from .visitor import sha256

CODE_LIVES = timedelta(minutes=10)
PROOF_LIVES = timedelta(minutes=30)
TRIES = 5
"""For each link and browser: a stranger with the link can't lock the customer out."""
PRESSED_AGAIN = 2
MAILS_PER_HOUR = 3
CODE_LOCK = 0x7769_0004
"""First key of the advisory lock "a code of this link is sent or tried"."""


class TwitterLinkCode(models.Model):
    """A code mailed to the address on record, for one link and one browser.

    Tried out by someone else's browser it proves nothing. A proof stands on this row,
    for 30 minutes, for this user and the browser that typed the code.
    """

    _name = "twitter.link.code"
    _description = "Code to prove an address"
    _order = "id desc"
    _allow_sudo_commands = False

    request_id = fields.Many2one(
        "twitter.link.request", required=True, ondelete="cascade", index=True
    )
    user_id = fields.Many2one("res.users", required=True, ondelete="cascade")
    nonce_hash = fields.Char(required=True)
    code_hash = fields.Char(required=True)
    device = fields.Char()
    expires_at = fields.Datetime(required=True)
    tries = fields.Integer(default=0)
    proven_at = fields.Datetime()
    proof_hash = fields.Char()
    mail_id = fields.Many2one("mail.mail", ondelete="set null")

    @api.model
    def _send(self, request, visitor):
        """Mail a code to the address on record.

        :param twitter.link.request request: open.
        :param Visitor visitor: whose browser the code is for.
        :raise TwitterProblem: ``no_address``, ``code_limit``, ``cookies_off``,
            ``too_many_attempts``, or what :meth:`twitter.link.request._proof` says.
        """
        limits = self.env["twitter.rate.limit"]
        limits._count("code", visitor.network)
        request._proof(visitor)
        if not visitor.nonce:
            raise TwitterProblem("cookies_off")
        if request.partner_id._twitter_proof_method() != "email_code":
            raise TwitterProblem("no_address")
        self._lock(request)
        with own_cursor(self.env) as env:
            latest = self.with_env(env)
            is_full = latest._is_full(request.with_env(env), visitor)
        if is_full:
            raise TwitterProblem("code_limit")
        # Counted last: a stranger who holds the link uses up no more than its mails.
        limits._count("contact", request.partner_id.id)
        events = self.env["twitter.link.event"]
        events._log_begun(request, visitor.device)
        events._log_request(request, "code_sent", visitor.device)
        self._mail(request, visitor)

    @api.model
    def _is_full(self, request, visitor):
        """Whether no further code may be mailed: one that can't be typed is none."""
        last_hour = [
            ("request_id", "=", request.id),
            ("create_date", ">", self.env.cr.now() - timedelta(hours=1)),
        ]
        return (
            self.search_count(last_hour) >= MAILS_PER_HOUR
            or self._tries(request, visitor) >= TRIES
        )

    @api.model
    def _mail(self, request, visitor):
        """Make a code and queue its mail."""
        code = f"{secrets.randbelow(10**6):06}"
        row = self.create(
            {
                "request_id": request.id,
                "user_id": visitor.user_id,
                "nonce_hash": visitor.nonce_hash,
                "code_hash": self._hash(request, visitor, code),
                "device": visitor.device,
                "expires_at": self.env.cr.now() + CODE_LIVES,
            }
        )
        row.mail_id = self.env["twitter.mail"]._queue_template(
            "helpdesk_twitter_identity.mail_template_code",
            row,
            request.address,
            request.company_id,
            code,
        )

    @api.model
    def _verify(self, request, visitor, typed):
        """Check a code. Each try counts, whatever becomes of the request.

        :param str typed: what the customer typed; blanks don't matter.
        :return: str, the proof for this browser alone, in place of an older one.
        :raise TwitterProblem: ``code_wrong``, ``code_limit``, ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("code", visitor.network)
        request._proof(visitor)
        self._lock(request)
        proof = secrets.token_urlsafe(32)
        with own_cursor(self.env) as env:
            problem = self.with_env(env)._try_code(
                request.with_env(env), visitor, "".join(typed.split()), sha256(proof)
            )
        if problem:
            raise TwitterProblem(problem)
        return proof

    @api.model
    def _try_code(self, request, visitor, typed, proof_hash):
        """Count a try and compare, in one transaction of its own.

        Pressed twice, a code that is right is right again.

        :return: a code of the catalogue, or an empty string: proven.
        """
        newest = self._rows(request, visitor)[:1]
        # The last try, pressed twice, is not one too many.
        limit = TRIES + PRESSED_AGAIN if newest._stands() else TRIES
        if self._tries(request, visitor) >= limit:
            return "code_limit"
        newest.tries += 1
        if (
            not newest
            or (newest.proven_at and not newest._stands())
            or newest.expires_at <= self.env.cr.now()
            or not consteq(newest.code_hash, self._hash(request, visitor, typed))
        ):
            if newest:
                is_last = self._tries(request, visitor) == TRIES
                problem = "code_limit" if is_last else "code_wrong"
                events = self.env["twitter.link.event"]
                events._log_request(request, "problem", visitor.device, problem)
            return "code_wrong"
        if not newest.proven_at:
            events = self.env["twitter.link.event"]
            events._log_request(request, "proven", visitor.device)
            newest.proven_at = self.env.cr.now()
        newest.proof_hash = proof_hash
        return ""

    @api.model
    def _rows(self, request, visitor):
        """The codes of a link for this browser and user, newest first."""
        return self.search(
            [
                ("request_id", "=", request.id),
                ("nonce_hash", "=", visitor.nonce_hash),
                ("user_id", "=", visitor.user_id),
            ]
        )

    @api.model
    def _tries(self, request, visitor):
        """How often this browser has tried codes of a link, of all its mails."""
        return sum(self._rows(request, visitor).mapped("tries"))

    @api.model
    def _standing(self, request, visitor):
        """The proof of this browser and user for a link, if it has one.

        :return: a row, or none.
        """
        if not visitor.nonce:
            return self.browse()
        rows = self._rows(request, visitor).filtered(lambda row: row._stands())
        proof_hash = visitor.proof_hash(request.id)
        return rows.filtered(
            lambda row: row.proof_hash and consteq(row.proof_hash, proof_hash)
        )[:1]

    def _stands(self):
        """Whether the proof is young enough. A changed address ends the whole link."""
        return bool(self.proven_at and self.proven_at + PROOF_LIVES > self.env.cr.now())

    @api.model
    def _is_waiting(self, request, visitor):
        """Whether this browser has a code that can still be typed."""
        now = self.env.cr.now()
        rows = self._rows(request, visitor) if visitor.nonce else self.browse()
        return any(
            # A proof whose cookie is lost: the same code is typed again.
            row.expires_at > now and (not row.proven_at or row._stands())
            for row in rows
        )

    @api.model
    def _hash(self, request, visitor, code):
        """A code as it is kept: of no use for another link or browser."""
        message = (request.id, visitor.nonce_hash, code)
        return hmac(self.env(su=True), "twitter.link.code", message)

    @api.model
    def _lock(self, request):
        """One at a time for each link, so that nobody counts an old number."""
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(%s, %s)", CODE_LOCK, request.id)
        )

    @api.model
    def _forget(self):
        """Cron: mails of expired codes that could not be sent.

        The rows stay as long as their link: they count its tries.
        """
        expired = [("expires_at", "<=", self.env.cr.now()), ("mail_id", "!=", False)]
        self.search(expired).mail_id.unlink()
