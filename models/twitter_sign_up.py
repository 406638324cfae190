import secrets
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError
from odoo.fields import Command
from odoo.tools import consteq
from odoo.tools.misc import hmac

from odoo.addons.auth_signup.models.res_partner import SignupError

from .own_cursor import own_cursor
from .twitter_link_code import TRIES
from .twitter_problem import TwitterProblem
from .typed import typed_address, typed_line

MAILS = 3
"""For each way to X; see ``twitter.rate.limit`` for how many an address gets."""
SHORTEST = 2
"""Minutes. A code that is good for less would come too late."""
NAME_LENGTH = 100


class TwitterSignUp(models.Model):
    """An account that is about to be made with X.

    It begins with an X account that nobody has connected, and ends with an address that
    its owner has shown to read, or in nothing. Whether an address has an account here
    is told in a mail to it alone: pages and times are the same.
    """

    _name = "twitter.sign.up"
    _description = "Account about to be made with X"
    _order = "id desc"
    _allow_sudo_commands = False

    trip_id = fields.Many2one(
        "twitter.oauth.transaction", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="trip_id.company_id")
    name = fields.Char(required=True)
    address = fields.Char(required=True)
    lang = fields.Char()
    device = fields.Char()
    code_hash = fields.Char(required=True)
    expires_at = fields.Datetime(required=True)
    minutes = fields.Integer(help="For which the code is good when it is mailed.")
    tries = fields.Integer(default=0)
    mails = fields.Integer(default=0)
    mail_id = fields.Many2one("mail.mail", ondelete="set null")

    _one_for_each_trip = models.UniqueIndex("(trip_id)")

    @api.model
    def _is_open(self):
        """Whether anybody may make an account: Odoo's own setting."""
        return self.env["res.users"]._get_signup_invitation_scope() == "b2c"

    def _page_values(self, trip):
        """What the page shows, before and after the code was mailed.

        :param twitter.oauth.transaction trip: of this browser; self may be none.
        :return: dict of values for the template.
        """
        texts = self.env["twitter.consent.text"]
        scopes = tuple((trip.scopes or "").split())
        text = texts._text(trip.company_id, scopes)
        return {
            "consent_text": text,
            "name": self.name or trip.profile["name"],
            "address": self.address or "",
            "sent_to": self.address or "",
            "mails": self.mails,
            "consent_given": trip._has_agreed(text),
        }

    # === Before the code === #

    @api.model
    def _ask(self, reference, visitor, typed, consent):
        """Mail a code to the address that somebody typed, or that it has an account.

        :param dict typed: ``name`` and ``login``, the address.
        :param Consent consent: what the form sent.
        :return: bool, whether the address and the name can be used.
        :raise TwitterProblem: what stands in the way.
        """
        limits = self.env["twitter.rate.limit"]
        limits._count("code", visitor.network)
        trip = self._trip(reference, visitor)
        address = typed_address(typed.get("login", ""))
        name = typed_line(typed.get("name", ""), NAME_LENGTH)
        if not (address and name):
            return False
        trip._note_consent(consent)
        sign_up = trip._sign_up()
        if sign_up.mails >= MAILS or sign_up.tries >= TRIES:
            raise TwitterProblem("code_limit")
        if self._minutes_left(trip) < SHORTEST:
            raise TwitterProblem("state_expired")
        # Counted last, so that a request that is run again counts once; where that
        # refuses it, nothing has been done.
        with self.env.cr.savepoint():
            sign_up._mail_code(trip, visitor, address, name)
            self.env.flush_all()
            limits._count_mail("sign-up", address)
        return True

    @api.model
    def _trip(self, reference, visitor):
        """The round trip of somebody who may make an account now.

        :raise TwitterProblem: what stands in the way.
        """
        trips = self.env["twitter.oauth.transaction"]
        trip = trips._find_sign_in(reference, visitor)
        if trip.status != "exchanged":
            raise TwitterProblem("state_expired")
        twitter_id = trip.profile["twitter_id"]
        if self.env["twitter.sign.in"]._identity(trip.company_id, twitter_id):
            raise TwitterProblem("already_linked")
        if not self._is_open():
            raise TwitterProblem("sign_up_closed")
        return trip

    @api.model
    def _minutes_left(self, trip):
        """For how many whole minutes what X said is still kept."""
        left = trip._profile_ends() - self.env.cr.now()
        return left // timedelta(minutes=1)

    def _mail_code(self, trip, visitor, address, name):
        """Note the account that is to be made, and queue its mail.

        The same is done where the address has an account; the code is in no mail then.

        :raise ConcurrencyError: the same browser asks at the same time; Odoo runs this
            request again.
        """
        has_account = self._has_account(address)
        code = f"{secrets.randbelow(10**6):06}"
        # Where nobody gets a code, none can be guessed.
        kept = secrets.token_urlsafe(32) if has_account else code
        values = {
            "name": name,
            "address": address,
            "lang": self.env.lang,
            "device": visitor.device,
            "code_hash": self._hash(trip, visitor, address, kept),
            # No later: without what X said there is nothing to connect.
            "expires_at": trip._profile_ends(),
            "minutes": self._minutes_left(trip),
            "mails": self.mails + 1,
        }
        if self:
            # An address that was mistyped is to get nothing that still works.
            self.mail_id.filtered(lambda mail: mail.state != "sent").unlink()
            self.write(values)
        sign_up = self or self._begin({**values, "trip_id": trip.id})
        forget = self.env.ref("helpdesk_twitter_identity.ir_cron_forget")
        forget._trigger(values["expires_at"])
        sign_up.mail_id = self.env["twitter.mail"]._queue_template(
            "helpdesk_twitter_identity.mail_template_sign_up",
            sign_up,
            address,
            trip.company_id,
            "" if has_account else code,
        )

    @api.model
    def _begin(self, values):
        """The first of a way to X; see :meth:`_mail_code`."""
        try:
            with self.env.cr.savepoint():
                return self.create(values)
        except UniqueViolation as error:
            raise ConcurrencyError() from error

    @api.model
    def _has_account(self, address):
        """Whether somebody has an account with this address, employees and former
        customers included.

        :param str address: normalised.
        """
        users = self.env["res.users"].with_context(active_test=False)
        # All of them are looked at, and counted to the end, whatever is found: how long
        # it takes tells nothing.
        by_login = users.search_count([("login", "=ilike", _literally(address))])
        by_contact = users.search_count([("partner_id.email_normalized", "=", address)])
        return bool(by_login or by_contact)

    # === The code === #

    @api.model
    def _verify(self, reference, visitor, typed):
        """Check the code; make the account, connect X, and let them sign in.

        All or nothing, and committed before Odoo's session begins.

        :param str typed: what was typed; blanks don't matter.
        :return: SignIn
        :raise TwitterProblem: ``code_wrong``, ``code_limit``, or what stands in the
            way.
        """
        self.env["twitter.rate.limit"]._count("code", visitor.network)
        trips = self.env["twitter.oauth.transaction"]
        trips._one_at_a_time(reference)
        with own_cursor(self.env) as env:
            trip = trips.with_env(env)._find_sign_in(reference, visitor)
            if trip.status == "done":
                return trip._signed_in_as(visitor)
            sign_up = self.with_env(env)._trip(reference, visitor)._sign_up()
            problem = sign_up._try_code(visitor, "".join(typed.split()))
        if problem:
            raise TwitterProblem(problem)
        with own_cursor(self.env) as env:
            trip = self.with_env(env)._trip(reference, visitor)
            trip._sign_up()._make_account()
            return trip._signed_in_as(visitor)

    def _try_code(self, visitor, typed):
        """Count a try, whatever becomes of the request, and compare.

        :return: a code of the catalogue, or an empty string.
        """
        if not self or self.tries >= TRIES:
            return "code_limit" if self else "state_expired"
        self.tries += 1
        expected = self._hash(self.trip_id, visitor, self.address, typed)
        is_right = consteq(self.code_hash, expected)
        in_time = self.expires_at > self.env.cr.now()
        return "" if is_right and in_time else "code_wrong"

    @api.model
    def _hash(self, trip, visitor, address, code):
        """A code as it is kept: of no use for another address, way or browser."""
        message = (trip.id, visitor.nonce_hash, address, code)
        return hmac(self.env(su=True), "twitter.sign.up", message)

    # === The account === #

    def _make_account(self):
        """Odoo's own sign-up, then the connection, then the choice to sign in with it.

        :raise TwitterProblem: ``already_linked``; ``state_expired``: the address has
            an account by now, of which the next mail tells.
        """
        trip, events = self.trip_id, self.env["twitter.link.event"]
        user = self._signed_up_user()
        partner, profile = user.partner_id, trip.profile
        partner._twitter_note_confirmed(self.address)
        partner._twitter_trust_account()
        trip.write({"partner_id": partner.id, "proof": "email_code"})
        identity = self.env["twitter.identity"]._connect(trip, profile)
        self.env["twitter.sign.in"]._note_choice(identity, user)
        trip._log("connected")
        events._log_sign_in(identity, "signed_up", trip.device)
        trip._note_signed_in(user)
        self.unlink()

    def _signed_up_user(self):
        """Make the account as Odoo's own sign-up does, without a password.

        :return: the new user.
        :raise TwitterProblem: ``state_expired``.
        """
        company = self.trip_id.company_id
        values = {
            "login": self.address,
            "email": self.address,
            "name": self.name,
            # In which they meet the X account again.
            "company_id": company.id,
            "company_ids": [Command.set(company.ids)],
        }
        if self.env["res.lang"]._get_data(code=self.lang or ""):
            values["lang"] = self.lang
        users = self.env["res.users"]
        if self._has_account(self.address):
            raise TwitterProblem("state_expired")
        try:
            login, _password = users.signup(values)
        except SignupError as error:
            raise TwitterProblem("state_expired") from error
        newest = [("login", "=", login), ("partner_id.name", "=", self.name)]
        return users.search(newest, order="id desc", limit=1)

    @api.model
    def _forget(self):
        """Cron: those whose code has expired, with mails that could not be sent."""
        old = self.search([("expires_at", "<=", self.env.cr.now())])
        old.mail_id.unlink()
        old.unlink()


def _literally(text):
    """A text for ``=ilike``, which reads some characters as patterns."""
    for char in "\\%_":
        text = text.replace(char, "\\" + char)
    return text
