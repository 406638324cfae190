import logging

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize

from .twitter_problem import TwitterProblem
from .typed import ADDRESS_LENGTH, typed_address, typed_line

_logger = logging.getLogger(__name__)

ODOO_HOURS = 4
"""How long Odoo's link is good where nobody has set it."""
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
    consent_id = fields.Many2one(
        "twitter.consent",
        ondelete="cascade",
        help="In a row of its own: of an account that signs in no longer, to be told.",
    )

    @api.model
    def _ask(self, visitor, typed):
        """Somebody who is not signed in asks for the mail, whoever they are.

        :param str typed: the address or login of an account, or of none.
        :raise TwitterProblem: ``too_many_attempts``.
        """
        limits = self.env["twitter.rate.limit"]
        limits._count("code", visitor.network)
        login = typed_address(typed) or typed_line(typed, ADDRESS_LENGTH)
        if login and self.env["res.users"]._twitter_mails_passwords():
            limits._count_mail("password", login)
            self._queue({"login": login})

    @api.model
    def _ask_for(self, user):
        """A customer who has signed in asks for it.

        :raise TwitterProblem: ``no_address``, ``too_many_attempts``.
        """
        if not self._address_of(user):
            raise TwitterProblem("no_address")
        self.env["twitter.rate.limit"]._count_mail("password", f"user {user.id}")
        self._queue_for(user)

    @api.model
    def _page_values(self, user):
        """What the page says after a mail was asked for.

        :param res.users user: who has signed in, or the public one.
        :return: dict of the customer's own address (``own_address``, empty: nobody has
            signed in) and of the ``hours`` for which Odoo's link is good.
        """
        parameters = self.env["ir.config_parameter"]
        hours = parameters.get_param("auth_signup.reset_password.validity.hours")
        return {
            "own_address": "" if user._is_public() else self._address_of(user),
            "hours": hours or ODOO_HOURS,
        }

    @api.model
    def _queue_for(self, users):
        """Queue one mail to each, unless it waits already."""
        waiting = self.search([("user_id", "in", users.ids)]).user_id
        self._queue(*({"user_id": user.id} for user in users - waiting))

    @api.model
    def _queue_notices(self, consents):
        """Have it told, by the job, that companies let nobody sign in with X any more.

        :param twitter.consent consents: of whom it concerns; there may be many.
        """
        self._queue(*({"consent_id": consent.id} for consent in consents))

    @api.model
    def _queue(self, *values):
        if not values:
            return
        self.create(values)
        self.env.ref("helpdesk_twitter_identity.ir_cron_password")._trigger()

    @api.model
    def _run(self):
        """Cron: mail the links, each once."""
        cron = self.env["ir.cron"]
        for wanted in self.search([], order="id", limit=AT_ONCE):
            user = wanted.user_id or self._user_with(wanted.login)
            consent = wanted.consent_id
            # Forgotten first: one that can't be mailed keeps nobody else waiting.
            wanted.unlink()
            time_left = cron._commit_progress(1, remaining=self.search_count([]))
            if user and self._may_be_mailed(user):
                self._mail(user)
            self.env["twitter.sign.in"]._tell_of_end(consent)
            # Not before: what is forgotten already would never be mailed.
            if not time_left:
                return

    @api.model
    def _comes_to(self, partner, address):
        """Whether a link for the account of a contact waits to be mailed to an address.

        :param str address: normalised.
        """
        waiting = self.search([("user_id.partner_id", "=", partner.id)]).user_id
        return address in waiting.mapped(
            lambda user: email_normalize(self._address_of(user))
        )

    @api.model
    def _address_of(self, user):
        """Where a link to a new password goes to; empty: none is mailed."""
        return (self._may_be_mailed(user) and user.email) or ""

    @api.model
    def _may_be_mailed(self, user):
        """Whether a link to a new password goes to this user's address.

        Where the site mails passwords, Odoo does so to whoever has changed it. Where it
        does not, a session that X began is not to lead there either.
        """
        if not user.active or user._is_internal():
            return False
        return (
            user._twitter_mails_passwords() or user.partner_id._twitter_is_confirmed()
        )

    @api.model
    def _user_with(self, login):
        """The one customer with this login or address; or none."""
        users = self.env["res.users"]
        if not login:
            return users
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
