"""Tells code deep inside of Odoo what it is called for.

Not in the context of an environment: that comes with each call over RPC.
"""

from contextlib import contextmanager
from contextvars import ContextVar

_IS_MAILING = ContextVar("helpdesk_twitter_identity_is_mailing", default=False)
_SIGNING_UP = ContextVar("helpdesk_twitter_identity_signing_up", default="")


@contextmanager
def _set(variable, value):
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)


def mailing():
    """Tokens that are made in this block go into a mail to their contact.

    Odoo's token to choose a new password is made for whoever may edit the contact, and
    for some public pages, too. Only one that was mailed shows that its bearer reads the
    mails.
    """
    return _set(_IS_MAILING, True)


def is_mailing():
    """Whether a token that is made now goes into a mail to its contact."""
    return _IS_MAILING.get()


def signing_up(how):
    """In this block a visitor makes an account.

    :param str how: ``token`` with one of Odoo's, ``open`` without.
    """
    return _set(_SIGNING_UP, how)


def sign_up_under_way():
    """How the account that is made now is made by a visitor; empty where it is not."""
    return _SIGNING_UP.get()
