"""What the owner of an account is told by mail."""

from django.utils.translation import gettext as _

from outbox import mailing
from outbox.mailing import Letter
from outbox.models import MailTopic, Message


@mailing.writes(MailTopic.PIN)
def wrong_pins(message: Message) -> Letter:
    return Letter(
        subject=_("Somebody tries your PIN"),
        paragraphs=[
            _("Your PIN at Onsite was typed wrongly again and again: it rests, and opens nothing meanwhile."),
            _("If it was not you, set another PIN on the page of your account, and tell an organizer."),
        ],
    )
