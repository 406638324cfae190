"""The addon's strings and their translations, as files in `i18n/`.

Plain Python, for `dev/translate`, which writes them, and for the tests.
"""

from __future__ import annotations

import polib

from home import ADDON, ROOT, Failure

FOLDER = ROOT / "i18n"
TEMPLATE = FOLDER / f"{ADDON}.pot"
# Plural forms as gettext has them; Odoo itself knows no plurals.
LANGUAGES = {"es": "n != 1", "pt_BR": "n > 1"}
"""Of each language, for which numbers it has a plural."""
HEADER = {
    "Project-Id-Version": "Odoo Server 19.0",
    "Report-Msgid-Bugs-To": "",
    "Last-Translator": "",
    "Language-Team": "",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "",
    "Plural-Forms": "",
}
"""As Odoo writes it, without times and without the day of the release."""


def file_of(language):
    """Return the file of a language, which Odoo finds by this name."""
    return FOLDER / f"{language}.po"


def read(language):
    """Return the translations of a language, none where there is no file yet.

    :raise Failure: somebody has broken the file.
    """
    path = file_of(language)
    if not path.exists():
        return polib.POFile()
    try:
        return polib.pofile(str(path))
    except OSError as error:
        raise Failure(f"{path} is no file of translations: {error}") from error


def write(path, strings):
    """Write a file of strings.

    :param polib.POFile strings: in their order.
    """
    path.parent.mkdir(exist_ok=True)
    path.write_text(str(strings))


def settled(exported):
    """Return a template of Odoo without what differs from one export to the next.

    :param str exported: the text of the template.
    """
    template = polib.pofile(exported)
    template.metadata = dict(HEADER)
    return template


def brought_up_to_date(template, earlier, language):
    """Return the translations of a language, for just the strings of the template.

    The formatter breaks lines anew when a template of a page is indented otherwise: a
    string that is the same but for its blanks keeps its translation.

    :param polib.POFile template: all strings.
    :param polib.POFile earlier: what was translated so far.
    """
    current = polib.POFile()
    current.header = template.header
    current.metadata = {
        **HEADER,
        "Language": language,
        "Plural-Forms": f"nplurals=2; plural=({LANGUAGES[language]});",
    }
    done = [entry for entry in earlier if entry.msgstr and not entry.obsolete]
    alike = {plain(entry.msgid): entry for entry in done}
    same = {entry.msgid: entry for entry in done}
    for entry in template:
        known = same.get(entry.msgid) or alike.get(plain(entry.msgid))
        current.append(_entry(entry, known or polib.POEntry()))
    return current


def _entry(entry, known):
    """Return a string of the template with what a translator has made of it."""
    return polib.POEntry(
        msgid=entry.msgid,
        msgstr=known.msgstr,
        comment=entry.comment,
        occurrences=entry.occurrences,
        tcomment=known.tcomment,
        flags=known.flags,
    )


def plain(text):
    """Return a text with single blanks, as a page shows it."""
    return " ".join(text.split())


def differences(kept, fresh):
    """Tell how the texts of two templates differ.

    :return: list of str, a line for each string.
    """
    before, after = (
        {
            entry.msgid: (entry.comment, entry.occurrences)
            for entry in polib.pofile(text)
        }
        for text in (kept, fresh)
    )
    return [
        *(f"gone: {text}" for text in before.keys() - after.keys()),
        *(f"new: {text}" for text in after.keys() - before.keys()),
        *(
            f"in other places: {text}"
            for text in before.keys() & after.keys()
            if before[text] != after[text]
        ),
    ]
