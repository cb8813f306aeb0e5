"""Times in pages with forms: typed and shown as the clock of the event shows them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.forms.widgets import Script
from django.http import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from base import times

Response = TypeVar("Response", bound=HttpResponseBase)


def by_clock(zone: str | None, page: Callable[[], Response]) -> Response:
    """The page that `page` makes, which reads and shows times in one time zone (IANA name); None where it
    goes by several.
    """
    with timezone.override(zone and times.Zone(zone)):
        response = page()
        if isinstance(response, TemplateResponse):
            response.render()  # lists run their queries only now
    return response


class ZonedSelect(forms.Select):
    """Knows the time zone of each event that it offers, for `zones.js`."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option: dict[str, Any] = super().create_option(name, value, *args, **kwargs)
        if event := getattr(value, "instance", None):
            option["attrs"]["data-zone"] = event.timezone
        return option


class MomentWidget(AdminSplitDateTime):
    """The admin's, with the name of the time zone; `zones.js` keeps to what is chosen in the form itself."""

    class Media:
        js = (Script("onsite/common/zones.js", type="module"),)

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        zone = times.active_zone()
        fields = super().render(name, value, attrs, renderer)
        named = zone.key if zone else _("by the event's clock")
        return format_html('<div>{}<span class="zone" data-zone>{}</span></div>', fields, named)


class _OnClock:
    """An instant, typed in the time zone that is active. What stands there already and is left as it is stays
    the very instant; else a time that the clock skips, or shows twice, is refused.
    """

    stored: Any = None

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        self.stored = form.initial.get(field_name)  # the form has a copy of the field
        return super().get_bound_field(form, field_name)  # type: ignore[misc,no-any-return]  # of the field

    def instant(self, typed: datetime, smallest: str = "second") -> datetime:
        if isinstance(self.stored, datetime) and _shown(self.stored, smallest) == typed:
            return self.stored
        return on_clock(typed.replace(tzinfo=timezone.get_current_timezone()))


class MomentField(_OnClock, forms.SplitDateTimeField):
    """As date and time, in the admin."""

    widget = MomentWidget

    def compress(self, data_list: Any) -> Any:
        if len([part for part in data_list if part not in self.empty_values]) < 2:
            return super().compress(data_list)
        return self.instant(datetime.combine(*data_list))


class LocalMomentField(_OnClock, forms.DateTimeField):
    """In the browser's own field for date and time."""

    widget = forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M")

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values or isinstance(value, datetime):
            return value or None
        try:
            typed = datetime.fromisoformat(value.strip())
        except ValueError:
            typed = None
        if typed is None or typed.tzinfo is not None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        return self.instant(typed, "minute")


def _shown(stored: datetime, smallest: str) -> datetime:
    """What the field shows of it."""
    local = timezone.localtime(stored).replace(tzinfo=None, microsecond=0)
    return local.replace(second=0) if smallest == "minute" else local


def on_clock(typed: datetime) -> datetime:
    """The typed time, which has its time zone. Raises `ValidationError` where the clock there does not show
    it, or twice.
    """
    if times.is_skipped(typed):
        refusal = _("%(zone)s has no %(time)s on %(day)s: clocks are put forward. Choose another time.")
    elif times.is_shown_twice(typed):
        refusal = _("%(zone)s has %(time)s twice on %(day)s: clocks are put back. Choose another time.")
    else:
        return typed
    told = {"time": times.clock(typed.time()), "day": times.calendar_day(typed), "zone": typed.tzinfo}
    raise ValidationError(refusal, code="clock", params=told)
