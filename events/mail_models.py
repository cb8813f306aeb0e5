"""How an event writes mail (`outbox.mailing`)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class WritesMail(models.Model):
    """Mixin of the event: what its organizers say about its mail."""

    mail_reply_to = models.EmailField(
        _("guests answer to"),
        blank=True,
        help_text=_("An answer to a mail about tickets goes there. Empty: to whoever the mails come from."),
    )
    mail_paragraph = models.TextField(
        _("paragraph in mails"),
        max_length=2000,
        blank=True,
        help_text=_("Stands in every mail to guests: how to get there, say. Plain text."),
    )
    mail_reports = models.BooleanField(
        _("reports by mail"),
        default=False,
        help_text=_(
            "When a shift is closed, its report goes to the organizers, if this installation sends mail."
        ),
    )

    class Meta:
        abstract = True
