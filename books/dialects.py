"""How a table is written so that a reader's spreadsheet takes it: its separator and its decimal sign."""

from dataclasses import dataclass

from django.conf import settings
from django.conf.locale import LANG_INFO
from django.http import HttpRequest
from django.utils.formats import get_format, iter_format_modules
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header


@dataclass(frozen=True)
class Dialect:
    """`key` asks for it in an address. With a byte order mark Excel knows UTF-8, which some programs do not
    expect. `language` is that of its words; empty: of whoever asks.
    """

    key: str
    name: str | Promise
    separator: str
    decimal: str
    has_mark: bool = True
    language: str = ""


POINT = Dialect("en", _("English spreadsheets: 1234.50"), ",", ".")
COMMA = Dialect("de", _("German, French, Spanish ...: 1234,50"), ";", ",")
SWISS = Dialect("de-ch", _("Swiss spreadsheets: 1234.50"), ";", ".")
PROGRAMS = Dialect("programs", _("Programs"), ",", ".", has_mark=False, language="en")
DIALECTS = (POINT, COMMA, SWISS, PROGRAMS)


def dialect_of(language: str) -> Dialect | None:
    """What spreadsheets in a language read, `fr` or `pt-br` for example; None for an unknown one."""
    language = language.lower()
    if language in ("de-ch", "it-ch"):
        return SWISS
    for known in (language, language.partition("-")[0]):
        if known in LANG_INFO:
            return COMMA if _decimal_sign(known) == "," else POINT
    return None


def _decimal_sign(language: str) -> str:
    """Ours of a language that we speak, Django's of others: Mexico has a point."""
    if language in settings.COMPLETE_LANGUAGES:
        return str(get_format("DECIMAL_SEPARATOR", language))
    modules = iter_format_modules(language, [])
    return next((m.DECIMAL_SEPARATOR for m in modules if hasattr(m, "DECIMAL_SEPARATOR")), ".")


def dialect_for(request: HttpRequest) -> Dialect:
    """The one that `?lang=` names, else that of the first known language of the reader's browser."""
    return dialect_named(request.GET.get("lang", ""), request)


def dialect_named(asked: str, request: HttpRequest) -> Dialect:
    """The one that is `asked` for, else that of the first known language of the reader's browser."""
    if asked == PROGRAMS.key:
        return PROGRAMS
    accepted = parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())
    found = (dialect_of(language) for language in (asked, *(language for language, _weight in accepted)))
    return next(filter(None, found), POINT)
