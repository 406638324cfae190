from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    twitter_client_id = fields.Char(
        related="company_id.twitter_client_id", readonly=False
    )
    twitter_client_secret = fields.Char(
        related="company_id.twitter_client_secret", readonly=False
    )
    twitter_has_client_secret = fields.Boolean(
        related="company_id.twitter_has_client_secret"
    )
    twitter_public_url = fields.Char(
        related="company_id.twitter_public_url", readonly=False
    )
    twitter_callback_url = fields.Char(related="company_id.twitter_callback_url")
    twitter_request_email = fields.Boolean(
        related="company_id.twitter_request_email", readonly=False
    )
    twitter_email_reason = fields.Char(
        related="company_id.twitter_email_reason", readonly=False
    )
    twitter_privacy_url = fields.Char(
        related="company_id.twitter_privacy_url", readonly=False
    )
    twitter_link_hours = fields.Integer(
        related="company_id.twitter_link_hours", readonly=False
    )
