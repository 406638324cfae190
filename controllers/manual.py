from odoo import http
from odoo.http import request

from ..models.twitter_problem import PROBLEMS
from .pages import PAGE


class TwitterManual(http.Controller):
    """The catalogue as a page, for those who help customers."""

    @http.route("/twitter/manual", **{**PAGE, "auth": "user"})
    def twitter_manual(self):
        if not request.env.user._is_internal():
            # What administrators are told is nothing for customers.
            raise request.not_found()
        problems = {
            code: problem.in_words(request.env) for code, problem in PROBLEMS.items()
        }
        uses = request.env["twitter.consent.text"]._scope_uses(request.env.company)
        return request.render(
            "helpdesk_twitter_identity.manual_page",
            {"problems": problems, "scope_uses": uses},
        )
