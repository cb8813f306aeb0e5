"""The audit trail: who changed what may be done, when, from where, before and after."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, ClassVar, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from base.asking import asker
from base.records import Record

Row = TypeVar("Row", bound="Audited")
Values = dict[str, Any]
# In place of what nobody may read, not even that it was the same twice.
SECRET = "***"  # noqa: S105
# Letters of a text that are kept; whoever changes a long one again and again would fill the table.
LONGEST_TOLD = 500


class ChangeQuerySet(models.QuerySet["Change"]):
    def by_reference(self, reference: int | str) -> "ChangeQuerySet":
        """By id; a change has no identifier."""
        return self.filter(pk=reference) if isinstance(reference, int) else self.none()


class Change(Record):
    """One change of one row. It never holds a secret: of a PIN it tells that there is another."""

    class Act(models.TextChoices):
        ADDED = "added", _("added")
        CHANGED = "changed", _("changed")
        REMOVED = "removed", _("removed")

    at = models.DateTimeField(_("at"), default=timezone.now, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
        help_text=_("Nobody: a script, or somebody who was not logged in."),
    )
    address = models.CharField(_("from"), max_length=45, blank=True)
    event = models.ForeignKey(
        "events.Event",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name=_("event"),
        help_text=_("None: an account's own."),
    )
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("account"),
        help_text=_("Whom it concerns."),
    )
    kind = models.CharField(_("kind"), max_length=50)
    row = models.BigIntegerField(null=True)
    name = models.CharField(_("name"), max_length=300)
    act = models.CharField(_("act"), max_length=7, choices=Act.choices)
    before = models.JSONField(_("before"), encoder=DjangoJSONEncoder)
    after = models.JSONField(_("after"), encoder=DjangoJSONEncoder)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change")
        verbose_name_plural = _("changes")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["event", "-id"], name="change_of_event")]

    class JSONAPIMeta:
        resource_name = "change"

    def __str__(self) -> str:
        return f"{self.name}: {self.get_act_display()}"

    @classmethod
    def note(cls, row: "Audited", act: "Change.Act", before: Values, after: Values) -> None:
        """Keep what was done to `row`, and who asks for it."""
        cls.of(row, act, before, after).save()

    @classmethod
    def of(cls, row: "Audited", act: "Change.Act", before: Values, after: Values) -> "Change":
        """What `note` keeps, not saved."""
        asking = asker()
        return cls(
            by=asking.user if asking else None,
            address=asking.address if asking else "",
            event_id=row.audited_event,
            account_id=row.audited_account,
            kind=row._meta.label_lower,
            row=row.pk if isinstance(row.pk, int) else None,
            name=row.audited_name[:300],
            act=act,
            before=before,
            after=after,
        )


class AuditedQuerySet(models.QuerySet[Row]):
    """Keeps what is changed in bulk, row by row."""

    def update(self, **changes: Any) -> int:
        if not self.model.audited_names(changes):
            return super().update(**changes)
        with transaction.atomic(savepoint=False):
            rows = list(self)
            before = self.model.audited_values(rows, changes)
            done = super().update(**changes)
            if done:  # else somebody else was faster, whose change it is
                self.model.note_changes(rows, before, changes)
        return done

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(savepoint=False):
            for row in (rows := list(self)):
                row.note_removal()
            return super().delete() if rows else (0, {})

    delete.queryset_only = True  # type: ignore[attr-defined]  # for Django, which makes managers by it


class Audited(models.Model):
    """Mixin of a model whose every change is kept in the audit trail, in the transaction that makes it:
    what its forms may edit, with what is named here beside or taken out.
    """

    audited_too: ClassVar[Collection[str]] = ()
    unaudited: ClassVar[Collection[str]] = ()
    # Told to be there or to be another, without the value.
    audited_secrets: ClassVar[Collection[str]] = ()

    class Meta:
        abstract = True

    @property
    def audited_event(self) -> int | None:
        """The id of the event whose organizers may read it; None for an account's own."""
        return getattr(self, "event_id", None)

    @property
    def audited_account(self) -> int | None:
        """The id of the account that it is about, if it is about one."""
        return getattr(self, "user_id", None)

    @property
    def audited_name(self) -> str:
        return str(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        names = kwargs.get("update_fields")
        if names is not None and not self.audited_names(names):
            super().save(*args, **kwargs)
            return
        with transaction.atomic(savepoint=False):
            known = [] if self._state.adding else [self]
            before = self.audited_values(known, names)
            super().save(*args, **kwargs)
            self.note_changes([self], before, names)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic(savepoint=False):
            self.note_removal()
            return super().delete(*args, **kwargs)

    def note_removal(self) -> None:
        self.removal().save()

    def removal(self) -> Change:
        """What is kept of its removal, not saved."""
        before = self.audited_values([self]).get(self.pk, {})
        return Change.of(self, Change.Act.REMOVED, self._told(before), {})

    @classmethod
    def audited_names(cls, among: Iterable[str] | None = None) -> list[str]:
        """The fields whose changes are kept; of those `among` them, if that is given."""
        named = {*cls.audited_too, *cls.audited_secrets}
        return [
            field.name
            for field in cls._meta.concrete_fields
            if not field.is_relation
            and not field.primary_key
            and (field.name in named or (field.editable and field.name not in cls.unaudited))
            and (among is None or field.name in among)
        ]

    @classmethod
    def audited_values(
        cls, rows: Iterable["Audited"], among: Iterable[str] | None = None
    ) -> dict[Any, Values]:
        """What the database now holds of those rows, by primary key."""
        if not (keys := [row.pk for row in rows]):
            return {}
        stored = cls._base_manager.filter(pk__in=keys).values("pk", *cls.audited_names(among))
        return {values.pop("pk"): values for values in stored}

    @classmethod
    def note_changes(
        cls, rows: Iterable["Audited"], before: Mapping[Any, Values], among: Iterable[str] | None
    ) -> None:
        """Keep what differs from `before`, where it differs; what was not there was added."""
        rows = list(rows)
        after = cls.audited_values(rows, among)
        noted = []
        for row in rows:
            then, now = before.get(row.pk), after.get(row.pk, {})
            if then is None:
                noted.append(Change.of(row, Change.Act.ADDED, {}, cls._told(now)))
            elif changed := {name: value for name, value in now.items() if value != then[name]}:
                were = {name: then[name] for name in changed}
                noted.append(Change.of(row, Change.Act.CHANGED, cls._told(were), cls._told(changed)))
        Change.objects.bulk_create(noted)

    @classmethod
    def _told(cls, values: Values) -> Values:
        """Without the secrets themselves, and of long texts the beginning and the length."""
        hidden = {name: SECRET if values[name] else "" for name in cls.audited_secrets if name in values}
        return {name: _shortened(value) for name, value in {**values, **hidden}.items()}


def _shortened(value: Any) -> Any:
    if not isinstance(value, str) or len(value) <= LONGEST_TOLD:
        return value
    return f"{value[:LONGEST_TOLD]}… ({len(value)})"
