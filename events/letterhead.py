"""What stands above everything that is printed at an event, kept with what it was printed for.

A receipt or a slip that is printed again says what it said, whatever has been renamed meanwhile
(docs/adr/0014).
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import models
from django.utils.translation import gettext_lazy as _

from base.plain import plain, read
from events.issuer import Issuer, issuer_of
from events.models import Event


@dataclass(frozen=True)
class Letterhead:
    """Names as they were. `zone` is the event's time zone (IANA name), `starts` when it begins; `by` sold the
    tickets or moved the cash at `till`, and `cashier` accounts for its drawer. What does not apply is empty.
    """

    event: str
    place: str
    zone: str
    starts: datetime
    currency: str
    issuer: Issuer
    till: str = ""
    cashier: str = ""
    by: str = ""


def letterhead_of(event: Event, **people: str) -> Letterhead:
    """That of a paper of the event as it is now; `people` are the fields that are no event's."""
    return Letterhead(
        event=event.name,
        place=event.location_name,
        zone=event.timezone,
        starts=event.starts_at,
        currency=event.currency,
        issuer=issuer_of(event),
        **people,
    )


class Lettered(models.Model):
    """Mixin of rows that have a paper, to keep its letterhead."""

    kept_letterhead = models.JSONField(
        _("letterhead"),
        null=True,
        editable=False,
        help_text=_("A `letterhead.Letterhead`, as plain data. Empty: as things are called now."),
    )

    class Meta:
        abstract = True

    def keep_letterhead(self) -> None:
        """Take down, to be saved, how things are called now."""
        self.kept_letterhead = plain(self.letterhead_now())

    def letterhead_now(self) -> Letterhead:
        """What a paper would say that was printed for the first time now."""
        raise NotImplementedError

    @property
    def letterhead(self) -> Letterhead:
        """What its paper says, the first and each copy."""
        kept = self.kept_letterhead
        return self.letterhead_now() if kept is None else read(Letterhead, kept)
