"""What lists of the admin can be asked by their URL: what their pages offer, and no more. And by whose clock
they show times: each row by its own.

Any other lookup would be an oracle (`?code__startswith=` spells what is not shown) and a bomb (`__regex`
may take as long as it likes): https://docs.djangoproject.com/en/5.2/ref/contrib/admin/#django.contrib.admin.ModelAdmin.lookup_allowed
"""

from collections.abc import Callable, Iterable
from copy import copy
from datetime import datetime
from functools import cache, cached_property
from typing import Any, TypeVar, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin import AdminSite, ListFilter, ModelAdmin
from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.admin.views.main import ORDER_VAR, SEARCH_VAR, ChangeList
from django.core import paginator
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import DateTimeField, Field, ForeignKey, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from base import times
from base.admin_days import EveryDay

M = TypeVar("M", bound=Model)

LONGEST_SEARCH = 200
# So many rows a list counts, and leafs through; of more, it says that there are more.
MOST_COUNTED = 10_000
# So many a search gives, whichever come first: of more, more is to be typed.
MOST_FOUND = 1_000
CHOOSE = "Select this object for an action - {}"  # Django's words, and translations
# The orders that every table has an index for.
BY_KEY = {"pk", "-pk", "id", "-id"}


def found(rows: QuerySet[M], ways: Iterable[Q]) -> QuerySet[M]:
    """Those of `rows` that are found one way or the other, or some of them that are more than `MOST_FOUND`.
    One way after the other, each by its own index: for an OR of several tables a database reads all of them.
    """
    ids: set[int] = set()
    for way in ways:
        ids.update(rows.filter(way).order_by().values_list("pk", flat=True)[: MOST_FOUND + 1])
        if len(ids) > MOST_FOUND:
            break
    return rows.filter(pk__in=ids)


class Paginator(paginator.Paginator[Model]):
    """Counts no further than anybody leafs: to count a million takes longer than to show a hundred."""

    most: int

    @cached_property
    def counted(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: self.most + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self.counted, self.most)

    @property
    def has_more(self) -> bool:
        return self.counted > self.most


class SearchForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[SEARCH_VAR] = forms.CharField(required=False, strip=False, max_length=LONGEST_SEARCH)


class OfferedList(ChangeList):
    """Its days are offered, and counted, by the clock that is active; where rows go by several, none is."""

    search_form_class = SearchForm
    since: datetime | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only now: until here Django looks for fields by these names.
        self.list_display = [*map(self._on_its_clock, self.list_display)]
        self.sortable_by = self.sortable_by and [*map(self._on_its_clock, self.sortable_by)]
        self.list_display_links = self.list_display_links and [
            *map(self._on_its_clock, self.list_display_links)
        ]

    def _on_its_clock(self, column: Any) -> Any:
        try:
            field = self.lookup_opts.get_field(column) if isinstance(column, str) else None
        except FieldDoesNotExist:
            return column
        return _moments(field, self.model_admin) if isinstance(field, DateTimeField) else column

    def get_query_string(self, new_params: Any = None, remove: Any = None) -> str:
        """Without an event to choose days of, none is chosen."""
        event = cast(OffersFilters, self.model_admin).event_lookup
        if remove and event in remove and not (new_params or {}).get(event):
            remove = [*remove, f"{self.model_admin.date_hierarchy}__"]
        return super().get_query_string(new_params, remove)

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Model]:
        """In the order that is asked for; in their own, where more than are counted would have to be read
        for it.
        """
        rows = super().get_queryset(request, exclude_parameters)
        if ORDER_VAR not in self.params or rows.query.order_by[0] in BY_KEY:
            return rows
        pages = cast(OffersFilters, self.model_admin).get_paginator(request, rows, self.list_per_page)
        if pages.has_more:
            del self.params[ORDER_VAR]
            rows = rows.order_by(*self.get_ordering(request, rows.order_by()))
        return rows

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.show_admin_actions = bool(self.result_count)
        if not self.multi_page or (self.show_all and self.can_show_all):
            # Not without an end, which a database would plan for; and not at all, if there are none.
            self.result_list = self.queryset[: cast(Paginator, self.paginator).counted]
        if self.has_more:
            columns: Any = self.list_display
            self.sortable_by = [name for name in columns if self.get_ordering_field(name) in BY_KEY]
            self.since = cast(OffersFilters, self.model_admin).since(request) if self.date_hierarchy else None
        if self.has_more or not (self.query or self.get_filters_params()):
            self.full_result_count = self.result_count  # said below the list, and not beside the search

    @property
    def has_more(self) -> bool:
        """Than are counted."""
        return cast(Paginator, self.paginator).has_more

    @property
    def dated(self) -> ChangeList:
        """For the date hierarchy. Of more rows than are counted it offers every day since they can have
        begun: to find out which of them have any, it would read them all.
        """
        if self.result_count and self.since is None:
            return self
        listed = copy(self)
        listed.queryset = cast(Any, self._every_day(self.since)) if self.since else self.queryset.none()
        return listed

    def _every_day(self, since: datetime) -> EveryDay:
        chosen = {part: self.params.get(f"{self.date_hierarchy}__{part}") for part in ("year", "month")}
        return EveryDay(since, timezone.localtime(), {part: int(at) for part, at in chosen.items() if at})

    def get_filters(
        self, request: HttpRequest
    ) -> tuple[list[ListFilter], bool, dict[str, bool | str], bool, bool]:
        """Raises `DisallowedModelAdminLookup`, which answers 400, for what no filter has taken."""
        if times.active_zone() is None:
            self.date_hierarchy = None
        by_date = f"{self.date_hierarchy}__year" in self.get_filters_params()
        offered = {f"{self.date_hierarchy}__gte", f"{self.date_hierarchy}__lt"} if by_date else set()
        answer = super().get_filters(request)
        for name in answer[2].keys() - offered:
            raise DisallowedModelAdminLookup(f"The list offers no filter {name}.")
        return answer


