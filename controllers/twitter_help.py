from odoo import http
from odoo.http import request

from ..models.twitter_problem import PROBLEMS, TwitterProblem
from .pages import (
    FORM,
    HELP,
    HELP_ASKED,
    LINK,
    PAGE,
    Controller,
    form,
    page,
    see_other,
    visitor,
)


class TwitterHelp(Controller):
    """Ask for help, with all that was tried attached."""

    @http.route(HELP, **FORM)
    @form
    def twitter_help(self, code="", link="", trip="", signing_in="", **_form):
        # What a visitor makes up is not to be kept.
        code = code if code in PROBLEMS else "state_unknown"
        ticket_sudo = self._sudo("twitter.help")._ask(
            visitor(), request.env.company, code, self._link_sudo(link, trip)
        )
        request.session[HELP_ASKED] = {
            "code": code,
            "number": ticket_sudo.number or "",
            "signing_in": bool(signing_in),
        }
        return see_other(HELP)

    @http.route(HELP, **PAGE)
    @page
    def twitter_help_page(self):
        asked = request.session.get(HELP_ASKED)
        if not asked:
            raise TwitterProblem("state_unknown")
        # The one that our mails come from; visitors may read no company.
        company_sudo = request.env.company.sudo()
        address = self._sudo("twitter.mail")._address_of(company_sudo)
        return request.render(
            "helpdesk_twitter_identity.help_page", {**asked, "address": address}
        )

    def _link_sudo(self, token, reference):
        """The link that the customer followed, also one that has ended; or none.

        :param str token: of the link, where its own page told of the problem.
        :param str reference: of the round trip, where a page after X did.
        """
        links_sudo = self._sudo("twitter.link.request")
        if token:
            return links_sudo._of_token(token, visitor())
        if reference:
            trips_sudo = self._sudo("twitter.oauth.transaction")
            return trips_sudo._link_of(reference, visitor())
        return links_sudo._kept(request.session.get(LINK, 0), visitor())
