import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import consteq, email_normalize
from odoo.tools.translate import LazyTranslate

from .twitter_problem import TwitterProblem
from .visitor import sha256

# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

LIVES = timedelta(days=30)
NOT_ME = _lt(
    "Somebody who reads the customer's mails pressed “This wasn't me” in a notice: it "
    "was not them who connected, changed or disconnected the X account. What was "
    "connected then has been disconnected, and open links have been withdrawn. Ask the "
    "customer by another way before you send a new link."
)


class TwitterUndo(models.Model):
    """What "This wasn't me" in a notice leads to: it can end things, and start nothing.

    The notice goes to the address on record, whose reader may take back what somebody
    else did in their name. Only the hash of its token is kept.
    """

    _name = "twitter.undo"
    _description = "Way to take back what a notice tells of"
    _order = "id desc"
    _rec_name = "what"
    _allow_sudo_commands = False

    consent_id = fields.Many2one(
        "twitter.consent", required=True, ondelete="cascade", index=True, readonly=True
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="set null", index="btree_not_null", readonly=True
    )
    what = fields.Selection(
        [
            ("connected", "Connected"),
            ("switched", "Another account connected"),
            ("disconnected", "Disconnected"),
            ("sign_in_on", "Signing in with X switched on"),
            ("sign_in_off", "Signing in with X switched off"),
            ("sign_in_stays", "Still signs in after a new password"),
            ("signed_in", "Signed in with X for the first time"),
            ("conflict", "Tried for another record"),
        ],
        required=True,
        readonly=True,
    )
    device = fields.Char(readonly=True)
    # Where the notice went to: nobody else's word counts.
    address = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    token_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    expires_at = fields.Datetime(required=True, readonly=True)
    used_at = fields.Datetime(readonly=True)
    mail_id = fields.Many2one(
        "mail.mail", ondelete="set null", readonly=True, groups=fields.NO_ACCESS
    )

    _token_unique = models.UniqueIndex("(token_hash)")

    @api.model
    def _make(self, consent, what, address, device, ticket):
        """Make one for a notice.

        :param twitter.consent consent: of the connection that the notice tells of.
        :param str what: a value of :attr:`what`.
        :param str address: where the notice goes to, normalised.
        :param str device: from where it was done, in words.
        :param helpdesk.ticket ticket: whose link it was, if any.
        :return: (the row, its token); the token can't be read again.
        """
        token = secrets.token_urlsafe(32)
        row = self.create(
            {
                "consent_id": consent.id,
                "ticket_id": ticket.id,
                "what": what,
                "address": address,
                "device": device,
                "token_hash": sha256(token),
                "expires_at": self.env.cr.now() + LIVES,
            }
        )
        return row, token

    @api.model
    def _find(self, token, visitor):
        """The row that a token opens, used or not.

        :raise TwitterProblem: ``state_unknown``, ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("link", visitor.network)
        row = self.search(
            [
                ("token_hash", "=", sha256(token)),
                ("expires_at", ">", self.env.cr.now()),
            ]
        )
        # An address that the customer has left is read by whoever has it now.
        if not row or row.address not in row.consent_id.partner_id._twitter_told_at():
            raise TwitterProblem("state_unknown")
        return row

    def _page_language(self):
        """The language of the customer on record."""
        return self.consent_id.partner_id.lang

    def _consequences(self):
        """What taking it back ends, beside the connection.

        :return: dict of whether the account ``signs_in`` the customer, and whether a
            link to choose a password then comes to who reads the notice
            (``link_comes``).
        """
        # Where the company offers it no longer, links have been mailed already.
        identity = self._connected().filtered(
            lambda one: one.company_id._twitter_offers_sign_in()
        )
        user = self.env["twitter.sign.in"]._user_of(identity)
        address = self.env["twitter.password.mail"]._address_of(user)
        comes = bool(address) and email_normalize(address) == self.address
        return {
            "signs_in": bool(user),
            "link_comes": comes and bool(user._twitter_without_password()),
        }

    def _connected(self):
        """The account that the notice tells of, while it is connected; or none."""
        consent, identities = self.consent_id, self.env["twitter.identity"]
        identity = identities._of(consent.partner_id, consent.company_id)
        # What was connected later has a notice of its own.
        connected = identity.consent_id.account_hash
        is_same = connected and consteq(connected, consent.account_hash or "")
        return identity if is_same else identities

    def _use(self, device):
        """Take back what the notice told of. Pressed twice, it is done once.

        :param str device: of who presses, in words.
        """
        if self.used_at:
            return
        self.used_at = self.env.cr.now()
        if identity := self._connected():
            identity.consent_id._end(device, what="undone", reader=self.address)
            identity.unlink()
        self.env["twitter.link.request"]._withdraw_all(
            self.consent_id.partner_id, self.consent_id.company_id
        )
        self._tell_agents(device)

    def _tell_agents(self, device):
        """Say it where agents look: on the ticket that it came from, else on the
        newest one by X, else on a new one.
        """
        partner, company = self.consent_id.partner_id, self.consent_id.company_id
        helps = self.env["twitter.help"]
        ticket = (
            helps._looked_at(self.ticket_id, partner)
            or helps._newest_by_x(partner, company)
            or helps._report(partner, company)
        )
        ticket._twitter_note(NOT_ME)
        self.env["twitter.link.event"].create(
            {
                "partner_id": partner.id,
                "ticket_id": ticket.id,
                "company_id": company.id,
                "kind": "not_me",
                "device": device,
            }
        )

    @api.model
    def _forget(self):
        """Cron: what is too old to be used, with mails that could not be sent."""
        old = self.search([("expires_at", "<=", self.env.cr.now())])
        old.mail_id.unlink()
        old.unlink()