@cache
def _moments(field: DateTimeField[Any, Any], model_admin: Any) -> Callable[[Model], str | None]:
    """The column of that field, each row by its own clock."""

    @admin.display(description=field.verbose_name, ordering=field.name)
    def shown(row: Model) -> str | None:
        at = field.value_from_object(row)
        return at and times.moment(at, model_admin.zone_of(row))

    shown.__name__ = field.name
    return shown


class OffersFilters:
    """Mixin for every `ModelAdmin`: its list takes the filters that it offers, and shows when things were by
    their own clock. It counts up to `MOST_COUNTED`, of what is searched up to `MOST_FOUND`; more are not
    sorted, but in an order for which there is an index.
    """

    show_full_result_count = False  # without any filter, which is counted to no end

    @admin.display(description=mark_safe('<input type="checkbox" id="action-toggle">'))
    def action_checkbox(self, row: Any) -> SafeString:
        """Django's, without a template for each row, which took half of a list's time."""
        label = format_html(gettext(CHOOSE), str(row))
        shown = '<input type="checkbox" name="{}" value="{}" aria-label="{}" class="action-select">'
        return format_html(shown, ACTION_CHECKBOX_NAME, row.pk, label)

    def get_paginator(
        self,
        request: HttpRequest,
        queryset: Any,
        per_page: int,
        orphans: int = 0,
        allow_empty_first_page: bool = True,
    ) -> Paginator:
        pages = Paginator(queryset, per_page, orphans, allow_empty_first_page)
        pages.most = MOST_FOUND if request.GET.get(SEARCH_VAR) else MOST_COUNTED
        return pages

    def since(self, request: HttpRequest) -> datetime | None:
        """When the rows of the list can have begun, by the clock that is active; None: nobody knows."""
        return None

    @property
    def event_lookup(self) -> str:
        """The filter that chooses one event, if any does."""
        return ""

    def zone_of(self, row: Any) -> str:
        """The time zone of a row: the installation's, unless it belongs to an event."""
        return str(settings.TIME_ZONE)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return OfferedList


class OfferedAutocomplete(AutocompleteJsonView):
    """Completes the fields that a form declares in `autocomplete_fields`, for whoever may fill it in."""

    def process_request(self, request: HttpRequest) -> tuple[str, ModelAdmin[Any], ForeignKey[Any, Any], str]:
        term, _model_admin, field, _to_field = found = super().process_request(request)
        if len(term) > LONGEST_SEARCH or not self.is_offered(request, field):
            raise PermissionDenied
        return found

    def is_offered(self, request: HttpRequest, field: Field[Any, Any]) -> bool:
        site = cast(AdminSite, self.admin_site)
        if not site.is_registered(field.model):
            return False
        form = site.get_model_admin(field.model)
        if field.name not in form.get_autocomplete_fields(request):
            return False
        return form.has_add_permission(request) or form.has_change_permission(request)
