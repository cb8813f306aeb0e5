from django_filters import rest_framework as filters

from tickets.models import Ticket


class TicketFilter(filters.FilterSet):
    class Meta:
        model = Ticket
        fields = ["name", "type", "is_hidden"]
