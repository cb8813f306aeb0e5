"""Tables in the reader's language: what is written is read back by a spreadsheet of that language."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import get_resolver
from hypothesis import given
from hypothesis import strategies as st

from books.dialects import COMMA, DIALECTS, POINT, PROGRAMS, SWISS, dialect_of
from books.spreadsheets import written

SIGNS = "=+-@＝＋－＠"
MARK = b"\xef\xbb\xbf"
LANGUAGES = {
    POINT: ["en", "en-GB", "en-us", "ja", "zh-hans", "ko", "th", "es-mx", "he"],
    COMMA: ["de", "de-AT", "fr", "fr-ca", "es", "it", "nl", "pt-br", "pl", "ru", "sv", "tr", "cs"],
    SWISS: ["de-CH", "it-ch"],
}


def read(file, dialect):
    text = io.StringIO(file.decode("utf-8-sig"), newline="")
    return list(csv.reader(text, delimiter=dialect.separator))


def number(cell, dialect):
    return Decimal(cell.replace(dialect.decimal, "."))


@pytest.mark.parametrize(
    ("dialect", "language"), [(dialect, name) for dialect, names in LANGUAGES.items() for name in names]
)
def test_language_has_its_dialect(dialect, language):
    assert dialect_of(language) is dialect


@pytest.mark.parametrize("name", ["", "xx", "../de", "\0", "d" * 5000, "programs"])
def test_unknown_language_has_none(name):
    assert dialect_of(name) is None


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.key)
class TestWritten:
    @given(
        amounts=st.lists(st.decimals(allow_nan=False, allow_infinity=False, places=2), min_size=1),
        quantity=st.integers(),
        text=st.text(st.characters(codec="utf-8", exclude_characters="\r\n")),
    )
    def test_is_read_back(self, dialect, amounts, quantity, text):
        file = written([(text, quantity, *amounts)], dialect)
        ((shown, counted, *sums),) = read(file, dialect)
        assert (int(counted), [number(cell, dialect) for cell in sums]) == (quantity, amounts)
        assert shown.replace("'", "") == text.replace("'", "")

    def test_says_utf_8_with_a_mark_but_to_programs(self, dialect):
        assert written([("Ä",)], dialect) == (b"" if dialect is PROGRAMS else MARK) + "Ä\r\n".encode()

    def test_number_below_zero_stays_one(self, dialect):
        (row,) = read(written([(Decimal("-1234.50"), -3)], dialect), dialect)
        assert row == [f"-1234{dialect.decimal}50", "-3"]

    @pytest.mark.parametrize("text", ["-5,00", "-5.00", "+49 30", "=1+1", "@SUM(1)", "\t=1", "a;=1", "a,-1"])
    def test_text_like_a_formula_is_harmless_in_every_dialect(self, dialect, text):
        file = written([(text, f"x {text}")], dialect)
        for reader in DIALECTS:
            cells = [cell for row in read(file, reader) for cell in row]
            assert not [cell for cell in cells if cell.strip(" \t").startswith(tuple(SIGNS))]


@pytest.mark.django_db
class TestDownload:
    @pytest.fixture
    def totals(self, client, event, organizer):
        client.force_login(organizer)
        return lambda path="totals.csv", accept="", **query: client.get(
            f"/till/{event.identifier}/{path}", query, headers={"Accept-Language": accept}
        )

    @pytest.mark.parametrize(
        ("accept", "dialect", "heading"),
        [
            ("", POINT, "business day"),
            ("de-DE,de;q=0.9,en;q=0.8", COMMA, "Geschäftstag"),
            ("en-US,en;q=0.9,de;q=0.8", POINT, "business day"),
            ("de-CH,de;q=0.9", SWISS, "Geschäftstag"),
            ("xx, fr;q=0.5", COMMA, "journée comptable"),
            ("*", POINT, "business day"),
            ("\0;;;q=x", POINT, "business day"),
        ],
    )
    def test_suits_the_browsers_language(self, totals, accept, dialect, heading):
        file = totals(accept=accept).content
        assert file.startswith(MARK + heading.encode() + dialect.separator.encode())
        assert f'value="{dialect.key}" selected' in totals("totals/", accept).content.decode()

    @pytest.mark.parametrize(
        ("lang", "dialect", "heading"),
        [
            ("en", POINT, "Geschäftstag"),
            ("fr", COMMA, "Geschäftstag"),
            ("programs", PROGRAMS, "business day"),
        ],
    )
    def test_is_what_was_chosen(self, totals, lang, dialect, heading):
        file = totals(accept="de-CH", lang=lang)
        assert file.content.startswith(MARK) == dialect.has_mark
        assert f"{heading}{dialect.separator}" in file.content.decode()
        assert file["Content-Language"] == ("en" if lang == "programs" else "de")

    def test_of_an_unknown_language_suits_the_browser(self, totals):
        assert "Geschäftstag;".encode() in totals(accept="de", lang="nonsense").content

    def test_every_choice_is_one(self, totals):
        page = totals("totals/").content.decode()
        for dialect in DIALECTS:
            assert f'<option value="{dialect.key}"' in page
            assert totals(lang=dialect.key).content == written(
                [["business day", "section", "item", "detail", "quantity", "amount"]], dialect
            )

    def test_every_table_of_the_product_has_them(self):
        """All addresses of tables, so that a new one is not forgotten."""
        tables = {name for name in get_resolver().reverse_dict if isinstance(name, str) and "csv" in name}
        assert tables == {"shift-report-csv", "totals-csv", "event-night-csv"}
