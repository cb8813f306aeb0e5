from django_filters import rest_framework as filters

from base.api.filters import TruthFilter
from tickets.models import Ticket


class TicketFilter(filters.FilterSet):
    is_hidden = TruthFilter()

    class Meta:
        model = Ticket
        fields = ["name", "type", "is_hidden"]
