from odoo import api, models


class ResUsers(models.Model):
    """Notes which addresses are known to be read by the customer of a portal account.

    Odoo lets visitors sign up with any address and never asks whether it is theirs.
    """

    _inherit = "res.users"

    @api.model_create_multi
    def create(self, vals_list):
        users = super().create(vals_list)
        if how := self.env.context.get("twitter_sign_up"):
            # Nobody may touch the field; this is where it is known.
            users.partner_id.sudo().twitter_sign_up = how
        elif self.env.user._is_internal():
            # The company made the account for a customer that it knows.
            for partner in users.partner_id:
                partner._twitter_note_confirmed(partner._twitter_mailbox())
        return users

    @api.model
    def signup(self, values, token=None):
        """Who chooses a password for an account that there is has got a mail.

        A token for a contact without one may have been shown on a page instead, it
        stands in quoted and forwarded mails, and employees can ask for it.
        """
        # Visitors may read no contact; the token names one.
        partners_sudo = self.env["res.partner"].sudo()
        partner_sudo = token and partners_sudo._signup_retrieve_partner(token)
        mailed_to = partner_sudo and partner_sudo._twitter_mailed_token()
        how = "token" if token else "open"
        signing_up = self.with_context(twitter_sign_up=how)
        result = super(ResUsers, signing_up).signup(values, token)
        if mailed_to:
            partner_sudo._twitter_note_confirmed(mailed_to)
            partner_sudo._twitter_trust_account()
        return result

    @api.model
    def _twitter_mails_passwords(self):
        """Whether Odoo mails a link to choose a new password to whoever asks."""
        # A setting of the whole site, which no visitor may read.
        parameters_sudo = self.env["ir.config_parameter"].sudo()
        return parameters_sudo.get_param("auth_signup.reset_password") == "True"

    def _deactivate_portal_user(self, **post):
        """Deleting the account disconnects, at once.

        Odoo archives the contact and deletes it later, or never: invoices keep it.
        """
        of_users = [("partner_id", "in", self.filtered("share").partner_id.ids)]
        # Customers have no access to any identity; these are their own.
        self.env["twitter.identity"].sudo().search(of_users).unlink()
        return super()._deactivate_portal_user(**post)
