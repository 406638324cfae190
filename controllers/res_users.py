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
        if request:
            began = auth_info.get("twitter")
            if began:
                request.session[BEGAN] = began
            else:
                request.session.pop(BEGAN, None)
        return auth_info
