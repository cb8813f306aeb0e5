"""Books that are closed."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from base.records import Record
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
