"""Each language of the addon, string by string."""

import polib
import pytest

import proofreading
import translations

SHOWN = 20
"""Lines that a failure prints: a new string fails every language."""


@pytest.fixture(params=sorted(translations.LANGUAGES))
def language(request):
    return request.param


@pytest.fixture
def translated(language):
    return translations.read(language)


@pytest.fixture
def template():
    return polib.pofile(str(translations.TEMPLATE))


def assert_none(lines):
    told = "\n".join(lines[:SHOWN])
    assert not lines, f"{len(lines)} strings, among them:\n{told}"


def test_every_string_is_translated(template, translated):
    assert_none(proofreading.incomplete(template, translated))


def test_no_translation_is_broken(translated):
    assert len(translated.translated_entries())
    assert_none(proofreading.broken(translated))


def test_no_string_is_left_as_it_is_without_a_reason(language, translated):
    reasons = proofreading.read_reasons(language)
    assert_none(proofreading.unchanged(translated, reasons))


def test_the_file_is_as_the_command_writes_it(template, language, translated):
    current = translations.brought_up_to_date(template, translated, language)
    written = translations.file_of(language).read_text()
    if written != str(current):
        pytest.fail("Run dev/translate.")
