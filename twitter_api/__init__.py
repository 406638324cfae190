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
from .reach import Reach, reach
from .scopes import scopes_for
from .transport import is_public
from .usernames import normalize_username
from .values import Account, App, Authorization

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
    "RateLimited",
    "Reach",
    "RedirectUriMismatch",
    "SECRETS",
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
    "is_public",
    "kind_of_credential",
    "normalize_username",
    "parse_callback",
    "probe",
    "reach",
    "read_account",
    "scopes_for",
]
