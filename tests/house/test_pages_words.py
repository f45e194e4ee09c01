"""Every sentence that people read exists in French, whole, and the tool that says so can be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from answerable.plumbing import words

PO = """msgid ""
msgstr ""
"Language: fr\\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\\n"
"Content-Type: text/plain; charset=utf-8\\n"

"""


@pytest.fixture
def surface(tmp_path: Path) -> Path:
    """A surface with one template, one module and a French catalogue."""
    folder = tmp_path / "kiosk"
    (folder / "locale/fr/LC_MESSAGES").mkdir(parents=True)
    (folder / "templates/kiosk").mkdir(parents=True)
    (folder / "templates/kiosk/a.html").write_text(
        '{{ _("Hello %(name)s", name=x) }}{% trans %}Send{% endtrans %}{{ ngettext("%(num)d day", "%(num)d days", n) }}'
    )
    (folder / "page.py").write_text('from django.utils.translation import gettext as _\n_("Back")\n')
    return folder


def write(surface: Path, body: str) -> None:
    (surface / "locale/fr/LC_MESSAGES/django.po").write_text(PO + body)


WHOLE = """msgid "Hello %(name)s"
msgstr "Bonjour %(name)s"

msgid "Send"
msgstr "Envoyer"

msgid "Back"
msgstr "Retour"

msgid "%(num)d day"
msgid_plural "%(num)d days"
msgstr[0] "%(num)d jour"
msgstr[1] "%(num)d jours"
"""


def test_every_sentence_of_the_house_exists_in_french() -> None:
    assert [str(fault) for fault in words.faults()] == []


def test_sentences_are_found_in_templates_and_code(surface: Path) -> None:
    found = {message.id if isinstance(message.id, str) else message.id[0] for message in words.collect(surface)}

    assert found == {"", "Hello %(name)s", "Send", "%(num)d day", "Back"}


def test_a_whole_catalogue_has_no_faults(surface: Path) -> None:
    write(surface, WHOLE)

    assert words.faults_of(surface) == []


@pytest.mark.parametrize(
    ("whole", "broken", "fault"),
    [
        ('msgstr "Envoyer"', 'msgstr ""', "empty"),
        ('msgid "Send"\nmsgstr "Envoyer"\n', "", "missing"),
        ('msgid "Send"', '#, fuzzy\nmsgid "Send"', "fuzzy"),
        ("Bonjour %(name)s", "Bonjour %(nom)s", "other placeholders"),
        ("Bonjour %(name)s", "Bonjour", "other placeholders"),
        ('msgstr[1] "%(num)d jours"', 'msgstr[1] ""', "empty"),
    ],
)
def test_a_gap_is_named(surface: Path, whole: str, broken: str, fault: str) -> None:
    write(surface, WHOLE.replace(whole, broken))

    assert [found.fault for found in words.faults_of(surface)] == [fault]


def test_collecting_twice_changes_nothing_and_keeps_translations(surface: Path) -> None:
    write(surface, WHOLE + '\nmsgid "Gone"\nmsgstr "Parti"\n')
    file = surface / "locale/fr/LC_MESSAGES/django.po"

    words.update(surface)
    once = file.read_text()
    words.update(surface)

    assert file.read_text() == once
    assert "Envoyer" in once
    assert "Parti" not in once


def test_compiling_happens_only_when_words_changed(surface: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(surface, WHOLE)
    monkeypatch.setattr(words, "WEB", surface.parent)

    assert words.compile_all() == 1
    assert words.compile_all() == 0
    assert (surface / "locale/fr/LC_MESSAGES/django.mo").read_bytes()[:4] == b"\xde\x12\x04\x95"
