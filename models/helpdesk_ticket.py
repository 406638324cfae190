from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import twitter_api
from .twitter_identity import PROFILE_URL
from .twitter_problem import PROBLEMS

LINK_ENDS_WITH = {"stage_id", "team_id", "active", "partner_id", "company_id"}
"""Fields whose change may end the links of a ticket."""
TOLD = ("link_sent", "begun", "proven", "sent_to_x", "problem")
"""The steps that the line under the contact tells."""


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    twitter_expected_username = fields.Char(
        string="Expected @handle",
        copy=False,
        groups="base.group_user",
        help="The X account that wrote, as far as you can see. It is compared with the "
        "one that the customer connects; nobody is found by it.",
    )
    twitter_identity_id = fields.Many2one(
        "twitter.identity",
        string="X account",
        compute="_compute_twitter",
        search="_search_twitter_identity",
        groups="base.group_user",
    )
    twitter_link_status = fields.Selection(
        [
            ("none", "Nothing yet"),
            ("waiting", "Waiting for the customer"),
            ("problem", "Problem"),
            ("connected", "Connected"),
        ],
        string="X account status",
        compute="_compute_twitter",
        groups="base.group_user",
    )
    twitter_card = fields.Json(
        string="X account card", compute="_compute_twitter", groups="base.group_user"
    )
    twitter_from_x = fields.Boolean(
        compute="_compute_twitter_from_x", groups="base.group_user"
    )
    twitter_link_request_ids = fields.One2many(
        "twitter.link.request",
        "ticket_id",
        string="X account links",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
        readonly=True,
    )

    @api.depends("channel_id", "twitter_expected_username")
    def _compute_twitter_from_x(self):
        channel = self.env["ir.model.data"]._xmlid_to_res_id(
            "helpdesk_twitter_identity.channel_x"
        )
        for ticket in self:
            came_by_x = channel and ticket.channel_id.id == channel
            ticket.twitter_from_x = bool(came_by_x or ticket.twitter_expected_username)

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_twitter(self):
        facts = self._twitter_facts()
        identities = self.env["twitter.identity"]
        for ticket in self:
            fact = facts.get(("identity", ticket.partner_id.id, ticket.company_id.id))
            steps = facts.get(("steps", ticket._origin.id, None)) or []
            is_open = ("open", ticket._origin.id, None) in facts
            status = self._twitter_status(fact, steps, is_open)
            ticket.twitter_identity_id = identities.browse(fact and fact["id"])
            ticket.twitter_link_status = status
            ticket.twitter_card = self._twitter_ticket_card(fact, steps)

    def _twitter_facts(self):
        """Accounts, last steps and open links of all tickets, in one statement.

        A list of tickets is opened all day: three searches would be three round trips.
        The user's own rules apply, since the parts are made by ``_search``.

        :return: dict of JSON values by (kind, ticket or contact id, company id).
        """
        parts = self._twitter_identity_part() + self._twitter_step_parts()
        if not parts:
            return {}
        self.env.cr.execute(SQL(" UNION ALL ").join(parts))
        rows = self.env.cr.fetchall()
        return {(kind, number, company): value for kind, number, company, value in rows}

    def _twitter_identity_part(self):
        identities = self.env["twitter.identity"]
        if not self.partner_id.ids or not identities.has_access("read"):
            return []
        identities.flush_model()
        query = identities._search([("partner_id", "in", self.partner_id.ids)])
        columns = SQL(
            "'identity', partner_id, company_id, jsonb_build_object('id',"
            " twitter_identity.id, 'username', username, 'name',"
            " twitter_identity.name, 'badge', verified_type, 'linked_at', linked_at,"
            " 'proof', proof)"
        )
        return [query.select(columns)]

    def _twitter_step_parts(self):
        """The last steps on the way, newest first, and whether a link is still open."""
        events = self.env["twitter.link.event"]
        if not self.ids or not events.has_access("read"):
            return []
        requests = self.env["twitter.link.request"]
        steps = events._search([("ticket_id", "in", self.ids)])
        steps.groupby = SQL("ticket_id")
        links = requests._search(
            [
                ("ticket_id", "in", self.ids),
                ("state", "=", "open"),
                ("expires_at", ">", self.env.cr.now()),
            ]
        )
        links.groupby = SQL("ticket_id")
        events.flush_model()
        requests.flush_model()
        step = SQL(
            "jsonb_agg(jsonb_build_object('kind', kind, 'problem', problem, 'at',"
            " twitter_link_event.create_date) ORDER BY twitter_link_event.id DESC)"
        )
        return [
            steps.select(SQL("'steps', ticket_id, NULL::int, %s", step)),
            links.select(SQL("'open', ticket_id, NULL::int, 'true'::jsonb")),
        ]

    @api.model
    def _twitter_status(self, identity, steps, is_open):
        """Where the contact of a ticket stands.

        :param identity: facts of the connected account, or None.
        :param list steps: newest first.
        :param bool is_open: whether a link can still be used.
        """
        if identity:
            return "connected"
        if steps and steps[0]["kind"] == "problem":
            return "problem"
        return "waiting" if is_open else "none"

    @api.model
    def _twitter_ticket_card(self, identity, steps):
        """What the line under the contact shows.

        :return: dict of JSON values, or False: nothing has happened yet.
        """
        if identity:
            url = PROFILE_URL + identity["username"]
            return {"identity": {**identity, "url": url}}
        told = [step for step in steps if step["kind"] in TOLD][:3]
        shown = [self._twitter_step(step) for step in reversed(told)]
        return {"steps": shown} if shown else False

    @api.model
    def _twitter_step(self, step):
        """One step in the agent's words.

        :return: dict of ``text`` and ``at`` (UTC).
        """
        kinds = dict(
            self.env["twitter.link.event"]
            ._fields["kind"]
            ._description_selection(self.env)
        )
        problem = PROBLEMS.get(step["problem"])
        text = self.env._(problem.agent) if problem else kinds[step["kind"]]
        return {"text": text, "at": step["at"][:19].replace("T", " ")}

    def _search_twitter_identity(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        self.env["twitter.identity"].check_access("read")
        if operator == "any":
            return self._twitter_connected_domain(value)
        found = self._twitter_connected_domain(
            [("id", "in", [number for number in value if number])]
        )
        nobody = ~self._twitter_connected_domain([])
        return found | nobody if False in value else found

    @api.model
    def _twitter_connected_domain(self, domain):
        """Tickets whose contact has connected an account in the ticket's company.

        :param domain: of ``twitter.identity``; the user's own rules apply, too.
        """
        identities = self.env["twitter.identity"]._search(domain)
        tickets = SQL(
            "(SELECT t.id FROM helpdesk_ticket t JOIN twitter_identity i"
            " ON i.partner_id = t.partner_id AND i.company_id = t.company_id"
            " WHERE i.id IN %s)",
            identities.subselect(),
        )
        return Domain("id", "in", tickets)

    # === The expected handle === #

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._twitter_clean(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._twitter_clean(vals))
        if LINK_ENDS_WITH & vals.keys():
            # Whoever closes a ticket need not be allowed to see its links.
            self.env["twitter.link.request"].sudo()._withdraw_overtaken(
                "ticket_id", self
            )
        return result

    @api.model
    def _twitter_clean(self, vals):
        """Keep the handle itself of ``@ana`` and of a pasted profile address.

        :raise ValidationError: it is no handle.
        """
        if "twitter_expected_username" not in vals:
            return vals
        typed = str(vals["twitter_expected_username"] or "")
        try:
            username = twitter_api.normalize_username(typed)
        except ValueError as error:
            raise ValidationError(
                self.env._(
                    "%(typed)s is no X handle. It has letters, digits and _ only, as "
                    "in @ana.",
                    typed=typed,
                )
            ) from error
        return {**vals, "twitter_expected_username": username.lower() or False}

    # === The link === #

    def action_twitter_link(self):
        """Make a link for the customer, where one can be made, and show what to send.

        :return: dict, an action on ``twitter.link.wizard``.
        """
        self.ensure_one()
        self.check_access("write")
        self._twitter_check_ready()
        # Agents may read links, but a link comes from here alone.
        ticket_sudo = self.sudo()
        values = {"ticket_id": self.id, "channel": "public_reply"}
        if ticket_sudo._twitter_can_make_link():
            request_sudo, token = ticket_sudo.env["twitter.link.request"]._make(
                ticket_sudo
            )
            has_address = ticket_sudo.partner_id._twitter_mailbox()
            channel = "email" if has_address else "direct_message"
            values = {**values, "channel": channel, "token": token}
            values["request_id"] = request_sudo.id
        wizard = self.env["twitter.link.wizard"].sudo().create(values)
        return wizard.sudo(False)._action()

    def _twitter_can_make_link(self):
        """Whether the contact has a way to show that they are the customer."""
        return bool(
            self.partner_id
            and not self.twitter_identity_id
            and not self.closed
            and self.active
            and self.partner_id._twitter_proof_method()
        )

    def _twitter_check_ready(self):
        """Tell an agent at once what a customer would run into.

        :raise UserError: connecting with X is not set up for the ticket's company.
        """
        if self.company_id._twitter_is_ready():
            return
        message = self.env._(
            "Connecting with X is not set up for %(company)s yet.",
            company=self.company_id.name,
        )
        if self.env.user.has_group("base.group_system"):
            action = self.env.ref("base_setup.action_general_configuration")
            raise RedirectWarning(message, action.id, self.env._("Open the settings"))
        raise UserError(
            self.env._("%(message)s Ask an administrator.", message=message)
        )
