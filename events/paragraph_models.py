from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.models import Audited, AuditedQuerySet

LONGEST_PARAGRAPH = 2000


class MailParagraph(Audited):
    """What stands in every mail of an event to guests who read a language (`events.mail_models`)."""

    event = models.ForeignKey(
        "events.Event", on_delete=models.PROTECT, related_name="paragraphs", verbose_name=_("event")
    )
    language = models.CharField(_("language"), max_length=10)
    text = models.TextField(_("text"), max_length=LONGEST_PARAGRAPH)

    objects = AuditedQuerySet["MailParagraph"].as_manager()

    class Meta:
        verbose_name = _("paragraph in mails")
        verbose_name_plural = _("paragraphs in mails")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["event", "language"], name="paragraph_once_per_language"),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name}: {self.language}"

    @property
    def audited_name(self) -> str:
        """Its code, whoever names it."""
        return self.language
