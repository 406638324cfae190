from odoo import http
from odoo.http import request

from ..models.twitter_problem import TwitterProblem
from ..models.twitter_sign_up import NAME_LENGTH
from ..models.typed import ADDRESS_LENGTH, typed_line
from .pages import (
    CONFIRM,
    FORM,
    PAGE,
    SIGNED_OUT,
    Controller,
    consent_of,
    form,
    page,
    see_other,
    visitor,
)
from .return_page import key_of, page_of
from .sign_in_page import CONNECTED, begin_session, page_of_signed_in, sign_in_page

SIGN_IN = "/twitter/sign_in"
SIGN_UP = "/twitter/sign_up/<string:reference>"
PASSWORD = "/twitter/password"
PASSWORD_ASKED = "twitter_password"
"""Session key of whether a link to choose a password was asked for."""


class TwitterSignIn(Controller):
    """Sign in, or make an account, with X. Each step is a form of its own."""

    @http.route(SIGN_IN, **FORM)
    @form
    def twitter_sign_in(self, page="", **_form):
        if not request.env.user._is_public():
            return see_other(page_of(page))
        trips_sudo = self._sudo("twitter.oauth.transaction")
        # Only what is a key of ours is kept, whatever was sent.
        url = trips_sudo._start_sign_in(
            visitor(), request.env.company, key_of(page_of(page))
        )
        return see_other(url, local=False)

    @http.route(f"{SIGN_IN}/<string:reference>", **FORM)
    @form
    def twitter_sign_in_confirm(self, reference, **_form):
        if page_path := page_of_signed_in(reference, pressed=True):
            return see_other(page_path)
        sign_in = self._sudo("twitter.sign.in")._finish(reference, visitor())
        if not sign_in:
            return see_other(f"{CONFIRM}/{reference}")
        return begin_session(sign_in)

    @http.route(SIGN_UP, **FORM)
    @form
    def twitter_sign_up(self, reference, **values):
        sign_ups_sudo, consent = self._sudo("twitter.sign.up"), consent_of(values)
        problem_code = ""
        try:
            if sign_ups_sudo._ask(reference, visitor(), values, consent):
                return see_other(f"{CONFIRM}/{reference}")
        except TwitterProblem as problem:
            if problem.code != "consent_missing":
                raise
            # Beside the box, which was not there where another text was agreed to.
            problem_code = problem.code
        typed = {
            "name": typed_line(values.get("name", ""), NAME_LENGTH),
            "address": typed_line(values.get("login", ""), ADDRESS_LENGTH),
            "consent": consent,
        }
        return sign_in_page(self._trip(reference), problem_code, typed)

    @http.route(f"{SIGN_UP}/verify", **FORM)
    @form
    def twitter_sign_up_verify(self, reference, code="", **_form):
        sign_ups_sudo = self._sudo("twitter.sign.up")
        try:
            sign_in = sign_ups_sudo._verify(reference, visitor(), code)
        except TwitterProblem as problem:
            if problem.code != "code_wrong":
                raise
            # Beside the field, to be typed again.
            return sign_in_page(self._trip(reference), problem.code)
        return begin_session(sign_in)

    @http.route([SIGN_UP, f"{SIGN_UP}/verify"], **PAGE)
    def twitter_sign_up_page(self, reference):
        """Where a page with what can't be used is opened again, or in a language."""
        return see_other(f"{CONFIRM}/{reference}")

    @http.route(PASSWORD, **FORM)
    @form
    def twitter_password(self, login="", **_form):
        mails_sudo = self._sudo("twitter.password.mail")
        user = request.env.user
        if user._is_internal():
            raise TwitterProblem("internal_user")
        if user._is_public():
            mails_sudo._ask(visitor(), login)
        else:
            mails_sudo._ask_for(user)
        request.session[PASSWORD_ASKED] = True
        return see_other(PASSWORD)

    @http.route(PASSWORD, **PAGE)
    @page
    def twitter_password_page(self):
        if not request.session.get(PASSWORD_ASKED):
            # A mail that nobody asked for is not to look as if somebody had.
            raise TwitterProblem("state_unknown")
        return request.render(
            "helpdesk_twitter_identity.password_page",
            self._sudo("twitter.password.mail")._page_values(request.env.user),
        )

    @http.route(SIGNED_OUT, **PAGE)
    @page
    def twitter_signed_out(self):
        visitor(begin=True)
        return request.render(
            "helpdesk_twitter_identity.signed_out_page",
            {
                "connected": request.session.get(CONNECTED),
                "mails_passwords": request.env["res.users"]._twitter_mails_passwords(),
            },
        )

    def _trip(self, reference):
        """The round trip of this browser, as the page that follows it shows it."""
        trips_sudo = self._sudo("twitter.oauth.transaction")
        return trips_sudo._find_sign_in(reference, visitor())
