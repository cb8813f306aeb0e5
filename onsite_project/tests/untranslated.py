"""What people are told without gettext: in templates, in Python, in scripts."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from django.conf import settings

HOME = Path(settings.BASE_DIR)
LEFT_OUT = {*("tests", "tools", "benchmarks", "faults", "js_tests", "docs", "locale")} | {
    *("vendor", "fonts", "migrations", "demo", "staticfiles"),
}
WORD = re.compile(r"[^\W\d_]{2,}")

# --- templates ------------------------------------------------------------------------------------

BLOCK = re.compile(r"\{% *blocktrans(?:late)?\b.*?%\}.*?\{% *endblocktrans(?:late)? *%\}", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}|\{% *comment.*?endcomment *%\}", re.DOTALL)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
# A literal that a tag hands on to another template, as `{% include "x.html" with title="Sold" %}` does.
HANDED = re.compile(
    r"""\{% *(?:include|with|firstof|cycle)\b[^%]*?[ =]("(?![\w/.-]+")[^"]*"|"[A-Z][a-z]+")"""
)
SEEN = {"title", "alt", "placeholder", "aria-label", "label"}
SILENT = {"script", "style", "code", "kbd"}


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside.append(tag) if tag in SILENT else None
        told = SEEN | ({"value"} if dict(attrs).get("type") in ("submit", "button", "reset") else set())
        self.found += [value for name, value in attrs if name in told and value and WORD.search(value)]

    def handle_endtag(self, tag: str) -> None:
        if tag in self.inside:
            self.inside.remove(tag)

    def handle_data(self, data: str) -> None:
        if not self.inside and WORD.search(data):
            self.found.append(" ".join(data.split()))


def in_template(text: str) -> Iterator[str]:
    """What a template says in words of its own."""
    text = COMMENT.sub("", BLOCK.sub("", text))
    yield from HANDED.findall(text)
    parser = _Texts()
    parser.feed(TAG.sub("", text))
    yield from parser.found


# --- Python ---------------------------------------------------------------------------------------

TOLD = {
    *("label", "help_text", "verbose_name", "verbose_name_plural", "description", "short_description"),
    *("violation_error_message", "empty_label", "none_yet", "detail", "subject"),
}
# The OpenAPI document is written in English, for programmers; these say what is in it.
API = re.compile(r"^from (?:rest_framework|drf_spectacular|django_filters|base\.api)\b", re.MULTILINE)
OF_API = {"help_text", "description", "label"}
# Calls of which an argument is read by people: at which place it stands.
CALLS = {
    **dict.fromkeys(["of", "Problem", "add_error"], 1),
    **dict.fromkeys(["ValidationError", "AuthenticationFailed", "ParseError", "PermissionDenied"], 0),
    **dict.fromkeys(["success", "error", "warning", "info"], 1),  # of django.contrib.messages
}
CHOICES = {"TextChoices", "IntegerChoices"}


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _words(node: ast.expr) -> Iterator[str]:
    """The texts that stand in an expression, but for what is handed to a function."""
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str) and WORD.search(node.value):
            yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield from (text for part in node.values for text in _words(part))
    elif isinstance(node, ast.BinOp):
        yield from _words(node.left)
    elif isinstance(node, ast.IfExp):
        yield from (*_words(node.body), *_words(node.orelse))


def _of_call(call: ast.Call, told: set[str]) -> Iterator[str]:
    name = _name(call.func)
    for keyword in call.keywords:
        if keyword.arg in told:
            yield from _words(keyword.value)
    if name in ("success", "error", "warning", "info") and not (
        isinstance(call.func, ast.Attribute) and _name(call.func.value) == "messages"
    ):
        return  # a log's
    place = CALLS.get(name)
    if place is not None and len(call.args) > place:
        yield from _words(call.args[place])


def _of_choices(node: ast.ClassDef) -> Iterator[str]:
    """A choice without a label of its own is called by its name, in English."""
    if not CHOICES & {_name(base) for base in node.bases}:
        return
    for line in node.body:
        if isinstance(line, ast.Assign) and isinstance(line.targets[0], ast.Name):
            parts = line.value.elts if isinstance(line.value, ast.Tuple) else [line.value]
            if len(parts) < 2 or any(True for _text in _words(parts[-1])):
                yield f"{node.name}.{line.targets[0].id}"


def in_python(source: str) -> Iterator[str]:
    """What Python code tells people in words of its own."""
    told = TOLD - OF_API if API.search(source) else TOLD
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield from _of_call(node, told)
        elif isinstance(node, ast.ClassDef):
            yield from _of_choices(node)
        elif isinstance(node, ast.Assign) and any(_name(target) in told for target in node.targets):
            yield from _words(node.value)


# --- scripts --------------------------------------------------------------------------------------

JS_COMMENT = re.compile(r"/\*.*?\*/|(?<![:\"'`])//[^\n]*", re.DOTALL)
JS_TRANSLATED = re.compile(r"""n?gettext\(\s*(?:(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'),?\s*)+""")
# Classes, and keys and headers by the names that browsers have for them.
JS_NAMES = re.compile(
    r"""class(?:Name)?: *[^,}\n]*?["`][^"`]*["`]"""
    r"""|["`](?:[A-Z][a-z]+(?:-[A-Z][a-z]+)+|Enter|Esc|Escape|Tab|Backspace|AltGraph|Digit|Date)["`]"""
    r"""|["`]\w+(?:Error|Detector|Channel)["`]"""
)
# A literal that has a capital and small letters, or several words.
JS_SAID = re.compile(r"""["`]((?:\$\{[^}]*\} )?(?:[A-Z][a-z]+|[A-Za-z]+ [a-z])[^"`]*)["`]""")


def in_script(source: str) -> Iterator[str]:
    """What a script may tell people in words of its own."""
    source = JS_TRANSLATED.sub("gettext(", JS_COMMENT.sub("", source))
    yield from JS_SAID.findall(JS_NAMES.sub("", source))


FINDERS = {".html": in_template, ".txt": in_template, ".py": in_python, ".js": in_script}


def files() -> Iterator[Path]:
    """Where people are told something."""
    for folder in sorted(HOME.iterdir()):
        if folder.is_dir() and not folder.name.startswith(".") and folder.name not in LEFT_OUT:
            for path in sorted(folder.rglob("*")):
                if path.suffix in FINDERS and not LEFT_OUT & {*path.relative_to(HOME).parts}:
                    yield path


def found() -> Iterator[tuple[str, str]]:
    """Each file with what it says untranslated."""
    for path in files():
        for text in FINDERS[path.suffix](path.read_text()):
            yield path.relative_to(HOME).as_posix(), text
