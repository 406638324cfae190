from odoo import http
from odoo.http import request

from ..models.twitter_problem import TwitterProblem
from .link_page import link_page, way_of_link, way_of_resumed
from .pages import (
    FORM,
    LINK,
    PAGE,
    RESUME,
    Controller,
    consent_of,
    form,
    keep_proof,
    page,
    see_other,
    visitor,
)
from .return_page import login_for


def routes(step):
    """The addresses of a step: of the link, and after X in another browser."""
    return [f"/twitter/link/<string:token>/{step}", f"{RESUME}/<string:resume>/{step}"]


class TwitterLink(Controller):
    """What an agent's link opens. The link itself grants nothing."""

    @http.route("/twitter/link/<string:token>", **PAGE)
    @page
    def twitter_link(self, token):
        return link_page(way_of_link(token))

    @http.route(routes("sign_in"), **FORM)
    @form
    def twitter_link_sign_in(self, token="", resume="", **_form):
        request_sudo = self._way(token, resume).request_sudo
        request.session[LINK] = request_sudo.id
        request_sudo._begin_sign_in(visitor())
        return see_other(login_for("link"))

    @http.route(routes("code"), **FORM)
    @form
    def twitter_link_code(self, token="", resume="", **_form):
        way = self._way(token, resume)
        self._sudo("twitter.link.code")._send(way.request_sudo, visitor())
        return see_other(way.page)

    @http.route(routes("verify"), **FORM)
    @form
    def twitter_link_verify(self, token="", resume="", code="", **_form):
        way = self._way(token, resume)
        codes_sudo = self._sudo("twitter.link.code")
        try:
            proof = codes_sudo._verify(way.request_sudo, visitor(), code)
        except TwitterProblem as problem:
            if problem.code != "code_wrong":
                raise
            # Beside the field, to be typed again.
            return link_page(way, problem.code)
        return keep_proof(see_other(way.page), way.request_sudo.id, proof)

    @http.route(routes("connect"), **FORM)
    @form
    def twitter_link_connect(self, token="", resume="", **values):
        request_sudo = self._way(token, resume).request_sudo
        # Where X's way back ends in a problem, "start again" leads here.
        request.session[LINK] = request_sudo.id
        url = request_sudo._start(visitor(), consent_of(values))
        return see_other(url, local=False)

    def _way(self, token, resume):
        """The way that the address of a form names."""
        return way_of_resumed(resume) if resume else way_of_link(token)
