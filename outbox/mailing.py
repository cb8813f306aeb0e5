"""Mail: each is a message of the outbox, written in the transaction of what it tells of, sent by the worker.

What it says is composed when it is sent, from the rows as they are then; so nothing that opens something lies
in the database meanwhile. It is sent at least once, and each time under the same `Message-ID`.
"""

import smtplib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime, parseaddr
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.db import transaction
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.encoding import punycode

from base.languages import active, spoken
from base.sql.insert import insert
from outbox.kinds import LONG, Failed, Refused, handles
from outbox.models import LETTER, MAIL, MailTopic, Message

LONG.add(MAIL)  # a server that hangs keeps one thread busy, and none from the webhooks


@dataclass(frozen=True)
class Attachment:
    name: str
    content: bytes
    type: str


@dataclass(frozen=True)
class Letter:
    """What a mail says: paragraphs, of which one may have several lines, then perhaps a `link` as its label
    and address, then `small` print. An answer goes to `reply_to`, if there is an address.
    """

    subject: str
    paragraphs: Sequence[str]
    link: tuple[str, str] | None = None
    small: Sequence[str] = ()
    reply_to: str = ""
    attachments: Sequence[Attachment] = ()


# How a mail of each topic is written, by the room whose topic it is. Raises `Refused` where it is not to be
# sent any more.
Writer = Callable[[Message], Letter]
WRITERS: dict[str, Writer] = {}
# To whom a letter of each topic goes that was posted to nobody by name: each address with the language of its
# owner; empty: that in which the letter was posted.
Addresser = Callable[[Message], Iterable[tuple[str, str]]]
ADDRESSERS: dict[str, Addresser] = {}
# What a room takes back once its mail is refused for good, and has reached nobody.
TAKERS_BACK: dict[str, Callable[[Message], None]] = {}
ACCEPTED = "accepted"
F = TypeVar("F", bound=Callable[[Message], Any])


def writes(topic: MailTopic) -> Callable[[Writer], Writer]:
    """Decorate the function by which mails of that topic are written."""
    return _entered(WRITERS, topic)


def addresses(topic: MailTopic) -> Callable[[Addresser], Addresser]:
    """Decorate the function that tells to whom letters of that topic go."""
    return _entered(ADDRESSERS, topic)


def takes_back(topic: MailTopic) -> Callable[[Callable[[Message], None]], Callable[[Message], None]]:
    """Decorate the function that takes back what a mail of that topic has promised, where it never left."""
    return _entered(TAKERS_BACK, topic)


def _entered(where: dict[str, F], topic: MailTopic) -> Callable[[F], F]:
    def register(function: F) -> F:
        where[topic] = function
        return function

    return register


def is_set_up() -> bool:
    """Whether this installation writes to anybody; else nothing is posted, and its pages say so."""
    sends: bool = settings.SENDS_MAIL
    return sends


def site_of(request: HttpRequest) -> str:
    """What links begin with in a mail that somebody asks for: `https://box.example.org`."""
    return request.build_absolute_uri("/").rstrip("/")


def can_be_sent_to(address: str) -> bool:
    """Whether it is one address and nothing else: no name, no second one, no line of its own; and before its
    `@` nothing that would be written otherwise, and so to somebody else: words of RFC 2047, or one of the few
    letters beyond ASCII that Django's validator takes for an s, a k or an i.
    """
    name, _at, domain = address.rpartition("@")
    try:
        validate_email(address)
        punycode(domain)
    except (ValidationError, UnicodeError):
        return False
    return address.isprintable() and name.isascii() and "=?" not in name


def post(
    topic: MailTopic,
    *,
    to: str | None = None,
    event_id: int | None = None,
    at: datetime | None = None,
    language: str = "",
    **facts: Any,
) -> Message | None:
    """Write down that a mail of that topic is to be sent to the address `to`, about `facts` (plain data, by
    which its writer finds the rows); without an address to all that the topic's addresser names, once the
    worker asks. It is written in that `language`, else in the one that is spoken now. One statement, in the
    transaction of what it tells of; none, and None, where no mail is set up.
    """
    if not is_set_up():
        return None
    payload = {"language": language or active(), **facts}
    at = at or timezone.now()
    message = (
        Message(kind=LETTER, topic=topic, event_id=event_id, payload=payload, created_at=at, next_try_at=at)
        if to is None
        else _mail(topic, to, event_id, payload, at)
    )
    insert([message])
    return message


