import argparse
from datetime import datetime
from typing import Any

import environ
from django.conf import settings
from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from base.commands import Reporting
from base.errors import DomainError
from base.times import parse_time
from home.demo.nights import seed


def _time(text: str) -> datetime:
    at = parse_time(text)
    if at is None:
        raise argparse.ArgumentTypeError(_("%r is no time: write it like 2026-11-29T20:00Z.") % text)
    return at


class Command(Reporting):
    help = (
        "Make the event `demo` to try things with: a night that began two hours ago. While it is under way, "
        "running it again changes nothing; when it is over, it makes a new one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--at", type=_time, help="the time that it is, instead of now: 2026-11-29T20:00Z")
        parser.add_argument(
            "--empty", action="store_true", help="an event in which nobody has come yet, for a month"
        )
        parser.add_argument("--password", help="of the accounts that are made; else DEMO_PASSWORD")

    def handle(
        self, *args: Any, at: datetime | None, empty: bool, password: str | None, **options: Any
    ) -> None:
        try:
            event, made = seed(password=password or _password(), empty=empty, at=at or timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        told = _("The event %r was made.") if made else _("The event %r is there.")
        self.report([told % event.identifier], done=told % event.identifier)


def _password() -> str:
    password: str = environ.Env().str("DEMO_PASSWORD", default="onsite-demo" if settings.DEBUG else "")
    if not password:
        raise CommandError(_("With DEBUG off, set DEMO_PASSWORD: a known password would be an open door."))
    return password
