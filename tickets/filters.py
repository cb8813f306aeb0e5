from django.db.models import Q

from base.api.conditions import Relation
from base.api.filters import COMPARED, WHOLE, ResourceFilter, TruthFilter
from tickets.models import Ticket


class TicketFilter(ResourceFilter):
    is_hidden = TruthFilter()

    relations = {"event": Relation("events.filters.EventFilter", at=lambda rows: Q(event__in=rows))}

    class Meta:
        model = Ticket
        fields = {
            **dict.fromkeys(["name", "type", "price"], WHOLE),
            **dict.fromkeys(["sales_starts_at", "sales_ends_at"], COMPARED),
        }
