"""The files that `dev/translate` writes, and what is asked of a translation."""

import polib
import pytest

import proofreading
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


# === Proofreading === #


def test_what_is_missing_empty_or_doubtful_is_not_complete():
    template = strings("One", "Two", "Three", "Four")
    done = strings(One="Uno", Two="Dos", Three=" ", Gone="Ido")
    assert proofreading.incomplete(template, done) == [
        "to translate: Four",
        "to translate: Three",
        "no longer there: Gone",
    ]
    done[0].flags = ["fuzzy"]
    assert "to translate: One" in proofreading.incomplete(template, done)
    done[1].obsolete = True
    assert "to translate: Two" in proofreading.incomplete(template, done)


def broken(text, translation):
    return proofreading.broken(strings(**{text: translation}))


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("Ask %(company)s.", "Pergunte a %(empresa)s."),
        ("Ask %(company)s.", "Pergunte à empresa."),
        ("proven %s by a code", "comprovado por um código"),
        ("done", "100% feito"),
        ("Your code for {{ name }}", "Seu código para {{ nome }}"),
        ("Connect @", "Conectar"),
        ("Open %(url)s/my/twitter.", "Abra %(url)s/meu/twitter."),
        ("See developer.x.com/status", "Veja developer.x.com/estado"),
        ("set proxy_mode = True", "defina modo_proxy = True"),
        ("Press <em>X account</em> once", "Pressione Conta do X uma vez"),
        ("once", "<b>uma</b> vez"),
        ('<i class="fa fa-check"/> Set', '<i class="fa fa-cross"/> Definido'),
        ('<t t-out="name">Ana</t>', '<t t-out="nome">Ana</t>'),
        ('<i title="X"/> Go', "<i/> Vá"),
    ],
)
def test_what_odoo_fills_in_tags_and_addresses_stay(text, translation):
    (line,) = broken(text, translation)
    assert line.startswith(f"{text}: lacks ")


@pytest.mark.parametrize(
    ("text", "translation"),
    [
        ("%(browser)s on %(system)s", "%(system)s com %(browser)s"),
        ("<b>One</b> and <i>two</i>", "<i>Dois</i> e <b>um</b>"),
        ('<i title="Wait"\n   class="fa"/> now', '<i title="Espere" class="fa"/> já'),
        ("Users & Companies", "Usuários & empresas"),
        ("this and/or that", "isto e/ou aquilo"),
        ("not yet translated", ""),
    ],
)
def test_words_and_their_order_are_the_translator_s(text, translation):
    assert broken(text, translation) == []


def test_tags_close_in_order_on_pages():
    crossed = strings(**{"<b>One</b> <i>two</i>": "<b>Um <i>dois</b></i>"})
    (line,) = proofreading.broken(crossed)
    assert line.endswith("its tags do not close in order")
    crossed[0].occurrences = [("code:addons/x.py", "0")]
    assert proofreading.broken(crossed) == []


def test_what_reads_the_same_has_a_reason(tmp_path):
    path = tmp_path / "same.toml"
    path.write_text('[every]\n"ID" = "short"\n[es]\n"x.com" = "an address"\n')
    left = strings(**{"ID": "ID", "x.com": " x.com\n", "Open": "Open", "One": "Uno"})
    assert proofreading.unchanged(left, proofreading.read_reasons("es", path)) == [
        "not translated: Open"
    ]
    assert proofreading.unchanged(left, proofreading.read_reasons("pt_BR", path)) == [
        "not translated: Open",
        "not translated: x.com",
    ]
    done = strings(**{"ID": "Número", "x.com": "x.com"})
    assert proofreading.unchanged(done, proofreading.read_reasons("es", path)) == [
        "needs no reason: ID"
    ]
