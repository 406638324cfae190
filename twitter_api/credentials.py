"""What a pasted value is, as far as its shape tells: nothing is asked of anybody.

X's console shows six values beside each other, and the wrong two are pasted often.
"""

import base64
import re

CLIENT_ID = "client_id"
PUBLIC_CLIENT_ID = "public_client_id"
API_KEY = "api_key"
API_KEY_SECRET = "api_key_secret"
CLIENT_SECRET = "client_secret"
BEARER_TOKEN = "bearer_token"
ACCESS_TOKEN = "access_token"
UNKNOWN = ""

# Lengths as X's console gives them out; the token of OAuth 1.0a begins with the number
# of its owner. An app's bearer token has no form by X's documentation; those that were
# reported, and its example, begin with 21 "A" and have 110 characters or more, so half
# of one is still known.
_SHAPES = (
    (re.compile(r"A{15,}.{30,}"), BEARER_TOKEN),
    (re.compile(r"\d{5,19}-[A-Za-z0-9]{20,}"), ACCESS_TOKEN),
    (re.compile(r"[A-Za-z0-9]{25}"), API_KEY),
    (re.compile(r"[A-Za-z0-9]{50}"), API_KEY_SECRET),
    (re.compile(r"[A-Za-z0-9_-]{50}"), CLIENT_SECRET),
)
SECRETS = frozenset({API_KEY_SECRET, CLIENT_SECRET, BEARER_TOKEN, ACCESS_TOKEN})
"""What must not stand where everybody reads it: a client ID is part of an address."""


def kind_of_credential(value):
    """Tell which of X's values somebody has pasted.

    A client ID of OAuth 2.0 is base64 of ``…:1:ci`` for an app that keeps a secret
    ("Web App, Automated App or Bot") and of ``…:1:na`` for one that can't. That is
    observed, not promised by X; so is the shape of the others. Of five client secrets
    one happens to look like an API key secret.

    :param str value: of a settings' field
    :return: one of the names above, ``UNKNOWN`` where the shape tells nothing
    :rtype: str
    """
    decoded = _decoded(value)
    if decoded.endswith(":1:ci"):
        return CLIENT_ID
    if decoded.endswith(":1:na"):
        return PUBLIC_CLIENT_ID
    if decoded.endswith(":at:1"):
        return ACCESS_TOKEN
    kinds = (kind for shape, kind in _SHAPES if shape.fullmatch(value))
    return next(kinds, UNKNOWN)


def _decoded(value):
    try:
        padded = value + "=" * (-len(value) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        return ""
