from odoo import http
from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome

from .pages import visitor
from .return_page import key_of


class TwitterHome(AuthSignupHome):
    """Odoo's own pages to sign in and to sign up, with X beside them."""

    @http.route()
    def web_login(self, *args, **kw):
        return _with_x(super().web_login(*args, **kw))

    @http.route()
    def web_auth_signup(self, *args, **kw):
        return _with_x(super().web_auth_signup(*args, **kw))

    def _signup_with_values(self, token, values, do_login):
        """Forget a token that has been used.

        Odoo would take it up again where the customer asks for a new password, to
        confirm the address, and say that it is invalid.
        """
        result = super()._signup_with_values(token, values, do_login)
        request.session.pop("auth_signup_token", None)
        return result


def _with_x(response):
    """Let a page of Odoo's offer X, where the company does and nobody is signed in."""
    is_page = response.is_qweb and not request.session.uid
    if is_page and request.env.company._twitter_offers_sign_in():
        visitor(begin=True)
        address = request.params.get("redirect")
        # A form may send a file in place of a text.
        is_text = isinstance(address, str)
        response.qcontext["twitter_page"] = key_of(address if is_text else "")
    return response
