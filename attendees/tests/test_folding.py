"""Guests are found by the names they have, however these are typed."""

import unicodedata

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attendees.models import Attendee, validate_name
from attendees.search import find_guests
from base.tests.lives import examples
from orders.models import Order
from orders.sale import Guest, Line
from orders.tests.factories import sold_onsite
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db

SPELLINGS = {
    # a second surname, double names, names with prefixes
    ("Gabriel", "García Márquez"): ["garcia", "Márquez", "marquez gabriel", "GARCIA MARQUEZ", "gab mar"],
    ("Anna-Lena", "Müller-Lüdenscheidt"): ["lena", "annalena", "anna lena", "Ludenscheidt", "mueller lüd"],
    ("Vincent", "van der Berg"): ["berg", "van der b", "vanderberg", "der Berg Vincent", "v berg"],
    ("Jean\u2010Luc", "d\u2019Estaing"): ["jean-luc", "jean luc", "estaing", "d'estaing", "destaing"],
    # apostrophes of every kind
    ("Conan", "O\u2019Brien"): [
        *(f"O{mark}Brien" for mark in "'\u2018\u2019\u201b\u02bc\u02bb\u02b9\u2032\uff07`\u00b4\ua78c "),
        *("OBrien", "brien", "o brien conan"),
    ],
    ("Keoki", "Ka\u02bbiulani"): ["kaiulani", "ka'iulani"],
    # letters whose small form, or accent, databases do not know
    ("İbrahim", "Iş\u0131k"): [
        "İbrahim",
        "ibrahim",
        "IBRAHIM",
        "i\u0307brahim",
        "\u0131ş\u0131k",
        "isik",
    ],
    ("Ħal", "Straße"): ["ħal", "hal", "STRASSE", "strasse", "Straße", "straẞe"],
    ("Søren", "Ågård"): [
        "soren",
        "soeren",
        "SOEREN",
        "agard",
        "aagaard",
        "ågard",
        "Aagard",
    ],
    ("Łukasz", "Đorđević"): ["lukasz", "łukasz", "dordevic"],
    ("Miklós", "Szőlős"): ["szolos", "szőlős", "MIKLOS"],
    ("Björk", "Þór"): ["bjork", "bjoerk", "thor", "þór"],
    ("Jürgen", "Mueller"): ["müller", "mueller", "juergen", "jurgen mül"],
    ("\uff2a\uff4f\uff48\uff4e", "\uff24oe"): ["john", "John Doe", "\uff4aohn"],
    ("Nguyễn", "Văn Thành"): ["nguyen", "thanh", "van thanh nguyen"],
    ("Ægir", "Œuvre"): ["aegir", "oeuvre", "ægir"],
    # names of one letter, and scripts without blanks
    ("민준", "김"): [
        "김",
        "민",
        "김민준",
        "민준 김",
        "gim",
        "김 민준",
    ],
    ("伟", "张"): ["张", "伟", "张伟", "zhang", "wei zhang", "张\u3000伟"],
    ("", "山田太郎"): ["山", "太郎", "山田"],
    ("ｶ\uff9eｸ", ""): ["ガク", "ガ", "gaku"],
    ("\u0406ван", "Ёлкин"): [
        "ёлкин",
        "елкин",
        "\u0406\u0412",
        "elkin",
    ],
    ("Γιάννης", ""): [
        "\u03b3ιαννησ",
        "ΓΙΑΝΝΗΣ",
        "giannis",
    ],
    ("أحمد", "علی"): [
        "احمد",
        "أح\u0640مد",
        "علي",
        "ع",
    ],
    ("अन\u093fल", "க\u0bc1ம\u0bbeர\u0bcd"): [
        "अ",
        "अन\u093fल",
        "anil",
    ],
    # one letter is a whole word where a script knows no such names
    ("X", "Æ"): ["x", "X Æ", "æ x"],
    ("J.R.R.", "Tolkien"): ["J.R.R. Tolkien", "jrr", "j tolk"],
    ("\U0001f389", "?"): ["\U0001f389", "?"],
}
NOBODY = ["m", "ø", "\u03b3", "и", "7", "%%", "__", "'", "zhangg", "brian", "nn", "李"]


@pytest.fixture
def sell(event):
    ticket = TicketFactory(event=event, quantity=None)

    def sell(*guests):
        lines = [Line(ticket.pk, len(guests), guests=guests)]
        order = sold_onsite(event=event, lines=lines, status="completed")
        Order.objects.filter(pk=order.pk).update(identifier=f"99{order.pk:06}")  # as nobody is called
        return list(order.attendees.order_by("pk"))

    return sell


def names(found):
    return [(guest.firstname, guest.lastname) for guest in found]


def test_every_usual_spelling_finds_the_guest(event, sell):
    sell(*(Guest(first, last) for first, last in SPELLINGS))
    wrong = [
        (name, typed)
        for name, spellings in SPELLINGS.items()
        for typed in (*spellings, " ".join(name))
        if name not in names(find_guests(event, typed))
    ]
    assert wrong == []
    assert [(typed, names(found)) for typed in NOBODY if (found := find_guests(event, typed))] == []


def is_name(text):
    try:
        validate_name(text)
    except Exception:
        return False
    bare = [letter for letter in text if unicodedata.category(letter)[0] not in "MCZ"]
    return bool(bare) and text == text.strip() and unicodedata.is_normalized("NFKC", " ".join(bare))


LETTERS = st.characters(codec="utf-8", categories=["L", "N", "Mn", "Zs", "Po", "Pd", "So"])
USUAL = st.sampled_from("aeiouüöäåøßİ\u0131Ħł -'\u2019.张김ЖΩ")
NAME = st.text(st.one_of(USUAL, LETTERS), min_size=1, max_size=20).filter(is_name)
WAYS = (
    str,
    str.upper,
    str.lower,
    lambda text: unicodedata.normalize("NFC", text),
    lambda text: unicodedata.normalize("NFD", text),
)


@settings(max_examples=examples(60), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=NAME, last=st.one_of(st.just(""), NAME))
def test_what_is_typed_as_it_is_stored_finds_the_guest(event, sell, first, last):
    (guest,) = sell(Guest(first, last))
    words = [word for word in f"{first} {last}".split() if is_name(word)]
    for text in {first, last, guest.full_name, f"{last} {first}", *words} - {""}:
        for way in WAYS:
            found = [one.pk for one in find_guests(event, way(text), limit=1000)]
            assert guest.pk in found, (way(text), Attendee.objects.get(pk=guest.pk).words.values_list("word"))
