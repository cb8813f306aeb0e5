"""Books that are closed."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from base.records import Record
from events.models import Event
from shifts.models import Shift


class ClosedReport(Record):
    """The report of a shift as it was signed: written in the transaction that closes it (`reports.keep`),
    and all that its Z is ever made of.
    """

    shift = models.OneToOneField(
        Shift, on_delete=models.PROTECT, related_name="closed_report", verbose_name=_("shift")
    )
    data = models.JSONField(_("what it says"), help_text=_("A `shift_report.Report`, as plain data."))

    class Meta:
        verbose_name = _("closed report")
        verbose_name_plural = _("closed reports")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.shift)


class BooksCheck(models.Model):
    """What the last check of an event's books has found (`nightly`)."""

    event = models.OneToOneField(
        Event, on_delete=models.PROTECT, related_name="books_check", verbose_name=_("event")
    )
    checked_at = models.DateTimeField(_("checked at"))
    number = models.PositiveIntegerField(_("differences"))
    differences = models.JSONField(
        _("what differs"), default=list, help_text=_("The first thousand of them.")
    )

    class Meta:
        verbose_name = _("check of the books")
        verbose_name_plural = _("checks of the books")
        ordering = ["-number", "event"]

    def __str__(self) -> str:
        return str(self.event)


class Seal(Record):
    """A digest over what is closed, and over the seal before: of a shift over that of its till's shift
    before, of a business day of an event, for what belongs to no drawer, over that of the day before
    (`sealing`). So no row of it, and no seal, can be changed without every later one saying so.
    """

    shift = models.OneToOneField(
        Shift, on_delete=models.PROTECT, null=True, related_name="seal", verbose_name=_("shift")
    )
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, null=True, related_name="seals", verbose_name=_("event")
    )
    day = models.DateField(_("business day"), null=True)
    # All that came after the seal before and earlier than this, whatever becomes of the event's clock.
    until = models.DateTimeField(_("until"), null=True)
    digest = models.CharField(_("seal"), max_length=64)
    made_at = models.DateTimeField(_("sealed at"))

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "day"], name="seal_once_per_day"),
            models.CheckConstraint(
                condition=Q(shift__isnull=False, event__isnull=True, day__isnull=True, until__isnull=True)
                | Q(shift__isnull=True, event__isnull=False, day__isnull=False, until__isnull=False),
                name="seal_of_a_shift_or_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.groups

    @property
    def groups(self) -> str:
        """As it is printed: eight groups of eight."""
        return " ".join(self.digest[start : start + 8] for start in range(0, len(self.digest), 8))
