import base64

from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize
from odoo.tools.image import image_data_uri
from odoo.tools.translate import LazyTranslate

from .own_cursor import own_cursor
from .times import utc
from .twitter_problem import AlreadyLinked, TwitterProblem

# There is no environment yet when the module is loaded.
# pylint: disable=prefer-env-translation
_lt = LazyTranslate(__name__)

LONG_AGO = "2006-03-21"
"""Before any account of X: whom nobody has asked for comes first."""
UNAVAILABLE = ("suspended", "gone")
ENDED_BY_MERGE = _lt(
    "Contacts were merged, and the customer's X account was disconnected: it is not "
    "proven for the contact that remains. The customer can connect it again; where "
    "portal accounts or e-mail addresses were mixed, after seven days."
)
FROM_X = (
    *("username", "name", "avatar", "picture", "verified_type", "email"),
    "former_usernames",
)
"""What X said of an account, its number aside."""
PROFILE_URL = "https://x.com/"


def same_mailbox(email, mailbox):
    """Whether an address that X told of is the one on record.

    :param str email: as X told it, or False.
    :param str mailbox: normalised, empty where there is none.
    """
    return bool(mailbox) and email_normalize(email or "") == mailbox


def former_handles(formers):
    """The handles that an account had before, as they are shown.

    :param list formers: of :attr:`twitter.identity.former_usernames`, or None.
    :return: str, the newest first.
    """
    return ", ".join(f"@{former['username']}" for former in reversed(formers or []))


