from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import ngettext

from base.commands import Reporting
from base.errors import DomainError
from events.models import Event
from limits.holds import release_ended
from limits.models import Hold
from orders.lifecycle import expire_overdue
from orders.models import Order


class Command(Reporting):
    help = (
        "Put the tickets of unpaid orders and of holds whose time is over back on sale. A sale does so"
        " itself when it needs them; run from cron, this keeps lists and the figures of free tickets up to"
        " date."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        expired = released = 0
        overdue = Q(pk__in=Order.objects.overdue(at).values("event"))
        for event in Event.objects.filter(overdue | Q(pk__in=Hold.objects.ended(at).values("event"))):
            try:
                expired += expire_overdue(event, at)
                released += release_ended(event, at)
            except DomainError as refusal:
                raise CommandError(f"{event}: {refusal}") from refusal
        told = ngettext("%d order expired.", "%d orders expired.", expired) % expired
        if released:
            told += (
                " " + ngettext("%d held ticket is free.", "%d held tickets are free.", released) % released
            )
        self.report([told], done=told)
