"""Numbers with decimals as people type them: with comma or point, and thousands set apart in any usual way.

The till's script reads by the same rule (`static/onsite/common/typed.js`), and both keep to one table of
cases (`js_tests/money_cases.json`).
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import formats
from django.utils.translation import gettext_lazy as _

# All kinds of blanks, apostrophes and minus signs, as the one that the patterns know.
ALIKE = {
    **dict.fromkeys(map(ord, "\t\u00a0\u202f\u205f\u3000"), " "),
    **dict.fromkeys(range(0x2000, 0x200B), " "),
    **dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u2032"), "'"),
    ord("\u2212"): "-",
}
# Thousands for the one reader, thousandths for the other.
AMBIGUOUS = re.compile(r"-?[1-9][0-9]{0,2}[.,][0-9]{3}")
NUMBER = re.compile(
    r"(?P<sign>-?)(?P<whole>[0-9]+|[1-9][0-9]{0,2}(?P<by>[., '])[0-9]{3}(?:(?P=by)[0-9]{3})*)"
    r"(?:(?P<point>[.,])(?P<part>[0-9]*))?"
)
MOST_DECIMALS = 2


class Misread(ValueError):
    """Typed text that is no number, or more than one. Its `code`: `unreadable`, `ambiguous`, `decimals`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(text: str, decimals: int = MOST_DECIMALS) -> Decimal:
    """The number that somebody typed, with at most `decimals`, none or two; zeros in their place are read.

    Raises `Misread`.
    """
    text = text.translate(ALIKE).strip(" ")
    if AMBIGUOUS.fullmatch(text):
        raise Misread("ambiguous")
    number = NUMBER.fullmatch(text)
    if number is None or (number["point"] and number["point"] == number["by"]):
        raise Misread("unreadable")
    part = number["part"] or ""
    if len(part) > MOST_DECIMALS or part[decimals:].strip("0"):
        raise Misread("decimals")
    value = Decimal(f"{number['sign']}{_digits(number['whole'])}.{part[:decimals]}")
    return value or value.copy_abs()  # -0 is 0


def _digits(text: str) -> str:
    return re.sub("[^0-9]", "", text)


class TypedField(forms.DecimalField):
    """A number with at most two decimals, read as people type it, and shown so that it is read the same
    again. Not the browser's own field for numbers, which drops a comma without a word.
    """

    widget = forms.TextInput
    default_error_messages = {
        "unreadable": _("Type a number like 1234.50 or 1234,50."),
        "ambiguous": _(
            "This can be read in two ways. If you mean %(whole)s, type it without comma or point."
        ),
        "decimals": _("At most two digits may follow the decimal sign."),
        "no-decimals": _("Type a whole number: there are no decimals here."),
    }

    def __init__(self, *, decimal_places: int = MOST_DECIMALS, **options: Any) -> None:
        self.decimals = decimal_places
        super().__init__(decimal_places=decimal_places, **options)

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        return {"inputmode": "decimal", "autocomplete": "off"}

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]  # an IntegerField, to the stubs
        if not isinstance(value, str):
            return super().to_python(value)
        if not value.strip():
            return None
        try:
            return read(value, self.decimals)
        except Misread as misread:
            raise self._refused(misread.code, value) from misread

    def _refused(self, code: str, typed: str) -> ValidationError:
        if code != "ambiguous" and not self.decimals:
            code = "no-decimals"
        return ValidationError(self.error_messages[code], code=code, params={"whole": _digits(typed)})

    def prepare_value(self, value: Any) -> Any:
        """A number with the language's decimal sign, and the decimals of the field if it has no more."""
        if not isinstance(value, Decimal) or not value.is_finite():
            return value
        shown = f"{value:.{self.decimals}f}"
        exact = shown if Decimal(shown) == value else f"{value:f}"
        return exact.replace(".", formats.get_format("DECIMAL_SEPARATOR"))
