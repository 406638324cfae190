from datetime import timedelta

from odoo import http
from odoo.http import request

from odoo.addons.portal.controllers.portal import CustomerPortal

from ..models.twitter_problem import TwitterProblem
from .pages import (
    FORM,
    LINK,
    PAGE,
    began_by_x,
    consent_form,
    consent_of,
    form,
    page,
    see_other,
    visitor,
)
from .return_page import PORTAL_PAGE
from .sign_in_page import see_other_if_signed_in

NEW = timedelta(minutes=15)
"""How long a customer is told that an account was made for them."""


class TwitterPortal(CustomerPortal):
    """The customer's own page: connect, see, disconnect."""

    def _prepare_portal_layout_values(self):
        """Whom X has signed in is shown as which account (X's policy on its log-in)."""
        values = super()._prepare_portal_layout_values()
        if began_by_x(request.session):
            identities_sudo = request.env["twitter.identity"].sudo()
            identity_sudo = identities_sudo._of(
                request.env.user.partner_id, request.env.company
            )
            made_with_x = identity_sudo.consent_id.channel == "sign_up"
            is_new = request.env.user.create_date > request.env.cr.now() - NEW
            values["twitter_signed_in_as"] = identity_sudo
            values["twitter_account_is_new"] = made_with_x and is_new
        return values

    @http.route(PORTAL_PAGE, **{**PAGE, "auth": "user", "multilang": True})
    @page
    def twitter_account(self):
        return self._account_page()

    def _account_page(self, sign_in_error=""):
        """The customer's page.

        :param str sign_in_error: what is wrong with the password just typed.
        """
        visitor(begin=True)
        user, company = request.env.user, request.env.company
        mine = self._mine()._page_of(user.partner_id, company)
        return request.render(
            "helpdesk_twitter_identity.portal_my_twitter",
            {
                **self._prepare_portal_layout_values(),
                **consent_form(mine.pop("consent_text"), f"{PORTAL_PAGE}/connect"),
                **mine,
                "sign_in": self._sign_ins()._state(user, company),
                "sign_in_error": sign_in_error,
                "by_x": bool(began_by_x(request.session)),
                "page_name": "twitter",
            },
            status=422 if sign_in_error else 200,
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
        return see_other_if_signed_in(PORTAL_PAGE)

    @http.route(f"{PORTAL_PAGE}/sign_in", **FORM)
    @form
    def twitter_sign_in_choose(self, **values):
        self._mine()
        user, company = request.env.user, request.env.company
        error = self._sign_ins()._choose(user, company, values, visitor().device)
        return self._account_page(error) if error else see_other(PORTAL_PAGE)

    @http.route(f"{PORTAL_PAGE}/sign_in", **{**PAGE, "auth": "user", "multilang": True})
    def twitter_sign_in_page(self):
        """Where the page after a wrong password is opened again, or in a language."""
        return see_other(PORTAL_PAGE)

    @http.route(f"{PORTAL_PAGE}/sign_in/stop", **FORM)
    @form
    def twitter_sign_in_stop(self, **_values):
        self._mine()
        user, company = request.env.user, request.env.company
        self._sign_ins()._stop(user, company, visitor().device)
        return see_other_if_signed_in(PORTAL_PAGE)

    def _sign_ins(self):
        """Signing in with X, for a customer who only ever reaches their own."""
        return request.env["twitter.sign.in"].sudo()

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
