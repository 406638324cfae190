"""The pages that one comes back to after signing in: kept by keys, never addresses."""

import re

PORTAL_PAGE = "/my/twitter"
CONTINUE_PAGE = "/twitter/link/continue"
LOGIN = "/web/login"
PAGES = {
    "account": "/my",
    "twitter": PORTAL_PAGE,
    "link": CONTINUE_PAGE,
    "tickets": "/my/tickets",
    "new_ticket": "/new/ticket",
}
TICKET = re.compile(r"/my/ticket/([0-9]{1,9})")
TICKET_KEY = re.compile(r"ticket/[0-9]{1,9}")


def key_of(address):
    """The key of a page that one came for.

    :param str address: as a visitor's browser says it.
    """
    # Odoo asks to sign in for a page with its query, empty ones too.
    path = address.partition("?")[0]
    if ticket := TICKET.fullmatch(path):
        return f"ticket/{ticket[1]}"
    keys = {page: key for key, page in PAGES.items()}
    return keys.get(path, "account")


def page_of(key):
    """The path of a page by its key, whoever sent it."""
    return f"/my/{key}" if TICKET_KEY.fullmatch(key) else PAGES.get(key, "/my")


def login_for(key):
    """Odoo's page to sign in, from which one comes to a page.

    :param str key: of the page, whoever sent it; empty: the account.
    """
    page = page_of(key)
    return LOGIN if page == PAGES["account"] else f"{LOGIN}?redirect={page}"
