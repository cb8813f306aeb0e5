from collections.abc import Collection
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from base.errors import DomainError
from events.forms import OfEventForm
from events.models import Event, Member
from limits import holds, quotas
from limits.models import Hold, Quota
from tickets.models import Ticket


class Several(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]  # not generic to Python
    """Rows of events; of which, too, as long as the event is not chosen."""

    names_event = True

    def label_from_instance(self, row: Any) -> str:
        name = str(row.user) if isinstance(row, Member) else str(row)
        return f"{row.event}: {name}" if self.names_event else name


class LimitForm(OfEventForm[Any]):
    """Says beside what was typed why the act would refuse it; `many` names the field with several rows, and
    `judge` says what is wrong. The rows are locked then, until the act is done.
    """

    many = ""

    def of_events(self, events: QuerySet[Event]) -> None:
        """Offer what belongs to those events."""
        for name in self.fields.keys() & {"ticket", "till", self.many}:
            field: Any = self.fields[name]
            field.queryset = field.queryset.filter(event__in=events.values("pk")).select_related("event")

    def full_clean(self) -> None:
        super().full_clean()
        if not self.is_bound or self.errors:
            return
        try:
            self.judge()
        except DomainError as refusal:
            for problem in refusal.problems:
                field = str(problem.path[0]) if problem.path else None
                self.add_error(field if field in self.fields else None, problem.detail)

    @property
    def written(self) -> Collection[str] | None:
        """The fields that were changed; of a new row all."""
        return self.changed_data if self.instance.pk else None

    @property
    def named(self) -> Collection[Any] | None:
        """The rows of the field with several, if they were changed."""
        is_new = not self.instance.pk
        return self.cleaned_data[self.many] if is_new or self.many in self.changed_data else None

    def judge(self) -> None:
        raise NotImplementedError

    def _save_m2m(self) -> None:
        """Nothing: the act writes them."""


class QuotaForm(LimitForm):
    tickets = Several(Ticket.objects.order_by("event", "position", "pk"), required=False, label=_("Tickets"))
    many = "tickets"

    class Meta:
        model = Quota
        fields = ["event", "name", "size", "tickets"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["tickets"] = [ticket.pk for ticket in self.instance.tickets.all()]

    def judge(self) -> None:
        quotas.judge(self.instance, self.named, changed=self.written)


class HoldForm(LimitForm):
    members = Several(
        Member.objects.select_related("user").order_by("event", "pk"), required=False, label=_("Members")
    )
    many = "members"

    class Meta:
        model = Hold
        fields = ["event", "ticket", "name", "quantity", "ends_at", "open_to", "till", "members"]

    def _get_validation_exclusions(self) -> set[str]:
        # Not in the form any more, yet the constraint on the name needs it.
        return super()._get_validation_exclusions() - {"ticket"}

    def judge(self) -> None:
        holds.judge(self.instance, self.named, changed=self.written)
