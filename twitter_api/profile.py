"""The profile in X's answer, cleaned before anybody else sees it."""

import re
import unicodedata
from dataclasses import replace

from .answers import PROFILE, diagnose
from .errors import UnexpectedAnswer
from .media import picture_path
from .usernames import HANDLE
from .values import Account

FIELDS = ("id", "name", "username", "profile_image_url", "verified_type", "protected")
"""What is asked of X about an account: no more than is used."""
# X allows 50 characters; more than twice that is somebody playing.
NAME_LENGTH = 100
BADGES = ("blue", "business", "government")
ID = re.compile(r"[0-9]{1,19}")
_EMAIL = re.compile(
    r"[A-Za-z0-9_][A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{0,63}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
)
EMAIL_LENGTH = 254
# X's own addresses have about 90 characters.
PICTURE_LENGTH = 500
# With these a spreadsheet takes a name for a formula; East Asian ones read the
# full-width forms too. Odoo's export to XLSX writes "=" as a live formula.
_FORMULA = "=+-@\uff1d\uff0b\uff0d\uff20"
# Emoji and some scripts are joined with these two; all other marks that can't be seen
# (direction overrides, tags, zero-width spaces) only deceive.
_JOINERS = "\u200c\u200d"
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def read_profile(answer, media_base, secrets=()):
    """Read the answer to GET /2/users/me.

    :param Answer answer: from X
    :param str media_base: where pictures may come from
    :param secrets: strings that must not appear in an error's excerpt
    :return: the account without its picture
    :rtype: Account
    :raise TwitterError: no account in it
    """
    document = answer.document
    if answer.status != 200 or document is None or "data" not in document:
        raise diagnose(answer, PROFILE, secrets)
    account = read_user(document["data"], media_base)
    if account is None:
        raise UnexpectedAnswer(answer.status)
    email = document["data"].get("confirmed_email")
    return replace(account, email=email) if _is_email(email) else account


def read_user(user, media_base):
    """Read what every answer of X tells alike of an account: no e-mail address.

    :param user: a user object of X, or whatever stands in its place
    :param str media_base: where pictures may come from
    :return: the account without its picture, None where there is none
    :rtype: Account
    """
    if not isinstance(user, dict):
        return None
    twitter_id, username = user.get("id"), user.get("username")
    # As text only: a number may have lost digits on its way.
    if not matches(ID, twitter_id) or not matches(HANDLE, username):
        return None
    badge, picture = user.get("verified_type"), user.get("profile_image_url")
    return Account(
        twitter_id=twitter_id,
        username=username,
        name=clean_name(user.get("name")) or username,
        verified_type=badge if badge in BADGES else "",
        protected=user.get("protected") is True,
        picture=picture if _is_picture(picture, media_base) else "",
    )


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


def matches(pattern, value):
    """Tell whether a value is a text of this form.

    :param re.Pattern pattern: of the whole text
    :param value: whatever X sent
    :rtype: bool
    """
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _is_email(value):
    return matches(_EMAIL, value) and len(value) <= EMAIL_LENGTH


def _is_picture(value, media_base):
    if not isinstance(value, str) or len(value) > PICTURE_LENGTH:
        return False
    return bool(picture_path(media_base, value))
