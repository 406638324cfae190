"""The page of an agent's link, wherever the customer follows it."""

from dataclasses import dataclass

from odoo.http import request

from ..models.twitter_problem import PROBLEMS
from .pages import CONFIRM, LINK, RESUME, consent_form, visitor

KEPT = "continue"
"""Stands where a token stands, once the link is kept in the session."""


@dataclass(frozen=True)
class Way:
    """How a customer follows a link.

    :param request_sudo: the ``twitter.link.request``, open.
    :param str page: path of the page that tells how far they are.
    :param str action: path before the name of each step.
    :param bool resumed: after X, in another browser than the one that began.
    """

    request_sudo: object
    page: str
    action: str
    resumed: bool = False


def way_of_link(token):
    """The way of a link itself.

    :param str token: of the link, or :data:`KEPT`.
    :raise TwitterProblem: the link is unknown or has ended, or
        ``too_many_attempts``.
    """
    # Visitors have no access; a link is found by what only its holder knows.
    links_sudo = request.env["twitter.link.request"].sudo()
    if token == KEPT:
        link_sudo = links_sudo._find_kept(request.session.get(LINK, 0))
    else:
        link_sudo = links_sudo._find(token, visitor())
    path = f"/twitter/link/{token}"
    return Way(_in_its_language(link_sudo), path, path)


def way_of_resumed(reference):
    """The way of a link in another browser.

    :param str reference: of the round trip that ended here.
    :raise TwitterProblem: as :func:`way_of_link`; ``other_browser`` where the round
        trip came from no link.
    """
    # As above: the reference stands in no page but those after X.
    trips_sudo = request.env["twitter.oauth.transaction"].sudo()
    link_sudo = _in_its_language(trips_sudo._find_link(reference, visitor()))
    pages = f"{CONFIRM}/{reference}", f"{RESUME}/{reference}"
    return Way(link_sudo, *pages, resumed=True)


def _in_its_language(link_sudo):
    """Speak the customer's language from here on."""
    lang = link_sudo._page_language() or request.env.lang
    request.update_context(lang=lang)
    return link_sudo.with_context(lang=lang)


def link_page(way, problem=""):
    """The page of an open link.

    :param Way way: how it is followed.
    :param str problem: code of what is wrong with what was just typed.
    """
    values = way.request_sudo._page_values(visitor(begin=True))
    begun = values["proven"] or values["code_sent"]
    if way.resumed and not begun:
        problem = "other_browser"
    entry = PROBLEMS[problem] if problem else None
    return request.render(
        "helpdesk_twitter_identity.link_page",
        {
            **consent_form(values.pop("consent_text"), f"{way.action}/connect"),
            **values,
            "action": way.action,
            "problem": problem,
            "problem_title": entry and request.env._(entry.title),
            "problem_text": entry and request.env._(entry.text),
        },
        status=entry.status if entry else 200,
    )
