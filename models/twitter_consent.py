from datetime import timedelta

from odoo import api, fields, models
from odoo.tools.misc import hmac

CONSENT_VERSION = "1"
"""Raised with each change of the text below, so that a receipt tells which it was."""


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
        [("portal", "Portal"), ("link", "Link from a ticket")], readonly=True
    )
    withdrawn_at = fields.Datetime(readonly=True)

    @api.model
    def _text(self, company):
        """What the customer agrees to, in the language of the environment.

        :param res.company company: the one that keeps the data.
        :return: str, shown beside the consent box and kept in the receipt.
        """
        # The settings are the administrators'; this sentence is the customers'.
        company_sudo = company.sudo()
        purpose = self.env._(
            "I agree that %(company)s keeps which X account is mine (its number, name, "
            "@handle, picture and badge) with my customer record, to recognise me when "
            "I write on X. I can disconnect it at any time; what came from X is then "
            "deleted at once.",
            company=company.name,
        )
        if not company_sudo.twitter_request_email:
            return purpose
        email = self.env._(
            "X also tells %(company)s the e-mail address of my X account. Why: "
            "%(reason)s",
            company=company.name,
            reason=company_sudo.twitter_email_reason,
        )
        return f"{purpose} {email}"

    @api.model
    def _account_hash(self, twitter_id):
        """Hash an account's number with the database secret.

        X's ids are short numbers: hashed without a secret they could be tried out.
        """
        return hmac(self.env(su=True), "twitter.consent", twitter_id)

    def _withdraw(self):
        """Mark as withdrawn; the receipt stays, as proof of what was agreed."""
        self.filtered(lambda consent: not consent.withdrawn_at).write(
            {"withdrawn_at": self.env.cr.now()}
        )

    def _end(self, device=""):
        """Withdraw, note it, and tell the customer.

        :param str device: from where, in words, where the customer did it.
        """
        self._withdraw()
        self.env["twitter.link.event"]._log_disconnected(self, device)
        self._announce("disconnected")

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

    def _announce(self, what):
        """Queue a notice to the address on record, in the language of its reader.

        It says nothing that came from X, so that a mail that could not be sent keeps
        nothing of it.

        :param str what: ``connected`` or ``disconnected``.
        """
        for consent in self:
            # Notices go out whoever caused them; agents may not write mails by hand.
            consent_sudo = consent.sudo()
            language = consent_sudo.partner_id.lang
            if self.env["res.lang"]._get_data(code=language or ""):
                consent_sudo = consent_sudo.with_context(lang=language)
            consent_sudo._queue_notice(what)

    def _queue_notice(self, what):
        subjects = {
            "connected": self.env._("An X account was connected to your record"),
            "disconnected": self.env._("Your X account was disconnected"),
        }
        body_html = self.env["ir.qweb"]._render(
            f"helpdesk_twitter_identity.notice_{what}",
            {"consent": self},
            minimal_qcontext=True,
        )
        address = self.partner_id._twitter_mailbox()
        mails = self.env["twitter.mail"]
        mails._queue(subjects[what], body_html, address, self.company_id)
