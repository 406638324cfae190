from odoo import SUPERUSER_ID, api, models

GUARDED = ("res.users", "mail.mail", "mail.message")


class IrDefault(models.Model):
    """Keeps an employee's own defaults out of what is done with all rights.

    Each employee may set some, for any field of any model. ``sudo`` keeps the user, so
    they would fill in what the code leaves out: the password of a customer's portal
    account, or the owner of an account in a step of a link.
    """

    _inherit = "ir.default"

    @api.model
    def _get_model_defaults(self, model_name, condition=False):
        """Defaults of a model: nobody's for what is ours.

        :return: dict of values by the names of fields.
        """
        if model_name.startswith("twitter."):
            return {}
        if self.env.su and model_name in GUARDED:
            # Those that administrators set for everybody, or for the company.
            company = self.env.company
            self = self.with_user(SUPERUSER_ID).with_company(company)  # noqa: PLW0642
        defaults = super()._get_model_defaults(model_name, condition)
        return {
            name: value
            for name, value in defaults.items()
            if not name.startswith("twitter_")
        }
