from odoo import models
from odoo.http import request

from .pages import BEGAN


class ResUsers(models.Model):
    """Lets the session say whether X began it.

    Here, where the request is known: sessions of Odoo's begin in many places, and one
    that begins otherwise in the same browser is not X's any more.
    """

    _inherit = "res.users"

    def authenticate(self, credential, user_agent_env):
        auth_info = super().authenticate(credential, user_agent_env)
        if request and (began := auth_info.get("twitter")):
            request.session[BEGAN] = began
        elif request and request.session.get(BEGAN, {}).get("user") == auth_info["uid"]:
            # Anybody may ask whether a password of their own is right; that is no
            # reason to forget how somebody else's session began.
            del request.session[BEGAN]
        return auth_info
