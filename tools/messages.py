#!/usr/bin/env python
"""What `make messages` does: bring every catalogue in `locale/` up to date with the words in the code, and
compile it. What was translated stays; what is said nowhere any more goes; what is new is empty.
"""

import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript, extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HOME = Path(__file__).resolve().parent.parent
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(["_", "_now", "gettext", "gettext_lazy", "gettext_noop"], (1,)),
    **dict.fromkeys(["ngettext", "ngettext_lazy"], (1, 2)),
    **dict.fromkeys(["pgettext", "pgettext_lazy"], ((1, "c"), 2)),
    **dict.fromkeys(["npgettext", "npgettext_lazy"], ((1, "c"), 2, 3)),
}
# What nobody reads who uses Onsite.
LEFT_OUT = {*("tests", "tools", "benchmarks", "faults", "js_tests", "docs")} | {
    *("vendor", "node_modules", "staticfiles"),
}
DOMAINS = {"django": (".py", ".html", ".txt"), "djangojs": (".js",)}
# Catalogues differ by what is in them alone.
NEVER = datetime(2026, 1, 1, tzinfo=UTC)

Message = tuple[str | tuple[str, str], str | None, str]


def files(suffixes: tuple[str, ...]) -> Iterator[Path]:
    """The files in which people are told something."""
    for suffix in suffixes:
        for path in sorted(HOME.rglob(f"*{suffix}")):
            parts = path.relative_to(HOME).parts
            is_told = suffix in (".py", ".js") or parts[0] == "templates"
            if is_told and not LEFT_OUT & {*parts} and not parts[0].startswith("."):
                yield path


def template_as_code(text: str) -> bytes:
    """A template as calls of gettext, a line for each of its lines."""
    from django.utils.translation.template import templatize

    return "\n".join(line.strip() for line in templatize(text).splitlines()).encode()


def found_in(path: Path) -> Iterator[Message]:
    """What a file has translated: the text, or one and many; the context; where."""
    source = path.read_bytes()
    if path.suffix == ".js":
        calls = extract_javascript(BytesIO(source), [*KEYWORDS], [], {})
    else:
        code = source if path.suffix == ".py" else template_as_code(source.decode())
        calls = extract_python(BytesIO(code), [*KEYWORDS], [], {"encoding": "utf-8"})
    for _line, name, texts, _comments in calls:
        texts = list(texts) if isinstance(texts, tuple) else [texts]
        has_context = isinstance(KEYWORDS[name][0], tuple)
        said = texts[has_context : has_context + ("n" in name.partition("gettext")[0]) + 1]
        if all(said):
            yield (
                (said[0], said[1]) if len(said) > 1 else said[0],
                texts[0] if has_context else None,
                path.relative_to(HOME).as_posix(),
            )


def extracted(domain: str) -> Catalog:
    """All that has to be translated, in the order of the files."""
    catalog = Catalog(charset="utf-8", creation_date=NEVER, revision_date=NEVER)
    for path in files(DOMAINS[domain]):
        for said, context, place in found_in(path):
            catalog.add(said, context=context, locations=[(place, 0)])
    return catalog


def place_of(language: str, domain: str) -> Path:
    return HOME / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    """The catalogue as it lies there; an empty one for a new language."""
    path = place_of(language, domain)
    if path.exists():
        with path.open("rb") as file:
            return read_po(file, locale=language, domain=domain)
    return Catalog(language, domain, header_comment=f"# {domain}, {language}")


def updated(language: str, domain: str, template: Catalog) -> Catalog:
    """The catalogue with exactly the texts of `template`: none is guessed from a similar one."""
    catalog = read(language, domain)
    catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
    catalog.obsolete.clear()
    catalog.project, catalog.version, catalog.fuzzy = "Onsite", "1", False
    catalog.msgid_bugs_address = catalog.last_translator = catalog.language_team = "Onsite"
    catalog.header_comment = f"# What Onsite says, in {catalog.locale_identifier}; docs/languages.md."
    catalog.creation_date = catalog.revision_date = NEVER
    return catalog


def as_text(catalog: Catalog) -> bytes:
    written = BytesIO()
    write_po(written, catalog, width=100, include_lineno=False)
    return written.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """Without what is translated in part, for which gettext would say nothing at all."""
    for message in catalog:
        if message.id and not is_translated(message.string):
            message.string = ""
    written = BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def bring_up_to_date(languages: list[str]) -> Iterator[str]:
    """A line for each catalogue, which is written: how much of it is translated."""
    for domain in DOMAINS:
        template = extracted(domain)
        for language in languages:
            path = place_of(language, domain)
            path.parent.mkdir(parents=True, exist_ok=True)
            catalog = updated(language, domain, template)
            path.write_bytes(as_text(catalog))
            path.with_suffix(".mo").write_bytes(compiled(read(language, domain)))
            done = sum(1 for message in catalog if message.id and is_translated(message.string))
            yield f"{path.relative_to(HOME)}: {done} of {len(catalog)}"


def is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return all(string) if isinstance(string, tuple | list) else bool(string)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
    sys.path.insert(0, str(HOME))
    from django.conf import settings

    for line in bring_up_to_date([code for code, _name in settings.LANGUAGES if code != "en"]):
        print(line)
