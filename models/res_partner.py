import re
from collections import defaultdict
from datetime import datetime, timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from .twitter_link_event import CONFLICT_LIVES
from .under_way import is_mailing, sign_up_under_way

CARD_FIELDS = ("partner_id", "username", "name", "verified_type", "linked_at")
CARD_FIELDS += ("proof", "avatar", "email", "availability", "former_usernames")
HANDLE_TYPED = re.compile(r"@\w{0,15}", re.ASCII)
"""Not ``@example.com``, which finds people by their addresses."""
ADDRESS_SETTLES = timedelta(days=7)
"""How long an address that somebody else changed proves nothing."""
TAKEN = ("token", "readdressed")
"""How an account came about that may be anybody's who has seen a mail."""


class ResPartner(models.Model):
    _inherit = "res.partner"

    twitter_identity_ids = fields.One2many(
        "twitter.identity",
        "partner_id",
        string="X accounts",
        # Those who may read the accounts: others could not read a contact any more.
        groups="helpdesk_mgmt.group_helpdesk_user_own,base.group_system",
        readonly=True,
    )
    twitter_identity_id = fields.Many2one(
        "twitter.identity",
        string="X account",
        compute="_compute_twitter_identity",
        search="_search_twitter_identity",
        groups="base.group_user",
    )
    twitter_username = fields.Char(
        string="@handle",
        compute="_compute_twitter_identity",
        search="_search_twitter_username",
        groups="base.group_user",
    )
    twitter_card = fields.Json(
        string="X account card",
        compute="_compute_twitter_card",
        groups="base.group_user",
    )
    twitter_conflict_partner_id = fields.Many2one(
        "res.partner",
        string="Has the same X account",
        compute="_compute_twitter_conflict",
        groups="base.group_user",
    )
    twitter_timeline = fields.Html(
        string="X account: what happened",
        compute="_compute_twitter_timeline",
        sanitize=False,
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    twitter_has_steps = fields.Boolean(
        compute="_compute_twitter_has_steps",
        groups="helpdesk_mgmt.group_helpdesk_user_own",
    )
    # The address that this contact has shown to read mails at.
    twitter_confirmed_address = fields.Char(
        copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    # Set where nothing shows that who signs in reads what is mailed to the contact.
    twitter_sign_up = fields.Selection(
        [
            ("open", "Signed up, or changed the own address"),
            ("token", "Signed up as a contact that there was"),
            ("readdressed", "The same, and changed its address"),
        ],
        copy=False,
        readonly=True,
        groups=fields.NO_ACCESS,
    )
    # Set where a token to choose a new password was made, and not mailed.
    twitter_token_shown_at = fields.Datetime(
        copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    # Set where anybody changed the address, the customer included.
    twitter_address_set_at = fields.Datetime(
        copy=False, readonly=True, groups=fields.NO_ACCESS
    )
    # Set where somebody else than the customer changed the address.
    twitter_address_changed_at = fields.Datetime(
        copy=False, readonly=True, groups=fields.NO_ACCESS
    )

    @api.depends("twitter_identity_ids.username")
    @api.depends_context("company", "uid")
    def _compute_twitter_identity(self):
        identities = self._twitter_identities("partner_id", "username")
        for partner in self:
            identity = identities[partner._origin]
            partner.twitter_identity_id = identity
            partner.twitter_username = identity.username

    @api.depends("twitter_identity_ids")
    @api.depends_context("company", "uid")
    def _compute_twitter_card(self):
        identities = self._twitter_identities(*CARD_FIELDS)
        for partner in self:
            identity = identities[partner._origin]
            mailbox = partner._twitter_mailbox()
            card = identity and {"identity": identity._card(identity, mailbox)}
            by_sign_in = identity.proof == "portal_session"
            if by_sign_in and partner._twitter_is_doubtful():
                card["doubtful"] = True
            partner.twitter_card = card or False

    @api.depends("twitter_identity_ids")
    @api.depends_context("company", "uid")
    def _compute_twitter_conflict(self):
        identities = self._twitter_identities("partner_id")
        may_see = self.env["twitter.link.event"].has_access("read")
        for partner in self:
            open_one = may_see and not identities[partner._origin]
            others = open_one and partner._twitter_conflicts(self.env.company)[:1]
            # Whoever may not see the other contact learns nothing of it.
            seen = others and others.sudo(False).has_access("read")
            partner.twitter_conflict_partner_id = seen and others

    @api.depends_context("company", "uid")
    def _compute_twitter_has_steps(self):
        events = self.env["twitter.link.event"]
        company = ("company_id", "=", self.env.company.id)
        groups = events._read_group(
            [("partner_id", "in", self._origin.ids), company], ["partner_id"]
        )
        found = {partner.id for (partner,) in groups}
        for partner in self:
            partner.twitter_has_steps = partner._origin.id in found

    @api.depends_context("company", "uid", "lang", "tz")
    def _compute_twitter_timeline(self):
        events = self.env["twitter.link.event"]
        for partner in self:
            partner.twitter_timeline = events._timeline(
                partner._origin, self.env.company
            )

    def action_twitter_timeline(self):
        """Show what this contact has done, and what came of it.

        :return: dict, an action.
        """
        self.ensure_one()
        return self.env["twitter.link.event"]._timeline_action(self)

    def action_twitter_consents(self):
        """Show the receipts of what this contact agreed to.

        :return: dict, an action.
        """
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "helpdesk_twitter_identity.twitter_consent_action"
        )
        return {**action, "domain": [("partner_id", "=", self.id)]}

    def action_twitter_data(self):
        """Download all that is kept of this contact in connection with X.

        :return: dict, an action.
        """
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/twitter/data/{self.id}/json",
            "target": "download",
        }

    def _twitter_conflicts(self, company):
        """The contacts whose X account this one has lately shown to be theirs.

        :param res.company company: in which the accounts stand.
        :return: contacts under sudo, the latest first.
        """
        # The caller decides who may see which of them.
        events_sudo = self.env["twitter.link.event"].sudo()
        shown = [
            ("partner_id", "in", self._origin.ids),
            ("company_id", "=", company.id),
            ("owner_id", "not in", self._origin.ids),
            ("create_date", ">", self.env.cr.now() - CONFLICT_LIVES),
        ]
        return events_sudo.search(shown).filtered("is_conflict").owner_id

    def action_twitter_disconnect(self):
        """End the connection in the user's company, at the customer's request."""
        self.ensure_one()
        self.twitter_identity_id.unlink()

    def action_twitter_look_up(self):
        """Have X asked for this contact's account now, a second time on one day too.

        :raise UserError: nothing is looked up in this company, or not now.
        :return: dict, an action that says what comes.
        """
        self.ensure_one()
        self.twitter_identity_id._look_up_soon()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "X is being asked. What is different shows here within a minute."
                ),
            },
        }

    def action_twitter_compare(self):
        """Show this contact beside the one that has the same X account.

        :return: dict, Odoo's own merge where the user may merge, else a list of both.
        """
        self.ensure_one()
        both = self | self.twitter_conflict_partner_id
        if self.env.user.has_group("base.group_partner_manager"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "base.action_partner_merge"
            )
            context = {"active_model": self._name, "active_ids": both.ids}
            return {**action, "context": context}
        list_view = self.env.ref("helpdesk_twitter_identity.res_partner_view_compare")
        return {
            "name": self.env._("Contacts with the same X account"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "views": [(list_view.id, "list"), (False, "form")],
            "domain": [("id", "in", both.ids)],
            "context": {"active_test": False},
        }

    def _twitter_identities(self, *names):
        """The X accounts in the user's company, where the user may read them.

        :param names: of the fields that are needed.
        :return: dict by contact; of no record for one without.
        """
        # The web client asks for the sizes of pictures; a card has the picture itself.
        identities = self.env["twitter.identity"].with_context(bin_size=False)
        found = identities.browse()
        if identities.has_access("read"):
            company = ("company_id", "=", self.env.company.id)
            of_contacts = ("partner_id", "in", self.ids)
            found = identities.search_fetch([of_contacts, company], names)
        by_contact = {identity.partner_id: identity for identity in found}
        return defaultdict(identities.browse, by_contact)

    def _search_twitter_identity(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        self.env["twitter.identity"].check_access("read")
        company = Domain("company_id", "=", self.env.company.id)
        if operator == "any":
            return Domain("twitter_identity_ids", "any", company & Domain(value))
        connected = Domain("twitter_identity_ids", "any", company)
        ids = [number for number in value if number]
        domain = Domain(
            "twitter_identity_ids", "any", company & Domain("id", "in", ids)
        )
        return domain | ~connected if False in value else domain

    def _search_twitter_username(self, operator, value):
        self.env["twitter.identity"].check_access("read")
        if operator == "in":
            domains = [self._twitter_username_domain(text, "=") for text in value]
            return Domain.OR(domains)
        if operator in ("like", "ilike"):
            return self._twitter_username_domain(value, "like")
        return NotImplemented

    @api.model
    def _twitter_username_domain(self, text, operator):
        """Contacts by handle, with or without the @.

        :param text: what was typed, or False: those without an X account.
        :param str operator: ``=``: the whole handle, ``like``: how it begins.
        """
        identities = self.env["twitter.identity"]
        if not text:
            company = Domain("company_id", "=", self.env.company.id)
            return ~Domain("twitter_identity_ids", "any", company)
        owners = identities._owners_by_handle(str(text), whole=operator == "=")
        # An array is there before contacts are read. PostgreSQL would else go through
        # all contacts by name to meet the owners, who may be the last ones.
        return Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                "%s = ANY(ARRAY(%s))", SQL.identifier(alias, "id"), owners
            )
        )

    @api.model
    def _search_display_name(self, operator, value):
        """``@ana`` finds Ana wherever contacts are searched by name."""
        if self._twitter_is_handle(operator, value):
            return self._twitter_username_domain(value, "like")
        return super()._search_display_name(operator, value)

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """``@ana`` finds Ana where a contact is chosen.

        In the order of handles: Ana comes before all whose handles are longer, however
        many they are.
        """
        if not self._twitter_is_handle(operator, name):
            return super().name_search(name, domain, operator, limit)
        owners = self.env["twitter.identity"]._owners_by_handle(
            name, among=self._search(domain or []), limit=limit
        )
        found = self.browse(number for (number,) in self.env.execute_query(owners))
        # As Odoo does: whoever finds a contact may know what it is called.
        return [(partner.id, partner.display_name) for partner in found.sudo()]

    @api.model
    def _twitter_is_handle(self, operator, value):
        """Whether what is searched is a handle, and the user may know whose it is.

        Only internal users: for anybody else it would tell whether an X account is a
        customer's.
        """
        return (
            operator in ("ilike", "like")
            and isinstance(value, str)
            and HANDLE_TYPED.fullmatch(value.strip())
            and self.env.user._is_internal()
            and self.env["twitter.identity"].has_access("read")
        )

    # === Ends of links and of the connection === #

    def write(self, vals):
        before = {}
        if "email" in vals:
            before = {partner: partner._twitter_mailbox() for partner in self}
        result = super().write(vals)
        if before:
            self._twitter_note_new_address(before)
        if {"email", "active"} & vals.keys():
            # Whoever may change a contact need not see the links of its tickets.
            self.env["twitter.link.request"].sudo()._withdraw_overtaken(
                "partner_id", self
            )
        return result

    def unlink(self):
        # The database would drop the rows and leave the receipts as if still valid.
        self.env["twitter.identity"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    def _twitter_note_new_address(self, before):
        """Remember when somebody else than the customer changed the address.

        :param dict before: the addresses on record by contact.
        """
        changed = self.filtered(
            lambda partner: partner._twitter_mailbox() != before[partner]
        )
        # Nobody may touch the fields; this is the one place that does.
        changed.sudo().twitter_address_set_at = self.env.cr.now()
        own = self.env.user.partner_id
        signs_up = sign_up_under_way()
        for partner_sudo in changed.sudo():
            is_taken = signs_up == "token" or partner_sudo._twitter_is_taken()
            if self.env.user._is_internal() and not signs_up:
                if is_taken:
                    # The company knows the address again, of whoever signed up.
                    partner_sudo.twitter_sign_up = "token"
            elif is_taken:
                partner_sudo.twitter_sign_up = "readdressed"
            elif partner_sudo == own:
                partner_sudo.twitter_sign_up = "open"
        (
            changed - own.filtered(lambda one: not one._twitter_is_taken())
        )._twitter_unsettle()

    # === Who can prove what === #

    def _twitter_proof_method(self):
        """How this contact shows that they are the customer.

        Where somebody else changed the address lately, nothing does: whoever did could
        have a code, a portal account or a new password mailed there.

        :return: ``portal_session`` where they have a portal account that is known to be
            theirs and have used it, else ``email_code`` where there is an address on
            record that proves something, else an empty string.
        """
        if self.is_company or not self.active or self._twitter_is_unsettled():
            return ""
        if self._twitter_is_readdressed():
            return ""
        # Visitors and agents may not read users; what they learn is one word.
        users_sudo = self.sudo().user_ids.filtered("active")
        if any(user._is_internal() for user in users_sudo):
            return ""
        has_signed_in = any(user.login_date for user in users_sudo)
        if has_signed_in and self._twitter_sign_in_proves():
            return "portal_session"
        return "email_code" if self._twitter_address() else ""

    def _twitter_sign_in_proves(self):
        """Whether who signs in as this contact is the customer.

        Not where whoever had a token made the account for a contact that there was.
        """
        return not (self._twitter_is_taken() or self._twitter_is_unsettled())

    def _twitter_is_taken(self):
        """Whether the portal account may be anybody's who has seen a mail."""
        # Nobody may read the field; what is told is what a sign-in is worth.
        return self.sudo().twitter_sign_up in TAKEN

    def _twitter_is_readdressed(self):
        """Whether who has signed up chose the address that is on record."""
        # As above.
        return self.sudo().twitter_sign_up == "readdressed"

    def _twitter_can_confirm(self):
        """Whether a new password by e-mail would show that the account is theirs."""
        is_mailed = self.env["res.users"]._twitter_mails_passwords()
        return (
            self._twitter_is_taken()
            and is_mailed
            and bool(self._twitter_mailed_token())
        )

    def _twitter_is_doubtful(self):
        """Whether nothing shows that who signs in reads mails at the address."""
        # As above.
        return bool(self.sudo().twitter_sign_up)

    def _twitter_trust_account(self):
        """Remember that who signs in has shown to read mails at the address.

        Of two who may sign in it was one; and an address that one who signed up has
        chosen themselves shows nothing.
        """
        # Nobody may touch the field; the caller knows.
        partner_sudo = self.sudo()
        is_one = len(partner_sudo.user_ids) < 2
        if is_one and not self._twitter_is_readdressed():
            partner_sudo.twitter_sign_up = False

    def _twitter_is_unsettled(self):
        """Whether somebody else changed the address less than a week ago."""
        return bool(self._twitter_waits_until())

    def _twitter_waits_until(self):
        """When an address that somebody else changed proves something again.

        :return: datetime in UTC, or False: it does.
        """
        # Nobody may read the field; what is told is whether the address is good.
        changed_at = self.sudo().twitter_address_changed_at
        settles_at = changed_at and changed_at + ADDRESS_SETTLES
        return settles_at and settles_at > self.env.cr.now() and settles_at

    def _twitter_unsettle(self):
        """Remember that somebody else changed where mails to this contact go."""
        # Nobody may touch the field; this is the one place that does.
        self.sudo().twitter_address_changed_at = self.env.cr.now()

    def _twitter_is_confirmed(self):
        """Whether the address on record is known to be read by this contact."""
        # Nobody may read the field; what is told is whether the address is good.
        confirmed = self.sudo().twitter_confirmed_address
        is_current = bool(confirmed) and confirmed == self._twitter_mailbox()
        return is_current and not self._twitter_is_unsettled()

    def _twitter_mailed_token(self):
        """The address that a token of this contact was mailed to, where that is known.

        Odoo's tokens name no address and live for six days at most: one that was
        mailed to an earlier address can't be told from others for so long.

        :return: a normalised address, or an empty string.
        """
        # Nobody may read the fields; what is told is whether the address is good.
        partner_sudo = self.sudo()
        is_new = self._twitter_is_recent(partner_sudo.twitter_address_set_at)
        if is_new or self._twitter_is_readdressed() or self._twitter_token_was_shown():
            return ""
        return self._twitter_mailbox() if partner_sudo.user_ids else ""

    def _generate_signup_token(self, expiration=None):
        """Note when one for somebody who has an account is read by anybody else."""
        # Nobody may touch the field; this is the one place that does.
        partner_sudo = self.sudo()
        if partner_sudo.user_ids and not is_mailing():
            partner_sudo.twitter_token_shown_at = self.env.cr.now()
        return super()._generate_signup_token(expiration=expiration)

    def _twitter_token_was_shown(self):
        """Whether somebody else may have a token to choose a new password.

        Odoo's live for six days at most.
        """
        # Nobody may read the field; what is told is what a new password is worth.
        return self._twitter_is_recent(self.sudo().twitter_token_shown_at)

    def _twitter_is_recent(self, at):
        return bool(at) and at + ADDRESS_SETTLES > self.env.cr.now()

    def _twitter_settles_at(self):
        """From when on a new password by mail shows whose the address is.

        :return: datetime in UTC, or False: now, or never.
        """
        # Nobody may read the fields; what is told is when they no longer matter.
        partner_sudo = self.sudo()
        changes = (
            partner_sudo.twitter_address_set_at,
            partner_sudo.twitter_address_changed_at,
            partner_sudo.twitter_token_shown_at,
        )
        recent = [at for at in changes if self._twitter_is_recent(at)]
        return bool(recent) and max(recent) + ADDRESS_SETTLES

    def _twitter_is_older(self, other):
        """Whether this contact was made before another one."""
        made, other_made = (
            (contact.create_date or datetime.min, contact.id)
            for contact in (self, other)
        )
        return made < other_made

    def _twitter_note_confirmed(self, address):
        """Remember that mails to an address reach this contact.

        :param str address: normalised; another one on record later is not confirmed.
        """
        # Nobody may touch the field; this is the one place that does.
        self.sudo().twitter_confirmed_address = address

    def _twitter_mailbox(self):
        """The address on record, where it is exactly one.

        Read from what people see and change: the stored normal form can be written
        past it.

        :return: a normalised address, or an empty string.
        """
        # An agent who may not read the contact learns nothing but this address.
        return email_normalize(self.sudo().email or "") or ""

    def _twitter_told_at(self):
        """Where this contact is told what happens to their X account.

        At the address on record, and at the one that they have shown to read mails at:
        who has taken over a portal account changes the other first.

        :return: list of normalised addresses.
        """
        # Nobody may read the field; the caller mails to it.
        confirmed = email_normalize(self.sudo().twitter_confirmed_address or "")
        return [*dict.fromkeys(filter(None, (self._twitter_mailbox(), confirmed)))]

    def _twitter_address(self):
        """The address on record that a code may go to.

        :return: one normalised address, or an empty string: several, none, or of an
            invoice or delivery address.
        """
        return self._twitter_mailbox() if self.type == "contact" else ""
