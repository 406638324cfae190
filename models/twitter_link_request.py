import secrets
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .masking import mask_address, mask_name
from .own_cursor import own_cursor
from .twitter_problem import TwitterProblem
from .visitor import sha256

# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

USED = _lt("The customer connected an X account with the link.")
OPEN_PER_TICKET = 3
KEEP = timedelta(days=30)
MAKING_LOCK = 0x7769_0005
"""First key of the advisory lock "a link of this ticket is made"."""


class TwitterLinkRequest(models.Model):
    """The link that an agent makes from a ticket for its contact.

    It proves nothing: whoever opens it shows first that they are the contact, by
    signing in or by a code mailed to the address on record. Only its hash is kept.
    """

    _name = "twitter.link.request"
    _inherit = "twitter.owner.access.mixin"
    _description = "Link to connect an X account"
    _order = "id desc"
    _rec_name = "ticket_id"
    _twitter_owner_fields = ("ticket_id",)

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", index=True, readonly=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        required=True,
        ondelete="cascade",
        index=True,
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", readonly=True
    )
    expected_username = fields.Char(string="Expected @handle", readonly=True)
    state = fields.Selection(
        [
            ("open", "Open"),
            ("linked", "Used"),
            ("withdrawn", "No longer valid"),
            ("expired", "Expired"),
        ],
        default="open",
        required=True,
        readonly=True,
    )
    expires_at = fields.Datetime(required=True, readonly=True)
    ended_at = fields.Datetime(readonly=True)
    sent_at = fields.Datetime(string="Sent by e-mail", readonly=True)
    token_hash = fields.Char(required=True, readonly=True, groups=fields.NO_ACCESS)
    address = fields.Char(
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The address on record when the link was made: the only one for a code.",
    )
    # A merge re-points partner_id behind the ORM's back; this number stays.
    partner_number = fields.Integer(readonly=True, groups=fields.NO_ACCESS)
    mail_id = fields.Many2one(
        "mail.mail", ondelete="set null", readonly=True, groups=fields.NO_ACCESS
    )

    _token_unique = models.UniqueIndex("(token_hash)")

    # === Making === #

    @api.model
    def _make(self, ticket):
        """Make a link for the contact of a ticket.

        :param helpdesk.ticket ticket: with a contact who can prove themselves.
        :return: (the link, its token); the token can't be read again.
        :raise TwitterProblem: ``too_many_attempts``.
        """
        limits = self.env["twitter.rate.limit"]
        limits._count("ticket", ticket.id)
        limits._count("agent", self.env.uid)
        self._make_room(ticket)
        token = secrets.token_urlsafe(32)
        partner, company = ticket.partner_id, ticket.company_id
        hours = timedelta(hours=company.twitter_link_hours)
        request = self.create(
            {
                "ticket_id": ticket.id,
                "partner_id": partner.id,
                "partner_number": partner.id,
                "company_id": company.id,
                "expected_username": ticket.twitter_expected_username,
                "address": partner._twitter_mailbox(),
                "token_hash": sha256(token),
                "expires_at": self.env.cr.now() + hours,
            }
        )
        self.env["twitter.link.event"]._log_request(request, "link_made")
        return request, token

    @api.model
    def _make_room(self, ticket):
        """Withdraw the oldest open links, so that a new one is the third at most.

        Two agents at once: the second waits here until the first is done, and looks
        with a transaction that is younger than that.
        """
        self.env.cr.execute(
            SQL("SELECT pg_advisory_xact_lock(%s, %s)", MAKING_LOCK, ticket.id)
        )
        with own_cursor(self.env) as env:
            open_links = self.with_env(env).search(
                [("ticket_id", "=", ticket.id), ("state", "=", "open")]
            )
            open_links[OPEN_PER_TICKET - 1 :]._withdraw()

    # === Opening === #

    @api.model
    def _find(self, token, visitor):
        """The link that a token opens.

        :raise TwitterProblem: ``state_unknown``, ``link_used``, ``link_withdrawn``,
            ``link_expired``, ``too_many_attempts``.
        """
        return self._of_token(token, visitor)._unless_ended()

    @api.model
    def _of_token(self, token, visitor):
        """The link of a token, also where it has ended; or none.

        :raise TwitterProblem: ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("link", visitor.network)
        return self.search([("token_hash", "=", sha256(token))])

    @api.model
    def _find_kept(self, number):
        """The link that this browser's session keeps over the sign-in.

        :param int number: its id; 0 where the session has none.
        :raise TwitterProblem: as :meth:`_find`.
        """
        return self._still_open([("id", "=", number)])

    @api.model
    def _kept(self, number, visitor):
        """The same, also where it has ended; or none.

        :param Visitor visitor: who asks for it.
        :raise TwitterProblem: ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("link", visitor.network)
        return self.search([("id", "=", number)])

    @api.model
    def _still_open(self, domain):
        return self.search(domain)._unless_ended()

    def _unless_ended(self):
        """The link itself.

        :raise TwitterProblem: there is none, or what ended it.
        """
        problem = self._problem() if self else "state_unknown"
        if problem:
            raise TwitterProblem(problem)
        return self

    def _problem(self):
        """The code of what ended the link, or an empty string."""
        if self.state != "open":
            return "link_used" if self.state == "linked" else f"link_{self.state}"
        if self.expires_at <= self.env.cr.now():
            return "link_expired"
        return "link_withdrawn" if self._is_overtaken() else ""

    def _is_overtaken(self):
        """Whether the ticket or the contact is no longer what the link was made for."""
        ticket = self.ticket_id
        return bool(
            ticket.closed
            or not ticket.active
            or ticket.company_id != self.company_id
            or self._what_changed()
        )

    def _what_changed(self):
        """What is no longer as it was about the contact that the link was made for.

        :return: a kind of step, or an empty string.
        """
        partner = self.partner_id
        is_same = partner == self.ticket_id.partner_id and partner.active
        if not is_same or partner.id != self.partner_number:
            return "contact_changed"
        same_address = partner._twitter_mailbox() == (self.address or "")
        return "" if same_address else "address_changed"

    def _page_values(self, visitor):
        """What the page of the link shows to this visitor.

        :return: dict of values for the template; of the contact only a mask.
        :raise TwitterProblem: ``wrong_customer``, ``internal_user``, ``no_address``.
        """
        proven = bool(self._proof(visitor))
        method = self.partner_id._twitter_proof_method()
        if not method:
            raise TwitterProblem("no_address")
        return {
            "company": self.company_id,
            "res_company": self.company_id,
            "masked_name": mask_name(self.partner_id.name),
            "masked_address": mask_address(self.address),
            "proven": proven,
            "method": method,
            "code_sent": self.env["twitter.link.code"]._is_waiting(self, visitor),
            "consent_text": self.env["twitter.consent.text"]._text(self.company_id),
        }

    # === Proof === #

    def _proof(self, visitor):
        """What shows that this visitor is the contact.

        :param Visitor visitor: the browser and user.
        :return: dict of ``proof`` and ``code_id``; empty: nothing yet.
        :raise TwitterProblem: ``wrong_customer``, ``internal_user``.
        """
        user = self.env["res.users"].browse(visitor.user_id)
        if user._is_internal():
            raise TwitterProblem("internal_user")
        if not user._is_public() and user.partner_id != self.partner_id:
            raise TwitterProblem("wrong_customer")
        method = self.partner_id._twitter_proof_method()
        if method == "portal_session":
            signed_in = user.partner_id == self.partner_id
            return {"proof": method} if signed_in else {}
        if method != "email_code":
            return {}
        code = self.env["twitter.link.code"]._standing(self, visitor)
        return {"proof": method, "code_id": code.id} if code else {}

    def _start(self, visitor, consent):
        """Begin the round trip of a visitor who has proven to be the contact.

        :return: str, the address at X.
        :raise TwitterProblem: ``state_expired`` where nothing is proven any more, or
            what stands in the way.
        """
        proof = self._proof(visitor)
        if not proof:
            raise TwitterProblem("state_expired")
        values = {"partner_id": self.partner_id.id, "request_id": self.id, **proof}
        trips = self.env["twitter.oauth.transaction"]
        return trips._start(visitor, self.company_id, values, consent)

    def _begin_sign_in(self, visitor):
        """Note that the customer is about to sign in for this link.

        :raise TwitterProblem: ``no_address``: signing in is not how they prove it.
        """
        if self.partner_id._twitter_proof_method() != "portal_session":
            raise TwitterProblem("no_address")
        self.env["twitter.link.event"]._log_begun(self, visitor.device)

    def _confirm_problem(self, transaction):
        """What has changed since the customer went to X.

        :return: a code, or an empty string.
        """
        problem = self._problem()
        if problem:
            return problem
        if self.partner_id._twitter_is_unsettled():
            return "no_address"
        if transaction.proof == "email_code":
            return "" if transaction.code_id._stands() else "state_expired"
        if transaction.user_id.partner_id != self.partner_id:
            return "wrong_customer"
        return "" if self.partner_id._twitter_sign_in_proves() else "no_address"

    def _attempt(self):
        """What the steps of a link have in common, also after it is forgotten.

        :return: str, empty for no link.
        """
        return f"link/{self.id}" if self else ""

    def _page_language(self):
        """The language of the customer on record: the browser may have said nothing."""
        return self.partner_id.lang

    def _expects(self, username):
        """Whether the account that came back is the one that the agent noted, if any.

        The expected handle may narrow; nobody is found by it.
        """
        expected = self.expected_username
        return not expected or expected.lower() == username.lower()

    def _note_sent(self, mail):
        """The mail with the link is queued.

        :param mail.mail mail: deleted once it is sent, and where it never could be.
        """
        self.write({"sent_at": self.env.cr.now(), "mail_id": mail.id})
        self.env["twitter.link.event"]._log_request(self, "link_sent")
        self.ticket_id.message_post(
            body=self.env._("A link to connect an X account was sent by e-mail.")
        )

    # === Ending === #

    def _use(self):
        """End the link, and the others of its ticket: the account is connected."""
        for request in self:
            others = request.ticket_id.twitter_link_request_ids - request
            others.filtered(lambda other: other.state == "open")._withdraw()
            request.write({"state": "linked", "ended_at": self.env.cr.now()})
            request.ticket_id._twitter_note(USED)

    def _withdraw(self):
        """End links that nobody is to use any more."""
        for request in self:
            request.write({"state": "withdrawn", "ended_at": self.env.cr.now()})
            kind = request._what_changed() or "link_withdrawn"
            self.env["twitter.link.event"]._log_request(request, kind)

    @api.model
    def _withdraw_all(self, partner, company):
        """End all open links of a customer, who says that it is not them."""
        self.search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("state", "=", "open"),
            ]
        )._withdraw()

    @api.model
    def _withdraw_overtaken(self, field, records):
        """End the links whose ticket or contact has just changed.

        :param str field: ``ticket_id`` or ``partner_id``.
        """
        links = self.search([(field, "in", records.ids), ("state", "=", "open")])
        links.filtered(lambda request: request._is_overtaken())._withdraw()

    @api.model
    def _forget(self):
        """Mark what has expired; delete what ended 30 days ago, and unsent mails."""
        now = self.env.cr.now()
        late = self.search([("state", "=", "open"), ("expires_at", "<=", now)])
        late.write({"state": "expired", "ended_at": now})
        unsent = [("state", "!=", "open"), ("mail_id", "!=", False)]
        self.search(unsent).mail_id.unlink()
        self.search([("ended_at", "<=", now - KEEP)]).unlink()
