"""Tells tokens that are mailed to their contact from those that somebody reads.

Odoo's token to choose a new password is made for whoever may edit the contact, and for
some public pages, too. Only one that was mailed shows that its bearer reads the mails.
"""

from contextlib import contextmanager
from contextvars import ContextVar

# Not in the context of an environment, which comes with each call over RPC.
_IS_MAILING = ContextVar("helpdesk_twitter_identity_is_mailing", default=False)


@contextmanager
def mailing():
    """Tokens that are made in this block go into a mail to their contact."""
    before = _IS_MAILING.set(True)
    try:
        yield
    finally:
        _IS_MAILING.reset(before)


def is_mailing():
    """Whether a token that is made now goes into a mail to its contact."""
    return _IS_MAILING.get()
