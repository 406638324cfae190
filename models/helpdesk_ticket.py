from dataclasses import replace
from datetime import timedelta
from itertools import takewhile

from odoo import api, fields, models
from odoo.exceptions import (
    AccessError,
    RedirectWarning,
    UserError,
    ValidationError,
)
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.translate import LazyTranslate

from .. import twitter_api
from .ticket_facts import (
    ACCOUNT_FIELDS,
    CONFLICTS,
    DOUBTFUL,
    STEPS,
    USABLE_LINKS,
    Facts,
    FactsRead,
)
from .twitter_link_event import CONFLICT_LIVES
from .twitter_problem import PROBLEMS, TwitterProblem

# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

CONTACT_SET = _lt(
    "The customer connected the X account that wrote. Their contact was set."
)
HANDLE_IS_FRESH = timedelta(days=30)
"""How long a noted handle is taken for the one who has it now."""
SUGGESTION = ("twitter_suggested_partner_id", "twitter_suggested_because")
LINK_ENDS_WITH = {"stage_id", "team_id", "active", "partner_id", "company_id"}
"""Fields whose change may end the links of a ticket."""
TOLD = (
    *("link_sent", "begun", "proven", "sent_to_x", "problem", "reported"),
    *("asked_for_help", "not_me"),
    *("address_changed", "contact_changed"),
)
"""The steps that the line under the contact tells."""


