from odoo import models
from odoo.http import SessionExpiredException

from odoo.addons.bus.websocket import wsrequest

from .pages import began_by_x


class IrWebsocket(models.AbstractModel):
    _inherit = "ir.websocket"

    @classmethod
    def _authenticate(cls):
        """As for a page: what X began ends here, too."""
        session = wsrequest.session
        began = began_by_x(session)
        # Nobody may read accounts; it is told of one that this session names.
        sign_ins_sudo = wsrequest.env["twitter.sign.in"].sudo()
        if began and not sign_ins_sudo._stands(began):
            session.logout(keep_db=True)
            raise SessionExpiredException()
        return super()._authenticate()
