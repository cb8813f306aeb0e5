"""The audit trail, as organizers read it of their events, and superusers of all."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiToken, User
from audit.models import Audited, Change
from base import times
from base.admin_lists import MOST_FOUND, found
from events.admin_site import EventListFilter, Ledger, ScopedAdmin
from events.models import Act, Event


def _kinds() -> dict[str, type[Audited]]:
    return {model._meta.label_lower: model for model in Audited.__subclasses__()}


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin[Any]) -> list[tuple[str, str]]:
        return sorted((label, str(model._meta.verbose_name)) for label, model in _kinds().items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Change]) -> QuerySet[Change]:
        return queryset.filter(kind=self.value()) if self.value() in _kinds() else queryset


@admin.register(Change)
class ChangeAdmin(Ledger[Change], ScopedAdmin[Change]):
    reads = Act.MANAGE
    keyed_by = "pk"
    list_display = ["happened", "by", "from_where", "kind_shown", "name", "account", "act", "what", "event"]
    list_filter = [KindFilter, "act", ("event", EventListFilter)]
    list_select_related = ["by", "account", "event"]
    search_fields = ["name"]  # so that there is a field; what it finds stands below
    date_hierarchy = "at"
    fields = ["happened", "by", "from_where", "event", "kind_shown", "name", "account", "act", "what"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Change]:
        """Of one's events; and of the accounts of their members, their PINs and tokens."""
        changes = ModelAdmin.get_queryset(self, request)
        if request.user.is_superuser:
            return changes
        events = Event.objects.where(request.user, self.reads).order_by().values("pk")
        of_members = User.objects.filter(memberships__event__in=events).values("pk")
        pins = Q(kind=User._meta.label_lower, act=Change.Act.CHANGED, after__has_key="pin")
        own = pins | Q(kind=ApiToken._meta.label_lower)
        return changes.filter(Q(event__in=events) | Q(own, event=None, account__in=of_members))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Change], search_term: str
    ) -> tuple[QuerySet[Change], bool]:
        """By a part of the name of what was changed, of who changed it, or of whom it concerns."""
        if not (text := search_term.strip()):
            return queryset, False
        named = User.objects.filter(name__icontains=text).order_by()
        people = list(named.values_list("pk", flat=True)[:MOST_FOUND])
        return found(queryset, [Q(by__in=people), Q(account__in=people), Q(name__icontains=text)]), False

    def has_view_permission(self, request: HttpRequest, obj: Change | None = None) -> bool:
        if obj is None:
            return super().has_view_permission(request)
        return self.get_queryset(request).filter(pk=obj.pk).exists()

    def zone_of_list(self, request: HttpRequest) -> str | None:
        """Beside the only event there are the accounts' own changes: an event has to be chosen."""
        return super().zone_of_list(request) if self.event_lookup in request.GET else None

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*self._from_everywhere(request, self.list_display)]

    def get_fields(self, request: HttpRequest, obj: Change | None = None) -> list[Any]:
        return [*self._from_everywhere(request, self.fields)]

    def _from_everywhere(self, request: HttpRequest, names: Iterable[Any]) -> Iterator[str]:
        sees_all = request.user.is_superuser
        yield from ("address" if sees_all and name == "from_where" else name for name in names)

    def get_list_display_links(self, request: HttpRequest, list_display: Any) -> Any:
        return None  # the row says it all

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        return [*self.fields, "address"]

    @admin.display(description=_("at"), ordering="pk")
    def happened(self, change: Change) -> str:
        return times.moment(change.at, self.zone_of(change), exact=True)

    @admin.display(description=_("from"))
    def from_where(self, change: Change) -> str:
        """Of an account's own changes no address: where members are at other times is nobody's business."""
        return change.address if change.event_id else "-"

    @admin.display(description=_("kind"), ordering="kind")
    def kind_shown(self, change: Change) -> str:
        model = _kinds().get(change.kind)
        return str(model._meta.verbose_name) if model else change.kind

    @admin.display(description=_("before and after"))
    def what(self, change: Change) -> str:
        zone = self.zone_of(change)
        return " \N{MIDDLE DOT} ".join(
            f"{getattr(field, 'verbose_name', name)}: {_shown(change.before.get(name), field, zone)}"
            f" \N{RIGHTWARDS ARROW} {_shown(change.after.get(name), field, zone)}"
            for name in {**change.before, **change.after}
            for field in [_field(change.kind, name)]
        )


def _field(kind: str, name: str) -> Any:
    try:
        return _kinds()[kind]._meta.get_field(name)
    except (KeyError, FieldDoesNotExist):  # of a version before this one
        return None


def _shown(value: Any, field: Any, zone: str) -> str:
    if isinstance(field, DateTimeField) and (at := times.parse_time(value or "")):
        return times.moment(at, zone)
    return ", ".join(value) if isinstance(value, list) else "-" if value in (None, "") else str(value)
