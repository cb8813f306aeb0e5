"""What the log and an error report may tell of a request: nothing that opens something."""

import logging
import re
from types import FrameType
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe
from django.views.debug import ExceptionReporter, SafeExceptionReporterFilter

HIDDEN = "…"
# A one-time link or a claim link, also one that was mangled in pasting, and the code that a QR carries in its
# address.
SECRETS = re.compile(
    r"""((?<=/set-password/)|(?<=/join/)|(?<=/c/)|(?<=%2Fc%2F)|(?<=%2fc%2f))[^\s'"<>]+"""
    r"""|\b[0-9a-z]{5,8}-[0-9a-f]{16,}|(?<=\bcode=)[^\s'"&<>]+"""
)


def without_secrets(text: str) -> str:
    """The same text with every part that could be used to get in replaced by a dot or three."""
    return SECRETS.sub(HIDDEN, text)


class WithoutSecrets(logging.Filter):
    """Django logs the path of whatever it refuses. On the loggers themselves, so that it holds for
    every handler.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = without_secrets(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(without_secrets(a) if isinstance(a, str) else a for a in record.args)
        return True


class WithoutRefusals(logging.Filter):
    """Sold out is no warning: the box office works. How a request was answered is told already, without its
    address (`onsite_project.monitoring`), and what the database could not answer by `base.database`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        return status is None or (status >= 500 and status != 503)


class Seldom(logging.Filter):
    """One record in a while and process: whatever breaks breaks for everybody, and each mail takes time."""

    def __init__(self, name: str = "") -> None:
        super().__init__(name)
        self.again = 0.0

    def filter(self, record: logging.LogRecord) -> bool:
        if record.created < self.again:
            return False
        self.again = record.created + settings.ERROR_MAIL_EVERY
        return True


class ReportFilter(SafeExceptionReporterFilter):
    """No report has what was typed, no cookies and no local variables, which have passed through
    functions that nobody has marked.
    """

    def get_post_parameters(self, request: HttpRequest | None) -> dict[str, Any]:
        typed = super().get_post_parameters(request)
        return dict.fromkeys(typed, self.cleansed_substitute) if self.is_active(request) else typed

    def get_safe_cookies(self, request: HttpRequest) -> dict[str, Any]:
        cookies = super().get_safe_cookies(request)
        return dict.fromkeys(cookies, self.cleansed_substitute) if self.is_active(request) else cookies

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> Any:
        if self.is_active(request):
            return []
        return super().get_traceback_frame_variables(request, tb_frame)


class Report(ExceptionReporter):
    def get_traceback_data(self) -> dict[str, Any]:
        data: dict[str, Any] = super().get_traceback_data()
        if self.filter.is_active(self.request) and self.request is not None:
            data["request_GET_items"] = [(name, HIDDEN) for name in self.request.GET]
        return data

    def get_traceback_text(self) -> SafeString:
        return mark_safe(without_secrets(super().get_traceback_text()))  # noqa: S308 - it was safe before

    def get_traceback_html(self) -> SafeString:
        return mark_safe(without_secrets(super().get_traceback_html()))  # noqa: S308
