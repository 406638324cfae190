from odoo import models

from ..models.mailed_tokens import mailing


class PortalWizardUser(models.TransientModel):
    _inherit = "portal.wizard.user"

    def _send_email(self):
        with mailing():
            return super()._send_email()
