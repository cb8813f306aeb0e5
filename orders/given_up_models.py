from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from base.records import Record


class GivenUp(Record):
    """The promise that a request will never be sold, whatever becomes of it (`orders.idempotency`)."""

    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("whose request it was"),
    )
    key = models.CharField(_("idempotency key"), max_length=255)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("given up by")
    )
    created_at = models.DateTimeField(_("given up at"))

    class Meta:
        verbose_name = _("request that was given up")
        verbose_name_plural = _("requests that were given up")
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="given_up_once")]

    def __str__(self) -> str:
        return self.key
