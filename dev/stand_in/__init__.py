"""A local stand-in for X (Twitter) and a mailbox beside it.

::

    with StandIn(apps=[App("id", "secret", (callback,))]) as x:
        callback_url = x.answer(authorize_url, account="ana")

Nothing here talks to X, and the addon never imports it.
"""

from .accounts import (
    ANA,
    BIA,
    BRUNO,
    CARLA,
    DEFAULT_ACCOUNTS,
    HOSTILE_ACCOUNTS,
    Account,
    Crowd,
)
from .apps import (
    DEMO_BEARER_TOKEN,
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    App,
    demo_app,
)
from .browser import DeadEnd
from .faults import Fault
from .mailbox import Mail, Mailbox, SmtpFault
from .server import StandIn

__all__ = [
    "ANA",
    "BIA",
    "BRUNO",
    "CARLA",
    "DEFAULT_ACCOUNTS",
    "DEMO_BEARER_TOKEN",
    "DEMO_CLIENT_ID",
    "DEMO_CLIENT_SECRET",
    "HOSTILE_ACCOUNTS",
    "Account",
    "App",
    "Crowd",
    "DeadEnd",
    "Fault",
    "Mail",
    "Mailbox",
    "SmtpFault",
    "StandIn",
    "demo_app",
]
