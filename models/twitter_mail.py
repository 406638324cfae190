from odoo import api, models
from odoo.tools import email_normalize, formataddr

HEADERS = {
    "Auto-Submitted": "auto-generated",
    "X-Auto-Response-Suppress": "OOF, AutoReply",
}
"""An answer by a machine would bring what it quotes, a code or a link, into a ticket
(RFC 3834, section 5; the second is what Exchange looks for)."""


class TwitterMail(models.AbstractModel):
    """Mails to customers, queued and never kept.

    They belong to no record: a mail with a model and an id would stand in the chatter,
    and one with a link or a code in it would stay there for every follower to use.
    """

    _name = "twitter.mail"
    _description = "Mails about X accounts"

    @api.model
    def _queue(self, subject, body_html, email_to, company):
        """Queue a mail.

        Sending is left to the mail queue, so that a mail server that is down or slow
        neither fails nor delays the page that the customer waits for.

        :param str email_to: one address; nothing is sent where it is empty.
        :param res.company company: in whose name it is sent.
        :return: the ``mail.mail``, gone once it is sent; empty where there is none.
        """
        mails = self.env["mail.mail"]
        if not email_to:
            return mails
        mail = mails.create(
            {
                **self._sender(company),
                "subject": subject,
                "body_html": body_html,
                "email_to": email_to,
                "auto_delete": True,
                "headers": repr(HEADERS),
            }
        )
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()
        return mail

    @api.model
    def _queue_template(self, template_xmlid, record, email_to, company, code=""):
        """Queue a mail from a template, in the language of its reader.

        :param str template_xmlid: a ``mail.template``.
        :param record: one record of the template's model.
        :param str code: what the template prints as ``ctx.get('twitter_code')``.
        :return: the ``mail.mail``; empty where there is neither template nor address.
        """
        template = self.env.ref(template_xmlid, raise_if_not_found=False)
        if not template or not email_to:
            return self.env["mail.mail"]
        template = template.with_context(twitter_code=code)
        subject = self._render(template, "subject", record)
        body_html = self._render(template, "body_html", record)
        return self._queue(subject, body_html, email_to, company)

    @api.model
    def _render(self, template, field, record):
        """Render one field of a template for one record, in the record's language."""
        # A form that was changed and not saved has its record's number.
        record = record._origin
        return template._render_field(field, record.ids, compute_lang=True)[record.id]

    @api.model
    def _sender(self, company):
        """Who writes: the company, not the public user, nor an agent, who could then
        read the mail by RPC.
        """
        address = self._address_of(company)
        address = address and formataddr((company.name, address))
        servers = self.env["ir.mail_server"]
        return {
            "email_from": address or servers._get_default_from_address(),
            "reply_to": address or "",
            "author_id": company.partner_id.id,
        }

    @api.model
    def _address_of(self, company):
        """The one address at which customers reach a company; or empty.

        :param res.company company: of any customer.
        """
        return email_normalize(company.email or "") or ""
