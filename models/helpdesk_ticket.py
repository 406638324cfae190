from collections import defaultdict
from itertools import takewhile

from odoo import api, fields, models
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .. import twitter_api
from .twitter_problem import PROBLEMS, TwitterProblem

LINK_ENDS_WITH = {"stage_id", "team_id", "active", "partner_id", "company_id"}
"""Fields whose change may end the links of a ticket."""
ACCOUNT_FIELDS = ("id", "username", "name", "linked_at", "verified_type", "proof")
STEP_FIELDS = ("id", "kind", "problem", "at")
STEPS = """
    SELECT 'step', ticket_id, partner_id, company_id,
           id, kind, problem, create_date, NULL, NULL, NULL
      FROM twitter_link_event
     WHERE ticket_id IN %s
"""
USABLE_LINKS = """
    SELECT 'link', ticket_id, partner_id, company_id,
           id, NULL, NULL, NULL, NULL, NULL, NULL
      FROM twitter_link_request
     WHERE ticket_id IN %s AND state = 'open' AND expires_at > %s
"""
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
        compute="_compute_twitter_link_status",
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
        compute="_compute_twitter_link_status",
        groups="base.group_user",
    )
    twitter_card = fields.Json(
        string="X account card",
        compute="_compute_twitter_card",
        groups="base.group_user",
    )
    twitter_is_proven = fields.Boolean(
        compute="_compute_twitter_card", groups="base.group_user"
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
    def _compute_twitter_link_status(self):
        for ticket, account, steps, is_open in self._twitter_facts():
            ticket.twitter_identity_id = account and account["id"]
            ticket.twitter_link_status = self._twitter_status(account, steps, is_open)

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_twitter_card(self):
        for ticket, account, steps, _is_open in self._twitter_facts(for_cards=True):
            ticket.twitter_card = self._twitter_ticket_card(account, steps)
            ticket.twitter_is_proven = bool(account)

    def _twitter_facts(self, for_cards=False):
        """What is known about each ticket, read by one statement for all.

        Tickets are opened all day: three searches would be three round trips.

        :param bool for_cards: read the pictures, and leave out the usable links, which
            cards don't show.
        :return: iterator of (ticket, dict of the account or None, list of dicts of
            steps, newest first, whether a link can be used).
        """
        accounts, steps, usable = {}, defaultdict(list), set()
        for part, *key, values in self._twitter_rows(for_cards):
            if part == "account":
                names = (*ACCOUNT_FIELDS, "avatar")
                accounts[tuple(key)] = dict(zip(names, values, strict=True))
            elif part == "step":
                # A step has fewer columns than an account.
                step = dict(zip(STEP_FIELDS, values, strict=False))
                steps[tuple(key)].append(step)
            else:
                usable.add(tuple(key))
        for ticket in self:
            partner, company = ticket.partner_id._origin, ticket.company_id._origin
            account = accounts.get((None, partner.id, company.id))
            # What was done for an earlier contact says nothing about this one.
            key = ticket._origin.id, partner.id, company.id
            facts = account, steps[key], key in usable
            if any(facts) and not partner.has_access("read"):
                facts = None, [], False
            yield ticket, *facts

    def _twitter_rows(self, for_cards):
        """The rows of :meth:`_twitter_facts`, steps newest first.

        Who reads a ticket may see its links and steps; accounts obey their own rules,
        and the caller asks who may see a contact.

        :return: iterator of (part, ticket id, contact id, company id, other values).
        """
        parts = []
        identities = self.env["twitter.identity"]
        if self.partner_id.ids and identities.has_access("read"):
            identities.flush_model()
            query = identities._search_by_own_rules(
                [("partner_id", "in", self.partner_id.ids)]
            )
            names = ("partner_id", "company_id", *ACCOUNT_FIELDS)
            columns = [SQL.identifier(query.table, name) for name in names]
            avatar = SQL.identifier(query.table, "avatar")
            columns.append(avatar if for_cards else SQL("NULL"))
            parts.append(query.select(SQL("'account', NULL::int"), *columns))
        events = self.env["twitter.link.event"]
        if self.ids and events.has_access("read"):
            tickets = tuple(self.ids)
            events.flush_model()
            parts.append(SQL(STEPS, tickets))
            if not for_cards:
                self.env["twitter.link.request"].flush_model()
                parts.append(SQL(USABLE_LINKS, tickets, self.env.cr.now()))
        if not parts:
            return
        # The newest step has the highest number.
        self.env.cr.execute(SQL("%s ORDER BY id DESC", SQL(" UNION ALL ").join(parts)))
        for part, ticket_id, partner_id, company_id, *values in self.env.cr.fetchall():
            yield part, ticket_id, partner_id, company_id, values

    @api.model
    def _twitter_status(self, account, steps, is_open):
        """Where the contact of a ticket stands.

        :param account: dict of the connected account, or None.
        :param list steps: newest first.
        :param bool is_open: whether a link can still be used.
        """
        if account:
            return "connected"
        if steps and steps[0]["kind"] == "problem":
            return "problem"
        return "waiting" if is_open else "none"

    @api.model
    def _twitter_ticket_card(self, account, steps):
        """What the line under the contact shows.

        :return: dict of JSON values, or False: nothing has happened yet.
        """
        if account:
            return {"identity": self.env["twitter.identity"]._card(account)}
        # What led to an account that is gone proves nothing any more.
        since = takewhile(lambda step: step["kind"] != "connected", steps)
        told = [step for step in since if step["kind"] in TOLD][:3]
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
        return {"text": text, "at": fields.Datetime.to_string(step["at"])}

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
            request_sudo, token = ticket_sudo._twitter_make_link()
            has_address = ticket_sudo.partner_id._twitter_mailbox()
            channel = "email" if has_address else "direct_message"
            values = {**values, "channel": channel, "token": token}
            values["request_id"] = request_sudo.id
        wizard = self.env["twitter.link.wizard"].sudo().create(values)
        return wizard.sudo(False)._action()

    def _twitter_make_link(self):
        """Make a link for the contact.

        :return: (the link, its token)
        :raise UserError: too many were made lately.
        """
        try:
            return self.env["twitter.link.request"]._make(self)
        except TwitterProblem as problem:
            raise UserError(
                self.env._(
                    "Too many links were made in a short time, for this ticket or by "
                    "you. A new one can be made in %(minutes)s minutes.",
                    minutes=problem.minutes or 1,
                )
            ) from problem

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
