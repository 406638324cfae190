from datetime import timedelta

from odoo import api, fields, models

KEEP_DAYS = 365
CONFLICT_LIVES = timedelta(days=30)
"""How long agents are shown that two contacts have proven the same X account."""


class TwitterLinkEvent(models.Model):
    """One line of what a customer did and what came of it.

    Never holds a handle, a name or an id of X: it outlives the connection.
    """

    _name = "twitter.link.event"
    _inherit = "twitter.owner.access.mixin"
    _description = "Step on the way to a connected X account"
    _order = "id desc"
    _rec_name = "kind"
    # A merge takes the ticket off a step; the link is named after its ticket.
    _twitter_owner_fields = ("partner_id", "ticket_id", "request_id")

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        ondelete="cascade",
        index="btree_not_null",
        readonly=True,
    )
    ticket_id = fields.Many2one(
        "helpdesk.ticket", ondelete="cascade", index="btree_not_null", readonly=True
    )
    request_id = fields.Many2one(
        "twitter.link.request",
        string="Link",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    company_id = fields.Many2one("res.company", ondelete="cascade", readonly=True)
    kind = fields.Selection(
        [
            ("link_made", "Link made"),
            ("link_sent", "Link sent by e-mail"),
            ("begun", "Begun"),
            ("code_sent", "Code sent"),
            ("proven", "Proven to be the customer"),
            ("sent_to_x", "Agreed and went to X"),
            ("returned", "Came back from X"),
            ("problem", "Problem"),
            ("reported", "Says that the noted X account is not theirs"),
            ("connected", "Connected"),
            ("disconnected", "Disconnected"),
            ("link_withdrawn", "Link withdrawn"),
            ("address_changed", "Address changed: the link has ended"),
            ("contact_changed", "Contact changed: the link has ended"),
        ],
        required=True,
        readonly=True,
    )
    problem = fields.Char(string="Problem code", readonly=True)
    is_conflict = fields.Boolean(
        compute="_compute_is_conflict", groups=fields.NO_ACCESS
    )
    owner_id = fields.Many2one(
        "res.partner",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        groups=fields.NO_ACCESS,
        help="The contact that has the X account already (already_linked).",
    )
    device = fields.Char(readonly=True)

    @api.depends("owner_id", "company_id")
    def _compute_is_conflict(self):
        """Whether the account that was shown is still where it was then."""
        for event in self:
            identity = self.env["twitter.identity"]._of(
                event.owner_id, event.company_id
            )
            event.is_conflict = bool(identity) and (
                event.create_date >= identity.linked_at
            )

    @api.model
    def _log_request(self, request, kind, device="", problem=""):
        """Note a step on the way of a link.

        :param twitter.link.request request: the link, one record.
        :param str kind: a value of :attr:`kind`.
        :return: the new event.
        """
        partner = request.partner_id
        if kind == "contact_changed":
            # Told where agents look now.
            partner = request.ticket_id.partner_id or partner
        return self.create(
            {
                "partner_id": partner.id,
                "ticket_id": request.ticket_id.id,
                "request_id": request.id,
                "company_id": request.company_id.id,
                "kind": kind,
                "problem": problem,
                "device": device,
            }
        )

    @api.model
    def _log_begun(self, request, device):
        """Note the first press of a button, once for each link."""
        begun = [("request_id", "=", request.id), ("kind", "=", "begun")]
        if not self.search_count(begun, limit=1):
            self._log_request(request, "begun", device)

    @api.model
    def _log_disconnected(self, consents, device=""):
        """Note the end of connections, whoever ended them.

        :param str device: from where, in words, where the customer did it.
        """
        self.create(
            [
                {
                    "partner_id": consent.partner_id.id,
                    "company_id": consent.company_id.id,
                    "kind": "disconnected",
                    "device": device,
                }
                for consent in consents
            ]
        )

    @api.autovacuum
    def _gc_old_events(self):
        limit = self.env.cr.now() - timedelta(days=KEEP_DAYS)
        self.search([("create_date", "<", limit)]).unlink()
