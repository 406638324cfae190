"""Apps as a company registers them in X's developer console."""

import base64
from dataclasses import dataclass, field
from urllib.parse import urlsplit

MAX_REDIRECT_URIS = 10

# A confidential client's id decodes to "<random>:1:ci"; a public one ends in ":na".
DEMO_CLIENT_ID = base64.urlsafe_b64encode(b"LocalDemoNotARealApp00:1:ci").decode()
DEMO_CLIENT_SECRET = "local-demo-secret-that-opens-nothing-anywhere-else"
# In the form of X's: 21 times A, percent signs, more than 110 characters.
DEMO_BEARER_TOKEN = (
    "A" * 21 + "LocalDemoAAAAAA0%2BopensNothing%2BanywhereElse%3D"
    "notTheTokenOfARealAppAndKnownToThisStandInAlone"
)


@dataclass(frozen=True)
class App:
    """One confidential app ("Web App, Automated App or Bot").

    At most ten callback addresses, each compared as it stands
    (docs.x.com/fundamentals/developer-apps, "Callback URLs").

    :param request_email: the console's switch "Request email from users"
    :param bearer_token: the app-only token; without one the app has none
    """

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uris: tuple[str, ...] = ()
    name: str = "Example Company Support"
    request_email: bool = False
    bearer_token: str = field(default="", repr=False)

    def __post_init__(self):
        """Refuse what the console would not save."""
        if isinstance(self.redirect_uris, str):
            raise TypeError("redirect_uris is a tuple of addresses, not one address")
        if len(self.redirect_uris) > MAX_REDIRECT_URIS:
            raise ValueError(f"X registers at most {MAX_REDIRECT_URIS} callbacks")
        for uri in self.redirect_uris:
            _check_callback(uri)


def _check_callback(uri):
    """RFC 6749 section 3.1.2: absolute and without a fragment."""
    parts = urlsplit(uri)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise ValueError(f"not an absolute http(s) address: {uri}")
    if "#" in uri:
        raise ValueError(f"a callback has no fragment: {uri}")


def demo_app(redirect_uris):
    """The app that the demo's database is set up with."""
    return App(
        client_id=DEMO_CLIENT_ID,
        client_secret=DEMO_CLIENT_SECRET,
        bearer_token=DEMO_BEARER_TOKEN,
        redirect_uris=tuple(redirect_uris),
        name="Demo Company Support",
        request_email=True,
    )
