import base64
from dataclasses import dataclass, field

from odoo import api, fields, models
from odoo.exceptions import AccessDenied
from odoo.tools import consteq, email_normalize

from .. import twitter_api
from .masking import short_name
from .own_cursor import own_cursor
from .twitter_problem import TwitterProblem

PASSWORD_LENGTH = 4096
"""Odoo's forms take no longer one, and its hashing fails on it."""
TYPE = "twitter"
"""Type of the credential, beside Odoo's ``password`` and ``webauthn``."""


@dataclass(frozen=True)
class SignIn:
    """What a session of Odoo begins with, once everything else is committed.

    :param dict credential: for ``res.users.authenticate``. It can't be sent by a form:
        the browser's own bits are in it.
    :param str page: key of the page that the customer came for.
    """

    credential: dict = field(repr=False)
    page: str


class TwitterSignIn(models.AbstractModel):
    """Signing in with X: who chose it, who may, and how long it lasts.

    An X account opens the portal account of the customer who chose that, and no other:
    nobody is found by an address or a handle.
    """

    _name = "twitter.sign.in"
    _description = "Signing in with X"

    # === Choosing it === #

    @api.model
    def _state(self, user, company):
        """What the customer's own page says about signing in with X.

        :param res.users user: who has signed in.
        :return: dict of ``since`` (UTC, or False), whether they ``may_choose``, where
            not, whether a new password by mail would let them (``can_confirm``), now or
            later (``settles_at``, UTC or False), whether there is a password
            (``has_password``),
            whether a code of an authenticator app would do (``takes_code``), whether X
            signs in who has no password (``lacks_password``), and to which address a
            link to choose one goes (``mailed_to``, empty: to none).
        """
        identity, partner = self._chosen(user, company), user.partner_id
        if not company._twitter_offers_sign_in():
            # Chosen, and to no avail while it is switched off.
            identity = identity.browse()
        has_password = not user._twitter_without_password()
        return {
            "since": identity.sign_in_since,
            "may_choose": self._may_choose(user),
            "settles_at": partner._twitter_settles_at(),
            "can_confirm": bool(partner._twitter_mailed_token()),
            "has_password": has_password,
            "takes_code": user._mfa_type() == "totp",
            "lacks_password": bool(identity) and not has_password,
            "mailed_to": self.env["twitter.password.mail"]._address_of(user),
        }

    @api.model
    def _chosen(self, user, company):
        """The X account with which a customer chose to sign in; or none."""
        identity = self.env["twitter.identity"]._of(user.partner_id, company)
        return identity.filtered(lambda one: one.sign_in_user_id == user)

    @api.model
    def _choose(self, user, company, typed, device):
        """The customer wants to sign in with X, too, and shows again that it is them.

        :param res.users user: who has signed in.
        :param dict typed: ``password``, or ``code`` of an authenticator app.
        :param str device: from where, in words.
        :return: str, why it is not done, for the customer; empty: it is.
        :raise TwitterProblem: ``not_configured``, ``no_address``, ``state_expired``:
            no account is connected.
        """
        if not company._twitter_offers_sign_in():
            raise TwitterProblem("not_configured")
        if not self._may_choose(user):
            raise TwitterProblem("no_address")
        identity = self.env["twitter.identity"]._of(user.partner_id, company)
        if not identity:
            raise TwitterProblem("state_expired")
        if why_not := self._check_again(user, typed):
            return why_not
        # Pressed twice, it is chosen once.
        if identity.sign_in_user_id != user:
            self._note_choice(identity, user)
            self.env["twitter.link.event"]._log_sign_in(identity, "sign_in_on", device)
            identity.consent_id._announce("sign_in_on", device)
        return ""

    @api.model
    def _may_choose(self, user):
        """Whether it is the customer who has signed in, as far as mails can show.

        Anybody can sign up with any address; whose it is would take the account over
        with a new password, and an X account that a stranger chose would stay.
        """
        partner = user.partner_id
        return partner._twitter_sign_in_proves() and not partner._twitter_is_doubtful()

    @api.model
    def _note_choice(self, identity, user):
        identity.write({"sign_in_user_id": user.id, "sign_in_since": self.env.cr.now()})

    @api.model
    def _check_again(self, user, typed):
        """Check a password, or a code of the second factor, of who has signed in.

        :return: str, what is wrong, for the customer; empty: nothing.
        """
        if len(typed.get("password", "")) > PASSWORD_LENGTH:
            return self.env._("That is not right. Type it again.")
        user = user.with_user(user)
        credential = {
            "type": "password",
            "login": user.login,
            "password": typed.get("password", ""),
        }
        code = "".join(typed.get("code", "").split())
        if code and user._mfa_type() == "totp":
            # Odoo compares numbers.
            credential = {"type": "totp", "token": int(code) if _is_code(code) else -1}
        try:
            with user._assert_can_auth(user=user.id):
                user._check_credentials(credential, {"interactive": True})
        except AccessDenied as error:
            is_silent = error.args == AccessDenied().args
            wrong = self.env._("That is not right. Type it again.")
            return wrong if is_silent else error.args[0]
        return ""

    @api.model
    def _keep_a_way_in(self, identities, reader=""):
        """Have links to choose a password mailed, where X was the only way in.

        Not where the company no longer offers signing in with X: they have got their
        links when it ended.

        :param twitter.identity identities: that are about to sign nobody in any more.
        :param str reader: address of who ends it, normalised, where a mail leads there:
            whoever has changed the account's address since gets none.
        """
        offered = identities.filtered(
            lambda identity: identity.company_id._twitter_offers_sign_in()
        )
        users = offered.sign_in_user_id._twitter_without_password()
        if reader:
            users = users.filtered(lambda user: email_normalize(user.email) == reader)
        self.env["twitter.password.mail"]._queue_for(users)

    @api.model
    def _end_offer(self, companies):
        """Companies let nobody sign in with X any more.

        Only those are told for whom it was the only way in; the others know another.
        """
        chosen = [("company_id", "in", companies.ids), ("sign_in_user_id", "!=", False)]
        identities = self.env["twitter.identity"].search(chosen)
        lost = identities.sign_in_user_id._twitter_without_password()
        mails = self.env["twitter.password.mail"]
        mails._queue_for(lost)
        told = identities.filtered(lambda identity: self._user_of(identity) & lost)
        mails._queue_notices(told.consent_id)

    @api.model
    def _tell_of_end(self, consent):
        """Tell a customer that X signs them in no longer, as far as it is still so."""
        chosen = [("consent_id", "=", consent.id), ("sign_in_user_id", "!=", False)]
        company = self.env["twitter.identity"].search(chosen).company_id
        # Who leaves X tells everybody more than that.
        leaving = self.env["twitter.erasure"]._under_way(company)
        if company and not (leaving or company._twitter_offers_sign_in()):
            consent._announce("sign_in_ended")

    @api.model
    def _stop(self, user, company, device):
        """The customer no longer wants to sign in with X; the account stays connected.

        :param str device: from where, in words.
        """
        if identity := self._chosen(user, company):
            self._keep_a_way_in(identity)
            identity.write({"sign_in_user_id": False, "sign_in_since": False})
            self.env["twitter.link.event"]._log_sign_in(identity, "sign_in_off", device)
            identity.consent_id._announce("sign_in_off", device)

    @api.model
    def _take_back(self, partner):
        """Let no X account sign in as this contact any more.

        :return: the accounts that did, which stay connected.
        """
        accounts = [("partner_id", "=", partner.id), ("sign_in_user_id", "!=", False)]
        identities = self.env["twitter.identity"].search(accounts)
        identities.write({"sign_in_user_id": False, "sign_in_since": False})
        return identities

    @api.model
    def _note_new_password(self, partner):
        """Somebody has chosen a new password with a link for this contact's account.

        Where it may have been a stranger's until now, the X account may be theirs, too,
        and no longer signs in. Else it goes on, and is told: whoever wants to shut
        somebody out of the account is to know of that way in.
        """
        if partner._twitter_is_doubtful():
            for identity in self._take_back(partner):
                self.env["twitter.link.event"]._log_sign_in(identity, "sign_in_off")
                identity.consent_id._announce("sign_in_taken_back")
            return
        accounts = [("partner_id", "=", partner.id), ("sign_in_user_id", "!=", False)]
        for identity in self.env["twitter.identity"].search(accounts):
            offered = identity.company_id._twitter_offers_sign_in()
            if offered and self._user_of(identity):
                identity.consent_id._announce("sign_in_stays")

    # === Who may === #

    @api.model
    def _problem_of(self, company, twitter_id):
        """Why nobody can sign in, or sign up, with an account that X has just named.

        :param str twitter_id: X's number of it.
        :return: a code of the catalogue, or an empty string.
        """
        identity = self._identity(company, twitter_id)
        user = identity.sign_in_user_id
        if user and user._is_internal():
            return "internal_user"
        if identity or self.env["twitter.sign.up"]._is_open():
            return ""
        return "sign_up_closed"

    @api.model
    def _identity(self, company, twitter_id):
        """The connected account with a number of X; or none.

        Of another company only where it is the one with which its customer signs in:
        without Odoo's website, all meet the same page to sign in.
        """
        identities = self.env["twitter.identity"]
        account = [("twitter_id", "=", twitter_id)]
        own = identities.search([*account, ("company_id", "=", company.id)])
        chosen = identities.search([*account, ("sign_in_user_id", "!=", False)])
        others = chosen.filtered(lambda one: one.company_id._twitter_offers_sign_in())
        return own or (others if len(others) == 1 else identities)

    @api.model
    def _user_of(self, identity):
        """Whom an X account signs in: who chose it, while they are a customer.

        :return: the user, or none.
        """
        user = identity.sign_in_user_id
        is_customer = (
            user.active
            and user.share
            and not user._is_internal()
            and user._is_portal()
            and user.partner_id.active
            and user.partner_id == identity.partner_id
        )
        return user if is_customer else user.browse()

    # === Signing in === #

    @api.model
    def _page_values(self, trip):
        """What the page after X shows to who wants to sign in.

        :param twitter.oauth.transaction trip: ``exchanged``, of this very browser.
        :return: dict of values for the templates; ``step`` is ``sign_in``,
            ``sign_up``, or ``refused``: the account's owner has not chosen it.
        """
        identity = self._identity(trip.company_id, trip.profile["twitter_id"])
        user = self._user_of(identity)
        values = {
            "step": "sign_in" if user else "refused",
            "reference": trip.reference,
            "profile": trip.profile,
            "company": trip.company_id.sudo(),
            "res_company": trip.company_id,
            "customer": short_name(user.partner_id.name),
        }
        if identity:
            return values
        return {**values, "step": "sign_up", **trip._sign_up()._page_values(trip)}

    @api.model
    def _finish(self, reference, visitor):
        """Sign in: the customer has seen the account and pressed the button.

        What is written is committed here: what Odoo's session begins with has to stand
        before it. Pressed twice, or run again by Odoo, it signs in again.

        :return: SignIn, or None: still asking X.
        :raise TwitterProblem: what stands in the way.
        """
        trips = self.env["twitter.oauth.transaction"]
        trips._one_at_a_time(reference)
        with own_cursor(self.env) as env:
            trip = trips.with_env(env)._find_sign_in(reference, visitor)
            if trip.status == "claimed":
                return None
            if trip.status == "exchanged":
                self.with_env(env)._write_down(trip)
            return trip._signed_in_as(visitor)

    @api.model
    def _write_down(self, trip):
        """Note who signs in, and what X says of the account now."""
        profile = trip.profile
        identity = self._identity(trip.company_id, profile["twitter_id"])
        user = self._user_of(identity)
        if not user:
            raise TwitterProblem("state_expired")
        picture = base64.b64decode(profile["avatar"])
        account = twitter_api.Account(
            twitter_id=profile["twitter_id"],
            username=profile["username"],
            name=profile["name"],
            verified_type=profile["verified_type"],
            protected=profile["availability"] == "protected",
            picture=profile["picture"],
        )
        # Without a picture X may have been slow: the one of before is kept.
        identity._refresh(account, picture or None)
        trip._note_signed_in(user)
        events = self.env["twitter.link.event"]
        if not events._has_signed_in(identity):
            identity.consent_id._announce("signed_in", trip.device)
        events._log_sign_in(identity, "signed_in", trip.device)

    @api.model
    def _check(self, user, credential):
        """What Odoo asks before it begins a session, of a sign-in with X.

        :param res.users user: found by the login of the credential.
        :return: dict, how the session begins: the ids of the ``user`` and of the
            ``identity``, and since when it signs in (``since``).
        :raise AccessDenied: nobody has signed in as this user, or they may not.
        """
        reference = str(credential.get("twitter_reference") or "")
        nonce_hash = str(credential.get("twitter_nonce_hash") or "")
        # The request's own transaction is older than what was just committed.
        with own_cursor(self.env) as env:
            trip = env["twitter.oauth.transaction"]._named(reference)
            is_same = nonce_hash and consteq(trip.nonce_hash or "", nonce_hash)
            if not is_same or not trip._has_signed_in(user.id):
                raise AccessDenied()
            # Of two companies in which they chose it, the one whose page it was.
            chosen = [("sign_in_user_id", "=", user.id)]
            identities = env["twitter.identity"].search(chosen)
            here = identities.filtered(lambda one: one.company_id == trip.company_id)
            identity = here or identities[:1]
            if self.with_env(env)._user_of(identity).id != user.id:
                raise AccessDenied()
            since = fields.Datetime.to_string(identity.sign_in_since)
            return {"user": user.id, "identity": identity.id, "since": since}

    @api.model
    def _stands(self, began):
        """Whether a session that X began may go on.

        It ends with the connection, with the customer's choice, and where the customer
        became an employee or the company no longer offers it.

        :param dict began: what :meth:`_check` said when it began.
        """
        identity = self.env["twitter.identity"].browse(began["identity"]).exists()
        return bool(identity) and (
            fields.Datetime.to_string(identity.sign_in_since) == began["since"]
            and self._user_of(identity).id == began["user"]
            and bool(identity.company_id._twitter_offers_sign_in())
        )


def _is_code(text):
    """Whether it is six digits, as authenticator apps show them."""
    return len(text) == 6 and text.isascii() and text.isdecimal()
