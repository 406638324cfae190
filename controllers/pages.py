"""What all our pages have in common: who is there, the headers, the problem page."""

import functools
import json
import re
import secrets

from werkzeug.exceptions import NotFound

from odoo import http
from odoo.http import request, root

from ..models.signing_in_words import words_for_customer
from ..models.twitter_link_code import PROOF_LIVES
from ..models.twitter_problem import PROBLEMS, TwitterProblem
from ..models.visitor import Consent, Visitor, sha256
from .return_page import CONTINUE_PAGE, PORTAL_PAGE, login_for

NONCE = "twitter_browser"
"""Session key of the bits that bind a round trip to this browser."""
LINK = "twitter_link"
"""Session key of the link that the customer follows here."""
BEGAN = "twitter_sign_in"
"""Session key of how X began the session: whose, with which account."""
PROOF = "twitter_proof_"
"""Cookie of the browser that typed the code of a link; the link's id follows."""
TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
OURS = (PORTAL_PAGE, "/twitter/")
"""How our addresses begin."""
SIGNING_IN = ("/twitter/sign_", "/twitter/password")
"""Those of whom nobody knows yet."""
SIGNED_OUT = "/twitter/signed_out"
CONFIRM = "/twitter/confirm"
RESUME = "/twitter/resume"
HELP = "/twitter/help"
HELP_ASKED = "twitter_help"
"""Session key of what was asked last, for the page that says so."""
FORM = {
    "type": "http",
    "auth": "public",
    "methods": ["POST"],
    "website": True,
    "multilang": False,
    "sitemap": False,
    # Checked by `form`, which answers with a page instead of a bare error.
    "csrf": False,
}
PAGE = {**FORM, "methods": ["GET"], "csrf": True}
HEADERS = {
    "Cache-Control": "no-store",
    # "no-referrer" would take the Origin off our own forms.
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": "frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
MOST_RECORDS = 2**31
"""A number above is no record's, and PostgreSQL fails on it."""
NO_HELP = {"cookies_off", "internal_user"}
"""Problems in which a form of ours can't be sent, or nobody is to be helped."""
PLATFORMS = {
    "android": "Android",
    "chromeos": "ChromeOS",
    "ipad": "iPad",
    "iphone": "iPhone",
    "linux": "Linux",
    "macos": "Mac",
    "windows": "Windows",
}


def began_by_x(session):
    """How X began a session, where it did.

    :param session: of Odoo.
    :return: dict, see ``twitter.sign.in``; empty: it began otherwise, or nobody is
        signed in.
    """
    began = session.get(BEGAN) or {}
    return began if session.uid and began.get("user") == session.uid else {}


def page(handler):
    """Give the problems of a route their page."""

    @functools.wraps(handler)
    def answer(*args, **kwargs):
        _begin_anew()
        try:
            response = handler(*args, **kwargs)
        except TwitterProblem as problem:
            is_nobody = request.env.user._is_public()
            if is_nobody and request.httprequest.path.startswith(SIGNING_IN):
                problem.signing_in = True
            start = _where_to_start(problem, kwargs)
            whence = {
                "link": kwargs.get("token", ""),
                "trip": kwargs.get("resume") or kwargs.get("reference", ""),
            }
            response = problem_page(problem, start, whence)
        return response

    return answer


def _begin_anew():
    """Give the browser its new session now, where Odoo has just ended the old one.

    Odoo does so after the page, whose forms would be those of a session that is gone.
    """
    if request.session.should_rotate and request.httprequest.method == "GET":
        root.session_store.rotate(request.session, request.env)


def form(handler):
    """As :func:`page`, for a POST: it has to come from a form of ours."""

    @page
    @functools.wraps(handler)
    def answer(*args, csrf_token=None, **kwargs):
        elsewhere = request.httprequest.headers.get("Sec-Fetch-Site") == "cross-site"
        # Odoo can't compare what is no ASCII.
        is_text = bool(csrf_token) and csrf_token.isascii()
        if elsewhere or not (is_text and request.validate_csrf(csrf_token)):
            raise TwitterProblem("cookies_off", bool(request.session.get(LINK)))
        return handler(*args, **kwargs)

    return answer


def visitor(begin=False):
    """The browser and user of this request.

    :param bool begin: give the browser its bits where it has none yet: pages that show
        a form do, so that two forms sent at once find the same.
    :return: Visitor
    """
    if begin and not request.session.get(NONCE):
        request.session[NONCE] = secrets.token_urlsafe(32)
    return Visitor(
        request.env.user.id,
        request.session.get(NONCE, ""),
        device(),
        {
            name.removeprefix(PROOF): value
            for name, value in request.cookies.items()
            if name.startswith(PROOF)
        },
        request.httprequest.remote_addr or "",
    )


def keep_proof(response, link_id, proof):
    """Give the proof of a typed code to the browser that typed it.

    A new session would do the same, and lose whoever presses the button twice.

    :param int link_id: id of the link.
    :param str proof: see :class:`Visitor`.
    :return: the response
    """
    response.set_cookie(
        f"{PROOF}{link_id}",
        proof,
        path="/twitter",
        max_age=int(PROOF_LIVES.total_seconds()),
        secure=request.httprequest.is_secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def device():
    """The kind of device in words: "Safari on iPhone"; empty where it says nothing."""
    agent = request.httprequest.user_agent
    browser = (agent.browser or "").capitalize()
    system = PLATFORMS.get(agent.platform, "")
    if browser and system:
        return request.env._(
            "%(browser)s on %(system)s", browser=browser, system=system
        )
    return browser or system


def problem_page(problem, start, whence):
    """The page that tells what happened and what to do now.

    :param TwitterProblem problem: with a code of the catalogue.
    :param str start: path of where one starts again, if there is such a place.
    :param dict whence: what the page's own address names: ``link``, ``trip``.
    """
    entry, is_nobody = PROBLEMS[problem.code], request.env.user._is_public()
    words = words_for_customer(request.env, problem.code, problem.signing_in)
    is_another = (
        problem.signing_in and problem.code == "other_browser" and not is_nobody
    )
    response = request.render(
        "helpdesk_twitter_identity.problem_page",
        {
            **words,
            "code": problem.code,
            "minutes": problem.minutes,
            "start": start,
            "start_again": words["start_again"] and start,
            "can_ask": problem.code not in NO_HELP,
            "whence": {
                name: value for name, value in whence.items() if TOKEN.fullmatch(value)
            },
            "sign_out": problem.code == "wrong_customer" or is_another,
            "signing_in": problem.signing_in,
            # Somebody may have signed in meanwhile, or in another tab.
            "is_nobody": is_nobody,
            "mails_passwords": request.env["res.users"]._twitter_mails_passwords(),
            "confirm": problem.code == "no_address"
            and request.env.user.partner_id._twitter_can_confirm(),
        },
        status=entry.status,
    )
    if problem.retry_after:
        response.headers["Retry-After"] = str(problem.retry_after)
    return response


def _where_to_start(problem, path_args):
    """Where "start again" leads, or an empty string: there is no such place.

    One who came by a link may have no account to sign in with.

    :param dict path_args: of the page's address: ``token`` of a link, ``undo`` of a
        notice, or ``resume``: reference of the round trip that ended in another
        browser.
    """
    if problem.signing_in:
        is_nobody = request.env.user._is_public()
        return login_for(_came_for(path_args)) if is_nobody else ""
    token, resume = path_args.get("token"), path_args.get("resume")
    if undo := path_args.get("undo"):
        known = problem.code != "state_unknown" and TOKEN.fullmatch(undo)
        return f"/twitter/undo/{undo}" if known else PORTAL_PAGE
    page = f"/twitter/link/{token}" if token else resume and f"{CONFIRM}/{resume}"
    if page:
        known = problem.code != "state_unknown" and TOKEN.fullmatch(token or resume)
        return page if known else ""
    if request.session.get(LINK):
        return CONTINUE_PAGE
    return "" if problem.from_link else PORTAL_PAGE


def _came_for(path_args):
    """Key of the page that somebody came for who wants to sign in.

    :param dict path_args: ``reference`` of the round trip, or what the form sent.
    """
    if reference := path_args.get("reference"):
        # Visitors have no access; it tells the browser that began.
        trips_sudo = request.env["twitter.oauth.transaction"].sudo()
        return trips_sudo._came_for(reference, visitor())
    return path_args.get("page", "")


def consent_form(text, action):
    """What the form with the consent box needs.

    :param str text: what is agreed to.
    :param str action: where it is sent.
    :return: dict of values for the template.
    """
    return {
        "consent_text": text,
        "consent_shown": sha256(text),
        "connect_action": action,
    }


def consent_of(values):
    """What a consent form sent.

    :param dict values: of the form.
    :return: Consent
    """
    return Consent(values.get("consent") == "1", values.get("consent_shown", ""))


def file_response(content, name, kind="application/json"):
    """A file to keep.

    :param content: bytes, or values to be written as JSON.
    :param str name: of the file.
    :param str kind: its media type.
    """
    if kind == "application/json":
        content = json.dumps(content, ensure_ascii=False, indent=2)
    headers = {
        "Content-Type": kind,
        "Content-Disposition": http.content_disposition(name),
    }
    return request.make_response(content, headers)


def record_of(model, number):
    """A record that the user may read.

    :param int number: as an address names it, of any size.
    :raise NotFound: there is none.
    """
    records = request.env[model].with_context(active_test=False)
    may_exist = number < MOST_RECORDS and records.has_access("read")
    found = may_exist and records.search([("id", "=", number)])
    if not found:
        raise NotFound()
    return found


def see_other(location, local=True):
    """Go on to another page.

    :param str location: of the closed set of our own pages, or X's authorize address.
    """
    return request.redirect(location, code=303, local=local)


class Controller(http.Controller):
    """Base of our controllers."""

    def _sudo(self, model):
        """A model of ours for a visitor, who has no access to any of them.

        Each method called on it is given the visitor and checks by itself.
        """
        return request.env[model].sudo()
