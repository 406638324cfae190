import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

_logger = logging.getLogger(__name__)

AT_ONCE = 100
"""Mails of one run; Odoo begins the next where more are waiting."""


class TwitterPasswordMail(models.Model):
    """A link to choose a password that somebody asked for and that is to be mailed.

    Signing in with X is never the only way in. Odoo's own mail is sent by a job: the
    page neither waits for a mail server nor tells by its time who has an account.
    """

    _name = "twitter.password.mail"
    _description = "Mail to choose a password"
    _allow_sudo_commands = False

    login = fields.Char()
    user_id = fields.Many2one("res.users", ondelete="cascade")

    @api.model
    def _ask(self, visitor, typed):
        """Somebody who is not signed in asks for the mail, whoever they are.

        :param str typed: the address or login of an account, or of none.
        :raise TwitterProblem: ``too_many_attempts``.
        """
        limits = self.env["twitter.rate.limit"]
        limits._count("code", visitor.network)
        login = email_normalize(typed) or typed.strip()[:254]
        if login and self.env["res.users"]._twitter_mails_passwords():
            limits._count_mail("password", login)
            self._queue({"login": login})

    @api.model
    def _ask_for(self, user):
        """A customer who has signed in asks for it.

        :raise TwitterProblem: ``too_many_attempts``.
        """
        self.env["twitter.rate.limit"]._count("contact", user.partner_id.id)
        self._queue({"user_id": user.id})

    @api.model
    def _queue(self, values):
        self.create(values)
        self.env.ref("helpdesk_twitter_identity.ir_cron_password")._trigger()

    @api.model
    def _run(self):
        """Cron: mail the links, each once."""
        cron = self.env["ir.cron"]
        for wanted in self.search([], order="id", limit=AT_ONCE):
            user = wanted.user_id or self._user_with(wanted.login)
            wanted.unlink()
            if user and user.active and not user._is_internal():
                self._mail(user)
            # A mail that went out goes out once, whatever becomes of the others.
            if not cron._commit_progress(1, remaining=self.search_count([])):
                return

    @api.model
    def _user_with(self, login):
        """The one customer with this login or address; or none."""
        users = self.env["res.users"]
        found = users.search([("login", "=", login)]) or users.search(
            [("partner_id.email_normalized", "=", login)]
        )
        return found if len(found) == 1 else users

    @api.model
    def _mail(self, user):
        try:
            with self.env.cr.savepoint():
                user.action_reset_password()
        except UserError as error:
            # No address, or a mail server that is down: they can ask again.
            _logger.warning("Mail to choose a password: %s", type(error).__name__)
