from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.twitter_problem import TwitterProblem
from .pages import FORM, PAGE, PORTAL_PAGE, form, page, see_other, visitor


class TwitterPortal(CustomerPortal):
    """The customer's own page: connect, see, disconnect."""

    @http.route(PORTAL_PAGE, **{**PAGE, "auth": "user", "multilang": True})
    @page
    def twitter_account(self):
        portal_sudo = self._twitter_portal()
        visitor(begin=True)
        company, partner = request.env.company, request.env.user.partner_id
        consents_sudo = request.env["twitter.consent"].sudo()
        return request.render(
            "helpdesk_twitter_identity.portal_my_twitter",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "twitter",
                "company": company.sudo(),
                "identity": portal_sudo._of(partner, company),
                "withdrawn": consents_sudo._just_withdrawn(partner, company),
                "ready": company._twitter_is_ready(),
                "consent_text": consents_sudo._text(company.sudo()),
                "connect_action": f"{PORTAL_PAGE}/connect",
            },
        )

    @http.route(f"{PORTAL_PAGE}/connect", **FORM)
    @form
    def twitter_connect(self, consent=None, **_form):
        self._twitter_portal()
        url = (
            request.env["twitter.oauth.transaction"]
            .sudo()
            ._start(
                visitor(),
                request.env.company,
                {
                    "partner_id": request.env.user.partner_id.id,
                    "proof": "portal_session",
                },
                consent == "1",
            )
        )
        return see_other(url, local=False)

    @http.route(f"{PORTAL_PAGE}/disconnect", **FORM)
    @form
    def twitter_disconnect(self, **_form):
        portal_sudo = self._twitter_portal()
        identity_sudo = portal_sudo._of(
            request.env.user.partner_id, request.env.company
        )
        identity_sudo._disconnect(visitor().device)
        return see_other(PORTAL_PAGE)

    def _twitter_portal(self):
        """The identities, for a customer who only ever reaches their own.

        :raise TwitterProblem: ``internal_user``; ``cookies_off`` where nobody is
            signed in any more.
        """
        user = request.env.user
        if user._is_public():
            raise TwitterProblem("cookies_off")
        if user._is_internal():
            raise TwitterProblem("internal_user")
        return request.env["twitter.identity"].sudo()
