from odoo.http import request, route

from .pages import FORM, PAGE, Controller, form, page, see_other, visitor

UNDO = "/twitter/undo/<string:token>"


class TwitterUndo(Controller):
    """What "This wasn't me" in a notice opens; it ends things and starts nothing."""

    @route(UNDO, **PAGE)
    @page
    def twitter_undo_page(self, token):
        row_sudo = self._row(token)
        request.update_context(lang=row_sudo._page_language() or request.env.lang)
        return request.render(
            "helpdesk_twitter_identity.undo_page",
            {
                "undo": row_sudo,
                "action": f"/twitter/undo/{token}",
                "company": row_sudo.consent_id.company_id,
                "res_company": row_sudo.consent_id.company_id,
            },
        )

    @route(UNDO, **FORM)
    @form
    def twitter_undo(self, token, **_form):
        self._row(token)._use(visitor().device)
        return see_other(f"/twitter/undo/{token}")

    def _row(self, token):
        """What the token of a notice can take back.

        :raise TwitterProblem: ``state_unknown``, ``too_many_attempts``.
        """
        return self._sudo("twitter.undo")._find(token, visitor(begin=True))
