from odoo import api, models


class ResUsers(models.Model):
    """Notes which addresses are known to be read by the customer of a portal account.

    Odoo lets visitors sign up with any address and never asks whether it is theirs.
    """

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        signs_up = self.env.context.get("twitter_signs_up")
        if self.env.user._is_internal() and not signs_up:
            # The company made the account for a customer that it knows.
            for partner in users.partner_id:
                partner._twitter_note_confirmed(partner._twitter_mailbox())
        return users

    @api.model
    def signup(self, values, token=None):
        """Who chooses a password for an account that there is has got a mail.

        A token for a contact without one may have been shown on a page instead.
        """
        # Visitors may read no contact; the token names one.
        partners_sudo = self.env["res.partner"].sudo()
        partner_sudo = token and partners_sudo._signup_retrieve_partner(token)
        mailed_to = partner_sudo and partner_sudo._twitter_mailed_token()
        result = super(ResUsers, self.with_context(twitter_signs_up=True)).signup(
            values, token
        )
        if mailed_to:
            partner_sudo._twitter_note_confirmed(mailed_to)
        return result
