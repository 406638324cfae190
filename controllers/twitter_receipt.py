from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .pages import PAGE, file_response, page, record_of, see_other
from .return_page import PORTAL_PAGE

RECEIPT = f"{PORTAL_PAGE}/receipt/<int:number>"
REPORT = "helpdesk_twitter_identity.action_report_consent"
MINE = {**PAGE, "auth": "user", "multilang": True}


class TwitterReceipt(http.Controller):
    """What a customer agreed to: to read, to print, and for machines."""

    @http.route(RECEIPT, **MINE)
    @page
    def twitter_receipt(self, number):
        return request.render(
            "helpdesk_twitter_identity.receipt_page", {"receipt": self._mine(number)}
        )

    @http.route(f"{RECEIPT}/json", **MINE)
    @page
    def twitter_receipt_json(self, number):
        receipt_sudo = self._mine(number)
        return file_response(receipt_sudo._as_json(), f"x-consent-{number}.json")

    @http.route(f"{RECEIPT}/pdf", **MINE)
    @page
    def twitter_receipt_pdf(self, number):
        receipt_sudo = self._mine(number)
        reports_sudo = request.env["ir.actions.report"].sudo()
        try:
            # As Odoo's own portal prints orders and invoices.
            pdf, _kind = reports_sudo._render_qweb_pdf(REPORT, receipt_sudo.ids)
        except UserError:
            # Nothing here makes PDFs; a browser prints the page itself.
            return see_other(f"{PORTAL_PAGE}/receipt/{number}")
        return file_response(pdf, f"x-consent-{number}.pdf", "application/pdf")

    @http.route("/twitter/receipt/<int:number>/json", **{**PAGE, "auth": "user"})
    def twitter_receipt_for_agents(self, number):
        """The same for employees, by their own rights."""
        receipt = record_of("twitter.consent", number)
        return file_response(receipt._as_json(), f"x-consent-{number}.json")

    def _mine(self, number):
        """A receipt of the customer who has signed in.

        :raise NotFound: it is none of theirs, or there is none.
        """
        # Customers have no access; they are given their own contact's.
        receipts_sudo = request.env["twitter.consent"].sudo()
        receipts_sudo = receipts_sudo._of_customer(
            request.env.user.partner_id, request.env.company
        )
        receipt_sudo = receipts_sudo.filtered(lambda one: one.id == number)
        if not receipt_sudo:
            raise NotFound()
        return receipt_sudo
