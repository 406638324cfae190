from odoo import http
from odoo.http import request

from ..models.twitter_problem import TwitterProblem
from .pages import PAGE, Controller, file_response, page, record_of
from .return_page import PORTAL_PAGE

DATA = f"{PORTAL_PAGE}/data"
MINE = {**PAGE, "auth": "user", "multilang": True}
FILE = "x-account-data.json"


class TwitterData(Controller):
    """Download my data: to read, and for machines."""

    @http.route(DATA, **MINE)
    @page
    def twitter_data(self):
        return request.render(
            "helpdesk_twitter_identity.data_page", {"data": self._mine()}
        )

    @http.route(f"{DATA}/json", **MINE)
    @page
    def twitter_data_json(self):
        return file_response(self._mine(), FILE)

    @http.route("/twitter/data/<int:number>/json", **{**PAGE, "auth": "user"})
    def twitter_data_for_administrators(self, number):
        """The same of a customer who asks the company for it."""
        if not request.env.user.has_group("base.group_system"):
            raise request.not_found()
        partner = record_of("res.partner", number)
        # Those companies whose data they may see.
        companies = request.env.companies
        return file_response(self._sudo("twitter.data")._of(partner, companies), FILE)

    def _mine(self):
        """What is kept of the customer who has signed in.

        :raise TwitterProblem: ``internal_user``, ``no_address``.
        """
        if request.env.user._is_internal():
            raise TwitterProblem("internal_user")
        return self._sudo("twitter.data")._mine(request.env.user.partner_id)
