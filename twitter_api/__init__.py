"""What the addon knows of X's protocol: plain Python, values in, values or errors out.

Nothing here imports Odoo, reads a database or speaks to a person.
"""

from .avatar import clean_avatar
from .callback import Callback, parse_callback
from .client import authorize, probe, read_account
from .credentials import SECRETS, kind_of_credential
from .endpoints import Endpoints
from .errors import (
    AccessLevel,
    AccountUnavailable,
    AppNotEnrolled,
    AppSuspended,
    ClientCredentials,
    CodeExpired,
    CreditsDepleted,
    RateLimited,
    RedirectUriMismatch,
    ScopeMissing,
    StateUnknown,
    TokenRejected,
    TwitterError,
    UnexpectedAnswer,
    VerifierMismatch,
    XSilent,
    XUnavailable,
    XUnreachable,
)
from .lookup import look_up, look_up_handles
from .media import fetch_picture
from .reach import Reach, reach
from .scopes import scopes_for
from .transport import is_public
from .troubles import NEVER_SENT
from .usernames import normalize_username
from .values import GONE, SUSPENDED, Account, App, Authorization, Lookup

__all__ = [
    "AccessLevel",
    "Account",
    "AccountUnavailable",
    "App",
    "AppNotEnrolled",
    "AppSuspended",
    "Authorization",
    "Callback",
    "ClientCredentials",
    "CodeExpired",
    "CreditsDepleted",
    "Endpoints",
    "GONE",
    "Lookup",
    "NEVER_SENT",
    "RateLimited",
    "Reach",
    "RedirectUriMismatch",
    "SECRETS",
    "SUSPENDED",
    "ScopeMissing",
    "StateUnknown",
    "TokenRejected",
    "TwitterError",
    "UnexpectedAnswer",
    "VerifierMismatch",
    "XSilent",
    "XUnavailable",
    "XUnreachable",
    "authorize",
    "clean_avatar",
    "fetch_picture",
    "is_public",
    "kind_of_credential",
    "look_up",
    "look_up_handles",
    "normalize_username",
    "parse_callback",
    "probe",
    "reach",
    "read_account",
    "scopes_for",
]
