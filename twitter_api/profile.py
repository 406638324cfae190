"""The profile in X's answer, cleaned before anybody else sees it."""

import re
import unicodedata
from dataclasses import dataclass, field

from .answers import PROFILE, diagnose
from .errors import UnexpectedAnswer
from .usernames import HANDLE
from .values import Account

# X allows 50 characters; more than twice that is somebody playing.
NAME_LENGTH = 100
BADGES = ("blue", "business", "government")
_ID = re.compile(r"[0-9]{1,19}")
_EMAIL = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
)
EMAIL_LENGTH = 254
# With these a spreadsheet takes a name for a formula; East Asian ones read the
# full-width forms too. Odoo's export to XLSX writes "=" as a live formula.
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
# Emoji and some scripts are joined with these two; all other marks that can't be seen
# (direction overrides, tags, zero-width spaces) only deceive.
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


@dataclass(frozen=True)
class Profile:
    """An account without its picture, and where X says that the picture is."""

    account: Account
    picture: str = field(repr=False)


def read_profile(answer, secrets=()):
    """Read the answer to GET /2/users/me.

    :param Answer answer: from X
    :param secrets: strings that must not appear in an error's excerpt
    :rtype: Profile
    :raise TwitterError: no account in it
    """
    document = answer.document
    if answer.status != 200 or document is None or "data" not in document:
        raise diagnose(answer, PROFILE, secrets)
    data = document["data"]
    if not isinstance(data, dict):
        raise UnexpectedAnswer(answer.status)
    twitter_id, username = data.get("id"), data.get("username")
    # As text only: a number may have lost digits on its way.
    if not _matches(_ID, twitter_id) or not _matches(HANDLE, username):
        raise UnexpectedAnswer(answer.status)
    badge, email = data.get("verified_type"), data.get("confirmed_email")
    picture = data.get("profile_image_url")
    account = Account(
        twitter_id=twitter_id,
        username=username,
        name=clean_name(data.get("name")) or username,
        verified_type=badge if badge in BADGES else "",
        email=email if _is_email(email) else "",
    )
    return Profile(account, picture if isinstance(picture, str) else "")


def clean_name(name):
    """Return a display name that is safe in a line of text and in a spreadsheet.

    Invisible characters and line breaks become spaces or go; characters at its
    beginning that would make a formula of it are dropped.

    :param name: what X sent; anything but text gives ""
    :rtype: str
    """
    if not isinstance(name, str):
        return ""
    signs = []
    for sign in name:
        if sign in "\t\n\v\f\r\x85\u2028\u2029":
            signs.append(" ")
        elif sign in _JOINERS or unicodedata.category(sign) not in _INVISIBLE:
            signs.append(sign)
    name = " ".join("".join(signs).split())[:NAME_LENGTH]
    return name.lstrip(_FORMULA + _JOINERS + " ").rstrip()


def _matches(pattern, value):
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_email(value):
    return _matches(_EMAIL, value) and len(value) <= EMAIL_LENGTH
