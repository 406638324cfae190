"""What a program can tell of a translation: complete, printable, and translated at all.

Plain Python: `tests/unit/test_translations.py` asks it of each language.
"""

import re
from collections import Counter

from lxml import etree

from home import DEV
from translations import plain

try:
    import tomllib
except ModuleNotFoundError:  # Python 3.10, where pytest brings its twin along
    import tomli as tomllib

SAME = DEV / "same_in_translation.toml"
TAG = re.compile(r"</?[a-z][^<>]*>")
SHOWN = re.compile(r'\b(alt|aria-label|help|placeholder|string|title)="[^"]*"')
"""Attributes that people read: their values are translated."""
MARK = re.compile(
    r"%(?:\(\w+\))?[sd%]?"  # what Python and JavaScript fill in
    r"|\{\{.*?\}\}"  # what mail templates fill in
    r"|@"  # what comes before a handle, which may follow the string
    r"|(?:https?://)?[\w-]+(?:\.[\w-]+)+(?:/[\w./-]*\w)?"  # addresses, versions, scopes
    r"|/(?:my|twitter)/\w+"
    r"|\w+_\w+"  # settings, codes
)
"""What stays in a translation as it is, wherever it stands there."""


def incomplete(template, translated):
    """Return what a translator has yet to do: a list of str, a line for each string.

    :param polib.POFile template: all strings.
    :param polib.POFile translated: of one language.
    """
    done = {
        entry.msgid
        for entry in translated
        if entry.msgstr.strip() and not entry.fuzzy and not entry.obsolete
    }
    strings = {entry.msgid for entry in template}
    return [
        *(f"to translate: {plain(text)}" for text in sorted(strings - done)),
        *(f"no longer there: {plain(text)}" for text in sorted(done - strings)),
    ]


def broken(translated):
    """Return the translations that can't be printed, or lead elsewhere: a list of str.

    What Odoo fills in, tags with their attributes, addresses and names of settings are
    the same in both texts, in any order.
    """
    lines = []
    for entry in translated.translated_entries():
        before, after = marks(entry.msgid), marks(entry.msgstr)
        if before != after:
            lacks, has = sorted(before - after), sorted(after - before)
            lines.append(f"{plain(entry.msgid)}: lacks {lacks}, has {has}")
        elif _is_of_page(entry) and not _is_markup(entry.msgstr):
            lines.append(f"{plain(entry.msgid)}: its tags do not close in order")
    return lines


def marks(text):
    """Return what a translation has to keep.

    :return: Counter of str.
    """
    tags = [SHOWN.sub(r'\1=""', plain(tag)) for tag in TAG.findall(text)]
    return Counter(tags) + Counter(MARK.findall(TAG.sub(" ", text)))


def _is_of_page(entry):
    """Tell whether Odoo takes the string for markup; in code it does not."""
    is_code = any(place.startswith("code:") for place, _line in entry.occurrences)
    return not is_code and _is_markup(entry.msgid)


def _is_markup(text):
    try:
        etree.fromstring(f"<div>{text}</div>")
    except etree.XMLSyntaxError:
        return False
    return True


def unchanged(translated, reasons):
    """Return the strings that were left as they are without a reason: a list of str.

    And the reasons that nothing needs.

    :param dict reasons: of :func:`read_reasons`.
    """
    same = {
        plain(entry.msgid)
        for entry in translated
        if plain(entry.msgid) == plain(entry.msgstr)
    }
    return [
        *(f"not translated: {text}" for text in sorted(same - reasons.keys())),
        *(f"needs no reason: {text}" for text in sorted(reasons.keys() - same)),
    ]


def read_reasons(language, path=SAME):
    """Return why strings may read the same in a language: a dict, by string."""
    tables = tomllib.loads(path.read_text())
    return {**tables.get("every", {}), **tables.get(language, {})}
