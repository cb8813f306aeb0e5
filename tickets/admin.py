from collections.abc import Iterable
from typing import cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from base import money
from events.admin_site import EventListFilter, ScopedAdmin
from events.models import Act
from tickets import stock
from tickets.forms import TicketForm
from tickets.models import Ticket, TicketQuerySet


@admin.register(Ticket)
class TicketAdmin(ScopedAdmin[Ticket]):
    reads = Act.READ_GUESTS
    form = TicketForm
    list_display = ["name", "event", "type", "price_shown", "sold", "held", "quantity", "left", "is_hidden"]
    list_filter = ["type", "is_hidden", "admits", ("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name", "event__name"]
    readonly_fields = ["sold", "held", "left"]
    actions = ["sell_onsite"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Ticket]:
        return cast(TicketQuerySet, super().get_queryset(request)).with_quotas()

    def get_readonly_fields(self, request: HttpRequest, obj: Ticket | None = None) -> list[str]:
        # A ticket stays with its event.
        return [*self.readonly_fields, *(["event"] if obj is not None else [])]

    def get_deleted_objects(
        self, objs: Iterable[Ticket], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What a deletion takes along and what forbids it: drafts are nobody else's to see, and go."""
        tickets = list(objs)
        in_use = [str(ticket) for ticket in tickets if stock.is_in_use(ticket)]
        return self.deleted(tickets, request, in_use)

    def delete_model(self, request: HttpRequest, obj: Ticket) -> None:
        stock.delete_ticket(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> None:
        for ticket in queryset:
            stock.delete_ticket(ticket)

    @admin.display(description=_("price"), ordering="price")
    def price_shown(self, ticket: Ticket) -> str:
        return money.display(ticket.price, ticket.event.currency)

    @admin.display(description=_("left"))
    def left(self, ticket: Ticket) -> str:
        return str(_("unlimited") if ticket.available is None else ticket.available)

    @admin.action(description=_("Sell onsite"), permissions=["sell"])
    def sell_onsite(self, request: HttpRequest, queryset: QuerySet[Ticket]) -> HttpResponse | None:
        """Lead to the till page of the tickets' event, with these tickets."""
        tickets = list(queryset.select_related("event"))
        if len({ticket.event_id for ticket in tickets}) != 1:
            self.message_user(
                request,
                _("These tickets belong to several events: sell them event by event."),
                messages.ERROR,
            )
            return None
        chosen = urlencode({"tickets": ",".join(str(ticket.pk) for ticket in tickets)})
        return HttpResponseRedirect(f"{reverse('till', args=[tickets[0].event.identifier])}?{chosen}")
