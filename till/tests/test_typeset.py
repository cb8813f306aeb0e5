"""Text on paper: every script is shaped, ordered and cut; what no font has is a box, and the log says so."""

import logging
import re

import pytest
from fpdf.enums import TextDirection
from hypothesis import given
from hypothesis import strategies as st

from till import fonts, typeset
from till.typeset import FSI, PDI, isolated, printable, runs

NAMES = ["Ángström Ñandú", "Ειρήνη", "Олена", "שרה כהן", "سارة", "王小明", "🎭 Zoë", "a\u202eb\u200b", "<b>&"]
SCRIPTS = {
    "HAN": "王小明",
    "HIRAGANA": "さくら",
    "HANGUL": "김민수",
    "THAI": "น้ำฝน",
    "DEVANAGARI": "क्षत्रिय",
}


@pytest.fixture
def ours_alone(settings):
    """As on a machine without other fonts."""
    settings.PDF_FONTS = []
    fonts.tell_missing.cache_clear()


@pytest.fixture
def sheets():
    sheets = typeset.Sheets()
    sheets.add_page()
    yield sheets
    sheets.output()  # closes the fonts


def needs(text):
    if fonts.font_for(text) is None:
        pytest.skip(f"no font here has {text}: apt-get install fonts-noto-core fonts-noto-cjk")


def seen(line, base=TextDirection.LTR):
    """The letters from left to right."""
    return "".join(run.text[::-1] if run.is_rtl else run.text for run in runs(line, base))


def glyphs(sheets, text):
    return [glyph for run in runs(text, TextDirection.LTR) for glyph in sheets._glyphs(run)]


class TestDirection:
    @pytest.mark.parametrize(
        ("line", "shown"),
        [
            ("Ana", "Ana"),
            ("שרה", "הרש"),
            ("سارة", "ةراس"),
            ("Ana שרה Bo", "Ana הרש Bo"),
            ("שרה 12 כהן", "ןהכ 12 הרש"),
            ("שרה (כהן)", ")ןהכ( הרש"),  # and the font mirrors what is read from right to left
        ],
    )
    def test_hebrew_and_arabic_run_from_right_to_left(self, line, shown):
        base = TextDirection.LTR if line[0] == "A" else TextDirection.RTL
        assert seen(line, base) == shown

    def test_name_in_a_line_turns_nothing_round(self):
        for name in ("سارة", "سارة (VIP) 12", f"a{PDI}سارة{FSI}"):
            line = f"2 × {isolated(name)} · 20.00 EUR"
            shown = seen(line)
            assert shown.startswith("2 × ")
            assert shown.endswith(" · 20.00 EUR")
            assert not {FSI, PDI} & {*shown}

    def test_brackets_are_mirrored(self, sheets):
        (opening, *_letters, closing) = glyphs(sheets, "(א)")
        assert (opening.code, closing.code) == tuple(glyph.code for glyph in glyphs(sheets, "()"))[:2]

    def test_first_direction_holds_for_every_line(self, sheets):
        text = f"2 × {isolated('سارة ' * 20)} · x"
        written = []
        sheets._write = lambda x, y, line, size, base: written.append(base)
        sheets.put(10, 10, 40, text, 12, most=9)
        assert len(written) > 2
        assert {*written} == {TextDirection.LTR}


class TestShaping:
    def test_arabic_letters_join(self, sheets):
        joined = {glyph.code for glyph in glyphs(sheets, "ببب")}
        alone = {glyph.code for glyph in glyphs(sheets, "ب")}
        assert len(joined) == 3
        assert not joined & alone

    def test_vowels_stand_on_their_letter_and_part_no_word(self, sheets):
        (run,) = runs("مُحَمَّد", TextDirection.RTL)
        drawn = sheets._glyphs(run)
        assert {glyph.advance for glyph in drawn} > {0}
        bare = sum(glyph.advance for glyph in glyphs(sheets, "محمد"))
        assert sum(glyph.advance for glyph in drawn) == bare

    def test_word_with_one_letter_of_another_font_is_drawn_in_that(self):
        needs("بھٹوے")
        assert {run.font for run in runs("بھٹوے", TextDirection.RTL)} == {fonts.font_for("بھٹوے")}

    def test_plain_letters_cost_no_shaping(self):
        for line in ("Ana Silva", "Ειρήνη Олена Nguyễn Thị", f"2 × {isolated('Adult')} · 20.00 EUR"):
            assert [run.is_shaped for run in runs(line, TextDirection.LTR)] == [False]
        assert any(run.is_shaped for run in runs("B\u0303", TextDirection.LTR))

    @pytest.mark.parametrize("script", SCRIPTS)
    def test_script_is_drawn_with_a_font_of_the_machine(self, sheets, script):
        text = SCRIPTS[script]
        needs(text)
        assert printable(text) == text
        (run,) = runs(text, TextDirection.LTR)
        assert run.font != fonts.OURS
        assert sheets.width(text, 12) > 0
        sheets.put(10, 10, 40, text, 12)

    def test_marks_are_part_of_their_letter_in_a_cut_line(self, sheets):
        assert list(typeset.clusters("กำ B\u0303a")) == ["ก", "ำ", " ", "B\u0303", "a"]
        for name in ("שָׁלוֹם" * 9, "B\u0303" * 40):
            (line,) = sheets.fit(name, 20, 12, most=1)
            assert [*typeset.clusters(name)][: len([*typeset.clusters(line[:-1])])] == [
                *typeset.clusters(line[:-1])
            ]


