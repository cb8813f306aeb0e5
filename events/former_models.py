from django.db import models
from django.utils.translation import gettext_lazy as _


class FormerIdentifier(models.Model):
    """What an event was called before: addresses with it lead on, until another event takes the name."""

    event = models.ForeignKey(
        "events.Event", on_delete=models.CASCADE, related_name="former_identifiers", verbose_name=_("event")
    )
    identifier = models.CharField(_("identifier"), max_length=50, unique=True)

    class Meta:
        verbose_name = _("former identifier")
        verbose_name_plural = _("former identifiers")

    def __str__(self) -> str:
        return self.identifier
