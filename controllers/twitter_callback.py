from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request

from ..models.twitter_problem import PROBLEMS, TwitterProblem
from .link_page import link_page, way_of_resumed
from .pages import (
    CONFIRM,
    FORM,
    LINK,
    PAGE,
    Controller,
    form,
    page,
    see_other,
    visitor,
)
from .return_page import PORTAL_PAGE
from .sign_in_page import (
    page_of_signed_in,
    see_other_if_signed_in,
    sign_in_page,
)

TRANSACTION = "twitter.oauth.transaction"
TURNED_AWAY = {"state_unknown", "too_many_attempts", "busy", "x_unreachable"}
"""Problems of the callback that belong to no round trip."""


class TwitterCallback(Controller):
    """The way back from X, and the question whether it is the right account."""

    @http.route("/twitter/callback", **{**PAGE, "website": False, "readonly": False})
    @page
    def twitter_callback(self, **_query):
        # A preview's HEAD would run this too, and spend the customer's state.
        if request.httprequest.method != "GET":
            raise MethodNotAllowed(["GET"])
        pairs = list(request.httprequest.args.items(multi=True))
        try:
            reference = self._sudo(TRANSACTION)._receive(pairs, visitor())
        except TwitterProblem as problem:
            # Told on a page of its own, at an address without code and state.
            reference = problem.code
        return see_other(f"{CONFIRM}/{reference}")

    @http.route(f"{CONFIRM}/<string:reference>", **PAGE)
    @page
    def twitter_confirm_page(self, reference):
        if reference in TURNED_AWAY:
            # Who connects has signed in, or follows a link.
            is_nobody = request.env.user._is_public()
            signing_in = is_nobody and not request.session.get(LINK)
            raise TwitterProblem(reference, signing_in=signing_in)
        trips_sudo = self._sudo(TRANSACTION)
        if page_path := page_of_signed_in(reference):
            # Back, after they have signed in.
            return see_other(page_path)
        try:
            row_sudo = trips_sudo._find(reference, visitor())
        except TwitterProblem as problem:
            if problem.code != "other_browser":
                raise
            return self._other_browser(reference, problem)
        if row_sudo.purpose == "sign_in" and row_sudo.status != "claimed":
            return sign_in_page(row_sudo)
        # In the language in which it was agreed to.
        request.update_context(lang=row_sudo.consent_lang)
        if row_sudo._is_unexpected():
            return self._wrong_account(row_sudo)
        template = {
            "claimed": "helpdesk_twitter_identity.asking_page",
            "exchanged": "helpdesk_twitter_identity.confirm_page",
            "done": "helpdesk_twitter_identity.connected_page",
        }[row_sudo.status]
        return request.render(template, row_sudo._page_values())

    def _wrong_account(self, row_sudo):
        """Let the customer choose what to do about an account that nobody expected."""
        entry = PROBLEMS["wrong_account"]
        return request.render(
            "helpdesk_twitter_identity.wrong_account_page",
            {
                **row_sudo._page_values(),
                "title": request.env._(entry.title),
                "text": request.env._(entry.text),
            },
            status=entry.status,
        )

    def _other_browser(self, reference, problem):
        """Offer to finish here, in a browser that did not begin.

        :raise TwitterProblem: this one can't.
        """
        try:
            return link_page(way_of_resumed(reference))
        except TwitterProblem as reason:
            # A stranger learns nothing more about the link.
            raise problem from reason

    @http.route(f"{CONFIRM}/<string:reference>", **FORM)
    @form
    def twitter_confirm(self, reference, **_form):
        row_sudo = self._sudo(TRANSACTION)._confirm(reference, visitor())
        if row_sudo.status == "done":
            request.session.pop(LINK, None)
            if not row_sudo.request_id:
                return see_other_if_signed_in(PORTAL_PAGE, connected=True)
        return see_other(f"{CONFIRM}/{reference}")

    @http.route(f"{CONFIRM}/<string:reference>/insist", **FORM)
    @form
    def twitter_insist(self, reference, **_form):
        self._sudo(TRANSACTION)._insist(reference, visitor())
        return see_other(f"{CONFIRM}/{reference}")

    @http.route(f"{CONFIRM}/<string:reference>/report", **FORM)
    @form
    def twitter_report(self, reference, **_form):
        self._sudo(TRANSACTION)._report(reference, visitor())
        return see_other(f"{CONFIRM}/{reference}/reported")

    @http.route(f"{CONFIRM}/<string:reference>/reported", **PAGE)
    @page
    def twitter_reported(self, reference):
        return request.render("helpdesk_twitter_identity.reported_page")

    @http.route(f"{CONFIRM}/<string:reference>/decline", **FORM)
    @form
    def twitter_decline(self, reference, **_form):
        self._sudo(TRANSACTION)._decline(reference, visitor())
        return see_other(f"{CONFIRM}/{reference}")
