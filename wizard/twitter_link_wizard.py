import re
from datetime import timedelta

from lxml import html

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

DIRECT_MESSAGE_LENGTH = 10000
PUBLIC_REPLY_LENGTH = 280
PARAGRAPHS = "//p[not(ancestor::li)] | //li"
"""Of a mail; Odoo's editor puts paragraphs into items of lists."""
URL_LENGTH = 23
"""X counts each address in a post as so many characters (docs.x.com, counting
characters)."""


class TwitterLinkWizard(models.TransientModel):
    """What the agent sends to the customer.

    The link's token stands in this row alone; it goes with it, after an hour.
    """

    _name = "twitter.link.wizard"
    _description = "Send a link to connect an X account"
    _transient_max_hours = 1.0
    _allow_sudo_commands = False

    ticket_id = fields.Many2one(
        "helpdesk.ticket", required=True, ondelete="cascade", readonly=True
    )
    request_id = fields.Many2one(
        "twitter.link.request", ondelete="cascade", readonly=True
    )
    token = fields.Char(readonly=True, groups=fields.NO_ACCESS)
    link_url = fields.Char(compute="_compute_link_url")
    channel = fields.Selection(
        [
            ("email", "E-mail"),
            ("direct_message", "Direct message"),
            ("public_reply", "Public reply"),
        ],
        required=True,
        default="email",
    )
    # Not under sudo: a computed field asks no rule of the row that it belongs to.
    partner_id = fields.Many2one(related="ticket_id.partner_id", related_sudo=False)
    intro = fields.Char(compute="_compute_intro")
    said_not_me = fields.Boolean(compute="_compute_said_not_me")
    sent_at = fields.Datetime(related="request_id.sent_at", related_sudo=False)
    address = fields.Char(compute="_compute_address", string="To")
    nothing_to_send = fields.Boolean(compute="_compute_nothing_to_send")
    url = fields.Char(compute="_compute_message", string="Link")
    message = fields.Text(compute="_compute_message")
    email_message = fields.Text(compute="_compute_texts")
    permissions = fields.Text(compute="_compute_permissions")
    direct_message = fields.Text(compute="_compute_texts")
    public_message = fields.Text(compute="_compute_texts")
    direct_length = fields.Char(compute="_compute_texts")
    public_length = fields.Char(compute="_compute_texts")
    why_no_link = fields.Text(compute="_compute_why_no_link")
    older_request_ids = fields.Many2many(
        "twitter.link.request", compute="_compute_older_request_ids"
    )

    @api.depends("ticket_id", "request_id")
    def _compute_address(self):
        for wizard in self:
            # Who may see the dialog may see where its mail goes.
            wizard_sudo = wizard._creator_sudo()
            has_link = bool(wizard_sudo.request_id)
            wizard.address = has_link and wizard_sudo.partner_id._twitter_mailbox()

    @api.depends("ticket_id")
    def _compute_nothing_to_send(self):
        for wizard in self:
            partner = wizard.partner_id
            # The portal, where the public reply leads, would not connect it either.
            wizard.nothing_to_send = not wizard.request_id and bool(
                wizard.ticket_id.twitter_identity_id
                or partner._twitter_is_readdressed()
                or partner._twitter_is_unsettled()
            )

    @api.depends("ticket_id", "request_id")
    def _compute_link_url(self):
        for wizard in self:
            # Nobody reads the token but through the address that is made of it.
            token = wizard._creator_sudo().token
            base = wizard._public_base()
            wizard.link_url = token and f"{base}/twitter/link/{token}"

    @api.depends("ticket_id")
    @api.depends_context("lang")
    def _compute_permissions(self):
        texts = self.env["twitter.consent.text"]
        for wizard in self:
            uses = texts._scope_uses(wizard.ticket_id.company_id)
            wizard.permissions = "\n".join(
                f"{scope}: {use}" for scope, use in uses.items()
            )

    @api.depends("request_id")
    def _compute_intro(self):
        for wizard in self:
            wizard.intro = bool(wizard.request_id) and self.env._(
                "For %(customer)s alone, who proves that it is them. Works once, until "
                "%(until)s.",
                customer=wizard.partner_id.name,
                until=wizard._in_words(wizard.request_id.expires_at),
            )

    @api.depends("ticket_id")
    def _compute_said_not_me(self):
        for wizard in self:
            partner, company = wizard.partner_id, wizard.ticket_id.company_id
            events = self.env["twitter.link.event"]
            wizard.said_not_me = events._last_said_not_me(partner, company)

    @api.depends("channel", "link_url")
    def _compute_message(self):
        for wizard in self:
            message = {
                "email": wizard.email_message,
                "direct_message": wizard.direct_message,
                "public_reply": wizard.public_message,
            }
            is_public = wizard.channel == "public_reply" or not wizard.link_url
            channel = "public_reply" if is_public else wizard.channel
            wizard.url = wizard._portal_url() if is_public else wizard.link_url
            wizard.message = message[channel]

    @api.depends("link_url", "ticket_id")
    def _compute_texts(self):
        for wizard in self:
            lang = wizard.partner_id.lang or wizard.env.user.lang
            in_lang = wizard.with_context(lang=lang)
            has_link = bool(wizard.link_url)
            wizard.email_message = in_lang._email_text() if has_link else False
            direct = in_lang._direct_text() if has_link else ""
            public = in_lang._public_text()
            wizard.direct_message = direct or False
            wizard.public_message = public
            wizard.direct_length = f"{len(direct)} / {DIRECT_MESSAGE_LENGTH}"
            length = len(re.sub(r"https?://\S+", "x" * URL_LENGTH, public))
            wizard.public_length = f"{length} / {PUBLIC_REPLY_LENGTH}"

    @api.depends("ticket_id")
    def _compute_older_request_ids(self):
        for wizard in self:
            wizard.older_request_ids = (
                wizard.ticket_id.twitter_link_request_ids - wizard.request_id
            )

    @api.depends("ticket_id")
    def _compute_why_no_link(self):
        for wizard in self:
            wizard.why_no_link = not wizard.request_id and wizard._why_no_link()

    def write(self, vals):
        """Agents choose the channel. All else says for whom a link is, and stays."""
        if not self.env.su and vals.keys() - {"channel"}:
            raise AccessError(self.env._("This dialog can't be changed."))
        return super().write(vals)

    def onchange(self, values, field_names, fields_spec):
        """As for ``write``: made of another ticket, the dialog would tell of it."""
        if "channel" not in field_names:
            return {}
        values = {name: values[name] for name in values if name == "channel"}
        return super().onchange(values, ["channel"], fields_spec)

    def _creator_sudo(self):
        """This row with all rights, for whom may read it.

        Odoo's templates are rendered for any record, by anybody, and what is computed
        asks no rule: it has to be asked here.

        :raise AccessError: somebody else made the dialog.
        """
        self._origin.check_access("read")
        return self.sudo()

    def _in_words(self, at):
        """A time in the agent's time zone, without seconds.

        :param datetime at: in UTC.
        """
        return format_datetime(self.env, at, dt_format="short")

    def _why_no_link(self):
        """Why there is a public reply and no link, and what the agent can do."""
        partner, ticket = self.partner_id, self.ticket_id
        if not partner:
            return self._why_no_contact()
        if ticket.twitter_identity_id:
            return self._why_connected()
        if ticket.closed or not ticket.active:
            return self.env._("This ticket is closed. Open it again to make a link.")
        if not partner.active:
            return self.env._(
                "The contact of this ticket is archived. Unarchive it to make a link."
            )
        if partner.is_company:
            return self.env._(
                "The contact of this ticket is a company. Choose the person who wrote "
                "as its contact first."
            )
        if partner._twitter_is_readdressed():
            return self.env._(
                "Whoever signed up as %(partner)s has changed the e-mail address. Ask "
                "the customer which one is theirs, and write it down yourself.",
                partner=partner.name,
            )
        if waits_until := partner._twitter_waits_until():
            return self.env._(
                "The e-mail address of %(partner)s was changed less than a week ago, "
                "not by the customer, or contacts were merged. Until %(until)s nothing "
                "can show that it is them, the portal neither: send nothing before.",
                partner=partner.name,
                until=self._in_words(waits_until),
            )
        return self.env._(
            "%(partner)s has neither a portal account that they have used nor one "
            "e-mail address, so nothing could show that it is them. The public reply "
            "leads to the portal.",
            partner=partner.name,
        )

    def _why_connected(self):
        """What is left to ask of one who has connected an account."""
        identity = self.ticket_id.twitter_identity_id
        expected = self.ticket_id.twitter_expected_username
        if self.ticket_id._twitter_compared(identity):
            values = {"username": identity.username, "expected": expected}
            if identity.proof == "email_code":
                return self.env._(
                    "The customer has connected @%(username)s, not the @%(expected)s "
                    "that you noted. To connect the other one with a new link, an "
                    "administrator disconnects this one on the contact first.",
                    **values,
                )
            return self.env._(
                "The customer has connected @%(username)s, not the @%(expected)s that "
                "you noted. They can change it at %(url)s under Use another account.",
                **values,
                url=self._portal_url(),
            )
        return self.env._(
            "The customer has already connected %(account)s. There is nothing left to "
            "ask.",
            account=identity.display_name,
        )

    def _why_no_contact(self):
        """What becomes of a ticket whose writer nobody knows."""
        expected = self.ticket_id.twitter_expected_username
        if not expected:
            return self.env._(
                "This ticket has no contact, so there is nobody a link could be for. "
                "Note the @handle that wrote, then send the public reply: the customer "
                "signs in or signs up, and connects it."
            )
        return self.env._(
            "This ticket has no contact, so there is nobody a link could be for. The "
            "public reply leads to the portal, where the customer signs in or signs "
            "up. Whoever connects @%(handle)s there becomes the contact, or is "
            "suggested to you.",
            handle=expected,
        )

    # === The texts === #

    def _public_base(self):
        # Agents may not read the settings; the address is no secret.
        return self.ticket_id.company_id.sudo().twitter_public_url

    def _portal_url(self):
        return f"{self._public_base()}/my/twitter"

    def _email_text(self):
        """The mail as it will read."""
        template = self.env.ref("helpdesk_twitter_identity.mail_template_link")
        body = self.env["twitter.mail"]._render(template.sudo(), "body_html", self)
        before = {"p": "\n\n", "li": "\n• "}
        text = ""
        for part in html.fromstring(str(body)).xpath(PARAGRAPHS):
            if words := " ".join(part.text_content().split()):
                text += before[part.tag] + words
        return text.strip()

    def _direct_text(self):
        company_sudo = self.ticket_id.company_id.sudo()
        return self.env._(
            "Hello! To help you here without asking the same questions again, we would "
            "like to know that this X account is yours. Please connect it once: "
            "%(url)s\nThe link is for you alone and works once. What we keep and why: "
            "%(privacy)s",
            url=self.link_url,
            privacy=company_sudo.twitter_privacy_url,
        )

    def _public_text(self):
        return self.env._(
            "Thanks for writing! So that we can help you, please connect your X "
            "account in your customer account: %(url)s Please don't post personal data "
            "here.",
            url=self._portal_url(),
        )

    # === Actions === #

    def _action(self):
        """The dialog of this row."""
        return {
            "name": self.env._("X account"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
        }

    def action_send_email(self):
        """Queue the mail with the link to the address on record.

        :return: dict, an action that says so and closes the dialog.
        :raise UserError: there is no link or no address, or it has been sent.
        """
        self.ensure_one()
        self.ticket_id.check_access("write")
        # The link is written by nobody but its own methods.
        request_sudo = self.sudo().request_id
        address = request_sudo.partner_id._twitter_mailbox()
        self._check_sendable(request_sudo, address)
        queue_sudo = self.env["twitter.mail"].sudo()
        template = "helpdesk_twitter_identity.mail_template_link"
        company = request_sudo.company_id
        mail = queue_sudo._queue_template(template, self, address, company)
        request_sudo._note_sent(mail)
        message = self.env._("The link is on its way to %(address)s.", address=address)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _check_sendable(self, request_sudo, address):
        """Refuse to mail a link that leads nowhere, or twice.

        :raise UserError: with the reason.
        """
        reason = ""
        if not request_sudo or not address:
            reason = self.env._("There is no address to send a link to.")
        elif not self.env["twitter.mail"]._sender(request_sudo.company_id)[
            "email_from"
        ]:
            reason = self.env._(
                "%(company)s has no e-mail address to send from. Ask an administrator.",
                company=request_sudo.company_id.name,
            )
        elif request_sudo.sent_at:
            reason = self.env._("This link has been sent. Make a new one.")
        elif request_sudo._problem():
            reason = self.env._("This link is no longer valid. Make a new one.")
        if reason:
            raise UserError(reason)

    @api.model
    def _forget(self):
        """Cron: nobody reads a link again after an hour."""
        limit = self.env.cr.now() - timedelta(hours=self._transient_max_hours)
        self.search([("create_date", "<=", limit)]).unlink()
