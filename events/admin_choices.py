"""How lists of the admin go by events: what their filters offer, and where an event's rows lie."""

from typing import Any, cast

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.db.models.fields.related import RelatedField
from django.http import HttpRequest

from events.models import Event


class EventListFilter(admin.RelatedFieldListFilter):
    """Offers the events that one reads things of. Not only those that have any, as Django's own does: it
    goes through all the things for that.
    """

    event_path = "pk"

    def field_choices(
        self, field: RelatedField[Any, Any], request: HttpRequest, model_admin: Any
    ) -> list[Any]:
        self.model_admin = model_admin
        events = Event.objects.where(request.user, model_admin.reads)
        ordering = self.field_admin_ordering(field, request, model_admin)
        offered = {f"{self.event_path}__in": events.values("pk")}
        return list(field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=offered))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Where these events' rows lie, too."""
        rows = cast(QuerySet[Any], super().queryset(request, queryset))
        if not self.lookup_val:
            return rows
        model = cast(Any, self.field.remote_field).model
        of = model._default_manager.filter(pk__in=self.lookup_val).order_by()
        return cast(
            QuerySet[Any], self.model_admin.of_events(rows, of.values_list(self.event_path, flat=True))
        )


class OfEventListFilter(EventListFilter):
    """Offers what belongs to these events: their stations, their tickets."""

    event_path = "event"


def ends(model: type[Model], event: int) -> tuple[int, int]:
    """The ids of the first and the last row of an event, of which there is an index by event and id. In a
    range of one event: of what is the same throughout the planner knows that it needs not be sorted by, and
    might go through the rows by their ids instead, past all those of newer events.
    """
    rows = model._base_manager.filter(event__gte=event, event__lte=event).values_list("pk", flat=True)
    first, last = rows.order_by("-event_id", "pk").first(), rows.order_by("event_id", "-pk").first()
    return first or 0, last or 0
