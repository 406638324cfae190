from odoo.http import request, route

from ..models.twitter_problem import TwitterProblem
from .pages import FORM, PAGE, Controller, form, page, see_other, visitor

UNDO = "/twitter/undo/<string:undo>"


class TwitterUndo(Controller):
    """What "This wasn't me" in a notice opens; it ends things and starts nothing."""

    @route(UNDO, **PAGE)
    @page
    def twitter_undo_page(self, undo):
        row_sudo = self._row(undo)
        request.update_context(lang=row_sudo._page_language() or request.env.lang)
        return request.render(
            "helpdesk_twitter_identity.undo_page",
            {
                "undo": row_sudo,
                **row_sudo._consequences(),
                "action": f"/twitter/undo/{undo}",
                "is_nobody": request.env.user._is_public(),
                "mails_passwords": request.env["res.users"]._twitter_mails_passwords(),
                "company": row_sudo.consent_id.company_id,
                "res_company": row_sudo.consent_id.company_id,
            },
        )

    @route(UNDO, **FORM)
    @form
    def twitter_undo(self, undo, sure="", **_form):
        row_sudo = self._row(undo)
        # Scanners of mails press buttons, and tick no box.
        if sure == "1":
            row_sudo._use(visitor().device)
        return see_other(f"/twitter/undo/{undo}")

    def _row(self, undo):
        """What the token of a notice can take back.

        :raise TwitterProblem: ``state_unknown``, ``too_many_attempts``,
            ``internal_user``.
        """
        if request.env.user._is_internal():
            # Answers to mails quote them, and stand on tickets.
            raise TwitterProblem("internal_user")
        return self._sudo("twitter.undo")._find(undo, visitor(begin=True))
