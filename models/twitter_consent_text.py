import difflib
import re

from psycopg2.errors import UniqueViolation

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ConcurrencyError

from .. import twitter_api

WORDS = re.compile(r"\S+\s*")
COMPARED = 800
"""Words of a text; comparing takes the square of them."""
STAYS = 3
"""Fewer words that are the same between two changes make the change harder to read."""


class TwitterConsentText(models.Model):
    """A version of what customers of a company agree to, in each of its languages.

    Made whenever the text has changed, for whatever reason: the administrator wrote
    another one, the e-mail address is asked for, the company has a new name. It is
    never changed itself, so that a receipt's version can be looked up for good.
    """

    _name = "twitter.consent.text"
    _description = "Text that customers agree to"
    _order = "version desc"
    _rec_name = "version"
    _allow_sudo_commands = False

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", readonly=True
    )
    version = fields.Integer(required=True, readonly=True, aggregator=None)
    texts = fields.Json(required=True, readonly=True)
    shown_texts = fields.Html(string="Texts", compute="_compute_shown_texts")

    _one_of_each_version = models.Constraint(
        "UNIQUE(company_id, version)", "There is such a version of the text already."
    )

    @api.depends("texts")
    def _compute_shown_texts(self):
        names = dict(self.env["res.lang"].get_installed())
        for version in self:
            version.shown_texts = self.env["ir.qweb"]._render(
                "helpdesk_twitter_identity.consent_texts",
                {"texts": version.texts, "names": names},
                minimal_qcontext=True,
            )

    # === What is agreed to now === #

    @api.model
    def _text(self, company, scopes=None):
        """What a customer agrees to now, in the language of the environment.

        :param res.company company: the one that keeps the data.
        :param tuple scopes: what X was asked for, where it has been already; None: what
            it will be.
        :return: str in lines, shown beside the consent box and kept in the receipt.
        """
        # The settings are the administrators'; this text is the customers'.
        company_sudo = company.sudo().with_context(lang=self.env.lang)
        uses = self._scope_uses(company)
        own = (company_sudo.twitter_consent_text or "").strip()
        lines = [
            own or self._standard_text(company),
            self.env._("X is asked for:"),
            *(
                f"• {scope}: {use}"
                for scope, use in uses.items()
                if scopes is None or scope in scopes
            ),
        ]
        return "\n".join(lines)

    @api.model
    def _standard_text(self, company):
        """What is agreed to where the company has written nothing of its own."""
        return self.env._(
            "I agree that %(company)s keeps which X account is mine (its number, name, "
            "@handle, picture and badge, as X shows them from time to time) with my "
            "customer record, to recognise me when I write on X. I can disconnect it "
            "at any time; what came from X is then deleted at once.",
            company=company.name,
        )

    @api.model
    def _scope_uses(self, company):
        """What each permission is used for that customers are asked for at X.

        The one text of it: consent, pages, mails and the manual print this.

        :return: dict of str by scope, in the language of the environment.
        """
        # As above.
        company_sudo = company.sudo().with_context(lang=self.env.lang)
        uses = {
            "users.read": self.env._("to see which account it is"),
            "tweet.read": self.env._(
                "goes with it, X gives neither alone; no post is read"
            ),
            "users.email": self.env._(
                "to see its e-mail address. Why: %(reason)s",
                reason=company_sudo.twitter_email_reason or "",
            ),
        }
        asked = twitter_api.scopes_for(company_sudo.twitter_request_email)
        return {scope: uses[scope] for scope in asked}

    # === Versions === #

    @api.model
    def _version(self, company, text):
        """The version of the text that is shown in the language of the environment.

        :param str text: as :meth:`_text` gave it.
        :return: str, kept in the receipt.
        :raise ConcurrencyError: another request is just writing down this version;
            Odoo runs this one again.
        """
        latest = self._latest(company)
        if not latest or latest.texts.get(self.env.lang or "en_US") != text:
            # The customer who met the change did not make it.
            latest = self.with_user(SUPERUSER_ID)._publish(company)
        return str(latest.version)

    @api.model
    def _publish(self, company):
        """Write down the text that is shown now, where it is another one than before.

        :return: the latest version.
        :raise ConcurrencyError: as :meth:`_version`.
        """
        latest = self._latest(company)
        texts = {
            lang: self.with_context(lang=lang)._text(company)
            for lang, _name in self.env["res.lang"].get_installed()
        }
        if latest and latest.texts == texts:
            return latest
        values = {"company_id": company.id, "version": latest.version + 1}
        try:
            with self.env.cr.savepoint():
                return self.create({**values, "texts": texts})
        except UniqueViolation as error:
            raise ConcurrencyError() from error

    @api.model
    def _latest(self, company):
        """The newest version; or none."""
        return self.search([("company_id", "=", company.id)], limit=1)

    @api.model
    def _differences(self, before, after):
        """What has changed between two texts, word by word.

        :return: list of dict of ``kind`` (``same``, ``gone`` or ``new``) and ``text``.
        """
        old, new = WORDS.findall(before), WORDS.findall(after)
        if max(len(old), len(new)) > COMPARED:
            whole = {"gone": before, "new": after}
            return [{"kind": kind, "text": text} for kind, text in whole.items()]
        matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
        parts = []
        for kind, start, end, new_start, new_end in matcher.get_opcodes():
            gone, come = "".join(old[start:end]), "".join(new[new_start:new_end])
            is_same = kind == "equal" and (end - start >= STAYS or end == len(old))
            if is_same or not parts and kind == "equal":
                parts.append({"kind": "same", "text": gone})
                continue
            if not parts or parts[-1]["kind"] == "same":
                parts += [{"kind": "gone", "text": ""}, {"kind": "new", "text": ""}]
            parts[-2]["text"] += gone
            parts[-1]["text"] += come
        return [part for part in parts if part["text"]]
