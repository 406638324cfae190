from odoo import api, fields, models


class TwitterSetUpWizard(models.TransientModel):
    """What the check of the set-up has found."""

    _name = "twitter.set.up.wizard"
    _description = "Check the set-up of X"
    _transient_max_hours = 1.0

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    callback_url = fields.Char(related="company_id.twitter_callback_url")
    report = fields.Html(readonly=True)

    @api.model
    def _check(self, company):
        """Check the set-up of a company.

        :raise AccessError: for all but administrators.
        :return: dict, the action that opens the report.
        """
        wizard = self.create({"company_id": company.id})
        wizard._look()
        return wizard._get_records_action(
            name=self.env._("Check the set-up"), target="new"
        )

    def action_check(self):
        """Check again.

        :return: dict, the action that shows the report anew.
        """
        self.ensure_one()
        return self._check(self.company_id)

    def _look(self):
        lines = self.env["twitter.set.up.check"]._lines(self.company_id)
        self.report = self.env["ir.qweb"]._render(
            "helpdesk_twitter_identity.set_up_report",
            {"lines": lines, "company": self.company_id},
            minimal_qcontext=True,
        )
