"""A new event, made on one page: what it is, what it costs, where it is sold and checked, who helps."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.forms import ChoiceField
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from base.database import retry_transient
from base.errors import DomainError
from base.forms import WHOLE
from door.models import Station
from events import invitations, planning
from events.models import Event, Invitation, Role
from home.forms import InvitationRow, NewEventForm, NewStationForm, NewTicketForm, NewTillForm
from shifts.models import Till
from tickets.models import Ticket

MOST_ROWS = 50  # of one kind


@dataclass(frozen=True)
class Kind:
    """Rows that a new event may begin with: how many are offered empty at a time, and how one is saved, which
    may return the token of a link.
    """

    name: str
    title: str | Promise
    form: type[Any]
    new: Callable[[], Model]
    rows: int
    save: Callable[[Any, User, str], str | None]
    first: Mapping[str, Any] = field(default_factory=dict)

    def forms(self, sent: Any, event: Event, *, judged: bool) -> list[Any]:
        """The forms of its rows, as many as were sent and asked for, with what was typed; to be `judged` are
        those in which anything was.
        """
        return [self._form(sent, number, event, judged=judged) for number in range(self.count(sent))]

    def _form(self, sent: Any, number: int, event: Event, *, judged: bool) -> Any:
        row: Any = self.new()
        row.event = event
        prefix = f"{self.name}-{number}"
        made = {"prefix": prefix, "instance": row, "use_required_attribute": False}
        offered = self.form(**made, initial=self.first if sent is None and not number else None)
        if sent is None:
            return offered
        typed = {name: sent[key] for name in offered.fields if (key := f"{prefix}-{name}") in sent}
        filled = any(typed[name] for name in typed if not isinstance(offered.fields[name], ChoiceField))
        return self.form(sent, **made) if judged and filled else self.form(**made, initial=typed)

    def count(self, sent: Any) -> int:
        if sent is None:
            return self.rows
        said = sent.get(f"{self.name}-rows", "")
        count = int(said) if WHOLE.fullmatch(said) else self.rows
        more = self.rows if sent.get("more") == self.name else 0
        return min(count + more, MOST_ROWS)


def _plain(form: Any, by: User, site: str) -> None:
    form.save()


def _invited(form: Any, by: User, site: str) -> str:
    new = form.instance
    form.instance, token = invitations.invite(
        event=new.event, email=new.email, role=new.role, by=by, site=site
    )
    return token


KINDS = (
    Kind("tickets", _("Tickets"), NewTicketForm, Ticket, 3, _plain),
    Kind("tills", _("Tills"), NewTillForm, Till, 2, _plain, {"name": _("Till 1")}),
    Kind("gates", _("Gates"), NewStationForm, Station, 2, _plain),
    Kind("people", _("People"), InvitationRow, lambda: Invitation(role=Role.CASHIER), 3, _invited),
)


@dataclass
class First:
    """The page's forms; `refusal` is why none of it was done, if that belongs to no field, and `invited` the
    links to hand over, each with its invitation.
    """

    form: NewEventForm
    rows: dict[str, list[Any]]
    refusal: str = ""
    invited: list[tuple[Invitation, str]] = field(default_factory=list)

    @property
    def is_refused(self) -> bool:
        rows = (row for rows in self.rows.values() for row in rows)
        return bool(self.refusal or self.form.errors) or any(row.errors for row in rows)


def offered(sent: Any = None) -> First:
    """The page with what was `sent` of it, nothing of that judged."""
    form = NewEventForm(initial=sent and sent.dict())
    return First(form, _rows(sent, form.instance, judged=False))


def _rows(sent: Any, event: Event, *, judged: bool) -> dict[str, list[Any]]:
    return {kind.name: kind.forms(sent, event, judged=judged) for kind in KINDS}


@retry_transient
@transaction.atomic(durable=True)
def create(sent: Any, *, by: User, site: str) -> First:
    """Make the event with all that was typed, or nothing where something of it is refused: that stands beside
    each field then. Each row is judged with those above it written, so that a name that is given twice is
    refused where any such name is. Raises `Forbidden` and `TooMany` as `planning.add_event` does, and `Busy`;
    `IntegrityError` where its identifier is taken while this waits.
    """
    form = NewEventForm(sent)
    if not form.is_valid():
        return First(form, _rows(sent, Event(), judged=False))
    event = form.instance
    planning.add_event(event, creator=by)
    page = First(form, _rows(sent, event, judged=True))
    for kind in KINDS:
        for row in page.rows[kind.name]:
            _write(page, kind, row, by, site)
    if page.is_refused:
        transaction.set_rollback(True)
        page.invited.clear()
    return page


def _write(page: First, kind: Kind, row: Any, by: User, site: str) -> None:
    if not row.is_valid():  # or nothing was typed
        return
    try:
        token = kind.save(row, by, site)
    except DomainError as refusal:
        row.add_error(None, str(refusal))
        return
    if token is not None:
        page.invited.append((row.instance, token))
