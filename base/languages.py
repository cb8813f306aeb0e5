"""Which languages Onsite speaks, and which of them somebody is spoken to in.

Words come from the catalogues in `locale/`; how numbers and dates are written stands in `base/formats/`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation.trans_real import parse_accept_lang_header

Response = TypeVar("Response", bound=HttpResponse)


def offered() -> list[tuple[str, str]]:
    """The languages with a complete catalogue, each with its own name for itself."""
    return [(code, name) for code, name in settings.LANGUAGES if code in settings.COMPLETE_LANGUAGES]


def of_this_site() -> str:
    """What is spoken where nobody has chosen."""
    return settings.LANGUAGE_CODE


def preferred(request: HttpRequest) -> str:
    """The language that a browser likes best, by its `Accept-Language`, of those that are offered. What it
    gives no weight to, it does not want.
    """
    for tag, weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if weight and (language := tag.partition("-")[0]) in settings.COMPLETE_LANGUAGES:
            return language
    return of_this_site()


def active() -> str:
    """What is spoken right now."""
    return translation.get_language() or of_this_site()


def speak(language: str) -> None:
    """Go on in this language, if it is offered: empty, or no longer offered, changes nothing."""
    if language in settings.COMPLETE_LANGUAGES:
        translation.activate(language)


@contextmanager
def spoken(language: str) -> Iterator[None]:
    """What is said meanwhile is said in this language, if it is offered; else as before."""
    with translation.override(language if language in settings.COMPLETE_LANGUAGES else active()):
        yield


def answered_in(language: str, page: Callable[[], Response]) -> Response:
    """What `page` makes, `spoken` in this language, and saying so."""
    with spoken(language):
        response = page()
        response.headers["Content-Language"] = active()
    return response


def attributes() -> SafeString:
    """What a page says of its language in `<html>`."""
    language = active()
    return format_html('lang="{}" dir="{}"', language, "rtl" if is_right_to_left(language) else "ltr")


def called(language: str) -> str:
    """One of them, for those who speak it and those who do not: `German (Deutsch)`."""
    info = translation.get_language_info(language)
    name, own = info["name_translated"], dict(settings.LANGUAGES)[language]
    return name if name.casefold() == own.casefold() else f"{name} ({own})"


def is_right_to_left(language: str) -> bool:
    return bool(translation.get_language_info(language)["bidi"])
