import logging
from datetime import timedelta
from itertools import takewhile

from odoo import api, fields, models

from .twitter_problem import PROBLEMS

_logger = logging.getLogger(__name__)

IN_A_ROW = 3
"""So many different customers in a row are no chance."""
LOOKED_AT = 100
"""Of the last ways to X: one customer may have tried many times."""
TOLD_AGAIN = timedelta(hours=24)
CRON = "helpdesk_twitter_identity.ir_cron_set_up"


class TwitterSetUp(models.AbstractModel):
    """Whether customers can connect, for those who have set it up."""

    _name = "twitter.set.up"
    _description = "Set-up of X"

    # === What customers run into === #

    @api.model
    def _look_soon(self):
        """Somebody has run into a problem: look whether it is one of ours."""
        self.env.ref(CRON)._trigger()

    @api.model
    def _watch(self):
        """Cron: tell administrators what keeps customers from connecting.

        Each problem once a day, while it lasts.
        """
        ready = [("twitter_client_id", "!=", False)]
        for company in self.env["res.company"].search(ready):
            code = self._failing(company)
            told = company.twitter_told or {}
            now = self.env.cr.now()
            told_at = fields.Datetime.to_datetime(told.get(code))
            if code and not (told_at and told_at + TOLD_AGAIN > now):
                company.twitter_told = {**told, code: fields.Datetime.to_string(now)}
                self._tell(company, code)

    @api.model
    def _failing(self, company):
        """What keeps customers of a company from connecting, as the last ones show.

        One is enough where starting again can't help. Of those who never came back,
        and of what passes by itself, it takes several customers in a row.

        :return: str, a code that an administrator can mend, or an empty string.
        """
        ended = [
            ("company_id", "=", company.id),
            ("status", "in", ("exchanged", "done", "failed")),
        ]
        trips = self.env["twitter.oauth.transaction"].search(ended, limit=LOOKED_AT)
        code = trips[:1].problem
        if not code:
            return ""
        entry = PROBLEMS[code]
        is_ours = code == "never_returned" or entry.fixer == "admin"
        in_a_row = takewhile(lambda trip: trip.problem == code, trips)
        customers = {trip.partner_id for trip in in_a_row}
        enough = IN_A_ROW if entry.start_again else 1
        return code if is_ours and len(customers) >= enough else ""

    @api.model
    def _tell(self, company, code):
        """Mail a problem to the administrators of a company, with what mends it."""
        _logger.warning("Connecting with X fails for %s: %s", company.name, code)
        admins = self.env.ref("base.group_system").all_user_ids.filtered(
            lambda user: user.email and company in user.company_ids
        )
        for admin in admins:
            spoken = self.with_context(lang=admin.lang)
            words = PROBLEMS[code].in_words(spoken.env)
            body_html = spoken.env["ir.qweb"]._render(
                "helpdesk_twitter_identity.notice_set_up",
                {"admin": admin, "company": company, "code": code, "words": words},
                minimal_qcontext=True,
            )
            subject = spoken.env._(
                "Connecting with X fails: %(what)s", what=words["step"]
            )
            spoken.env["twitter.mail"]._queue(subject, body_html, admin.email, company)
