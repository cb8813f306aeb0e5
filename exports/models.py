"""Tables that somebody asked for: who, which, how far it is, and the file itself, in parts."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from books.dialects import DIALECTS, POINT
from events.models import ROLES, Act, Event, role_of

KEPT = timedelta(hours=24)


class ExportQuerySet(models.QuerySet["Export"]):
    def for_user(self, user: User) -> Self:
        """The exports of the events that `user` organizes."""
        return self.annotate(role=role_of(user, "event_id")).filter(role__in=ROLES[Act.MANAGE])

    def by_reference(self, reference: int | str) -> Self:
        """By id; an export has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()

    def files(self) -> Self:
        """Those that the worker writes, and not those that were streamed to whoever asked."""
        return self.filter(is_streamed=False)

    def unfinished(self) -> Self:
        return self.filter(state__in=Export.UNFINISHED)


class Export(models.Model):
    """That somebody took a table of an event along, or has the worker write it into a file. The row stays
    when the file is gone.
    """

    class Format(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "Excel"

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being written")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    UNFINISHED = (State.WAITING, State.RUNNING)

    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, related_name="exports", db_index=False, verbose_name=_("event")
    )
    table = models.CharField(_("table"), max_length=10)
    format = models.CharField(_("format"), max_length=4, choices=Format.choices)
    dialect = models.CharField(
        _("table for"),
        max_length=10,
        choices=[(dialect.key, dialect.name) for dialect in DIALECTS],
        default=POINT.key,
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    is_streamed = models.BooleanField(_("streamed"), default=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("asked by")
    )
    asked_at = models.DateTimeField(_("asked at"), default=timezone.now)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.WAITING)
    # Which try of the worker writes it; only the parts of that one count.
    attempt = models.PositiveSmallIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(_("rows written"), default=0)
    rows_total = models.PositiveBigIntegerField(_("rows"), default=0)
    size = models.PositiveBigIntegerField(_("bytes"), default=0)
    ended_at = models.DateTimeField(_("ended at"), null=True)
    expires_at = models.DateTimeField(_("kept until"), null=True)
    problem = models.CharField(_("problem"), max_length=200, blank=True)

    # Of whom it was looked up for.
    role: str | None = None

    objects = ExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["event", "-id"], name="export_newest_of_event"),
            models.Index(fields=["expires_at"], name="export_expires", condition=Q(expires_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["event"],
                condition=Q(is_streamed=True, state="running"),
                name="export_streamed_once_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running"], ended_at__isnull=True)
                | Q(state__in=["done", "failed"], ended_at__isnull=False),
                name="export_ended_has_a_time",
            ),
        ]

    class JSONAPIMeta:
        resource_name = "export"

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"{self.event.file_stem}-{self.table}.{self.format}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in self.UNFINISHED

    def has_file_at(self, at: datetime) -> bool:
        """Whether there is something to fetch at `at` (UTC)."""
        return self.state == self.State.DONE and self.expires_at is not None and self.expires_at > at


class Part(models.Model):
    """So much of an export's file as is read at a time. The file lies in the database, because the worker
    may run on another machine than the pages (docs/adr/0022).
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="parts", db_index=False)
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        ordering = ["export", "number"]
        constraints = [
            models.UniqueConstraint(fields=["export", "attempt", "number"], name="part_once"),
        ]

    def __str__(self) -> str:
        return f"{self.export_id}/{self.number}"
