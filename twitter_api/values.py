"""The values that cross the border of the protocol. Secrets stay out of ``repr``."""

from dataclasses import dataclass, field

SUSPENDED, GONE = "suspended", "gone"
"""Why X shows an account to nobody: that may end; it never existed, or was given up."""


@dataclass(frozen=True)
class App:
    """A company's own app at X, as its administrator registered it."""

    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str


@dataclass(frozen=True)
class Authorization:
    """The beginning of one round trip: where to send the browser, what to keep."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    code_verifier: str = field(repr=False)


@dataclass(frozen=True)
class Account:
    """Who came back, in X's words, cleaned.

    ``twitter_id`` never changes and is the only key; all else may change or be reused.
    ``verified_type`` is "blue", "business", "government" or "". ``email`` is "" where X
    gave none, ``avatar`` is b"" or a small PNG or JPEG file. ``picture`` is where X has
    it, another address for each new one, "" where that is not X's media host. Those who
    are ``protected`` show their posts to few.
    """

    twitter_id: str
    username: str
    name: str
    verified_type: str = ""
    email: str = field(default="", repr=False)
    avatar: bytes = field(default=b"", repr=False)
    protected: bool = False
    picture: str = field(default="", repr=False)


@dataclass(frozen=True)
class Lookup:
    """What X says now of accounts that were looked up by number.

    Of one that stands in neither dict nothing is known.

    :param dict accounts: by number; without e-mail address and picture
    :param dict unavailable: ``SUSPENDED`` or ``GONE`` by number
    :param int retry_at: epoch seconds before which X would take no other look-up, None
        where it would
    """

    accounts: dict = field(default_factory=dict)
    unavailable: dict = field(default_factory=dict)
    retry_at: int | None = None
