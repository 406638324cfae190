from odoo.http import request

from odoo.addons.auth_signup.controllers.main import AuthSignupHome


class TwitterSignUp(AuthSignupHome):
    def _signup_with_values(self, token, values, do_login):
        """Forget a token that has been used.

        Odoo would take it up again where the customer asks for a new password, to
        confirm the address, and say that it is invalid.
        """
        result = super()._signup_with_values(token, values, do_login)
        request.session.pop("auth_signup_token", None)
        return result
