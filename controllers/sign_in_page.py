"""What follows X for one who signs in, and how Odoo's own session begins."""

from odoo.exceptions import AccessDenied
from odoo.http import request

from odoo.addons.web.controllers.utils import _get_login_redirect_url

from ..models.own_cursor import own_cursor
from ..models.signing_in_words import words_for_customer
from ..models.twitter_problem import PROBLEMS, TwitterProblem
from .pages import SIGNED_OUT, began_by_x, consent_form, see_other, visitor
from .return_page import page_of

CONNECTED = "twitter_connected"
"""Session key of whether another X account was connected as the session ended."""


def sign_in_page(trip_sudo, problem="", typed=None):
    """The page after X: sign in, make an account, or why not.

    :param trip_sudo: a ``twitter.oauth.transaction`` of this browser.
    :param str problem: code of what is wrong with what was just sent.
    :param dict typed: what was sent of an account that is to be made: ``name``,
        ``address``, and the ``consent`` that came with them.
    """
    if trip_sudo.status == "done":
        return see_other(page_of(trip_sudo.return_page))
    sign_ins_sudo = request.env["twitter.sign.in"].sudo()
    values = sign_ins_sudo._page_values(trip_sudo)
    step = values.pop("step")
    entry = PROBLEMS[problem] if problem else None
    words = words_for_customer(request.env, problem, True) if problem else {}
    action = f"/twitter/sign_up/{trip_sudo.reference}"
    if "consent_text" in values:
        text = values.pop("consent_text")
        values.update(consent_form(text, action))
        if typed:
            # Of a text that has changed meanwhile, no box is ticked for anybody.
            values["consent_ticked"] = typed.pop("consent").covers(text)
    return request.render(
        f"helpdesk_twitter_identity.{step}_page",
        {
            **values,
            **(typed or {}),
            "retyped": typed is not None,
            "unusable": typed is not None and not problem,
            "mails_passwords": request.env["res.users"]._twitter_mails_passwords(),
            "problem": problem,
            "problem_title": words.get("title"),
            "problem_text": words.get("text"),
        },
        status=entry.status if entry else 422 if typed else 200,
    )


def page_of_signed_in(reference, pressed=False):
    """Where somebody wanted to go who came to sign in, and has meanwhile; or empty.

    :param str reference: of a round trip, in the browser that began it.
    :param bool pressed: whether they say yes to being who the page has named.
    """
    if request.env.user._is_public():
        return ""
    # Visitors have no access; it tells the browser that began.
    trips_sudo = request.env["twitter.oauth.transaction"].sudo()
    key = trips_sudo._came_for(reference, visitor(), pressed)
    return key and page_of(key)


def see_other_if_signed_in(location, connected=False):
    """Go on, unless what was just done has ended the session, which X began.

    :param str location: of the closed set of our own pages.
    :param bool connected: whether another X account was just connected.
    """
    began = began_by_x(request.session)
    # Nobody may read accounts; it is told of one that this session names.
    sign_ins_sudo = request.env["twitter.sign.in"].sudo()
    if not began or sign_ins_sudo._stands(began):
        return see_other(location)
    # What can't be written runs the request again, with the session that it had.
    request.env.flush_all()
    request.session.logout(keep_db=True)
    request.session[CONNECTED] = connected
    return see_other(SIGNED_OUT)


def begin_session(sign_in):
    """Begin Odoo's session, after all else has been committed; go where one came for.

    In a transaction that is younger than what was committed, and saved only after its
    end: a session that a rolled back request had begun would last.

    :param SignIn sign_in: of whom.
    :raise TwitterProblem: ``state_expired``, ``too_many_attempts``.
    """
    outer, session, kept = request.env, request.session, dict(request.session)
    try:
        # Both connections first: one that is missing at the end would be too late.
        with own_cursor(outer) as later:
            with own_cursor(outer) as env:
                # What other addons do about a sign-in belongs to it.
                request.env = env
                auth_info = session.authenticate(env, sign_in.credential)
                env.flush_all()
            request.env = later
            page = page_of(sign_in.page)
            location = _get_login_redirect_url(auth_info["uid"], page)
            request._save_session(later)
        kept = None
    except AccessDenied as error:
        is_silent = error.args == AccessDenied().args
        code = "state_expired" if is_silent else "too_many_attempts"
        raise TwitterProblem(code, signing_in=True) from error
    finally:
        request.env = outer
        if kept is not None:
            # Whoever tells of the error would save what did not happen.
            session.clear()
            session.update(kept)
            session.should_rotate = False
    return see_other(location)
