"""Rows that know when they were changed last, for whoever reads what is new."""

from typing import Any, TypeVar

from django.db import models
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

M = TypeVar("M", bound=models.Model)


class StampedQuerySet(models.QuerySet[M]):
    """Of `Stamped` rows: their changes are stamped, too."""

    def update(self, **kwargs: Any) -> int:
        return super().update(**{"updated_at": timezone.now(), **kwargs})


class Stamped(models.Model):
    """A row with the time of its last change (UTC): by the clock of this machine, whatever time the act
    itself was given. What writes by SQL of its own sets `updated_at` itself.
    """

    # No index: it would be written at every scan and at every sale.
    updated_at = models.DateTimeField(_("changed at"), default=timezone.now, db_default=Now(), editable=False)

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.updated_at = timezone.now()
        if kwargs.get("update_fields") is not None:
            kwargs["update_fields"] = [*kwargs["update_fields"], "updated_at"]
        super().save(*args, **kwargs)