class TestLines:
    @pytest.mark.parametrize("name", [*NAMES, "W" * 300, "many words " * 30, "سارة علي " * 20, "", " "])
    def test_fit_their_width(self, sheets, name):
        lines = sheets.fit(name, 40, 12, most=2)
        assert len(lines) <= 2
        assert all(sheets.width(line, 12) <= 40.01 for line in lines)

    def test_keep_every_word_that_fits(self, sheets):
        text = "one two three four five six seven"
        assert " ".join(sheets.fit(text, 30, 12, most=9)) == text
        assert "".join(sheets.fit("W" * 30, 30, 12, most=9)) == "W" * 30

    def test_say_that_something_is_cut(self, sheets):
        first, second = sheets.fit("many words " * 30, 40, 12, most=2)
        assert first[-1] != "…"
        assert second[-1] == "…"


class TestPrintable:
    @given(st.text())
    def test_is_one_line_that_can_be_shown(self, text):
        shown = printable(text)
        assert "\n" not in shown
        assert all(fonts.font_for(letter) or letter in (FSI, PDI) for letter in shown)

    def test_of_all_kinds_is_drawn(self, sheets):
        @given(st.text())
        def draw(text):
            assert sheets.put(10, 10, 40, text, 12) >= 10

        draw()

    def test_what_no_font_has_becomes_a_box(self, ours_alone):
        assert printable("王 A\u202eB\u0301\n 𝐂") == "□ AB́ C"

    def test_log_tells_once_what_is_missing(self, ours_alone, caplog):
        with caplog.at_level(logging.WARNING, "till.fonts"):
            for name in ("王小明", "王 さくら", "王小明"):
                printable(name)
        assert [record.args for record in caplog.records] == [("HAN",), ("HIRAGANA",)]
        assert "PDF_FONTS" in caplog.text

    def test_what_joins_or_parts_letters_stays(self):
        assert printable("می\u200cخواهم") == "می\u200cخواهم"


class TestFonts:
    def test_are_named_by_files_patterns_and_numbers(self, settings, tmp_path):
        copy = tmp_path / "two.ttf"
        copy.write_bytes(fonts.OURS.path.read_bytes())
        (tmp_path / "none.ttf").write_text("no font at all")
        settings.PDF_FONTS = [str(tmp_path / "*.ttf"), f"{copy}#0", str(tmp_path / "absent.ttc#2")]
        named = fonts._named(tuple(settings.PDF_FONTS))
        assert [(font.path.name, font.number) for font in named] == [("none.ttf", 0), ("two.ttf", 0)]
        assert not named[0].letters
        assert named[1].has("Ana")
        assert fonts.font_for("Ana") == fonts.OURS

    def test_one_of_a_collection_is_drawn(self, settings, sheets):
        needs("王")
        font = fonts.font_for("王")
        if font.path.suffix != ".ttc":
            pytest.skip("no collection here has 王: apt-get install fonts-noto-cjk")
        settings.PDF_FONTS = [f"{font.path}#1"]
        assert fonts.font_for("王").number == 1
        sheets.put(10, 10, 40, "王小明", 12)


def placed(mirrored, align):
    """Where a text begins that is put 10 mm from the edge, in a column of 50 mm; and where one would end."""
    sheets = typeset.Sheets(mirrored=mirrored)
    sheets.set_compression(False)
    sheets.add_page()
    sheets.put(10, 20, 50, "Adult", 10, align=align)
    wide, page = sheets.width("Adult", 10), sheets.w
    left = float(re.search(rb"1 0 0 1 ([\d.]+) [\d.]+ Tm", bytes(sheets.output()))[1]) / sheets.k
    return left, page - left - wide


@pytest.mark.parametrize(("align", "other"), [("L", "R"), ("R", "L")])
def test_what_stands_on_the_left_stands_on_the_right_of_a_mirrored_page(align, other):
    left, right = placed(False, align)
    assert placed(True, align) == pytest.approx((right, left), abs=0.01)
    assert placed(True, other) != pytest.approx((right, left), abs=0.01)