def _mail(topic: str, to: str, event_id: int | None, payload: dict[str, Any], at: datetime) -> Message:
    key = f"mail_{uuid4().hex}"
    domain = punycode(parseaddr(settings.MAIL_FROM)[1].rpartition("@")[2]) or "localhost"
    own = {"to": to, "message-id": f"<{key}@{domain}>"}
    return Message(
        kind=MAIL,
        topic=topic,
        event_id=event_id,
        message_id=key,
        payload={**payload, **own},
        created_at=at,
        next_try_at=at,
    )


@handles(LETTER)
@transaction.atomic
def address(letter: Message) -> str:
    """Turn a letter into a mail to each whom it concerns: perhaps to nobody."""
    if letter.topic not in ADDRESSERS:
        raise Failed("this version cannot address it")
    own = Message.objects.filter(pk=letter.pk)
    if list(own.select_for_update().values_list("pk", flat=True)):  # else somebody was faster
        found = dict(ADDRESSERS[letter.topic](letter))
        insert([
            _mail(letter.topic, to, letter.event_id, _in(letter, language), letter.created_at)
            for to, language in found.items()
            if can_be_sent_to(to)
        ])  # fmt: skip
        own.delete()
    return "handed on"


def _in(letter: Message, language: str) -> dict[str, Any]:
    """What it is about, to whoever reads that language."""
    return {**letter.payload, "language": language or letter.payload["language"]}


@handles(MAIL)
def send(message: Message) -> str:
    """Send a mail through the server of the settings. What it has promised is taken back where it will never
    leave, unless that server took it once.
    """
    try:
        return _sent(message)
    except Refused:
        was_accepted = any(tried["answer"] == ACCEPTED for tried in message.log)
        if not was_accepted and message.topic in TAKERS_BACK:
            TAKERS_BACK[message.topic](message)
        raise


def _sent(message: Message) -> str:
    if not is_set_up():
        raise Failed("no mail is set up")
    if message.topic not in WRITERS:
        raise Failed("this version cannot write it")
    if not can_be_sent_to(message.recipient):
        raise Refused("this is no address")
    with spoken(message.payload["language"]):
        mail = _composed(message, WRITERS[message.topic](message))
    try:
        mail.send()
    except smtplib.SMTPRecipientsRefused as error:
        raise _refusal(*next(iter(error.recipients.values()))) from error
    except smtplib.SMTPSenderRefused as error:  # by whoever runs this it can be set right
        raise Failed(_said(error.smtp_code, error.smtp_error)) from error
    except smtplib.SMTPDataError as error:
        raise _refusal(error.smtp_code, error.smtp_error) from error
    except smtplib.SMTPResponseException as error:
        raise Failed(_said(error.smtp_code, error.smtp_error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Failed(str(error) or type(error).__name__) from error
    return ACCEPTED


def _composed(message: Message, letter: Letter) -> EmailMultiAlternatives:
    """The mail. Django refuses a header with a line of its own; a name has none here."""
    context = {"letter": letter}
    mail = EmailMultiAlternatives(
        subject=" ".join(letter.subject.split()),
        body=render_to_string("mail/letter.txt", context),
        from_email=settings.MAIL_FROM,
        to=[message.recipient],
        reply_to=[letter.reply_to] if can_be_sent_to(letter.reply_to) else [],
        headers={
            "Message-ID": message.payload["message-id"],
            "Date": format_datetime(message.created_at),
            "Auto-Submitted": "auto-generated",
        },
    )
    mail.attach_alternative(render_to_string("mail/letter.html", context), "text/html")
    for one in letter.attachments:
        mail.attach(one.name, one.content, one.type)
    return mail


def _refusal(code: int, words: bytes | str) -> Failed:
    """5xx is for good, 4xx for now (RFC 5321, 4.2.1)."""
    kind = Refused if 500 <= code < 600 else Failed
    return kind(_said(code, words))


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"{code} {' '.join(text.split())}"
