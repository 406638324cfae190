"""What X's redirect back may carry, before anything of it is used."""

import re
from dataclasses import dataclass, field

from .errors import StateUnknown

# The issuer that RFC 9207 would name; X sends none today.
ISSUER = "https://x.com"
STATE_LENGTH = 128
CODE_LENGTH = 2048
ERROR_LENGTH = 100
_READ = ("state", "code", "error", "iss")
# RFC 6749, appendix A.5 and A.11: visible ASCII and space.
_VISIBLE = re.compile(r"[\x20-\x7e]*")


@dataclass(frozen=True)
class Callback:
    """The parameters that count; each "" where it was absent.

    ``error`` is X's word, cut and cleaned: "access_denied" means that the person
    declined, anything else that X did not want to. With an error there is no code.
    """

    state: str = field(repr=False)
    code: str = field(repr=False)
    error: str


def parse_callback(pairs):
    """Read the parameters of the redirect back.

    Unknown parameters are ignored, and so are tokens: those come from the token
    endpoint only (RFC 9700, 4.6).

    :param pairs: every (name, value) of the query, repeated ones included
    :rtype: Callback
    :raise StateUnknown: a parameter comes twice (RFC 6749, 3.1), is too long or holds
        control characters, or the issuer is not X (RFC 9207, 2.4)
    """
    found = {}
    for name, value in pairs:
        if name not in _READ:
            continue
        if name in found:
            raise StateUnknown()
        found[name] = value
    if found.get("iss", ISSUER) != ISSUER:
        raise StateUnknown()
    error = found.get("error", "")
    if error:
        error = "".join(filter(str.isprintable, error))[:ERROR_LENGTH] or "unreadable"
    state = _bounded(found.get("state", ""), STATE_LENGTH)
    code = _bounded(found.get("code", ""), CODE_LENGTH)
    return Callback(state=state, code="" if error else code, error=error)


def _bounded(value, length):
    if len(value) > length or not _VISIBLE.fullmatch(value):
        raise StateUnknown()
    return value
