from django_filters import rest_framework as filters

from attendees.models import Attendee


class AttendeeFilter(filters.FilterSet):
    # By number, so that an unknown one answers like one that may not be seen.
    ticket = filters.NumberFilter(field_name="ticket_id", max_value=10**18 - 1)

    class Meta:
        model = Attendee
        fields = ["ticket", "firstname", "lastname"]