class TwitterIdentity(models.Model):
    """An X account that its owner has proven to be theirs.

    The key is X's number of the account, which never changes; handle, name, picture
    and badge are shown and never matched on.
    """

    _name = "twitter.identity"
    _inherit = "twitter.owner.access.mixin"
    _description = "X account of a contact"
    _order = "linked_at desc, id desc"
    _rec_name = "username"

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
    twitter_id = fields.Char(string="X account number", required=True, readonly=True)
    username = fields.Char(
        string="@handle",
        readonly=True,
        help="Without the @. Empty while X does not show the account.",
    )
    username_key = fields.Char(
        compute="_compute_username_key", store=True, precompute=True
    )
    name = fields.Char(string="Name at X", readonly=True)
    # In the row, not in the file store: deleted with it, at once.
    avatar = fields.Image(
        attachment=False, max_width=256, max_height=256, readonly=True
    )
    verified_type = fields.Char(string="Badge", readonly=True)
    email = fields.Char(string="E-mail at X", readonly=True)
    availability = fields.Selection(
        [
            ("available", "Available"),
            ("protected", "Protected"),
            ("suspended", "Suspended at X"),
            ("gone", "No longer at X"),
        ],
        string="State at X",
        default="available",
        required=True,
        readonly=True,
    )
    former_usernames = fields.Json(
        string="Former @handles",
        readonly=True,
        help="The oldest first: the handle, until when (UTC) the account had it, and "
        "whether another account has it by now.",
    )
    # Where X has the picture: another address is another picture.
    picture = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    # When X was last asked, whether it answered or not. Never empty, and not required:
    # Odoo then answers whether it is empty without asking who may know.
    asked_at = fields.Datetime(default=LONG_AGO, readonly=True, groups=fields.NO_ACCESS)
    linked_at = fields.Datetime(string="Connected on", required=True, readonly=True)
    refreshed_at = fields.Datetime(readonly=True)
    proof = fields.Selection(
        [("portal_session", "Portal sign-in"), ("email_code", "Code by e-mail")],
        required=True,
        readonly=True,
    )
    consent_id = fields.Many2one(
        "twitter.consent", required=True, ondelete="restrict", readonly=True
    )
    # Connecting is not signing in: whose portal account it opens, once they chose it.
    sign_in_user_id = fields.Many2one(
        "res.users",
        string="Signs in as",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
        groups="base.group_system",
    )
    sign_in_since = fields.Datetime(
        string="Signs in with X since", readonly=True, groups="base.group_system"
    )

    _one_per_contact = models.Constraint(
        "UNIQUE(company_id, partner_id)",
        "A contact has one X account in each company.",
    )
    _one_contact_each = models.Constraint(
        "UNIQUE(company_id, twitter_id)",
        "This X account is connected to another contact.",
    )
    # Not a trigram index: it is left out in silence where pg_trgm is missing.
    _asked_idx = models.Index("(company_id, asked_at, id)")
    _username_prefix_idx = models.Index("(username_key varchar_pattern_ops)")

    @api.depends("username")
    def _compute_username_key(self):
        for identity in self:
            identity.username_key = identity.username and identity.username.lower()

    @api.depends("username")
    def _compute_display_name(self):
        for identity in self:
            identity.display_name = (
                f"@{identity.username}"
                if identity.username
                else self.env._("X account that X does not show")
            )

    def unlink(self):
        """Deleting acts as disconnecting: the customer is told, the receipt marked.

        Not where the receipt was withdrawn before: then that has been seen to.
        """
        self.check_access("unlink")
        # Receipts and steps outlive the connection, and nobody may write them.
        consents_sudo = self.sudo().consent_id.filtered(
            lambda one: not one.withdrawn_at
        )
        self.env["helpdesk.ticket"].sudo()._twitter_forget_suggestions(self.partner_id)
        # What X said of the accounts goes with them.
        self.env["twitter.link.event"].sudo()._forget_at_x(self)
        # While they are there: the notice says what ends with them.
        consents_sudo._end()
        return super().unlink()

    @api.model
    def _of(self, partner, company):
        """The identity of a contact in a company.

        :return: the record, or none.
        """
        return self.search_fetch(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )

    @api.model
    def _connect(self, transaction, profile):
        """Write down that an account belongs to a contact, in place of an older one.

        :param twitter.oauth.transaction transaction: confirmed by the customer.
        :param dict profile: what X said, as kept on the transaction.
        :return: the new identity.
        :raise AlreadyLinked: it is another contact's.
        """
        partner, company = transaction.partner_id, transaction.company_id
        # The constraint below decides; this keeps everyday refusals out of the log.
        account = [
            ("company_id", "=", company.id),
            ("twitter_id", "=", profile["twitter_id"]),
        ]
        if owner := self.search(account).partner_id - partner:
            raise AlreadyLinked(owner.id)
        try:
            with self.env.cr.savepoint():
                # One notice, of the new connection, is enough for both.
                replaced = self._of(partner, company)
                is_other = replaced and replaced.twitter_id != profile["twitter_id"]
                replaced.consent_id._withdraw()
                if is_other:
                    self.env["twitter.sign.in"]._keep_a_way_in(replaced)
                    replaced.unlink()
                    replaced = self.browse()
                identity = replaced._write_down(transaction, profile)
        except UniqueViolation:
            return self._winner_of_race(partner, account)
        identity.consent_id._announce(
            "switched" if is_other else "connected",
            transaction.device,
            transaction.request_id.ticket_id,
        )
        if transaction.proof == "email_code":
            partner._twitter_note_confirmed(partner._twitter_mailbox())
            if transaction.user_id.partner_id == partner:
                partner._twitter_trust_account()
        self.env["helpdesk.ticket"]._twitter_recognise(identity)
        return identity

    @api.model
    def _write_down(self, transaction, profile):
        """Create the receipt, and the identity where it is not connected already.

        The same account, connected again, goes on signing in who chose it.
        """
        consent = self.env["twitter.consent"].create(
            transaction._consent_values(profile["twitter_id"])
        )
        if not transaction.company_id.twitter_request_email:
            # Asked for when the customer went to X, and not any more.
            profile = {**profile, "email": False}
        values = {
            **profile,
            "partner_id": transaction.partner_id.id,
            "company_id": transaction.company_id.id,
            "proof": transaction.proof,
            "consent_id": consent.id,
            "linked_at": self.env.cr.now(),
            "refreshed_at": transaction.exchanged_at,
            "asked_at": transaction.exchanged_at,
        }
        if not self:
            return self.create(values)
        self.write({**values, "former_usernames": False})
        return self

    @api.model
    def _winner_of_race(self, partner, account):
        """Tell the customer's own second click from another customer's account.

        The request's snapshot is older than the row that won: only a new transaction
        sees it.

        :param list account: domain of the account in its company.
        :raise AlreadyLinked: it belongs to somebody else.
        :raise ConcurrencyError: the customer has just connected another account, in
            another tab; Odoo runs the request again, and the later one stays.
        """
        with own_cursor(self.env) as env:
            winner = self.with_env(env).search(account)
            winner_id, owner_id = winner.id, winner.partner_id.id
        if not winner_id:
            raise ConcurrencyError()
        if owner_id != partner.id:
            raise AlreadyLinked(owner_id)
        return self.browse(winner_id)

    # === What X shows now === #

    def _refresh(self, account, picture):
        """Show the account as X shows it now.

        :param twitter_api.Account account: with the number of this one.
        :param bytes picture: a new one, empty: there is none; None: as it was.
        :return: bool, whether it has another handle than before.
        """
        was_hidden = self.availability in UNAVAILABLE
        values = {
            "username": account.username,
            "name": account.name,
            "verified_type": account.verified_type,
            "availability": "protected" if account.protected else "available",
        }
        if picture is not None:
            values["picture"] = account.picture
            values["avatar"] = base64.b64encode(picture)
        is_renamed = self._is_renamed(account.username)
        if is_renamed:
            values["former_usernames"] = [
                *(
                    former
                    for former in self.former_usernames or []
                    if former["username"].lower() != account.username.lower()
                ),
                {
                    "username": self.username,
                    "until": fields.Datetime.to_string(self.env.cr.now()),
                    "is_taken": False,
                },
            ]
        self._show({**values, "refreshed_at": self.env.cr.now()})
        if was_hidden:
            self.env["twitter.link.event"]._log_at_x(self, "available")
        elif is_renamed:
            self.env["twitter.link.event"]._log_at_x(self, "renamed")
        return is_renamed

    def _is_renamed(self, username):
        """Whether a handle is another one than before, capitals aside."""
        return bool(self.username) and self.username.lower() != username.lower()

    def _hide(self, why):
        """Drop what X does not show any more, at once (X asks for it within a day).

        The number stays, with the receipt: X may show the account again.

        :param str why: ``suspended`` or ``gone``.
        :return: bool, whether it was shown before.
        """
        was_shown = self.availability not in UNAVAILABLE
        self._show(
            {
                **dict.fromkeys(FROM_X, False),
                "availability": why,
                "refreshed_at": self.env.cr.now(),
            }
        )
        if was_shown:
            self.env["twitter.link.event"]._log_at_x(self, "unavailable")
        return was_shown

    def _show(self, values):
        """Write what is different, and let open forms know.

        :param dict values: with ``refreshed_at``, which is no difference to tell.
        """
        changed = {
            name: value
            for name, value in values.items()
            if (self[name] or False) != (value or False)
        }
        self.write(changed)
        if changed.keys() - {"refreshed_at", "picture"}:
            self.env["ir.websocket"]._tell_contact(self.partner_id, self.company_id)

    def _look_up_soon(self):
        """Let the next run ask X for this account first; X charges for it once a day.

        :raise UserError: nothing is looked up in this company, or not now.
        """
        company = self.company_id
        if not company.twitter_has_bearer_token or not company.twitter_refresh_cap:
            raise UserError(
                self.env._(
                    "Nothing is looked up yet: paste the bearer token of your app at X "
                    "in Settings → Helpdesk → X (Twitter), and say what it may cost."
                )
            )
        if why_not := self.env["twitter.refresh"]._why_not(company):
            raise UserError(why_not)
        # Nobody writes an identity; an administrator has it looked up.
        self.sudo().asked_at = LONG_AGO
        self.env["twitter.refresh"].sudo()._wake_up()

    @api.model
    def _forget_emails(self, companies):
        """Drop the addresses that X told of, where they are not asked for any more."""
        told = [("company_id", "in", companies.ids), ("email", "!=", False)]
        self.search(told).email = False

    def _email_matches(self, mailbox):
        """Whether X told of the address on record; nothing is decided by it."""
        return same_mailbox(self.email, mailbox)

    def _note_former_taken(self, handle, is_taken):
        """Remember whether another account has a handle that this one had.

        :param str handle: in lower case.
        """
        formers = [
            {**former, "is_taken": is_taken}
            if former["username"].lower() == handle
            else former
            for former in self.former_usernames or []
        ]
        self._show({"former_usernames": formers})

    def _forget_formers(self, before):
        """Drop the handles that an account had long ago.

        :param datetime before: of which it had them, in UTC.
        """
        for identity in self:
            identity.former_usernames = [
                former
                for former in identity.former_usernames
                if fields.Datetime.to_datetime(former["until"]) > before
            ]

    # === Contacts that become one === #

    @api.model
    def _kept(self, contacts, dst_partner):
        """The X accounts that stay where contacts become one.

        What one contact has proven is not proven for another. Whoever may merge could
        else prove their own account for a contact that they have just made, and put it
        on a customer. Of two that may stay, the one of the contact that remains does.

        :param res.partner contacts: all of them.
        :param res.partner dst_partner: the one that remains.
        :return: identities, at most one of each company.
        """
        kept = self.browse()
        found = self.search([("partner_id", "in", contacts.ids)])
        for accounts in found.grouped("company_id").values():
            may_stay = accounts.filtered(
                lambda identity: identity._may_stay(contacts, dst_partner)
            )
            own_first = may_stay.sorted(lambda one: one.partner_id.id != dst_partner.id)
            kept |= own_first[:1]
        return kept

    def _end_by_merge(self):
        """Disconnect, and say so on the open tickets that the accounts stood on."""
        tickets = self.env["helpdesk.ticket"]
        for identity in self:
            tickets.search(
                [
                    ("partner_id", "=", identity.partner_id.id),
                    ("company_id", "=", identity.company_id.id),
                    ("stage_id.closed", "=", False),
                ]
            )._twitter_note(ENDED_BY_MERGE)
        self.unlink()

    def _may_stay(self, contacts, dst_partner):
        """Whether an account is still its owner's where contacts become one.

        Where the contact that remains has it and is the eldest, or where all have the
        same address, and the owner is known to read what is mailed there: anybody can
        sign up with any address. Or where its owner has proven to be each of them.
        """
        owner = self.partner_id
        others = contacts.filtered(lambda partner: partner.id != owner.id)
        if owner._twitter_is_confirmed():
            is_eldest = all(owner._twitter_is_older(other) for other in others)
            if is_eldest and owner.id == dst_partner.id:
                return True
            if all(self._has_address_of(other) for other in others):
                return True
        return not any(contact._twitter_is_unsettled() for contact in contacts) and all(
            owner in other._twitter_conflicts(self.company_id) for other in others
        )

    def _has_address_of(self, partner):
        """Whether a contact has had no other address than the account's owner."""
        # Nobody may read the fields; what is told is whether it is the same address.
        owner_sudo, partner_sudo = self.partner_id.sudo(), partner.sudo()
        set_at = owner_sudo.twitter_address_set_at
        if set_at and set_at > self.linked_at:
            return False
        mailbox = partner._twitter_mailbox()
        if not mailbox:
            # Its address may have been taken away, or an older one never written down.
            never_had_one = not partner_sudo.twitter_address_set_at
            return never_had_one and owner_sudo._twitter_is_older(partner_sudo)
        is_same = mailbox == owner_sudo._twitter_mailbox()
        return is_same and not partner._twitter_is_unsettled()

    # === Pages === #

    @api.model
    def _page_of(self, partner, company):
        """What the page of a customer shows.

        :param res.partner partner: the customer, who has signed in.
        :return: dict of the ``identity``, its ``formers`` (handles), the receipt just
            ``withdrawn``, ``ready``, ``is_taken``, ``waits_until`` (UTC or False),
            ``to_confirm``, ``can_confirm``, ``company``, ``consent_text``,
            ``scope_uses``, the ``change`` of the text since it was agreed to, whether
            it ``asks_more`` of X, ``email_matches``, ``receipts``, and whether
            the customer may choose to sign in with X (``offers_sign_in``).
        :raise TwitterProblem: ``not_configured``: there is nothing to show or do.
        """
        ready = company._twitter_is_ready()
        proves = partner._twitter_sign_in_proves()
        # Who may be a stranger does not learn whose account the customer's is.
        is_taken = partner._twitter_is_taken()
        identity = self.browse() if is_taken else self._of(partner, company)
        consents = self.env["twitter.consent"]
        receipts = consents._of_customer(partner, company)
        if not (identity or ready or receipts):
            raise TwitterProblem("not_configured")
        withdrawn = not identity and consents._just_withdrawn(partner, company)
        return {
            "identity": identity,
            "formers": former_handles(identity.former_usernames),
            "withdrawn": withdrawn,
            "ready": ready,
            "is_taken": is_taken,
            "waits_until": partner._twitter_waits_until(),
            "to_confirm": not proves,
            "can_confirm": partner._twitter_can_confirm(),
            # The page prints of it what customers are to read.
            "company": company.sudo(),
            "consent_text": self.env["twitter.consent.text"]._text(company),
            "scope_uses": self.env["twitter.consent.text"]._scope_uses(company),
            "change": identity and proves and identity.consent_id._change(),
            "asks_more": identity and identity.consent_id._asks_more(),
            "receipts": receipts,
            "email_matches": identity._email_matches(partner._twitter_mailbox()),
            "offers_sign_in": company._twitter_offers_sign_in() and proves,
        }

    @api.model
    def _start(self, visitor, partner, company, consent):
        """Send a signed-in customer to X.

        :return: str, the address at X.
        :raise TwitterProblem: what stands in the way.
        """
        if not partner._twitter_sign_in_proves():
            raise TwitterProblem("no_address")
        values = {"partner_id": partner.id, "proof": "portal_session"}
        transactions = self.env["twitter.oauth.transaction"]
        return transactions._start(visitor, company, values, consent)

    @api.model
    def _agree(self, partner, company, consent, device):
        """What the customer's "I agree" does where the text has changed.

        :param Consent consent: what the form sent.
        :param str device: from where, in words.
        :raise TwitterProblem: ``no_address``: it may be a stranger who has signed in;
            ``consent_missing``.
        """
        if not partner._twitter_sign_in_proves():
            raise TwitterProblem("no_address")
        identity = self._of(partner, company)
        # Pressed twice, or disconnected meanwhile: there is nothing to agree to.
        if identity and identity.consent_id._change():
            identity.consent_id = identity.consent_id._renew(consent)
            self.env["twitter.link.event"]._log_agreed(identity, device)

    @api.model
    def _disconnect(self, partner, company, device=""):
        """What the customer's own Disconnect does.

        :param str device: from where, in words.
        :raise TwitterProblem: ``no_address``: it may be a stranger who has signed in.
        """
        if partner._twitter_is_taken():
            raise TwitterProblem("no_address")
        identity = self._of(partner, company)
        identity.consent_id._end(device)
        identity.unlink()

    @api.model
    def _card(self, account, mailbox):
        """What a card shows, for agents' screens.

        :param account: a ``twitter.identity`` (without ``bin_size``), or a dict with
            the same names.
        :param str mailbox: the contact's address on record, normalised. X's is shown
            beside it, and never matched on.
        :return: dict of JSON values. The picture is in it: it goes with the account,
            and no browser keeps it under an address of its own.
        """
        avatar = account["avatar"]
        username = account["username"] or ""
        return {
            "username": username,
            "name": account["name"] or "",
            "avatar": image_data_uri(bytes(avatar)) if avatar else "",
            "url": username and PROFILE_URL + username,
            "badge": account["verified_type"] or "",
            "linked_at": fields.Datetime.to_string(account["linked_at"]),
            "proof": account["proof"],
            "availability": account["availability"],
            "former": former_handles(account["former_usernames"]),
            "email": account["email"] or "",
            "email_matches": same_mailbox(account["email"], mailbox),
        }

    def _as_json(self):
        """All that is kept of the account, for its owner.

        :return: dict of JSON values; times in UTC (ISO 8601), the picture in base64.
        """
        return {
            "company": self.company_id.name,
            "number": self.twitter_id,
            "username": self.username or "",
            "former_usernames": [
                {
                    "username": former["username"],
                    "until": utc(fields.Datetime.to_datetime(former["until"])),
                }
                for former in self.former_usernames or []
            ],
            "name": self.name or "",
            "verified_type": self.verified_type or "",
            "email": self.email or "",
            "state_at_x": self.availability,
            "picture": self.avatar.decode() if self.avatar else "",
            "picture_address": self.picture or "",
            "proof": self.proof,
            "connected_at": utc(self.linked_at),
            "refreshed_at": utc(self.refreshed_at),
            "sign_in_since": utc(self.sign_in_since),
            "receipt": self.consent_id.id,
        }

    @api.model
    def _owners_by_handle(self, text, *, whole=False, among=None, limit=None):
        """The contacts with a handle in the user's company, in the order of handles.

        :param str text: what was typed, with or without the @.
        :param bool whole: the whole handle; else how it begins.
        :param odoo.tools.Query among: the only contacts that count.
        :param int limit: how many at most; None for all, in no order.
        :return: odoo.tools.SQL of their ids.
        """
        handle = text.strip().removeprefix("@")
        domain = Domain("company_id", "=", self.env.company.id)
        domain &= self._username_domain(handle, whole)
        if among is not None:
            domain &= Domain("partner_id", "in", among)
        query = self._search(domain, limit=limit)
        if limit:
            # As the index has it, so that no more is read than is wanted.
            key = SQL.identifier(query.table, "username_key")
            query.order = SQL("%s USING ~<~", key)
        return query.select(SQL.identifier(query.table, "partner_id"))

    @api.model
    def _username_domain(self, handle, whole):
        """Identities by handle, served by the index on its lower-case form.

        :param str handle: without the @, in any case.
        :param bool whole: the whole handle; else how it begins.
        """
        key = handle.lower()
        if whole:
            return Domain("username_key", "=", key)
        for char in "\\%_":
            key = key.replace(char, "\\" + char)
        return Domain("username_key", "=like", key + "%")