class HelpdeskTicket(models.Model):
    _inherit = "helpdesk.ticket"

    twitter_expected_username = fields.Char(
        string="Expected @handle",
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="The X account that wrote, as far as you can see. It is compared with the "
        "one that the customer connects.",
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
    # Not stored: each step of a customer would write to all of their tickets.
    twitter_progress = fields.Selection(
        [
            ("not_tried", "Has not tried yet"),
            ("stopped", "Tried and stopped"),
            ("tried_all", "Tried everything"),
            ("connected", "Connected"),
        ],
        string="X account: how far",
        compute="_compute_twitter_progress",
        search="_search_twitter_progress",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    twitter_timeline = fields.Html(
        string="X account: what happened",
        compute="_compute_twitter_timeline",
        sanitize=False,
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    twitter_card = fields.Json(
        string="X account card",
        compute="_compute_twitter_card",
        groups="base.group_user",
    )
    twitter_conflict_partner_id = fields.Many2one(
        "res.partner",
        string="Has the same X account",
        compute="_compute_twitter_card",
        groups="base.group_user",
    )
    twitter_suggested_partner_id = fields.Many2one(
        "res.partner",
        string="Suggested contact",
        copy=False,
        index="btree_not_null",
        readonly=True,
        groups="base.group_user",
        help="Connected the X account that wrote, as X named it then.",
    )
    twitter_suggested_because = fields.Selection(
        [("unconfirmed", "Address not confirmed"), ("old_ticket", "Old ticket")],
        string="X account: why only suggested",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Why the suggested contact was not set at once.",
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
        for ticket, facts in self._twitter_facts():
            ticket.twitter_identity_id = facts.account and facts.account["id"]
            ticket.twitter_link_status = self._twitter_status(facts)

    @api.depends("partner_id", "company_id", "twitter_expected_username")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_twitter_card(self):
        for ticket, facts in self._twitter_facts(for_cards=True):
            ticket.twitter_card = ticket._twitter_ticket_card(facts)
            ticket.twitter_is_proven = bool(facts.account)
            ticket.twitter_conflict_partner_id = facts.owner_id

    def _twitter_facts(self, for_cards=False):
        """What is known about each ticket, read by one statement for all.

        Tickets are opened all day: three searches would be three round trips.

        :param bool for_cards: read the pictures and conflicts, and leave out the usable
            links, which cards don't show.
        :return: iterator of (ticket, Facts).
        """
        read = FactsRead()
        for part, *key, values in self._twitter_rows(for_cards):
            read.add(part, tuple(key), values)
        for ticket in self:
            partner, company = ticket.partner_id._origin, ticket.company_id._origin
            facts = read.facts(ticket._origin.id, partner.id, company.id)
            # A form may name a company that is not the user's.
            is_own = self.env.su or not company or company in self.env.companies
            if facts and not (is_own and partner.has_access("read")):
                facts = Facts()
            yield ticket, self._twitter_shown(facts)

    def _twitter_shown(self, facts):
        """The same without a conflict that is settled, or that the agent may not see.

        :param Facts facts: of a ticket.
        """
        other = self.env["res.partner"].browse(facts.owner_id)
        if facts.owner_id and (facts.account or not other.has_access("read")):
            return replace(facts, owner_id=False)
        return facts

    def _twitter_rows(self, for_cards):
        """The rows of :meth:`_twitter_facts`, steps newest first.

        Who reads a ticket may see its links and steps; accounts obey their own rules,
        and the caller asks who may see a contact.

        :return: iterator of (part, ticket id, contact id, company id, other values).
        """
        parts = [*self._twitter_account_parts(for_cards)]
        events = self.env["twitter.link.event"]
        if self.ids and events.has_access("read"):
            parts += self._twitter_step_parts(for_cards)
        if not parts:
            return
        # The newest step has the highest number.
        self.env.cr.execute(SQL("%s ORDER BY id DESC", SQL(" UNION ALL ").join(parts)))
        for part, ticket_id, partner_id, company_id, *values in self.env.cr.fetchall():
            yield part, ticket_id, partner_id, company_id, values

    def _twitter_account_parts(self, for_cards):
        """What reads the accounts: a query, or none."""
        identities = self.env["twitter.identity"]
        if not self.partner_id.ids or not identities.has_access("read"):
            return
        identities.flush_model()
        self.env["res.partner"].flush_model(["twitter_sign_up"])
        query = identities._search_by_own_rules(
            [("partner_id", "in", self.partner_id.ids)]
        )
        names = ("partner_id", "company_id", *ACCOUNT_FIELDS)
        columns = [SQL.identifier(query.table, name) for name in names]
        columns.append(SQL(DOUBTFUL, columns[0]))
        avatar = SQL.identifier(query.table, "avatar")
        columns.append(avatar if for_cards else SQL("NULL"))
        yield query.select(SQL("'account', NULL::int"), *columns)

    def _twitter_step_parts(self, for_cards):
        """What reads the steps, and the conflicts or the usable links: queries."""
        tickets, partners = tuple(self.ids), tuple(self.partner_id.ids)
        self.env["twitter.link.event"].flush_model()
        yield SQL(STEPS, tickets)
        now = self.env.cr.now()
        if not for_cards:
            self.env["twitter.link.request"].flush_model()
            yield SQL(USABLE_LINKS, tickets, now)
        elif partners:
            yield SQL(CONFLICTS, partners, now - CONFLICT_LIVES)

    @api.model
    def _twitter_status(self, facts):
        """Where the contact of a ticket stands.

        :param Facts facts: of the ticket.
        """
        if facts.account:
            return "connected"
        if facts.steps and facts.steps[0]["kind"] == "problem":
            return "problem"
        return "waiting" if facts.is_open else "none"

    def _twitter_ticket_card(self, facts):
        """What the line under the contact shows.

        :param Facts facts: of the ticket.
        :return: dict of JSON values, or False: nothing has happened yet.
        """
        if facts.account:
            mailbox = self.partner_id._twitter_mailbox()
            identities = self.env["twitter.identity"]
            card = {"identity": identities._card(facts.account, mailbox)}
            card.update(self._twitter_compared(facts.account))
            by_sign_in = facts.account["proof"] == "portal_session"
            if by_sign_in and facts.account["doubtful"]:
                card["doubtful"] = True
            return card
        # What led to an account that is gone proves nothing any more.
        since = takewhile(lambda step: step["kind"] != "connected", facts.steps)
        told = (step for step in since if step["kind"] in TOLD)
        # Retries are one step, with the time of the last.
        once = {}
        for step in told:
            once.setdefault((step["kind"], step["problem"]), step)
        shown = [self._twitter_step(step) for step in reversed([*once.values()][:3])]
        return {"steps": shown} if shown else False

    def _twitter_compared(self, account):
        """What to say of an account whose handle is not the one that wrote.

        One that had the handle when the ticket came is the account that was expected;
        unless somebody else has the handle by now, who may be the one that wrote.

        :param account: a ``twitter.identity``, or a dict with the same names.
        :return: dict: ``expected`` or ``reused`` with the noted handle; or empty.
        """
        expected = self.twitter_expected_username
        username = (account["username"] or "").lower()
        if not expected or not username or expected == username:
            return {}
        # One that is being written comes now.
        came_at = self.create_date or self.env.cr.now()
        had_then = [
            former
            for former in account["former_usernames"] or []
            if former["username"].lower() == expected
            and fields.Datetime.to_datetime(former["until"]) >= came_at
        ]
        if not had_then:
            return {"expected": expected}
        return {"reused": expected} if had_then[-1]["is_taken"] else {}

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
        problem = step["kind"] == "problem" and PROBLEMS.get(step["problem"])
        kind = kinds[step["kind"]]
        # Steps stand in one line, like the words of the catalogue.
        text = self.env._(problem.step) if problem else kind[:1].lower() + kind[1:]
        return {"text": text, "at": fields.Datetime.to_string(step["at"])}

    # === How far the customer has come === #

    @api.depends("partner_id", "company_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_twitter_progress(self):
        found = {}
        if self.ids:
            tickets = SQL.identifier(self._table)
            query = SQL(
                "SELECT id, %s FROM %s WHERE id IN %s",
                self._twitter_progress_sql(self._table),
                tickets,
                tuple(self.ids),
            )
            found = dict(self.env.execute_query(query))
        for ticket in self:
            ticket.twitter_progress = found.get(ticket._origin.id)

    def _search_twitter_progress(self, operator, value):
        if operator != "in":
            return NotImplemented
        how_far = self._twitter_progress_sql("t")
        wanted = tuple(one for one in value if one) or (None,)
        found = SQL("%s IN %s", how_far, wanted)
        if False in value:
            found = SQL("(%s OR %s IS NULL)", found, how_far)
        tickets = SQL("(SELECT t.id FROM helpdesk_ticket t WHERE %s)", found)
        return Domain("id", "in", tickets)

    def _field_to_sql(self, alias, field_expr, query=None):
        """Lists are grouped by how far the customers have come."""
        if field_expr != "twitter_progress":
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        return self._twitter_progress_sql(alias)

    @api.model
    def _twitter_progress_sql(self, alias):
        """The expression, of each ticket's contact.

        :raise AccessError: the user may read no steps or accounts.
        """
        self.flush_model(["partner_id", "company_id"])
        return self.env["twitter.link.event"]._progress(
            SQL.identifier(alias, "partner_id"), SQL.identifier(alias, "company_id")
        )

    @api.depends("partner_id", "company_id", "twitter_expected_username")
    @api.depends_context("uid", "allowed_company_ids", "lang", "tz")
    def _compute_twitter_timeline(self):
        events = self.env["twitter.link.event"]
        for ticket in self:
            partner, company = ticket.partner_id._origin, ticket.company_id._origin
            ticket.twitter_timeline = events._timeline(partner, company)

    def action_twitter_timeline(self):
        """Show what the customer has done, and what came of it.

        :return: dict, an action.
        """
        self.ensure_one()
        return self.env["twitter.link.event"]._timeline_action(self)

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

    @api.model
    def default_get(self, fields):
        """What a context or a saved default brings, as if it had been typed."""
        return self._twitter_clean(
            self._twitter_unsuggested(super().default_get(fields))
        )

    @api.model_create_multi
    def create(self, vals_list):
        # Of the mail gateway, too, which takes what an alias says with all rights.
        return super().create(
            [self._twitter_unsuggested(self._twitter_clean(vals)) for vals in vals_list]
        )

    def write(self, vals):
        if "company_id" in vals:
            # What was proven to one company says nothing to another; whoever moves a
            # ticket need not know.
            moved = self.sudo().filtered(
                lambda ticket: ticket.company_id.id != vals["company_id"]
            )
            moved.twitter_suggested_partner_id = False
        result = super().write(self._twitter_clean(vals))
        if LINK_ENDS_WITH & vals.keys():
            # Whoever closes a ticket need not be allowed to see its links.
            self.env["twitter.link.request"].sudo()._withdraw_overtaken(
                "ticket_id", self
            )
        return result

    @api.model
    def _twitter_unsuggested(self, vals):
        """The values without a suggestion: a new ticket has none."""
        return {name: vals[name] for name in vals if name not in SUGGESTION}

    @api.model
    def _twitter_clean(self, vals):
        """Keep the handle itself of ``@ana`` and of a pasted profile address.

        :raise AccessError: somebody suggests a customer by hand.
        :raise ValidationError: it is no handle.
        """
        if not self.env.su and any(map(vals.get, SUGGESTION)):
            raise AccessError(self.env._("Customers are suggested by proof alone."))
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
        return {
            **vals,
            "twitter_expected_username": username.lower() or False,
            # It was for another handle.
            "twitter_suggested_partner_id": False,
        }

    # === The unknown writer === #

    @api.model
    def _twitter_recognise(self, identity):
        """Name the writer of tickets that have a handle and no contact.

        X has just said that the handle is this customer's. Where their address is not
        known to be theirs, an agent decides: anybody can sign up as anybody. So it is
        where the ticket is old.

        :param twitter.identity identity: just proven.
        """
        partner = identity.partner_id
        tickets = self.search(
            [
                ("company_id", "=", identity.company_id.id),
                ("partner_id", "=", False),
                ("stage_id.closed", "=", False),
                ("twitter_expected_username", "=", identity.username.lower()),
            ]
        )
        if not partner._twitter_is_confirmed():
            tickets._twitter_suggest(partner, "unconfirmed")
            return
        # Handles change hands: one of long ago may have been somebody else's.
        since = self.env.cr.now() - HANDLE_IS_FRESH
        old = tickets.filtered(lambda ticket: ticket.create_date <= since)
        old._twitter_suggest(partner, "old_ticket")
        for ticket in tickets - old:
            ticket._twitter_set_contact(partner)
            ticket._twitter_note(CONTACT_SET)

    def _twitter_suggest(self, partner, reason):
        """Leave it to an agent whether this contact wrote.

        :param str reason: a value of :attr:`twitter_suggested_because`.
        """
        self.write(
            {
                "twitter_suggested_partner_id": partner.id,
                "twitter_suggested_because": reason,
            }
        )
        for ticket in self:
            self.env["ir.websocket"]._tell_ticket(ticket)

    def _twitter_note(self, text):
        """Say in the chatter what nobody of the company did.

        :param text: of ``LazyTranslate``; the customer's language is not the agents'.
        """
        root = self.env.ref("base.partner_root")
        for ticket in self:
            own_lang = ticket.with_context(lang=ticket.company_id.partner_id.lang)
            ticket.message_post(body=own_lang.env._(text), author_id=root.id)

    def _twitter_set_contact(self, partner):
        """Choose a contact, as the form does."""
        self.write(
            {
                "partner_id": partner.id,
                "partner_name": partner.name,
                "partner_email": self.partner_email or partner.email,
                "twitter_suggested_partner_id": False,
            }
        )
        self.env["ir.websocket"]._tell_ticket(self)

    @api.model
    def _twitter_forget_suggestions(self, partners):
        """Take back what came from an X account that is being disconnected."""
        suggested = [("twitter_suggested_partner_id", "in", partners.ids)]
        self.search(suggested).twitter_suggested_partner_id = False

    def action_twitter_take_suggestion(self):
        """Set the suggested contact on the ticket."""
        self.ensure_one()
        if not self.partner_id and self.twitter_suggested_partner_id:
            self._twitter_set_contact(self.twitter_suggested_partner_id)

    def action_twitter_compare(self):
        """Show the contact beside the one that has the same X account.

        :return: dict, an action.
        """
        self.ensure_one()
        return self.partner_id.with_company(self.company_id).action_twitter_compare()

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
