"""What texts, times and codes may hold that people type. Each raises `ValidationError`."""

import zoneinfo
from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from base.money import currencies

PAPER_LINES = 10  # of an address or a footer


def validate_currency(code: str) -> None:
    if code not in currencies():
        raise ValidationError(
            _("%(code)s is no ISO 4217 currency with none or two decimals."),
            code="currency",
            params={"code": code},
        )


def validate_timezone(name: str) -> None:
    if name not in zoneinfo.available_timezones():
        raise ValidationError(
            _("%(name)s is no time zone of the IANA database."), code="timezone", params={"name": name}
        )


def validate_time(time: datetime) -> None:
    """A time that every time zone can show."""
    if not 1900 <= time.year <= 2999:
        raise ValidationError(_("The year must lie between 1900 and 2999."), code="year")


def validate_description(text: str) -> None:
    """No longer than anybody reads."""
    if len(text) > settings.DESCRIPTION_LENGTH:
        raise ValidationError(
            _("A description has at most %(limit)d letters; this one has %(length)d."),
            code="too-long",
            params={"limit": settings.DESCRIPTION_LENGTH, "length": len(text)},
        )


def validate_lines(text: str) -> None:
    """So many lines as a receipt has room for."""
    if len(text.splitlines()) > PAPER_LINES:
        raise ValidationError(
            _("At most %(limit)d lines fit on a receipt."),
            code="too-many-lines",
            params={"limit": PAPER_LINES},
        )
