from attendees.models import Attendee
from events.models import Event


def find_guests(event: Event, text: str, limit: int = 20) -> list[Attendee]:
    guests = Attendee.objects.filter(ticket__event=event, order__isnull=False, lastname__istartswith=text)
    return list(guests.select_related("ticket", "order")[:limit])
