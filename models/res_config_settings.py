from odoo import api, fields, models

from .res_company import CALLBACK_PATH


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    twitter_client_id = fields.Char(
        related="company_id.twitter_client_id", readonly=False
    )
    # Not related: a form that is saved would hand what was typed back.
    twitter_client_secret = fields.Char(
        compute="_compute_twitter_client_secret",
        inverse="_inverse_twitter_client_secret",
    )
    twitter_has_client_secret = fields.Boolean(
        related="company_id.twitter_has_client_secret"
    )
    twitter_bearer_token = fields.Char(
        compute="_compute_twitter_bearer_token",
        inverse="_inverse_twitter_bearer_token",
    )
    twitter_has_bearer_token = fields.Boolean(
        related="company_id.twitter_has_bearer_token"
    )
    twitter_refresh_cap = fields.Float(
        related="company_id.twitter_refresh_cap", readonly=False
    )
    twitter_refresh_cost = fields.Char(compute="_compute_twitter_refresh_cost")
    twitter_public_url = fields.Char(
        related="company_id.twitter_public_url", readonly=False
    )
    twitter_callback_url = fields.Char(
        string="Callback address for X", compute="_compute_twitter_callback_url"
    )
    twitter_request_email = fields.Boolean(
        related="company_id.twitter_request_email", readonly=False
    )
    twitter_email_reason = fields.Char(
        related="company_id.twitter_email_reason", readonly=False
    )
    twitter_consent_text = fields.Text(
        related="company_id.twitter_consent_text", readonly=False
    )
    twitter_consent_shown = fields.Text(compute="_compute_twitter_consent_shown")
    twitter_privacy_url = fields.Char(
        related="company_id.twitter_privacy_url", readonly=False
    )
    twitter_link_hours = fields.Integer(
        related="company_id.twitter_link_hours", readonly=False
    )
    twitter_sign_in = fields.Boolean(
        related="company_id.twitter_sign_in", readonly=False
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Write the switch of the e-mail address, and its reason, in a fitting order.

        What is related to the company is written one by one, and a switch without its
        reason is refused.
        """
        return super().create([_reason_and_switch(vals) for vals in vals_list])

    @api.depends("twitter_public_url")
    def _compute_twitter_callback_url(self):
        # While it is typed, not only once it is saved.
        for settings in self:
            base = (settings.twitter_public_url or "").strip().rstrip("/")
            settings.twitter_callback_url = base and base + CALLBACK_PATH

    @api.depends(
        "twitter_consent_text", "twitter_request_email", "twitter_email_reason"
    )
    def _compute_twitter_consent_shown(self):
        texts = self.env["twitter.consent.text"]
        for settings in self:
            settings.twitter_consent_shown = texts._text(settings.company_id)

    def _compute_twitter_bearer_token(self):
        self.twitter_bearer_token = False

    def _inverse_twitter_bearer_token(self):
        for settings in self:
            settings.company_id.twitter_bearer_token = settings.twitter_bearer_token
            settings.invalidate_recordset(["twitter_bearer_token"], flush=False)

    @api.depends("twitter_refresh_cap")
    @api.depends_context("lang")
    def _compute_twitter_refresh_cost(self):
        refresh = self.env["twitter.refresh"]
        for settings in self:
            settings.twitter_refresh_cost = refresh._estimate(
                settings.company_id, settings.twitter_refresh_cap
            )

    def _compute_twitter_client_secret(self):
        self.twitter_client_secret = False

    def _inverse_twitter_client_secret(self):
        for settings in self:
            settings.company_id.twitter_client_secret = settings.twitter_client_secret
            settings.invalidate_recordset(["twitter_client_secret"], flush=False)

    def action_twitter_consent_texts(self):
        """Show all versions of what customers agree to, as saved.

        :return: dict, an action.
        """
        self.ensure_one()
        # A text that came with an update of the addon has not been agreed to yet.
        self.env["twitter.consent.text"].sudo()._publish(self.company_id)
        return {
            **self.env["ir.actions.act_window"]._for_xml_id(
                "helpdesk_twitter_identity.twitter_consent_text_action"
            ),
            "domain": [("company_id", "=", self.company_id.id)],
        }

    def action_twitter_leave(self):
        """Count what came from X, to have it erased.

        :return: dict, the action that opens the dialog.
        """
        self.ensure_one()
        return self.env["twitter.erasure.wizard"]._open(self.company_id)

    def action_twitter_check(self):
        """Check what is saved.

        :return: dict, the action that opens the report.
        """
        self.ensure_one()
        return self.env["twitter.set.up.wizard"]._check(self.company_id)


def _reason_and_switch(vals):
    """The same values: the reason first where it is needed, last where it is not."""
    switch, reason = "twitter_request_email", "twitter_email_reason"
    first = reason if vals.get(switch) else switch
    return {first: vals[first], **vals} if first in vals else vals
