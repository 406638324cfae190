from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import hmac

from .times import utc
from .twitter_problem import TwitterProblem

FINAL = ("left", "undone", "sign_in_ended", "sign_in_taken_back")
"""Notices of what can't be taken back."""


class TwitterConsent(models.Model):
    """The receipt of what a person agreed to before an X account stood at their record.

    X asks for express opt-in consent before a handle is associated with a customer
    record, and says that signing in at X does not by itself constitute it (X developer
    policy, "Off-X matching" and "Privacy and control").
    """

    _name = "twitter.consent"
    _inherit = "twitter.owner.access.mixin"
    _description = "Consent to connect an X account"
    _order = "given_at desc, id desc"
    _rec_name = "given_at"

    partner_id = fields.Many2one(
        "res.partner",
        string="Contact",
        ondelete="set null",
        index="btree_not_null",
        readonly=True,
    )
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", required=True, readonly=True
    )
    account_hash = fields.Char(
        readonly=True,
        help="The X account's number, hashed with this database's secret: enough to "
        "prove which account was meant, of no use without it.",
    )
    text = fields.Text(readonly=True)
    version = fields.Char(readonly=True)
    lang = fields.Char(string="Language", readonly=True)
    scopes = fields.Char(readonly=True, help="The permissions that X was asked for.")
    given_at = fields.Datetime(readonly=True)
    channel = fields.Selection(
        [
            ("portal", "Portal"),
            ("link", "Link from a ticket"),
            ("sign_up", "Sign-up with X"),
        ],
        readonly=True,
    )
    withdrawn_at = fields.Datetime(readonly=True)
    state = fields.Selection(
        [
            ("holds", "Holds"),
            ("replaced", "A later one has taken its place"),
            ("withdrawn", "Withdrawn"),
        ],
        compute="_compute_state",
    )

    @api.depends("withdrawn_at")
    def _compute_state(self):
        accounts = self.env["twitter.identity"].search([("consent_id", "in", self.ids)])
        for consent in self:
            holds = consent in accounts.consent_id
            ended = "withdrawn" if consent.withdrawn_at else "replaced"
            consent.state = "holds" if holds else ended

    @api.model
    def _account_hash(self, twitter_id):
        """Hash an account's number with the database secret.

        X's ids are short numbers: hashed without a secret they could be tried out.
        """
        return hmac(self.env(su=True), "twitter.consent", twitter_id)

    def _withdraw(self):
        """Mark as withdrawn; the receipt stays, as proof of what was agreed.

        With all that the customer agreed to for the same account: texts change.
        """
        for consent in self:
            self.search(
                [
                    ("partner_id", "=", consent.partner_id.id),
                    ("company_id", "=", consent.company_id.id),
                    ("account_hash", "=", consent.account_hash),
                    ("withdrawn_at", "=", False),
                ]
            ).withdrawn_at = self.env.cr.now()

    def _end(self, device="", what="disconnected", reader=""):
        """Withdraw, note it, and tell the customer, before the accounts are deleted.

        :param str device: from where, in words, where the customer did it.
        :param str what: ``disconnected``, or a value of :data:`FINAL`.
        :param str reader: see :meth:`TwitterSignIn._keep_a_way_in`.
        """
        accounts = self.env["twitter.identity"].search([("consent_id", "in", self.ids)])
        self.env["twitter.sign.in"]._keep_a_way_in(accounts, reader)
        self._withdraw()
        self.env["twitter.link.event"]._log_disconnected(self, device)
        self._announce(what, device)

    def _signs_in(self):
        """Whom the account that it stands for signs in; or none."""
        accounts = self.env["twitter.identity"].search([("consent_id", "=", self.id)])
        return self.env["twitter.sign.in"]._user_of(accounts)

    # === What has changed since === #

    def _change(self):
        """What has changed in the text since it was agreed to.

        Told in the language of the receipt; one that is no longer in use can't be
        compared, and is asked again.

        :return: list of dict, see ``twitter.consent.text``; empty: nothing has.
        """
        texts = self.env["twitter.consent.text"]
        if self.env["res.lang"]._get_data(code=self.lang or ""):
            texts = texts.with_context(lang=self.lang)
        now = texts._text(self.company_id)
        return texts._differences(self.text, now) if now != self.text else []

    def _asks_more(self):
        """Whether the permissions given at X are not enough for the text of now."""
        uses = self.env["twitter.consent.text"]._scope_uses(self.company_id)
        return not set(uses) <= set((self.scopes or "").split())

    def _renew(self, consent):
        """The customer agrees to the text as it is now, for the same account.

        :param Consent consent: what the form sent.
        :return: the new receipt; this one stays as it is.
        :raise TwitterProblem: ``consent_missing``.
        """
        texts = self.env["twitter.consent.text"]
        text = texts._text(self.company_id)
        if not consent.covers(text) or self._asks_more():
            raise TwitterProblem("consent_missing")
        return self.create(
            {
                "partner_id": self.partner_id.id,
                "company_id": self.company_id.id,
                "account_hash": self.account_hash,
                "text": text,
                "version": texts._version(self.company_id, text),
                "lang": self.env.lang or "en_US",
                "scopes": " ".join(texts._scope_uses(self.company_id)),
                "given_at": self.env.cr.now(),
                "channel": "portal",
            }
        )

    # === Receipts to take along === #

    @api.model
    def _of_customer(self, partner, company):
        """All receipts of a customer, the newest first.

        Nothing of them for one who may be a stranger to the contact.
        """
        if partner._twitter_is_taken():
            return self.browse()
        return self.search(
            [("partner_id", "=", partner.id), ("company_id", "=", company.id)]
        )

    def _as_json(self):
        """The receipt in values that machines read.

        :return: dict of JSON values; times in UTC (ISO 8601).
        """
        return {
            "receipt": self.id,
            "company": self.company_id.name,
            "customer": self.partner_id.name or "",
            "account_hash": self.account_hash or "",
            "text": self.text,
            "version": self.version or "",
            "language": self.lang or "",
            "scopes": (self.scopes or "").split(),
            "given_at": utc(self.given_at),
            "channel": self.channel or "",
            "withdrawn_at": utc(self.withdrawn_at),
        }

    def _get_report_base_filename(self):
        """Name of the file that Odoo prints a receipt to."""
        return self.env._("Consent %(number)s", number=self.id)

    def action_export_json(self):
        """Download the receipt for a machine to read.

        :return: dict, an action.
        """
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_url",
            "url": f"/twitter/receipt/{self.id}/json",
            "target": "download",
        }

    @api.model
    def _just_withdrawn(self, partner, company):
        """The receipt of a connection that the customer has just ended.

        :return: the newest one of the last 24 hours, or none.
        """
        return self.search_fetch(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("withdrawn_at", ">", self.env.cr.now() - timedelta(hours=24)),
            ],
            ["withdrawn_at"],
            order="withdrawn_at desc",
            limit=1,
        )

    # === Notices === #

    def _announce(self, what, device="", ticket=None):
        """Queue a notice to the customer, in the language of its reader.

        It says nothing that came from X, so that a mail that could not be sent keeps
        nothing of it.

        :param str what: a value of ``twitter.undo``, or of :data:`FINAL`.
        :param str device: from where it was done, in words; empty: by the company.
        :param helpdesk.ticket ticket: whose link it was, if any.
        """
        for consent in self:
            # Notices go out whoever caused them; agents may not write mails by hand.
            consent_sudo = consent.sudo()
            language = consent_sudo.partner_id.lang
            if self.env["res.lang"]._get_data(code=language or ""):
                consent_sudo = consent_sudo.with_context(lang=language)
            tickets_sudo = self.env["helpdesk.ticket"].sudo()
            ticket_sudo = ticket.sudo() if ticket else tickets_sudo
            for address in consent_sudo.partner_id._twitter_told_at():
                consent_sudo._queue_notice(what, address, device, ticket_sudo)

    def _queue_notice(self, what, address, device, ticket):
        """As :meth:`_announce`, to one address."""
        company = self.company_id
        mails, undos = self.env["twitter.mail"], self.env["twitter.undo"]
        undo, url = undos.browse(), ""
        partner, user = self.partner_id, self._signs_in()
        # A stranger who chose the address may end nothing. With a new password the one
        # that it was mailed to is confirmed, and no other counts any more.
        is_left = what == "sign_in_stays" and address != partner._twitter_mailbox()
        if not (what in FINAL or is_left or partner._twitter_is_readdressed()):
            undo, token = undos._make(self, what, address, device, ticket)
            url = f"{company.twitter_public_url or ''}/twitter/undo/{token}"
        values = {
            # Anybody can sign up with any address, and any name.
            "name": partner.name if partner._twitter_is_confirmed() else "",
            "company": company,
            "at": self.env.cr.now(),
            "tz": partner.tz or company.partner_id.tz or "UTC",
            "device": device,
            "scope_uses": self.env["twitter.consent.text"]._scope_uses(company),
            "offers_sign_in": company._twitter_offers_sign_in(),
            "signs_in": bool(user),
            "lacks_password": bool(user._twitter_without_password()),
            "link_comes": self.env["twitter.password.mail"]._comes_to(partner, address),
            "signed_up": self.channel == "sign_up",
            "undo_url": url,
        }
        body_html = self.env["ir.qweb"]._render(
            f"helpdesk_twitter_identity.notice_{what}", values, minimal_qcontext=True
        )
        made = what == "connected" and self.channel == "sign_up"
        subject = self._subject("signed_up" if made else what)
        undo.mail_id = mails._queue(subject, body_html, address, company)

    def _subject(self, what):
        """What the notice is called."""
        subjects = {
            "connected": self.env._("An X account was connected to your record"),
            "signed_up": self.env._("Your account was made with X"),
            "switched": self.env._("Another X account was connected to your record"),
            "disconnected": self.env._("Your X account was disconnected"),
            "sign_in_on": self.env._("Your X account can now sign you in"),
            "sign_in_off": self.env._("Your X account no longer signs you in"),
            "sign_in_taken_back": self.env._("Your X account no longer signs you in"),
            "sign_in_stays": self.env._("Your X account still signs you in"),
            "sign_in_ended": self.env._("You can no longer sign in with X"),
            "signed_in": self.env._("You signed in with X for the first time"),
            "conflict": self.env._("Your X account was shown for another record"),
            "undone": self.env._("The X account was disconnected, as you asked"),
            "left": self.env._("Your X account is no longer kept here"),
        }
        return subjects[what]

    def _announce_conflict(self, device):
        """Tell who has an account that it was shown for another record, once a day.

        Not of whom, nor to whom: each learns of the other that there is one.
        """
        since = self.env.cr.now() - timedelta(days=1)
        told = [("consent_id", "in", self.ids), ("what", "=", "conflict")]
        undos = self.env["twitter.undo"]
        if not undos.search_count([*told, ("create_date", ">", since)], limit=1):
            self._announce("conflict", device)
