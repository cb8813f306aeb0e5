from typing import Any

from django.apps import AppConfig
from django.contrib.auth import user_logged_in
from django.http import HttpRequest


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import letters, recovery  # noqa: F401 - say how mail is written

        user_logged_in.connect(note_log_in)


def note_log_in(request: HttpRequest, **_more: Any) -> None:
    from accounts import sessions

    sessions.begin(request)
