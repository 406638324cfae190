import base64
import logging
import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

from psycopg2 import DatabaseError, InterfaceError
from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import api, fields, models
from odoo.tools import SQL, config, consteq
from odoo.tools.translate import LazyTranslate

from .. import twitter_api
from .masking import short_name
from .own_cursor import own_cursor
from .twitter_link_code import PROOF_LIVES
from .twitter_problem import AlreadyLinked, TwitterProblem
from .twitter_sign_in import TYPE, SignIn
from .visitor import sha256

_logger = logging.getLogger(__name__)
# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

REPORTED = _lt(
    "The customer says that it was somebody else who wrote from the noted X account."
)

START_LIVES = timedelta(minutes=10)
"""From Connect to the way back from X."""
PROFILE_LIVES = timedelta(minutes=10)
"""From the way back to the customer's confirmation."""
PRESSED_AGAIN = timedelta(minutes=1)
"""How long "Sign in", pressed, may be pressed again in the browser that began: the
answer may have been lost on its way, or Odoo runs the request again."""
KEEP = timedelta(hours=24)
STORE_TRIES = 3

WORKING_LOCK = 0x7769_0001
"""First key of the advisory lock "somebody works on this state"."""
SLOT_LOCK = 0x7769_0002
"""First key of the advisory locks "one more worker waits for X"."""
CONFIRM_LOCK = 0x7769_0003
"""First key of the advisory lock "this connection is being confirmed"."""
START_FIELDS = ("reference", "nonce_hash", "user_id", "expires_at")
"""What a round trip begins with and never changes."""
REFERENCE = re.compile(r"[\w-]{43}", re.ASCII)
CLAIM = """
    WITH found AS (
        SELECT id, code_verifier FROM twitter_oauth_transaction
         WHERE state_hash = %(state)s AND status = 'pending'
           AND nonce_hash = %(nonce)s AND user_id = %(user)s
           AND expires_at > %(now)s
           FOR NO KEY UPDATE
    )
    UPDATE twitter_oauth_transaction AS t
       SET status = 'claimed', code_verifier = NULL
      FROM found WHERE t.id = found.id
    RETURNING t.id, t.company_id, t.client_id, t.redirect_uri, t.scopes,
              t.request_id, t.purpose, found.code_verifier
"""


CAME_BACK = """
    UPDATE twitter_oauth_transaction SET problem = %(problem)s
     WHERE id = %(id)s
       AND (status = 'pending' AND problem IS NULL
            OR status = 'failed' AND problem = 'never_returned')
    RETURNING id
"""


@dataclass(frozen=True)
class Outcome:
    """What came of asking X.

    :param str problem: a code of the catalogue, or an empty string.
    :param dict profile: of the account, or False; with ``wrong_account`` there is one.
    :param silent: whether X took no connection or too much time; None: not asked.
    :param str answer: X's words where it told of a problem, redacted.
    """

    problem: str
    profile: dict = False
    silent: bool = None
    answer: str = ""


