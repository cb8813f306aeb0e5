from django_filters import rest_framework as filters

from attendees.models import Attendee


class AttendeeFilter(filters.FilterSet):
    class Meta:
        model = Attendee
        fields = ["ticket", "firstname", "lastname"]
