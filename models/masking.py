"""Showing whose record it is to one who may be a stranger.

Enough for its owner to recognise it, of no use to anybody else: whoever holds a
forwarded link sees this.
"""

from odoo.tools import email_normalize

HIDDEN = "•••"
COMMON_PROVIDERS = {
    "aol.com",
    "bol.com.br",
    "gmail.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "terra.com.br",
    "uol.com.br",
    "web.de",
    "yahoo.com",
    "yahoo.com.br",
    "yandex.ru",
}
"""Domains that tell nothing about who it is."""


def mask_name(name):
    """Ana Souza: A••• S•••.

    :param str name: of a contact.
    :return: the first letter of at most two words.
    """
    words = (name or "").split()
    shown = [words[0], words[-1]] if len(words) > 1 else words
    return " ".join(word[0] + HIDDEN for word in shown)


def short_name(name):
    """Ana Souza: Ana S., for one who has proven to be her.

    :param str name: of a contact.
    """
    first, *others = (name or "").split() or [""]
    return f"{first} {others[-1][0]}." if others else first


def mask_address(address):
    """ana@gmail.com: a•••@gmail.com; of any other domain nothing is shown.

    :param str address: an e-mail address.
    """
    local, _at, domain = (email_normalize(address) or "").partition("@")
    if not domain:
        return ""
    return f"{local[0]}{HIDDEN}@{domain if domain in COMMON_PROVIDERS else HIDDEN}"
