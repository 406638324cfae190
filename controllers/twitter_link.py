from odoo import http
from odoo.http import request

from .pages import (
    CONTINUE_PAGE,
    FORM,
    LINK,
    PAGE,
    Controller,
    form,
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
        request_sudo = self._request(token)
        someone = visitor(begin=True)
        codes_sudo = self._sudo("twitter.link.code")
        return request.render(
            "helpdesk_twitter_identity.link_page",
            {
                "action": f"/twitter/link/{token}",
                "company": request_sudo.company_id,
                "masked": request_sudo._masked(),
                "proven": bool(request_sudo._proof(someone)),
                "method": request_sudo.partner_id._twitter_proof_method(),
                "code_sent": codes_sudo._is_waiting(request_sudo, someone),
                "consent_text": self._sudo("twitter.consent")._text(
                    request_sudo.company_id
                ),
                "connect_action": f"/twitter/link/{token}/connect",
            },
        )

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
        self._sudo("twitter.link.code")._verify(self._request(token), visitor(), code)
        return see_other(f"/twitter/link/{token}")

    @http.route("/twitter/link/<string:token>/connect", **FORM)
    @form
    def twitter_link_connect(self, token, consent=None, **_form):
        request_sudo = self._request(token)
        # Where X's way back ends in a problem, "start again" leads here.
        request.session[LINK] = request_sudo.id
        return see_other(request_sudo._start(visitor(), consent == "1"), local=False)

    def _request(self, token):
        """The open link of a token, or the one that this browser's session keeps.

        :raise TwitterProblem: it is unknown, or has ended.
        """
        requests_sudo = self._sudo("twitter.link.request")
        if token == KEPT:
            return requests_sudo._find_kept(request.session.get(LINK, 0))
        return requests_sudo._find(token)
