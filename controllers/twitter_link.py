from odoo import http
from odoo.http import request

from ..models.twitter_problem import PROBLEMS, TwitterProblem
from .pages import (
    CONTINUE_PAGE,
    FORM,
    LINK,
    PAGE,
    Controller,
    consent_form,
    consent_of,
    form,
    keep_proof,
    page,
    see_other,
    visitor,
)

KEPT = "continue"
"""Stands where a token stands, once the link is kept in the session."""


class TwitterLink(Controller):
    """What an agent's link opens. The link itself grants nothing."""

    @http.route("/twitter/link/<string:token>", **PAGE)
    @page
    def twitter_link(self, token):
        return self._page(token, self._request(token))

    @http.route("/twitter/link/<string:token>/sign_in", **FORM)
    @form
    def twitter_link_sign_in(self, token, **_form):
        request_sudo = self._request(token)
        request.session[LINK] = request_sudo.id
        request_sudo._begin_sign_in(visitor())
        return see_other(f"/web/login?redirect={CONTINUE_PAGE}")

    @http.route("/twitter/link/<string:token>/code", **FORM)
    @form
    def twitter_link_code(self, token, **_form):
        self._sudo("twitter.link.code")._send(self._request(token), visitor())
        return see_other(f"/twitter/link/{token}")

    @http.route("/twitter/link/<string:token>/verify", **FORM)
    @form
    def twitter_link_verify(self, token, code="", **_form):
        request_sudo = self._request(token)
        try:
            codes_sudo = self._sudo("twitter.link.code")
            proof = codes_sudo._verify(request_sudo, visitor(), code)
        except TwitterProblem as problem:
            if problem.code != "code_wrong":
                raise
            # Beside the field, to be typed again.
            return self._page(token, request_sudo, problem.code)
        page = see_other(f"/twitter/link/{token}")
        return keep_proof(page, request_sudo.id, proof)

    @http.route("/twitter/link/<string:token>/connect", **FORM)
    @form
    def twitter_link_connect(self, token, **values):
        request_sudo = self._request(token)
        # Where X's way back ends in a problem, "start again" leads here.
        request.session[LINK] = request_sudo.id
        url = request_sudo._start(visitor(), consent_of(values))
        return see_other(url, local=False)

    def _page(self, token, request_sudo, problem=""):
        """The page of an open link.

        :param str problem: code of what is wrong with what was just typed.
        """
        values = request_sudo._page_values(visitor(begin=True))
        entry = PROBLEMS[problem] if problem else None
        return request.render(
            "helpdesk_twitter_identity.link_page",
            {
                **consent_form(
                    values.pop("consent_text"), f"/twitter/link/{token}/connect"
                ),
                **values,
                "action": f"/twitter/link/{token}",
                "problem": problem,
                "problem_title": entry and request.env._(entry.title),
                "problem_text": entry and request.env._(entry.text),
            },
            status=entry.status if entry else 200,
        )

    def _request(self, token):
        """The open link of a token, or the one that this browser's session keeps.

        :raise TwitterProblem: it is unknown, or has ended.
        """
        requests_sudo = self._sudo("twitter.link.request")
        if token == KEPT:
            request_sudo = requests_sudo._find_kept(request.session.get(LINK, 0))
        else:
            request_sudo = requests_sudo._find(token, visitor())
        request.update_context(lang=request_sudo._page_language() or request.env.lang)
        return request_sudo.with_context(lang=request.env.lang)
