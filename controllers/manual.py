from odoo import http
from odoo.http import request

from ..models.signing_in_words import SIGNING_IN, words_for_customer
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
        signing_in = {
            code: words_for_customer(request.env, code, True) for code in SIGNING_IN
        }
        uses = request.env["twitter.consent.text"]._scope_uses(request.env.company)
        return request.render(
            "helpdesk_twitter_identity.manual_page",
            {"problems": problems, "signing_in": signing_in, "scope_uses": uses},
        )
