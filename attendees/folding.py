"""Names as the words they are looked up by.

One fold for what is stored and for what is typed, made here: each database folds letters in a way of its
own, and none knows that `Müller` is also written `Mueller`. Words keep their script, and are found in Latin
letters too. What the fold makes is stored: whoever changes it, or the version of `anyascii`, fills the table
of words anew (a migration like `0005`).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from anyascii import anyascii

LONGEST = 64  # letters of a word that are kept and compared
MOST_WORDS = 8  # of what is typed: the longest ones find few enough
# Vowels with an umlaut, and what else is written with two letters where there is no such key. Decomposed.
UMLAUT = re.compile("[aou]\u0308|a\u030a|ø")
IN_TWO = {"a\u030a": "aa", "ø": "oe"}
MOST_UMLAUTS = 3  # of a word, each written in one letter or two; with more, all of them alike
# Accents of Latin, Greek and Cyrillic letters, points of Hebrew and Arabic ones, the Arabic letters'
# stretcher. Not those of scripts that write vowels so.
ACCENTS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
# Letters by their category, apostrophes by what they stand for.
APOSTROPHES = frozenset(map(chr, (*range(0x02B9, 0x02C2), *range(0x02C8, 0x02D0), 0x02EE, 0xA78B, 0xA78C)))
# The Persian keyboard's, where the Arabic one has letters of the same name.
ARABIC = {"ی": "ي", "ى": "ي", "ک": "ك"}
OF_HANDLES = frozenset("_%")  # no two names are joined by them
# Scripts that put no blank between family and given name.
UNSPACED = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]"
)
MOST_UNSPACED = 16  # such letters at each of which a name may begin


@dataclass(frozen=True)
class Typed:
    """One word that was typed: a guest's word begins with one of its `forms`, or is one if it is `whole`."""

    forms: tuple[str, ...]
    whole: bool


def stored_words(first: str, last: str) -> set[str]:
    """The words by which a guest of that name is found: its parts, joined and apart, in each usual spelling;
    none for who has no name.
    """
    words: set[str] = set()
    for name in (first, last):
        tokens = [(token, _parts(token)) for token in name.split()]
        for token, parts in tokens:
            words |= _all_forms(_apart(parts)) if parts else {_symbols(token)}
        words |= _forms("".join(part for _token, parts in tokens for part in parts))
    words |= {word for name in (last + first, first + last) for word in _unspaced("".join(name.split()))}
    words |= {_ascii(word) for word in words}
    return {cut for word in words if (cut := word[:LONGEST])}


def _apart(parts: list[str]) -> Iterator[str]:
    """What an apostrophe or a hyphen joins, and each side of it that is more than a letter: the O of an
    O'Hara is no name.
    """
    yield "".join(parts)
    yield from (part for part in parts if not _is_short(part))


def readings(text: str) -> list[list[Typed]]:
    """The ways to understand what was typed, each as words that a guest must all have: apart at hyphens and
    apostrophes, joined there, joined altogether. None if it is too little to look for.
    """
    tokens = [_parts(token.replace(".", "")) for token in text.split()]  # a dot without a blank: initials
    parts = [part for of_token in tokens for part in of_token]
    if not parts:
        return [[Typed((_symbols(token)[:LONGEST],), whole=False)] for token in text.split()[:1]]
    ways = [parts, ["".join(of_token) for of_token in tokens if of_token]]
    if all(map(_is_short, parts)):
        return [_typed(parts, whole=True), *([_typed(ways[1], whole=False)] if _joins(tokens) else [])]
    ways.append(["".join(parts)])
    return [_typed(way, whole=False) for way in _once(ways)]


def _joins(tokens: Iterable[list[str]]) -> bool:
    """Whether a hyphen, an apostrophe or a dot stands between letters."""
    return any(len(of_token) > 1 for of_token in tokens)


def _once(ways: Iterable[list[str]]) -> list[list[str]]:
    return [list(way) for way in dict.fromkeys(map(tuple, ways))]


