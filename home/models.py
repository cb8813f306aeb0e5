from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from events.models import Event


class Tick(models.Model):
    """A point of an event's checklist that somebody took for done, or for not needed there: what cannot be
    measured, or need not be.
    """

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="ticks", verbose_name=_("event"))
    point = models.CharField(_("point"), max_length=20)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("by")
    )
    at = models.DateTimeField(_("at"), default=timezone.now)

    objects: models.Manager[Any] = models.Manager()

    class Meta:
        verbose_name = _("tick")
        verbose_name_plural = _("ticks")
        constraints = [models.UniqueConstraint(fields=["event", "point"], name="tick_once_per_point")]

    def __str__(self) -> str:
        return self.point
