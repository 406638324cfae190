from odoo import api, models


class ResUsers(models.Model):
    """Notes which addresses are known to be read by the customer of a portal account.

    Odoo lets visitors sign up with any address and never asks whether it is theirs.
    """

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if self.env.user._is_internal():
            # The company made the account for a customer that it knows.
            for partner in users.partner_id:
                partner._twitter_note_confirmed(partner._twitter_mailbox())
        return users

    @api.model
    def signup(self, values, token=None):
        """Signing up by an invitation, and a new password, come from a mail."""
        # Visitors may read no contact; the token names one.
        partners_sudo = self.env["res.partner"].sudo()
        partner_sudo = token and partners_sudo._signup_retrieve_partner(token)
        mailed_to = partner_sudo and partner_sudo._twitter_mailbox()
        result = super().signup(values, token)
        if mailed_to:
            partner_sudo._twitter_note_confirmed(mailed_to)
        return result
