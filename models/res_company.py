import re
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import twitter_api
from .twitter_problem import TwitterProblem

CALLBACK_PATH = "/twitter/callback"
HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]+:[0-9a-f:.]*")
NETLOC = re.compile(r"[^@:\[\]]+(:[0-9]{1,5})?$|\[[0-9a-f:.]+\](:[0-9]{1,5})?$")
BASE = re.compile(r"https?://[a-z0-9.:\[\]-]+")
LOOPBACK = re.compile(r"http://(127(\.\d{1,3}){3}|localhost|\[::1\])(:\d+)?(/|$)")
"""Plain http is for trying things out on one's own machine."""


class ResCompany(models.Model):
    _inherit = "res.company"

    twitter_client_id = fields.Char(
        groups="base.group_system",
        string="X client ID",
        help="Client ID of the company's own app at X (OAuth 2.0, not the API key).",
    )
    # Written, never read back: "twitter_has_client_secret" tells that it is there.
    twitter_client_secret = fields.Char(
        string="X client secret",
        compute="_compute_twitter_client_secret",
        inverse="_inverse_twitter_client_secret",
        groups="base.group_system",
    )
    twitter_client_secret_kept = fields.Char(
        copy=False, prefetch=False, groups=fields.NO_ACCESS
    )
    twitter_has_client_secret = fields.Boolean(
        groups="base.group_system",
        string="X client secret is set",
        compute="_compute_twitter_has_client_secret",
    )
    twitter_public_url = fields.Char(
        groups="base.group_system",
        string="Public address",
        help="The address under which customers reach this Odoo, such as "
        "https://help.example.com. X sends them back there.",
    )
    twitter_callback_url = fields.Char(
        groups="base.group_system",
        string="Callback address for X",
        compute="_compute_twitter_callback_url",
    )
    twitter_request_email = fields.Boolean(
        groups="base.group_system", string="Ask X for the e-mail address"
    )
    twitter_email_reason = fields.Char(
        groups="base.group_system",
        string="Why the e-mail address is needed",
        translate=True,
        help="Customers read this before they agree.",
    )
    twitter_privacy_url = fields.Char(
        groups="base.group_system",
        string="Privacy policy",
        help="Address of the page. X demands one.",
    )
    twitter_link_hours = fields.Integer(
        groups="base.group_system",
        string="Links are valid for (hours)",
        default=72,
        help="1 to 168 hours.",
    )

    def _compute_twitter_client_secret(self):
        self.twitter_client_secret = False

    def _inverse_twitter_client_secret(self):
        for company in self:
            # A form that shows nothing sends nothing: empty means "as it is".
            if secret := (company.twitter_client_secret or "").strip():
                # Nobody may touch the kept value; who may write this one, may here.
                company.sudo().twitter_client_secret_kept = secret
            # What was typed would be read back from memory until the request ends.
            company.invalidate_recordset(["twitter_client_secret"], flush=False)

    @api.depends("twitter_client_secret_kept")
    def _compute_twitter_has_client_secret(self):
        for company in self:
            company.twitter_has_client_secret = bool(
                company.sudo().twitter_client_secret_kept
            )

    @api.depends("twitter_public_url")
    def _compute_twitter_callback_url(self):
        for company in self:
            url = company.twitter_public_url
            company.twitter_callback_url = url and url + CALLBACK_PATH

    @api.constrains("twitter_public_url")
    def _check_twitter_public_url(self):
        not_base = self.env._(
            "The public address ends with the host: https://help.example.com, nothing "
            "behind it. This is none:"
        )
        for company in self.filtered("twitter_public_url"):
            url = company.twitter_public_url
            company._check_twitter_url(
                url,
                self.env._(
                    "X sends customers back by https alone, so the public address has "
                    "to begin with https://. This does not:"
                ),
                not_base,
            )
            if not BASE.fullmatch(url):
                raise ValidationError(f"{not_base} {url}")

    @api.constrains("twitter_privacy_url")
    def _check_twitter_privacy_url(self):
        for company in self.filtered("twitter_privacy_url"):
            company._check_twitter_url(
                company.twitter_privacy_url,
                self.env._("The privacy policy has to begin with https://:"),
                self.env._("The privacy policy needs the address of a page. No page:"),
            )
            if re.search(r"[\s<>\"]", company.twitter_privacy_url):
                raise ValidationError(
                    self.env._("The address of the privacy policy has a blank in it.")
                )

    @api.constrains("twitter_client_id")
    def _check_twitter_client_id(self):
        for company in self:
            client_id = company.twitter_client_id
            if client_id and any(char.isspace() for char in client_id):
                raise ValidationError(
                    self.env._("The X client ID has a blank in it. Copy it again.")
                )

    @api.constrains("twitter_link_hours")
    def _check_twitter_link_hours(self):
        if any(not 1 <= company.twitter_link_hours <= 168 for company in self):
            raise ValidationError(
                self.env._("Links to connect X are valid for 1 to 168 hours.")
            )

    @api.constrains("twitter_request_email", "twitter_email_reason")
    def _check_twitter_email_reason(self):
        for company in self:
            reason = (company.twitter_email_reason or "").strip()
            if company.twitter_request_email and not reason:
                raise ValidationError(
                    self.env._(
                        "Tell customers why X is asked for their e-mail address, or "
                        "don't ask for it."
                    )
                )

    def _check_twitter_url(self, url, not_https, not_address):
        """Refuse an address that can't work.

        :param str url: with a scheme, as it is typed.
        :param str not_https: the sentence for one that is not reached by https.
        :param str not_address: the sentence for one that is no such address.
        :raise ValidationError: with one of the two.
        """
        if not url.startswith("https://") and not LOOPBACK.match(url):
            raise ValidationError(f"{not_https} {url}")
        try:
            parts = urlsplit(url)
            works = HOST.fullmatch(parts.hostname or "") and parts.port != 0
        except ValueError:
            works = False
        if not works or not NETLOC.match(parts.netloc):
            raise ValidationError(f"{not_address} {url}")

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._twitter_clean(vals) for vals in vals_list])

    def write(self, vals):
        result = super().write(self._twitter_clean(vals))
        if "twitter_client_id" in vals and not vals["twitter_client_id"]:
            # The one way to take a secret out again; nobody may touch it directly.
            self.sudo().twitter_client_secret_kept = False
        return result

    @api.model
    def _twitter_clean(self, vals):
        """Take off what comes along when values are copied: blanks, the last slash."""
        cleaned = dict(vals)
        for name in ("twitter_client_id", "twitter_public_url", "twitter_privacy_url"):
            if vals.get(name):
                cleaned[name] = str(vals[name]).strip()
        if url := cleaned.get("twitter_public_url"):
            # X compares byte for byte; browsers write hosts small.
            cleaned["twitter_public_url"] = url.removesuffix("/").lower()
        return cleaned

    def _twitter_check_ready(self):
        """Stop before anything is asked of a customer that can't be completed.

        :raise TwitterProblem: ``not_configured``.
        """
        if not self._twitter_is_ready():
            raise TwitterProblem("not_configured")

    def _twitter_is_ready(self):
        """Whether all that a connection needs is set."""
        # Everybody may know that it is ready; nobody learns a value.
        company_sudo = self.sudo()
        return all(
            (
                company_sudo.twitter_client_id,
                company_sudo.twitter_client_secret_kept,
                company_sudo.twitter_public_url,
                company_sudo.twitter_privacy_url,
            )
        )

    def _twitter_app(self):
        """The company's app at X. The caller never shows what it holds.

        :return: twitter_api.App
        """
        company_sudo = self.sudo()
        return twitter_api.App(
            company_sudo.twitter_client_id,
            company_sudo.twitter_client_secret_kept,
            company_sudo.twitter_callback_url,
        )
