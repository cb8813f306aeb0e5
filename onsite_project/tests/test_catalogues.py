"""Every word that people read comes from a catalogue, and each language that is offered has all of them."""

import re
from string import Formatter

import pytest
from babel.messages.plurals import get_plural
from django.conf import settings

from onsite_project.tests import untranslated
from tools import messages

OTHERS = [code for code, _name in settings.LANGUAGES if code != "en"]
COMPLETE = [code for code in settings.COMPLETE_LANGUAGES if code != "en"]
PERCENT = re.compile(r"%%|%(?:\(\w+\))?[sdr]")

# Names of things, and what no person reads.
NO_WORDS = {
    ("attendees/models.py", "Place.ADDRESS"),
    ("attendees/models.py", "Place.FIRST"),
    ("attendees/models.py", "Place.LAST"),
    ("exports/models.py", "Format.CSV"),
    ("exports/models.py", "Format.XLSX"),
    ("templates/exports/exports.html", "CSV"),
    ("templates/exports/exports.html", "Excel"),
    ("templates/home/printer.html", "ÄÖÜ ßéñ Ωж 漢字 שלום"),
    ("static/onsite/common/api.js", "a redirect"),
    ("static/onsite/door/store.js", "not a list"),
    ("static/onsite/door/store.js", "not now"),
    ("static/onsite/door/store.js", "too late"),
    ("static/onsite/till/panels/paying.js", "typed problem missing"),
    ("static/onsite/till/tiles.js", "tile long"),
    ("static/onsite/till/tiles.js", "tile long longer"),
}


@pytest.fixture(scope="module")
def said():
    """Of each domain, what has to be translated."""
    return {domain: messages.extracted(domain) for domain in messages.DOMAINS}


def entries(catalog):
    return [message for message in catalog if message.id]


def texts(value):
    return [value] if isinstance(value, str) else list(value or [""])


def placeholders(text):
    braces = [] if PERCENT.search(text) else [name for _text, name, *_more in Formatter().parse(text) if name]
    return set(PERCENT.findall(text)) | {*braces}


def keys(catalog):
    return {(message.context, message.id) for message in entries(catalog)}


@pytest.mark.parametrize("domain", messages.DOMAINS)
@pytest.mark.parametrize("language", COMPLETE)
def test_a_language_that_is_offered_has_exactly_the_texts_of_the_code(said, language, domain):
    catalog = messages.read(language, domain)
    assert keys(said[domain]) - keys(catalog) == set()
    assert keys(catalog) - keys(said[domain]) == set()


@pytest.mark.parametrize("domain", messages.DOMAINS)
@pytest.mark.parametrize("language", COMPLETE)
def test_a_language_that_is_offered_lacks_no_translation(language, domain):
    catalog = messages.read(language, domain)
    assert catalog.num_plurals == get_plural(language).num_plurals
    for message in entries(catalog):
        assert messages.is_translated(message.string), message.id
        assert not message.fuzzy, message.id
        if isinstance(message.id, tuple):
            assert len(message.string) == catalog.num_plurals, message.id


@pytest.mark.parametrize("domain", messages.DOMAINS)
@pytest.mark.parametrize("language", OTHERS)
def test_what_is_translated_fills_in_what_the_english_does(language, domain):
    """A form for one or two may leave the number out, as English may: "in the last minute"."""
    for message in entries(messages.read(language, domain)):
        wanted = set().union(*(placeholders(text) for text in texts(message.id)))
        for text in filter(None, texts(message.string)):
            missing = wanted - placeholders(text)
            assert placeholders(text) <= wanted, text
            assert not missing or (isinstance(message.id, tuple) and len(missing) == 1), text
            assert text.startswith(" ") == texts(message.id)[0].startswith(" "), text


@pytest.mark.parametrize("domain", messages.DOMAINS)
@pytest.mark.parametrize("language", OTHERS)
def test_what_is_compiled_is_what_stands_in_the_catalogue(language, domain):
    compiled = messages.place_of(language, domain).with_suffix(".mo").read_bytes()
    assert compiled == messages.compiled(messages.read(language, domain)), "run make messages"


def test_nothing_is_told_in_words_that_cannot_be_translated():
    assert set(untranslated.found()) == NO_WORDS


@pytest.mark.parametrize(
    "template",
    [
        "<p>Sold out</p>",
        '<p title="Sold out">{{ left }}</p>',
        '<input type="submit" value="Sell">',
        '<button aria-label="Sell">{% translate "x" %}</button>',
        '<input placeholder="Name">',
        '{% include "x.html" with title="Sold out" %}',
    ],
)
def test_untranslated_words_of_a_template_are_found(template):
    assert list(untranslated.in_template(template))


@pytest.mark.parametrize(
    "template",
    [
        '<p>{% translate "Sold out" %}</p>',
        "<p>{% blocktranslate %}{{ n }} are sold{% endblocktranslate %}</p>",
        '<input type="hidden" value="Sell">',
        "{# A comment #}<p class='sold out'>{{ order.identifier }} ×</p>",
        '{% include "x.html" with title=_("Sold out") %}',
    ],
)
def test_translated_words_of_a_template_are_no_finding(template):
    assert not list(untranslated.in_template(template))


@pytest.mark.parametrize(
    "code",
    [
        'raise Conflict.of("gone", "It is gone.")',
        'raise Conflict.of("gone", f"{ticket} is gone.")',
        'raise Conflict.of("gone", "%s is gone." % ticket)',
        'raise ValidationError("Type a number.")',
        'Problem("gone", "It is gone.")',
        'name = models.CharField(verbose_name="name")',
        'label = "Name"',
        'messages.success(request, "Saved.")',
        'class State(models.TextChoices):\n    OPEN = "open"',
        'class State(models.TextChoices):\n    OPEN = "open", "open"',
    ],
)
def test_untranslated_words_of_python_are_found(code):
    assert list(untranslated.in_python(code))


@pytest.mark.parametrize(
    "code",
    [
        'raise Conflict.of("gone", _("%s is gone.") % ticket)',
        'name = models.CharField(verbose_name=_("name"))',
        'logger.error("It is %s", gone)',
        'class State(models.TextChoices):\n    OPEN = "open", _("open")',
        'from rest_framework import serializers\nname = serializers.CharField(help_text="For programmers")',
    ],
)
def test_translated_words_of_python_are_no_finding(code):
    assert not list(untranslated.in_python(code))


@pytest.mark.parametrize(
    "script", ['h("p", {}, "Sold out")', 'place.textContent = "Sold";', "place.title = `${n} are sold`;"]
)
def test_untranslated_words_of_a_script_are_found(script):
    assert list(untranslated.in_script(script))


@pytest.mark.parametrize(
    "script",
    [
        'h("p", { class: "muted what" }, gettext("Sold out"))',
        'ngettext(\n  "%(n)s is sold",\n  "%(n)s are sold",\n  n,\n)',
        'if (event.key === "Enter") go(); // Sold out',
    ],
)
def test_translated_words_of_a_script_are_no_finding(script):
    assert not list(untranslated.in_script(script))
