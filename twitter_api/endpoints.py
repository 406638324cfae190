"""Where X lives: constants, replaced only by the environment of the process."""

import ipaddress
import re
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

ENVIRONMENT = {
    "authorize_base": "TWITTER_IDENTITY_AUTHORIZE_BASE",
    "api_base": "TWITTER_IDENTITY_API_BASE",
    "media_base": "TWITTER_IDENTITY_MEDIA_BASE",
}
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_BASE = re.compile(
    rf"https?://(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:.]+\])"
    r"(?::[1-9][0-9]{0,4})?(?:/[A-Za-z0-9._~-]+)*/?"
)


@dataclass(frozen=True)
class Endpoints:
    """The three addresses of X that we talk to, each without a final slash.

    twitter.com answers too, but does not share the sign-in of x.com: people would
    connect an old account.

    :raise ValueError: an address that is neither https nor plain http on loopback, or
        that carries more than scheme, host, port and path
    """

    authorize_base: str = "https://x.com"
    api_base: str = "https://api.x.com"
    media_base: str = "https://pbs.twimg.com"

    def __post_init__(self):
        for part in fields(self):
            base = _checked(part.name, getattr(self, part.name))
            object.__setattr__(self, part.name, base)

    @classmethod
    def from_environ(cls, environ):
        """Read the addresses from environment variables.

        :param environ: mapping such as ``os.environ``; missing or empty means X's own
        :rtype: Endpoints
        :raise ValueError: see the class
        """
        given = {part: environ.get(name, "") for part, name in ENVIRONMENT.items()}
        return cls(**{part: value for part, value in given.items() if value.strip()})


def is_loopback(base):
    """Tell whether an address points at this very machine.

    :param str base: an address with a scheme
    :rtype: bool
    """
    host = urlsplit(base).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _checked(part, base):
    base = base.strip()
    variable = ENVIRONMENT[part]
    if "@" in base:
        raise ValueError(f"{variable} must not carry a user or a password")
    if "?" in base or "#" in base:
        raise ValueError(f"{variable} must not carry a query or a fragment")
    if not _is_address(base):
        raise ValueError(f"{variable} must be like https://host or https://host:port")
    if base.startswith("http:") and not is_loopback(base):
        raise ValueError(f"{variable} may use plain http only on a loopback address")
    return base.rstrip("/")


def _is_address(base):
    try:
        # The port is read for its check: 65535 at most.
        return bool(_BASE.fullmatch(base)) and urlsplit(base).port != 0
    except ValueError:
        return False
