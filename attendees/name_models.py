"""What a guest's name may be."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# They turn the direction of what follows, on a list or a ticket beyond the name's own end.
TURNING = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))
# They are letters and signs by their category, and show nothing: what fills a place in Hangul and in Braille.
UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")


def validate_name(text: str) -> None:
    """What can be printed on one line, in the order in which it was typed, and is seen there."""
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp") or letter in TURNING for letter in text):
        raise ValidationError(_("A name is one line, without control characters."), code="control-character")
    if text.strip() and not any(_is_seen(letter) for letter in text):
        raise ValidationError(_("Of a name, something is to be seen."), code="unseen")


def _is_seen(letter: str) -> bool:
    return letter not in UNSEEN and unicodedata.category(letter) not in ("Cf", "Zs")