def _typed(parts: Iterable[str], *, whole: bool) -> list[Typed]:
    """The longest first: few guests share it. Without those that another one asks for anyway."""
    words: list[tuple[str, ...]] = []
    for part in sorted(set(parts), key=lambda part: (-len(part), part)):
        forms = {form[:LONGEST] for form in _forms(part) if form}
        if not whole:
            forms = {form for form in forms if not any(form != o and form.startswith(o) for o in forms)}
        if forms and not (not whole and any(_asked(forms, other) for other in words)):
            words.append(tuple(sorted(forms)))
    return [Typed(forms, whole) for forms in words[:MOST_WORDS]]


def _asked(forms: Iterable[str], longer: Iterable[str]) -> bool:
    """Whether every word that begins like `longer` begins like one of `forms`, too."""
    return all(any(one.startswith(form) for form in forms) for one in longer)


def folded_address(address: str) -> str:
    """An e-mail address as it is compared: whole, in small letters. No name has a blank in front."""
    return " " + _decomposed(address.strip())


def _decomposed(text: str) -> str:
    """Small letters with their accents apart, and without what only looks different: full width,
    ligatures.
    """
    for _twice in range(2):  # some small letters fall apart into capitals
        text = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKD", text)


def _parts(token: str) -> list[str]:
    """The runs of letters and digits, decomposed."""
    return "".join(letter if _is_letter(letter) else " " for letter in _decomposed(token)).split()


def _symbols(token: str) -> str:
    """What has neither letter nor digit is a word as it is."""
    return unicodedata.normalize("NFC", "".join(_decomposed(token).split()))


@lru_cache(maxsize=4096)
def _is_letter(letter: str) -> bool:
    """Whether it belongs to a word, and does not stand between two."""
    if letter.isalnum() or letter in OF_HANDLES:
        return letter not in APOSTROPHES
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "So")


def _all_forms(parts: Iterable[str]) -> set[str]:
    return {form for part in parts for form in _forms(part)}


def _forms(part: str) -> set[str]:
    """The usual spellings of a decomposed word."""
    found = UMLAUT.findall(part)
    if not found:
        return {_without_accents(part)}
    plain = UMLAUT.split(part)
    choices: Iterable[tuple[bool, ...]] = product((False, True), repeat=len(found))
    if len(found) > MOST_UMLAUTS:
        choices = [(in_two,) * len(found) for in_two in (False, True)]
    return {_without_accents(_spelled(plain, found, choice)) for choice in choices}


def _spelled(plain: list[str], umlauts: list[str], in_two: Iterable[bool]) -> str:
    written = [IN_TWO.get(it, it[0] + "e") if two else it for it, two in zip(umlauts, in_two, strict=True)]
    return "".join(piece for pair in zip(plain, [*written, ""], strict=True) for piece in pair)


def _without_accents(part: str) -> str:
    letters = map(_letter, ACCENTS.sub("", part))
    return unicodedata.normalize("NFC", "".join(letters))  # a Korean syllable is one letter again


@lru_cache(maxsize=4096)
def _letter(letter: str) -> str:
    """A Latin letter in those of ASCII, where it does not fall apart into one by itself: `ł`, `ħ`, `æ`."""
    if letter.isascii() or not unicodedata.name(letter, "").startswith("LATIN"):
        return ARABIC.get(letter, letter)
    latin = anyascii(letter).lower()
    return latin if latin.isalnum() else letter


@lru_cache(maxsize=4096)
def _is_narrow(letter: str) -> bool:
    """Whether it belongs to a script that knows no names of one letter."""
    return letter.isdigit() or unicodedata.name(letter, "").startswith(("LATIN", "GREEK", "CYRILLIC"))


def _is_short(part: str) -> bool:
    """Whether it is too little of a name to look for all that begin so."""
    letters = [letter for letter in part if not unicodedata.category(letter).startswith("M")]
    return len(letters) <= 1 and all(map(_is_narrow, letters))


def _ascii(word: str) -> str:
    return "".join(filter(str.isalnum, anyascii(word).lower()))


def _unspaced(name: str) -> Iterator[str]:
    """What a whole name is found by from each letter on, if it is of a script without blanks."""
    joined = _without_accents("".join(_parts(name)))
    starts = [match.start() for match in UNSPACED.finditer(joined)]
    yield from (joined[start:] for start in starts[:MOST_UNSPACED])
