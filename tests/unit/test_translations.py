"""The files of strings and translations that `dev/translate` writes."""

import polib
import pytest

import translations
from home import Failure

EXPORTED = """
msgid ""
msgstr ""
"Project-Id-Version: Odoo Server 19.0-{day}\\n"
"POT-Creation-Date: {day}\\n"
"PO-Revision-Date: {day}\\n"

#. module: helpdesk_twitter_identity
#: model_terms:ir.ui.view,arch_db:helpdesk_twitter_identity.page
msgid "Connect"
msgstr ""
"""


def strings(*texts, **translated):
    """A file of these strings; translations by name."""
    po = polib.POFile()
    for text in (*texts, *translated):
        po.append(polib.POEntry(msgid=text, msgstr=translated.get(text, "")))
    return po


def translated(po):
    return {entry.msgid: entry.msgstr for entry in po}


def test_two_exports_of_the_same_strings_are_the_same_template():
    first, second = (
        str(translations.settled(EXPORTED.format(day=day)))
        for day in ("2026-01-01", "2026-02-02")
    )
    assert first == second
    assert 'msgid "Connect"' in first


def test_a_language_gets_what_is_new_and_loses_what_is_gone():
    earlier = strings(Old="Velho", Kept="Guardado")
    current = translations.brought_up_to_date(strings("Kept", "New"), earlier, "pt_BR")
    assert translated(current) == {"Kept": "Guardado", "New": ""}
    assert current.metadata["Language"] == "pt_BR"
    assert not current.obsolete_entries()


def test_a_string_whose_lines_break_elsewhere_keeps_its_translation():
    earlier = strings(**{"We mail\n    a code": "Enviamos um código"})
    template = strings("We mail a\n  code", "We mail\n    a code")
    current = translations.brought_up_to_date(template, earlier, "es")
    assert set(translated(current).values()) == {"Enviamos um código"}


def test_what_a_translator_notes_stays():
    earlier = strings(Kept="Guardado")
    earlier[0].flags, earlier[0].tcomment = ["fuzzy"], "or: Mantido"
    (entry,) = translations.brought_up_to_date(strings("Kept"), earlier, "pt_BR")
    assert (entry.fuzzy, entry.tcomment) == (True, "or: Mantido")


def test_what_is_written_is_read_as_it_was(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "FOLDER", tmp_path / "i18n")
    assert translated(translations.read("es")) == {}
    template = translations.settled(EXPORTED.format(day="2026-01-01"))
    for _time in range(2):
        earlier = translations.read("es")
        current = translations.brought_up_to_date(template, earlier, "es")
        translations.write(translations.file_of("es"), current)
        assert str(translations.read("es")) == str(current)


def test_a_broken_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(translations, "FOLDER", tmp_path)
    (tmp_path / "es.po").write_text('msgid "One"\n<<<<<<< theirs\nmsgstr "Uno"\n')
    with pytest.raises(Failure, match="es.po is no file of translations"):
        translations.read("es")


def test_templates_that_differ_are_told_string_by_string():
    kept, fresh = strings("Kept", "Old", "Moved"), strings("Kept", "New", "Moved")
    fresh[-1].occurrences = [("code:addons/x.py", "0")]
    assert translations.differences(str(kept), str(kept)) == []
    assert translations.differences(str(kept), str(fresh)) == [
        "gone: Old",
        "new: New",
        "in other places: Moved",
    ]
