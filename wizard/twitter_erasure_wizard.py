from odoo import api, fields, models
from odoo.exceptions import UserError


class TwitterErasureWizard(models.TransientModel):
    """Counts what came from X, before an administrator has it erased."""

    _name = "twitter.erasure.wizard"
    _description = "Leave X"
    _transient_max_hours = 1.0

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    account_count = fields.Integer(string="Accounts", readonly=True)
    email_count = fields.Integer(string="E-mail addresses from X", readonly=True)
    trip_count = fields.Integer(string="Ways to X", readonly=True)
    link_count = fields.Integer(string="Open links", readonly=True)
    typed = fields.Char(string="Type the company's name")

    @api.model
    def _open(self, company):
        """Count, and show what would be erased.

        :return: dict, an action.
        """
        counted = self.env["twitter.erasure"]._count(company)
        wizard = self.create({"company_id": company.id, **counted})
        return wizard._get_records_action(name=self.env._("Leave X"), target="new")

    def action_erase(self):
        """Erase everything that came from X.

        :raise UserError: the company's name was not typed.
        :return: dict, the action that opens the certificate.
        """
        self.ensure_one()
        if (self.typed or "").strip() != self.company_id.name:
            raise UserError(
                self.env._(
                    "Type %(company)s to show that you mean it: what is erased does "
                    "not come back.",
                    company=self.company_id.name,
                )
            )
        erasure = self.env["twitter.erasure"]._begin(self.company_id)
        return erasure._get_records_action(name=self.env._("Leave X"))