class TwitterOauthTransaction(models.Model):
    """One round trip to X (RFC 6749, 4.1, with PKCE, RFC 7636).

    A row is claimed, and its outcome stored, by transactions of their own: Odoo runs a
    request again that lost a race, and a code of X works once. The request's own
    transaction never writes a row before the confirmation.
    """

    _name = "twitter.oauth.transaction"
    _inherit = "twitter.owner.access.mixin"
    _description = "Round trip to X"
    _order = "id desc"
    _rec_name = "status"
    _twitter_owner_fields = ("partner_id", "request_id")

    reference = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    purpose = fields.Selection(
        [("link", "Connect"), ("sign_in", "Sign in")], required=True, readonly=True
    )
    status = fields.Selection(
        [
            ("pending", "At X"),
            ("claimed", "Asking X"),
            ("exchanged", "Waiting for confirmation"),
            ("done", "Connected"),
            ("failed", "Failed"),
        ],
        default="pending",
        required=True,
        readonly=True,
    )
    problem = fields.Char(string="Problem code", readonly=True)
    x_answer = fields.Char(
        string="X's answer", readonly=True, groups="base.group_system"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", readonly=True
    )
    user_id = fields.Many2one(
        "res.users", string="Signed in as", ondelete="cascade", readonly=True
    )
    request_id = fields.Many2one(
        "twitter.link.request",
        string="Link",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    code_id = fields.Many2one(
        "twitter.link.code",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
        groups=fields.NO_ACCESS,
    )
    proof = fields.Selection(
        [("portal_session", "Portal sign-in"), ("email_code", "Code by e-mail")],
        readonly=True,
    )
    device = fields.Char(readonly=True)
    return_page = fields.Char(
        readonly=True, help="Key of the page that one came for, never an address."
    )
    # Who was signed in by it: a button that is pressed again signs in the same.
    sign_in_user_id = fields.Many2one(
        "res.users", ondelete="cascade", readonly=True, groups=fields.NO_ACCESS
    )
    signed_in_at = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(required=True, readonly=True)
    exchanged_at = fields.Datetime(readonly=True)
    consent_text = fields.Text(readonly=True)
    consent_version = fields.Char(readonly=True)
    consent_lang = fields.Char(readonly=True)
    consent_given_at = fields.Datetime(readonly=True)

    client_id = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    redirect_uri = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    scopes = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    state_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    nonce_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    code_verifier = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    profile = fields.Json(readonly=True, groups=fields.NO_ACCESS)

    _state_unique = models.UniqueIndex("(state_hash)")
    _reference_unique = models.UniqueIndex("(reference)")

    # === Start === #

    @api.model
    def _start(self, visitor, company, values, consent):
        """Begin a round trip.

        :param Visitor visitor: to whom the way back is bound.
        :param res.company company: whose app at X is used.
        :param dict values: ``partner_id`` and ``proof``; of a link ``request_id`` and
            ``code_id`` too.
        :param Consent consent: what the form sent.
        :return: str, the address at X to send the browser to.
        :raise TwitterProblem: ``not_configured``, ``consent_missing``, ``cookies_off``,
            ``too_many_attempts``, ``x_unreachable``.
        """
        # The settings are the administrators'; the customer is led by them.
        company_sudo = company.sudo()
        company_sudo._twitter_check_ready()
        texts = self.env["twitter.consent.text"]
        text = texts._text(company_sudo)
        if not visitor.nonce:
            raise TwitterProblem("cookies_off")
        if not consent.covers(text):
            raise TwitterProblem("consent_missing")
        self._check_way(visitor)
        self.env["twitter.rate.limit"]._count("contact", values["partner_id"])
        values = {
            **values,
            "purpose": "link",
            "consent_text": text,
            "consent_version": texts._version(company_sudo, text),
            "consent_given_at": self.env.cr.now(),
        }
        scopes = twitter_api.scopes_for(company_sudo.twitter_request_email)
        trip, url = self._send_to_x(visitor, company_sudo, scopes, values)
        by_sign_in = trip.proof == "portal_session"
        kinds = ("proven", "sent_to_x") if by_sign_in else ("sent_to_x",)
        self.env["twitter.link.event"].create([trip._step(kind) for kind in kinds])
        return url

    @api.model
    def _start_sign_in(self, visitor, company, page):
        """Begin a round trip of somebody who wants to sign in; nobody knows who.

        X is asked for the least: who signs in has agreed to nothing yet.

        :param Visitor visitor: to whom the way back is bound.
        :param res.company company: whose app at X is used.
        :param str page: key of the page that they came for.
        :return: str, the address at X to send the browser to.
        :raise TwitterProblem: ``not_configured``, ``cookies_off``,
            ``too_many_attempts``, ``x_unreachable``.
        """
        # As above.
        company_sudo = company.sudo()
        if not company_sudo._twitter_offers_sign_in():
            raise TwitterProblem("not_configured")
        if not visitor.nonce:
            raise TwitterProblem("cookies_off")
        self._check_way(visitor)
        values = {"purpose": "sign_in", "return_page": page}
        scopes = twitter_api.scopes_for(False)
        _trip, url = self._send_to_x(visitor, company_sudo, scopes, values)
        return url

    @api.model
    def _check_way(self, visitor):
        """Stop where X is silent, or where somebody tries too often.

        :raise TwitterProblem: ``x_unreachable``, ``too_many_attempts``.
        """
        limits = self.env["twitter.rate.limit"]
        limits._check_heard()
        limits._count("start", visitor.network)

    @api.model
    def _send_to_x(self, visitor, company_sudo, scopes, values):
        """Make the row of a round trip, and the address that it starts at.

        :return: (the row, the address at X).
        """
        app = company_sudo._twitter_app()
        authorization = twitter_api.authorize(self._endpoints(), app, scopes)
        trip = self.create(
            {
                **values,
                "company_id": company_sudo.id,
                "user_id": visitor.user_id,
                "nonce_hash": visitor.nonce_hash,
                "device": visitor.device,
                **self._protocol_values(app, scopes, authorization),
            }
        )
        return trip, authorization.url

    @api.model
    def _protocol_values(self, app, scopes, authorization):
        """What the way back needs; of the state only its hash."""
        return {
            "reference": secrets.token_urlsafe(32),
            "client_id": app.client_id,
            "redirect_uri": app.redirect_uri,
            "scopes": " ".join(scopes),
            "state_hash": sha256(authorization.state),
            "code_verifier": authorization.code_verifier,
            "expires_at": self.env.cr.now() + START_LIVES,
            "consent_lang": self.env.lang or "en_US",
        }

    @api.model
    def _endpoints(self):
        """X's addresses: fixed, or the process's environment, never the database.

        :raise TwitterProblem: ``not_configured``: the environment names no address.
        """
        try:
            return twitter_api.Endpoints.from_environ(os.environ)
        except ValueError as error:
            _logger.error("Connecting with X: %s", error)
            raise TwitterProblem("not_configured") from error

    # === Callback === #

    @api.model
    def _receive(self, pairs, visitor):
        """Take what X sent back: spend the state, ask X once, keep the outcome.

        :param list pairs: (name, value) of the query, in order, repeated ones too.
        :param Visitor visitor: who brought it.
        :return: str, the reference of the page that tells how it went on.
        :raise TwitterProblem: ``state_unknown``, ``too_many_attempts``, ``busy``,
            ``x_unreachable``; nothing is spent.
        """
        self.env["twitter.rate.limit"]._count("callback", visitor.network)
        try:
            callback = twitter_api.parse_callback(pairs)
        except twitter_api.TwitterError as error:
            raise TwitterProblem("state_unknown") from error
        state_hash = sha256(callback.state)
        # What never changes may be read here; what does, from the claim alone.
        of_state = [("state_hash", "=", state_hash)]
        trip = self.search_fetch(of_state, START_FIELDS)
        if not trip:
            raise TwitterProblem("state_unknown")
        # The row goes with its contact, which somebody may delete meanwhile.
        reference = trip.reference
        if self._try_lock(WORKING_LOCK, reference):
            trip._go_on(callback, state_hash, visitor)
        return reference

    def _go_on(self, callback, state_hash, visitor):
        """What is done about a round trip that X has ended.

        :raise TwitterProblem: ``x_unreachable``; nothing is spent.
        """
        try:
            is_free = callback.error or self._has_way_to_x()
        except TwitterProblem as problem:
            self._note_return(visitor, problem.code)
            raise
        claim = is_free and self._claim(state_hash, visitor)
        if not claim:
            self._note_return(visitor, "busy")
            return
        outcome = self._outcome(claim, callback)
        # Without a connection the row stays as it is: "start again".
        with suppress(TwitterProblem):
            self._store_outcome(claim, outcome)
            self.env["twitter.rate.limit"]._note_silence(outcome.silent)

    @api.model
    def _claim(self, state_hash, visitor):
        """Spend a state, at most once, for the browser and user that began.

        :return: dict of the row as it was, or None: it is somebody else's, spent or
            too late, and stays as it is.
        """
        claim = SQL(
            CLAIM,
            state=state_hash,
            nonce=visitor.nonce_hash,
            user=visitor.user_id,
            now=self.env.cr.now(),
        )
        try:
            with own_cursor(self.env) as env:
                # A lost race is no error worth a line in the log.
                env.cr.execute(claim, log_exceptions=False)
                return env.cr.dictfetchone()
        except (SerializationFailure, LockNotAvailable, TwitterProblem):
            # Somebody was faster, or no connection is free: nothing is spent here.
            return None

    def _note_return(self, visitor, problem):
        """Tell the agent, once, that X led the customer back, and why to no avail.

        The state stays unspent: it is for the browser that began.

        :param str problem: why, where it is that browser and it came in time.
        """
        if not self._is_of(visitor):
            problem = "other_browser"
        elif self.expires_at <= self.env.cr.now():
            problem = "state_expired"
        note = SQL(CAME_BACK, id=self.id, problem=problem)
        with (
            suppress(SerializationFailure, LockNotAvailable, TwitterProblem),
            own_cursor(self.env) as env,
        ):
            env.cr.execute(note, log_exceptions=False)
            if env.cr.fetchone():
                self.with_env(env)._log("problem", problem, visitor.device)

    @api.model
    def _outcome(self, claim, callback):
        """What came of it: X's error, or whose account it is.

        :param dict claim: of :meth:`_claim`.
        :return: Outcome
        """
        if callback.error:
            denied = callback.error == "access_denied"
            return Outcome("cancelled" if denied else "unexpected_answer")
        app = self.env["res.company"].browse(claim["company_id"])._twitter_app()
        if app.client_id != claim["client_id"]:
            return Outcome("state_expired")
        return self._ask_x(app, claim, callback.code)

    @api.model
    def _ask_x(self, app, claim, code):
        """Ask X whose account it is, once.

        :return: Outcome
        """
        try:
            account = twitter_api.read_account(
                self._endpoints(),
                # The address of the start, whatever the settings say by now.
                replace(app, redirect_uri=claim["redirect_uri"]),
                code,
                claim["code_verifier"],
                tuple(claim["scopes"].split()),
            )
        except twitter_api.TwitterError as error:
            _logger.warning("X: %s", error)
            silent = isinstance(error, twitter_api.XSilent)
            return Outcome(error.code, silent=silent, answer=error.summary)
        if claim["purpose"] == "sign_in":
            problem = self.env["twitter.sign.in"]._problem_of(
                self.env["res.company"].browse(claim["company_id"]), account.twitter_id
            )
            # Of whom nothing can come here, nothing is kept.
            profile = False if problem else self._profile(account)
            return Outcome(problem, profile, silent=False)
        request = self.env["twitter.link.request"].browse(claim["request_id"])
        problem = "" if request._expects(account.username) else "wrong_account"
        return Outcome(problem, self._profile(account), silent=False)

    @api.model
    def _profile(self, account):
        """An account of X as it is kept until the customer confirms.

        :param twitter_api.Account account: as X told it.
        :return: dict of JSON values, named like the fields of ``twitter.identity``.
        """
        return {
            "twitter_id": account.twitter_id,
            "username": account.username,
            "name": account.name,
            "verified_type": account.verified_type,
            "email": account.email,
            "avatar": base64.b64encode(account.avatar).decode(),
            "picture": account.picture,
            "availability": "protected" if account.protected else "available",
        }

    @api.model
    def _store_outcome(self, claim, outcome):
        """Keep what came of it, whatever becomes of the request.

        :raise TwitterProblem: ``busy``: no connection is free.
        """
        for _try in range(STORE_TRIES):
            # Neither a rival on the row nor a connection that has died is a reason to
            # lose what X said: it says it once.
            try:
                self._write_outcome(claim, outcome)
                return
            except (DatabaseError, InterfaceError) as error:
                _logger.warning("Storing what X said: %s", type(error).__name__)

    @api.model
    def _write_outcome(self, claim, outcome):
        with own_cursor(self.env) as env:
            # It goes with its contact, which somebody may have deleted meanwhile.
            row = self.with_env(env).browse(claim["id"]).exists()
            if not row:
                return
            row.write(
                {
                    "status": "exchanged" if outcome.profile else "failed",
                    "problem": outcome.problem,
                    "profile": outcome.profile,
                    "x_answer": outcome.answer,
                    "exchanged_at": env.cr.now(),
                }
            )
            if row.problem or row.purpose == "link":
                row._log("problem" if row.problem else "returned", problem=row.problem)
            cron = env.ref("helpdesk_twitter_identity.ir_cron_forget")
            cron._trigger(env.cr.now() + PROFILE_LIVES)
            if row.problem:
                env["twitter.set.up"]._look_soon()

    def _log(self, kind, problem="", device="", owner_id=False):
        """Note a step on the timeline of the contact and of the link's ticket.

        :param str device: another one than that of the start, in words.
        :param int owner_id: of the contact that has the account already.
        """
        step = self._step(kind, problem, device)
        self.env["twitter.link.event"].create({**step, "owner_id": owner_id})

    def _step(self, kind, problem="", device=""):
        """The values of a step; see :meth:`_log`."""
        return {
            "partner_id": self.partner_id.id,
            "ticket_id": self.request_id.ticket_id.id,
            "request_id": self.request_id.id,
            "attempt": self._attempt(),
            "company_id": self.company_id.id,
            "kind": kind,
            "problem": problem,
            "device": device or self.device,
        }

    def _attempt(self):
        """What the steps of one way have in common; empty while nobody's."""
        own = f"trip/{self.id}" if self.partner_id else ""
        return self.request_id._attempt() or own

    # === Confirm === #

    @api.model
    def _find(self, reference, visitor):
        """The round trip of a page, for the browser and user that began it.

        :return: the row.
        :raise TwitterProblem: ``state_unknown``, ``other_browser``, or whatever ended
            the round trip.
        """
        row = self._of_reference(reference)
        problem = row._problem() if row._is_of(visitor) else "other_browser"
        if problem:
            raise TwitterProblem(
                problem,
                from_link=bool(row.request_id),
                signing_in=row.purpose == "sign_in",
            )
        return row

    @api.model
    def _of_reference(self, reference):
        """The round trip that a page's address names, whoever opens it.

        :raise TwitterProblem: ``state_unknown``.
        """
        row = self._named(reference)
        if not row:
            raise TwitterProblem("state_unknown")
        return row

    @api.model
    def _named(self, reference):
        """The round trip that a page's address names; or none."""
        if not REFERENCE.fullmatch(reference):
            return self.browse()
        return self.search_fetch([("reference", "=", reference)])

    @api.model
    def _find_link(self, reference, visitor):
        """The link that a round trip came from, to be followed in another browser.

        Nothing of the round trip is taken over: whoever comes here proves to be the
        customer, agrees and goes to X anew. What X sent to this browser is let go; it
        would be too old by then (X's codes live for 30 seconds).

        :raise TwitterProblem: ``state_unknown``, ``other_browser`` where it came from
            no link, what ended the link, ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("link", visitor.network)
        request = self._of_reference(reference).request_id
        if not request:
            raise TwitterProblem("other_browser")
        return request._unless_ended()

    @api.model
    def _link_of(self, reference, visitor):
        """The link that a round trip came from, also where it has ended; or none.

        :raise TwitterProblem: ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("link", visitor.network)
        return self._named(reference).request_id

    def _is_of(self, visitor):
        """Whether browser and user are those that began: a nonce outlives a sign-in."""
        return (
            consteq(self.nonce_hash, visitor.nonce_hash)
            and self.user_id.id == visitor.user_id
        )

    def _problem(self):
        """The code of what stands in the way of confirming, or an empty string."""
        now = self.env.cr.now()
        if self.status == "failed":
            # Given up before anything came of it: whoever reads this is too late.
            return self.problem if self.exchanged_at else "state_expired"
        if self.status == "pending":
            # Back from X, and still not spent: all places were taken.
            return "busy" if self.expires_at > now else "state_expired"
        if self.status == "claimed" and self._is_abandoned():
            return "state_expired"
        if self.status == "exchanged":
            return self._confirm_problem(now)
        if self.purpose == "sign_in" and self.signed_in_at + PRESSED_AGAIN <= now:
            return "state_expired"
        return ""

    def _is_abandoned(self):
        """Whether the one who asked X is gone: a code can't be sent twice."""
        if not self._try_lock(WORKING_LOCK, self.reference):
            return False
        # It may have ended, with an outcome, since this request began.
        with own_cursor(self.env) as env:
            return self.with_env(env).status == "claimed"

    def _profile_ends(self):
        """When what X said of an account is forgotten, unless it is confirmed (UTC)."""
        return self.exchanged_at + PROFILE_LIVES

    def _confirm_problem(self, now):
        """What has changed since the customer went to X."""
        if self.user_id._is_internal():
            return "internal_user"
        if not self.profile or self._profile_ends() <= now:
            return "state_expired"
        if self.purpose == "sign_in":
            # Who it is, and whether they may, is asked of the account at each step.
            return ""
        if self.request_id:
            return self.request_id._confirm_problem(self)
        if self.user_id.partner_id != self.partner_id:
            return "wrong_customer"
        return "" if self.partner_id._twitter_sign_in_proves() else "no_address"

    @api.model
    def _confirm(self, reference, visitor):
        """Connect: the customer has seen the account and pressed the button.

        Pressed twice, the second waits for the first and finds the work done.

        :return: the row, with status ``done``; or ``claimed``: still asking X.
        :raise TwitterProblem: what stands in the way.
        """
        self._one_at_a_time(reference)
        # The request's snapshot was taken before the wait: look with a newer one.
        with own_cursor(self.env) as env:
            latest = self.with_env(env)._find(reference, visitor)
            if latest.purpose != "link":
                raise TwitterProblem("state_unknown")
            latest_id, status = latest.id, latest.status
        row = self.browse(latest_id)
        # Where the outcome is newer than that snapshot, the page is looked at again.
        if status == row.status == "exchanged":
            if row._is_unexpected():
                raise TwitterProblem("wrong_account", from_link=True)
            row._connect()
        return row

    @api.model
    def _one_at_a_time(self, reference):
        """Wait until nobody else confirms this round trip."""
        self.env.cr.execute(
            SQL(
                "SELECT pg_advisory_xact_lock(%s, hashtext(%s))",
                CONFIRM_LOCK,
                sha256(reference),
            )
        )

    def _is_unexpected(self):
        """Whether X named another account than the one that the agent noted.

        Until the customer says that it is theirs all the same.
        """
        return self.status == "exchanged" and self.problem == "wrong_account"

    @api.model
    def _insist(self, reference, visitor):
        """The customer wants this account connected, though it is not the one noted.

        :raise TwitterProblem: what stands in the way.
        """
        row = self._find(reference, visitor)
        if row._is_unexpected():
            row.problem = False

    @api.model
    def _report(self, reference, visitor):
        """The customer says that they did not write from the account noted.

        :raise TwitterProblem: what stands in the way.
        """
        row = self._find(reference, visitor)
        if row._is_unexpected():
            row._end("wrong_account")
            row._log("reported")
            row.request_id.ticket_id._twitter_note(REPORTED)

    def _connect(self):
        """Write the connection down; it stands with the end of the request, or not.

        :raise TwitterProblem: ``already_linked``; the attempt has failed for good.
        """
        profile = self.profile
        self.write({"status": "done", "profile": False})
        try:
            self.env["twitter.identity"]._connect(self, profile)
        except AlreadyLinked as problem:
            self._end(problem.code)
            self._log("problem", problem.code, owner_id=problem.owner_id)
            owner = self.env["res.partner"].browse(problem.owner_id)
            identities = self.env["twitter.identity"]
            identity = identities._of(owner, self.company_id)
            identity.consent_id._announce_conflict(self.device)
            raise
        self.request_id._use()
        self._log("connected")

    def _end(self, problem):
        """End the round trip and forget whose account it was.

        :param str problem: a code of the catalogue.
        """
        self.write({"status": "failed", "problem": problem, "profile": False})

    @api.model
    def _decline(self, reference, visitor):
        """The customer says that it is not their account: forget it.

        :raise TwitterProblem: what stands in the way.
        """
        row = self._find(reference, visitor)
        if row.status == "exchanged":
            row._end("cancelled")
            row._log("problem", "cancelled")

    def _page_values(self):
        """What the pages after X show, to one who has proven to be the customer.

        :return: dict of values for the templates.
        """
        return {
            "reference": self.reference,
            "profile": self.profile,
            "expected": self.request_id.expected_username,
            "company": self.company_id,
            "res_company": self.company_id,
            "customer": short_name(self.partner_id.name),
            "identity": self._shown_identity(),
            "is_portal": not self.user_id._is_public(),
            "sign_in": self._takes_sign_in_away(),
        }

    def _takes_sign_in_away(self):
        """Whose X account signs them in, where another one would take its place.

        :return: dict of ``twitter.sign.in``, or None.
        """
        if self.status != "exchanged":
            return None
        identities, sign_ins = self.env["twitter.identity"], self.env["twitter.sign.in"]
        identity = identities._of(self.partner_id, self.company_id)
        is_other = identity.twitter_id != self.profile["twitter_id"]
        user = sign_ins._user_of(identity)
        return sign_ins._state(user, self.company_id) if user and is_other else None

    def _shown_identity(self):
        """The account that the contact has: the one to be replaced, or just connected.

        A page that is opened again from a browser's history shows no account that came
        later, nor any after the time for which a proof stands.
        """
        identities = self.env["twitter.identity"]
        identity = identities._of(self.partner_id, self.company_id)
        if self.status != "done":
            return identity
        is_own = identity.consent_id.given_at == self.consent_given_at
        is_fresh = self.exchanged_at + PROOF_LIVES > self.env.cr.now()
        return identity if is_own and is_fresh else identities

    def _consent_values(self, twitter_id):
        """The receipt of what was agreed before going to X.

        :param str twitter_id: number of the account that came back.
        """
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "account_hash": self.env["twitter.consent"]._account_hash(twitter_id),
            "text": self.consent_text,
            "version": self.consent_version,
            "lang": self.consent_lang,
            "scopes": self.scopes,
            "given_at": self.consent_given_at,
            "channel": self._channel(),
        }

    # === Signing in === #

    @api.model
    def _find_sign_in(self, reference, visitor):
        """As :meth:`_find`, of who wants to sign in.

        :raise TwitterProblem: as there; ``state_unknown``: it is a connection.
        """
        row = self._find(reference, visitor)
        if row.purpose != "sign_in":
            raise TwitterProblem("state_unknown")
        return row

    @api.model
    def _came_for(self, reference, visitor, pressed=False):
        """Key of the page that somebody came for who wants to sign in; or empty.

        For the browser that still has the bits that it began with, whoever has signed
        in there meanwhile: nobody else is to know which ticket it was.

        :param bool pressed: whether the page has told whose account X opens, which is
            to be that of who has signed in.
        """
        row = self._named(reference)
        is_same = bool(row) and consteq(row.nonce_hash, visitor.nonce_hash)
        if is_same and pressed and row._signs_in().id not in (False, visitor.user_id):
            return ""
        return row.return_page or "" if is_same else ""

    def _signs_in(self):
        """Whom the X account signs in; none, where that is forgotten."""
        sign_ins, profile = self.env["twitter.sign.in"], self.profile or {}
        identity = sign_ins._identity(self.company_id, profile.get("twitter_id"))
        return self.sign_in_user_id or sign_ins._user_of(identity)

    def _sign_up(self):
        """The account that is being made with this round trip; or none."""
        return self.env["twitter.sign.up"].search([("trip_id", "=", self.id)])

    def _note_consent(self, consent):
        """Who makes an account agrees, as everywhere, before anything is connected.

        :param Consent consent: what the form sent.
        :raise TwitterProblem: ``consent_missing``.
        """
        texts, scopes = self.env["twitter.consent.text"], tuple(self.scopes.split())
        text = texts._text(self.company_id, scopes)
        if self._has_agreed(text):
            # For another code; the receipt keeps when they did.
            return
        if not consent.covers(text):
            raise TwitterProblem("consent_missing")
        whole = texts._text(self.company_id)
        version = texts._version(self.company_id, whole)
        left_out = set(texts._scope_uses(self.company_id)) - set(scopes)
        self.write(
            {
                "consent_text": text,
                # Such as "3 - users.email": without the line of what was not asked.
                "consent_version": " - ".join([version, *sorted(left_out)]),
                "consent_lang": self.env.lang or "en_US",
                "consent_given_at": self.env.cr.now(),
            }
        )

    def _has_agreed(self, text):
        """Whether they have agreed to this very text, on this way."""
        return bool(self.consent_given_at) and self.consent_text == text

    def _note_signed_in(self, user):
        """The customer has pressed the button: the profile has served."""
        self.write(
            {
                "status": "done",
                "profile": False,
                "partner_id": user.partner_id.id,
                "sign_in_user_id": user.id,
                "signed_in_at": self.env.cr.now(),
            }
        )

    def _has_signed_in(self, user_id):
        """Whether this user has just been signed in by it."""
        is_done = self.purpose == "sign_in" and self.status == "done"
        return (
            is_done
            and self.sign_in_user_id.id == user_id
            and self.signed_in_at > self.env.cr.now() - PRESSED_AGAIN
        )

    def _signed_in_as(self, visitor):
        """What the session begins with, of a row that is done.

        :return: SignIn
        """
        credential = {
            "type": TYPE,
            "login": self.sign_in_user_id.login,
            "twitter_reference": self.reference,
            "twitter_nonce_hash": visitor.nonce_hash,
        }
        return SignIn(credential, self.return_page or "")

    def _channel(self):
        """Where it began, a value of ``twitter.consent.channel``."""
        if self.purpose == "sign_in":
            return "sign_up"
        return "link" if self.request_id else "portal"

    # === Locks === #

    @api.model
    def _try_lock(self, key, name):
        """Take an advisory lock until the request ends, or say that somebody has it.

        PostgreSQL lets it go with the connection, so a killed worker holds none.
        """
        self.env.cr.execute(
            SQL("SELECT pg_try_advisory_xact_lock(%s, hashtext(%s))", key, name)
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _has_way_to_x(self):
        """Whether X is to be asked now, and a place for waiting on it is free.

        :raise TwitterProblem: ``x_unreachable``.
        """
        self.env["twitter.rate.limit"]._check_heard()
        return self._take_slot()

    @api.model
    def _take_slot(self):
        """Take one of the places for waiting on X.

        Half of the workers, at least one: the others keep serving tickets and the
        portal while X is slow.
        """
        workers = config["workers"] or config["db_maxconn"] // 4
        for slot in range(max(1, workers // 2)):
            self.env.cr.execute(
                SQL("SELECT pg_try_advisory_xact_lock(%s, %s)", SLOT_LOCK, slot)
            )
            if self.env.cr.fetchone()[0]:
                return True
        return False

    # === Forgetting === #

    def _give_up(self):
        """End what X has not ended in time.

        X shows a page of its own where the set-up is wrong, and tells us nothing.
        """
        for row in self:
            values = {"status": "failed", "code_verifier": False}
            if row.problem:
                row.write(values)
            else:
                row.write({**values, "problem": "never_returned"})
                row._log("problem", "never_returned")

    @api.model
    def _forget(self):
        """Cron: drop what may not be kept any longer."""
        now = self.env.cr.now()
        self.search(
            [
                ("status", "=", "exchanged"),
                ("exchanged_at", "<=", now - PROFILE_LIVES),
            ]
        ).write({"status": "failed", "problem": "state_expired", "profile": False})
        self.search([("status", "=", "pending"), ("expires_at", "<=", now)])._give_up()
        self.search([("create_date", "<=", now - KEEP)]).unlink()
        self.env["twitter.link.request"]._forget()
        self.env["twitter.link.code"]._forget()
        self.env["twitter.link.wizard"]._forget()
        self.env["twitter.undo"]._forget()
        self.env["twitter.sign.up"]._forget()
        self.env["twitter.rate.limit"]._forget()
