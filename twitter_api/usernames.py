"""Handles as people type and paste them."""

import re
import unicodedata

# X allows 15 characters today; older accounts may have up to 20.
HANDLE = re.compile(r"[A-Za-z0-9_]{1,20}")
_ADDRESS = re.compile(
    r"(?:https?://)?(?:(?:www|mobile|m)\.)?(?:x|twitter)\.com/(?:#!/)?@?([^/?#]+)"
    r"(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
# First path segments of x.com that are pages of X, not people.
_PAGES = re.compile(
    r"about|account|compose|explore|hashtag|home|i|intent|jobs|login|messages|"
    r"notifications|oauth|privacy|search|settings|share|signup|tos",
    re.IGNORECASE,
)


def normalize_username(text):
    """Return the handle in what was typed or pasted.

    Full-width letters and the invisible marks that X wraps copied handles in are
    understood. Capitals stay as they are: X shows them, and compares without.

    :param str text: ``@Ana``, ``Ana``, ``https://x.com/Ana?s=20``; may be empty
    :return: the handle without @, "" for nothing
    :rtype: str
    :raise ValueError: no handle of X
    """
    visible = (sign for sign in text or "" if unicodedata.category(sign) != "Cf")
    text = unicodedata.normalize("NFKC", "".join(visible)).strip()
    if not text:
        return ""
    address = _ADDRESS.fullmatch(text)
    handle = address.group(1) if address else text.removeprefix("@")
    if not HANDLE.fullmatch(handle) or (address and _PAGES.fullmatch(handle)):
        raise ValueError("not a handle of X")
    return handle
