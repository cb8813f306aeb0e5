from django_filters import rest_framework as filters

from attendees.models import Attendee
from base.api.filters import IdFilter


class AttendeeFilter(filters.FilterSet):
    ticket = IdFilter(field_name="ticket_id")

    class Meta:
        model = Attendee
        fields = ["ticket", "firstname", "lastname"]
