"""Words in other languages: collect them from the pages, keep the catalogues complete, compile them at start.

`python -m answerable.plumbing.words` collects and reports what is not translated yet.
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

log = logging.getLogger(__name__)

WEB: Final = Path(__file__).resolve().parent.parent / "web"
SOURCE_LANGUAGE: Final = "en"
KEYWORDS: Final = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
HEADER: Final = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""
"""Without dates, so that collecting twice changes nothing."""
JINJA_OPTIONS: Final = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
SOURCES: Final[tuple[tuple[str, str, dict[str, str]], ...]] = (
    ("python", "**/*.py", {}),
    ("jinja2.ext:babel_extract", "templates/**/*.html", JINJA_OPTIONS),
)


@dataclass(frozen=True, slots=True)
class WordFault:
    """A sentence that people in that language would see in English, or broken."""

    surface: str
    language: str
    message: str
    fault: str

    def __str__(self) -> str:
        return f"{self.surface} [{self.language}] {self.fault}: {self.message!r}"


def surfaces() -> list[Path]:
    """The surfaces that have words of their own, each with its `locale` folder."""
    return sorted(folder for folder in WEB.iterdir() if (folder / "locale").is_dir())


def catalogues(surface: Path) -> Iterator[tuple[str, Path]]:
    """Language and file of every catalogue of a surface."""
    for file in sorted(surface.glob("locale/*/LC_MESSAGES/django.po")):
        yield file.parent.parent.name, file


def compile_all() -> int:
    """Every catalogue is compiled beside its source; returns how many were out of date.

    An installation in a read-only folder must ship its `.mo` files; then nothing is written.
    """
    written = 0
    for surface in surfaces():
        for language, source in catalogues(surface):
            compiled = source.with_suffix(".mo")
            if compiled.exists() and compiled.stat().st_mtime_ns >= source.stat().st_mtime_ns:
                continue
            try:
                _replace(compiled, _compiled(source, language=language))
            except OSError as error:
                log.warning("words.not_compiled", extra={"file": compiled.name, "reason": error.strerror})
                continue
            written += 1
    return written


def _compiled(source: Path, *, language: str) -> bytes:
    with source.open("rb") as file:
        catalogue = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    return compiled.getvalue()


def _replace(target: Path, content: bytes) -> None:
    """The whole new file or the whole old one: several processes start at once."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix=".part")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.chmod(name, 0o644)
    os.replace(name, target)


def collect(surface: Path) -> Catalog:
    """Every sentence the surface's code and templates show."""
    found = Catalog(charset="utf-8")
    for method, pattern, options in SOURCES:
        for file in sorted(surface.glob(pattern)):
            if "migrations" not in file.parts:
                _collect_file(found, file, method=method, options=options, name=file.relative_to(surface).as_posix())
    return found


def _collect_file(found: Catalog, file: Path, *, method: str, options: dict[str, str], name: str) -> None:
    for line, message, comments, context in extract_from_file(
        method, file, keywords=KEYWORDS, comment_tags=("Translators:",), options=dict(options)
    ):
        if any(message if isinstance(message, tuple) else (message,)):
            found.add(message, None, [(name, line)], auto_comments=comments, context=context)


def update(surface: Path) -> None:
    """The surface's catalogues hold exactly its present sentences; translations of kept sentences stay."""
    found = collect(surface)
    for language, file in catalogues(surface):
        with file.open("rb") as source:
            kept = read_po(source, locale=language)
        kept.update(found, no_fuzzy_matching=True, update_header_comment=False)
        kept.obsolete.clear()
        content = BytesIO(HEADER.format(language=language, plural_forms=kept.plural_forms).encode())
        content.seek(0, os.SEEK_END)
        write_po(content, kept, width=100, sort_output=True, omit_header=True, include_lineno=False)
        _replace(file, content.getvalue())


def faults() -> list[WordFault]:
    """Every sentence that is missing, empty, fuzzy, or loses a placeholder in some language."""
    return [fault for surface in surfaces() for fault in faults_of(surface)]


def faults_of(surface: Path) -> list[WordFault]:
    """The faults of one surface's catalogues."""
    found = collect(surface)
    result: list[WordFault] = []
    for language, file in catalogues(surface):
        with file.open("rb") as source:
            catalogue = read_po(source, locale=language)
        for message in found:
            if message.id:
                fault = _fault(message, catalogue.get(message.id, message.context))
                if fault:
                    result.append(WordFault(surface.name, language, _shown(message), fault))
    return result


def _fault(wanted: Message, held: Message | None) -> str:
    if held is None:
        return "missing"
    if held.fuzzy:
        return "fuzzy"
    texts = _forms(held.string)
    if not all(texts):
        return "empty"
    sources = _forms(wanted.id)
    allowed = {name for source in sources for name in _placeholders(source)}
    needed = set.intersection(*(set(_placeholders(source)) for source in sources))
    for text in texts:
        names = set(_placeholders(text))
        if not names <= allowed or (not needed <= names and not isinstance(wanted.id, tuple)):
            return "other placeholders"
    return ""


def _forms(words: object) -> tuple[str, ...]:
    """The sentence, or its singular and plural."""
    return tuple(str(form or "") for form in (words if isinstance(words, tuple | list) else (words,)))


def _placeholders(text: str) -> list[str]:
    return [part.split(")", 1)[0] for part in text.split("%(")[1:]]


def _shown(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple) else str(message.id)


def main() -> int:
    """Collect, write the catalogues, report the gaps; 1 when somebody would read the wrong language."""
    for surface in surfaces():
        update(surface)
    remaining = faults()
    sys.stdout.writelines(f"{fault}\n" for fault in remaining)
    return 1 if remaining else 0


if __name__ == "__main__":
    sys.exit(main())
