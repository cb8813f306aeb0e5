from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone
from django.utils.translation import ngettext

from base.commands import Reporting
from base.errors import DomainError
from events.models import Event
from orders.lifecycle import expire_overdue
from orders.models import Order


class Command(Reporting):
    help = (
        "Put the tickets of unpaid orders whose time is over back on sale. A sale does so itself when it"
        " needs them; run from cron, this keeps lists and the figures of free tickets up to date."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        expired = 0
        for event in Event.objects.filter(pk__in=Order.objects.overdue(at).values("event")):
            try:
                expired += expire_overdue(event, at)
            except DomainError as refusal:
                raise CommandError(f"{event}: {refusal}") from refusal
        told = ngettext("%d order expired.", "%d orders expired.", expired) % expired
        self.report([told], done=told)
