"""What visitors type: cleaned before anything looks into it."""

import re

from odoo.tools import email_normalize

ADDRESS_LENGTH = 254
"""RFC 5321, section 4.5.3.1.3, with the angle brackets off."""
# Quoted parts and comments (RFC 5322) spell one mailbox in many ways; nobody types
# them, and reading them takes time that a stranger chooses.
PLAIN_ADDRESS = re.compile(r"[^\s@()<>\[\]:;,\"\\]{1,64}@[^\s@()<>\[\]:;,\"\\]{1,189}")


def typed_address(text):
    """An e-mail address that somebody typed.

    :param str text: whatever was sent.
    :return: normalised; an empty string where it is not one plain address.
    """
    text = text.strip()
    is_plain = text.isprintable() and PLAIN_ADDRESS.fullmatch(text)
    return (is_plain and email_normalize(text)) or ""


def typed_line(text, most):
    """A text of one line that somebody typed.

    :param str text: whatever was sent.
    :param int most: how many characters are kept.
    :return: without what is not printed, and single blanks.
    """
    words = "".join(c if c.isprintable() else " " for c in text[: 10 * most]).split()
    return " ".join(words)[:most]
