import re
from urllib.parse import urlsplit

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .. import twitter_api
from .twitter_problem import TwitterProblem

CALLBACK_PATH = "/twitter/callback"
CAP_AT_MOST = 1_000_000
CONSENT_LENGTH = 2000
CONSENT_FIELDS = {
    "name",
    "twitter_consent_text",
    "twitter_request_email",
    "twitter_email_reason",
}
"""What the text depends on that customers agree to."""
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
        store=True,
    )
    # As the client secret: written, never read back.
    twitter_bearer_token = fields.Char(
        string="X bearer token",
        compute="_compute_twitter_bearer_token",
        inverse="_inverse_twitter_bearer_token",
        groups="base.group_system",
        help="Bearer token of the same app at X (App-Only). Connected accounts are "
        "looked up with it; without it nothing is looked up.",
    )
    twitter_bearer_token_kept = fields.Char(
        copy=False, prefetch=False, groups=fields.NO_ACCESS
    )
    twitter_has_bearer_token = fields.Boolean(
        groups="base.group_system",
        string="X bearer token is set",
        compute="_compute_twitter_has_bearer_token",
        store=True,
    )
    twitter_refresh_cap = fields.Float(
        groups="base.group_system",
        string="Spend at most, a month (US$)",
        digits=(16, 2),
        default=10.0,
        help="X charges one US cent for each account that is looked up.",
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
    twitter_consent_text = fields.Text(
        groups="base.group_system",
        string="What customers agree to",
        translate=True,
        help="In the first person, for one customer to agree to. What X is asked for "
        "stands below it in any case. Empty: the standard text.",
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
    twitter_sign_in = fields.Boolean(
        groups="base.group_system",
        string="Customers may sign in with X",
        help="A button on the sign-in and sign-up pages. Customers who are connected "
        "choose it for themselves; employees never sign in with X.",
    )

    # When administrators were told of which problem, by code.
    twitter_told = fields.Json(copy=False, prefetch=False, groups=fields.NO_ACCESS)
    # The last client ID and callback address with which X has led somebody back.
    twitter_known_callback = fields.Char(
        copy=False, prefetch=False, groups=fields.NO_ACCESS
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

    def _compute_twitter_bearer_token(self):
        self.twitter_bearer_token = False

    def _inverse_twitter_bearer_token(self):
        for company in self:
            if token := (company.twitter_bearer_token or "").strip():
                # As for the client secret.
                company.sudo().twitter_bearer_token_kept = token
                self.env["twitter.refresh"].sudo()._begin_anew(company)
            company.invalidate_recordset(["twitter_bearer_token"], flush=False)

    @api.depends("twitter_bearer_token_kept")
    def _compute_twitter_has_bearer_token(self):
        for company in self:
            company.twitter_has_bearer_token = bool(
                company.sudo().twitter_bearer_token_kept
            )

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
        for url in self.filtered("twitter_public_url").mapped("twitter_public_url"):
            if not self._is_twitter_https(url):
                raise ValidationError(
                    self.env._(
                        "X sends customers back by https alone, so the public address "
                        "has to begin with https://. This does not: %(url)s",
                        url=url,
                    )
                )
            if not self._is_twitter_address(url) or not BASE.fullmatch(url):
                raise ValidationError(
                    self.env._(
                        "The public address ends with the host, as in "
                        "https://help.example.com, with nothing behind it. This is no "
                        "such address: %(url)s",
                        url=url,
                    )
                )

    @api.constrains("twitter_privacy_url")
    def _check_twitter_privacy_url(self):
        for url in self.filtered("twitter_privacy_url").mapped("twitter_privacy_url"):
            works = self._is_twitter_https(url) and self._is_twitter_address(url)
            if not works or re.search(r"[\s<>\"]", url):
                raise ValidationError(
                    self.env._(
                        "The privacy policy needs the address of a page, which begins "
                        "with https://. This is none: %(url)s",
                        url=url,
                    )
                )

    @api.constrains("twitter_client_id")
    def _check_twitter_client_id(self):
        for company in self:
            client_id = company.twitter_client_id
            if client_id and any(char.isspace() for char in client_id):
                raise ValidationError(
                    self.env._("The X client ID has a blank in it. Copy it again.")
                )
            kind = twitter_api.kind_of_credential(client_id or "")
            if kind in twitter_api.SECRETS:
                # Customers' browsers carry it to X, in the address.
                raise ValidationError(
                    self.env._(
                        "What stands as client ID looks like a secret, which every "
                        "customer would read in an address. Paste the client ID of "
                        "OAuth 2.0 there, and the client secret in its own field."
                    )
                )

    @api.constrains("twitter_client_secret_kept")
    def _check_twitter_client_secret_kept(self):
        for company_sudo in self.sudo():
            secret = company_sudo.twitter_client_secret_kept or ""
            kind = twitter_api.kind_of_credential(secret)
            if kind in ("client_id", "public_client_id"):
                raise ValidationError(
                    self.env._(
                        "What stands as client secret is a client ID: the two are "
                        "swapped. Paste each value into the field of the other."
                    )
                )

    @api.constrains("twitter_bearer_token_kept")
    def _check_twitter_bearer_token_kept(self):
        for company_sudo in self.sudo():
            token = company_sudo.twitter_bearer_token_kept or ""
            if twitter_api.kind_of_credential(token) not in ("bearer_token", ""):
                raise ValidationError(
                    self.env._(
                        "What stands as bearer token looks like another value of X's "
                        "console. Copy the bearer token, under Keys and tokens."
                    )
                )

    @api.constrains("twitter_refresh_cap")
    def _check_twitter_refresh_cap(self):
        # Whatever is no number is not between the two, either.
        if not all(0 <= company.twitter_refresh_cap <= CAP_AT_MOST for company in self):
            raise ValidationError(
                self.env._(
                    "What X may cost a month lies between 0 and %(most)s US dollars.",
                    most=CAP_AT_MOST,
                )
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

    @api.constrains("twitter_consent_text", "twitter_email_reason")
    def _check_twitter_consent_text(self):
        for company in self:
            texts = (company.twitter_consent_text, company.twitter_email_reason)
            if any(len(text or "") > CONSENT_LENGTH for text in texts):
                raise ValidationError(
                    self.env._(
                        "What customers agree to has to be readable on a phone: "
                        "%(most)s characters at most.",
                        most=CONSENT_LENGTH,
                    )
                )

    @staticmethod
    def _is_twitter_https(url):
        """Whether it is reached by https, or on one's own machine."""
        return url.startswith("https://") or bool(LOOPBACK.match(url))

    @staticmethod
    def _is_twitter_address(url):
        """Whether host and port are ones that a browser can go to."""
        try:
            parts = urlsplit(url)
            works = HOST.fullmatch(parts.hostname or "") and parts.port != 0
        except ValueError:
            return False
        return bool(works and NETLOC.match(parts.netloc))

    @api.model_create_multi
    def create(self, vals_list):
        return super().create([self._twitter_clean(vals) for vals in vals_list])

    def write(self, vals):
        offered = self.filtered(lambda company: company._twitter_offers_sign_in())
        result = super().write(self._twitter_clean(vals))
        if "twitter_client_id" in vals and not vals["twitter_client_id"]:
            # The one way to take secrets out again; nobody may touch them directly.
            self.sudo().write(
                {
                    "twitter_client_secret_kept": False,
                    "twitter_bearer_token_kept": False,
                }
            )
        if CONSENT_FIELDS & vals.keys():
            self._twitter_publish_text()
        if "twitter_request_email" in vals and not vals["twitter_request_email"]:
            # What nobody is asked for any more is not kept, either.
            self.env["twitter.identity"].sudo()._forget_emails(self)
        if ended := offered.filtered(lambda one: not one._twitter_offers_sign_in()):
            # Who may change a setting may not see whose accounts it concerns.
            self.env["twitter.sign.in"].sudo()._end_offer(ended)
        return result

    def _update_field_translations(
        self, field_name, translations, digest=None, source_lang=""
    ):
        # The dialog with the languages of a field writes past `write`.
        result = super()._update_field_translations(
            field_name, translations, digest=digest, source_lang=source_lang
        )
        if field_name in CONSENT_FIELDS:
            for lang, _name in self.env["res.lang"].get_installed():
                self.with_context(lang=lang)._check_twitter_consent_text()
            self._twitter_publish_text()
        return result

    def _twitter_publish_text(self):
        """Write down who changed, and when, what customers agree to."""
        # Whoever may change a setting may not write versions by hand.
        texts_sudo = self.env["twitter.consent.text"].sudo()
        for company_sudo in self.sudo().filtered("twitter_client_id"):
            texts_sudo._publish(company_sudo)

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
                company_sudo.twitter_has_client_secret,
                company_sudo.twitter_public_url,
                company_sudo.twitter_privacy_url,
            )
        )

    def _twitter_offers_sign_in(self):
        """Whether customers may sign in with X."""
        # Everybody reads it on the sign-in page.
        return self._twitter_is_ready() and self.sudo().twitter_sign_in

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
