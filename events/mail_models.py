"""How an event writes mail (`outbox.mailing`)."""

from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from base import languages
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

    if TYPE_CHECKING:

        @property
        def paper_language(self) -> str:
            """`WritesPaper.paper_language`: an event writes both."""

    @cached_property
    def mail_texts(self) -> dict[str, str]:
        """By language, the paragraph that stands in every mail to guests."""
        return dict(MailParagraph.objects.filter(event=self.pk).values_list("language", "text"))

    def mail_text(self) -> str:
        """The paragraph in the language of the mail that is written; else in that of the event's paper, or
        of the site, or the first there is. Empty for none.
        """
        others = (code for code, _name in languages.offered())
        wanted = (languages.active(), self.paper_language, languages.of_this_site(), *others)
        return next((self.mail_texts[code] for code in wanted if code in self.mail_texts), "")

    @property
    def mail_languages(self) -> list[tuple[str, str]]:
        """Those that it has a paragraph in, each with what it is called."""
        return [
            (code, languages.called(code)) for code, _name in languages.offered() if code in self.mail_texts
        ]
