from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.twitter_problem import TwitterProblem
from .pages import (
    FORM,
    LINK,
    PAGE,
    PORTAL_PAGE,
    consent_form,
    consent_of,
    form,
    page,
    see_other,
    visitor,
)


class TwitterPortal(CustomerPortal):
    """The customer's own page: connect, see, disconnect."""

    @http.route(PORTAL_PAGE, **{**PAGE, "auth": "user", "multilang": True})
    @page
    def twitter_account(self):
        visitor(begin=True)
        mine = self._mine()._page_of(request.env.user.partner_id, request.env.company)
        return request.render(
            "helpdesk_twitter_identity.portal_my_twitter",
            {
                **self._prepare_portal_layout_values(),
                **consent_form(mine.pop("consent_text"), f"{PORTAL_PAGE}/connect"),
                **mine,
                "page_name": "twitter",
            },
        )

    @http.route(f"{PORTAL_PAGE}/connect", **FORM)
    @form
    def twitter_connect(self, **values):
        mine = self._mine()
        # What went wrong at X from here starts again here, not at an older link.
        request.session.pop(LINK, None)
        url = mine._start(
            visitor(),
            request.env.user.partner_id,
            request.env.company,
            consent_of(values),
        )
        return see_other(url, local=False)

    @http.route(f"{PORTAL_PAGE}/agree", **FORM)
    @form
    def twitter_agree(self, **values):
        partner, company = request.env.user.partner_id, request.env.company
        device = visitor().device
        self._mine()._agree(partner, company, consent_of(values), device)
        return see_other(PORTAL_PAGE)

    @http.route(f"{PORTAL_PAGE}/disconnect", **FORM)
    @form
    def twitter_disconnect(self, **_values):
        partner, company = request.env.user.partner_id, request.env.company
        self._mine()._disconnect(partner, company, visitor().device)
        return see_other(PORTAL_PAGE)

    def _mine(self):
        """The identities, for a customer who only ever reaches their own.

        :raise TwitterProblem: ``internal_user``; ``cookies_off`` where nobody is
            signed in any more.
        """
        user = request.env.user
        if user._is_public():
            raise TwitterProblem("cookies_off")
        if user._is_internal():
            raise TwitterProblem("internal_user")
        # Portal users have no access; each call here is given their own contact.
        return request.env["twitter.identity"].sudo()
