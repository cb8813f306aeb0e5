"""How an event writes mail (`outbox.mailing`)."""

from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from events.paragraph_models import MailParagraph


class WritesMail(models.Model):
    """Mixin of the event: what its organizers say about its mail."""

    mail_reply_to = models.EmailField(
        _("guests answer to"),
        blank=True,
        help_text=_("An answer to a mail about tickets goes there. Empty: to whoever the mails come from."),
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

    @cached_property
    def mail_texts(self) -> dict[str, str]:
        """By language, the paragraph that stands in every mail to guests."""
        return dict(MailParagraph.objects.filter(event=self.pk).values_list("language", "text"))

    def mail_text(self, reads: str = "") -> str:
        """The paragraph for a guest who `reads` that language; else in that of the mail, of the site, or the
        first there is. Empty for none.
        """
        mail = (get_language() or "").partition("-")[0]
        wanted = (reads, mail, settings.LANGUAGE_CODE, *(code for code, _name in settings.SPOKEN))
        return next((self.mail_texts[code] for code in wanted if code in self.mail_texts), "")

    @property
    def mail_languages(self) -> list[tuple[str, str]]:
        """Those that it has a paragraph in, each with what it is called: which a guest may be asked for."""
        return [(code, called(code)) for code, _name in settings.SPOKEN if code in self.mail_texts]


def called(language: str) -> str:
    """One that is spoken, for those who speak it and those who do not: `German (Deutsch)`."""
    name, own = str(dict(settings.SPOKEN)[language]), get_language_info(language)["name_local"]
    return name if name == own else f"{name} ({own})"
