"""The tables of an event's home, each of whose rows is a form that is saved by itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from devices import lifecycle
from devices.admin_pages import pairing
from devices.models import Device
from door.models import Station
from events import invitations
from events.forms import RoleForm
from events.invitation_admin import links
from events.members import take_out
from events.models import Event, Invitation, Member, Role
from home import forms
from limits.holds import delete_hold, give_back, write_hold
from limits.models import Hold, Quota
from limits.quotas import delete_quota, write_quota
from outbox import mailing
from prices.discounts import delete_discount, write_discount
from prices.models import Discount
from shifts.models import Till
from tickets import stock
from tickets.models import Ticket

Label = str | Promise
Shown = tuple[str, dict[str, Any]]  # a page, and what it tells


@dataclass(frozen=True)
class RowAct:
    """Something else that is done to a row: `do(row, request)`, which may lead to a page of its own. `asks`:
    only once somebody has opened what it stands in.
    """

    name: str
    label: Label
    do: Callable[[Any, HttpRequest], Shown | None]
    asks: bool = False


@dataclass(frozen=True)
class Sheet:
    """`rows` are those of an event, `new` one to be added (None: none can), `save` writes what a form has
    judged; `figures` are what else is told of a row. `more` is the address of the admin's form of a row.
    """

    name: str
    title: Label
    form: type[Any]
    rows: Callable[[Event], QuerySet[Any]]
    save: Callable[[Any, HttpRequest], Shown | None]
    new: Callable[[], Model] | None
    figures: Sequence[tuple[Label, Callable[[Any], object]]] = ()
    acts: Sequence[RowAct] = ()
    more: str = ""
    none_yet: Label = ""
    # Of the fields that only a new row has, what stands there once it is made.
    stays: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    is_fixed: bool = False  # what is there is changed by acts alone


def _save(form: Any, request: HttpRequest) -> None:
    form.save()


def _written(write: Callable[..., object]) -> Callable[[Any, HttpRequest], None]:
    """By the act that locks what the form has judged."""

    def save(form: Any, request: HttpRequest) -> None:
        write(form.instance, form.named, changed=form.written)

    return save


def _invite(form: Any, request: HttpRequest) -> Shown:
    new, by, site = form.instance, cast(User, request.user), mailing.site_of(request)
    made = invitations.invite(event=new.event, email=new.email, role=new.role, by=by, site=site)
    return _links(made, request)


def _renew(invitation: Invitation, request: HttpRequest) -> Shown:
    by, site = cast(User, request.user), mailing.site_of(request)
    return _links((invitation, invitations.renew(invitation, by=by, site=site)), request)


def _links(invited: tuple[Invitation, str], request: HttpRequest) -> Shown:
    return "home/links.html", {"links": links(request, [invited]), "sends_mail": mailing.is_set_up()}


def _pair(device: Device, request: HttpRequest) -> Shown:
    return "home/pair.html", pairing(request, device)


DELETE = gettext_lazy("Delete")


def deleting(delete: Callable[[Any], object], label: Label = DELETE) -> RowAct:
    """Asked for twice, for it is gone then."""

    def do(row: Any, request: HttpRequest) -> None:
        delete(row)

    return RowAct("delete", label, do, asks=True)


def _open_invitations(event: Event) -> QuerySet[Invitation]:
    return event.invitations.select_related("event").open(timezone.now()).order_by("pk")


def _people(event: Event) -> QuerySet[Member]:
    people = event.members.filter(user__is_device=False).select_related("user", "event")
    return people.order_by("user__email")


def _in_use(event: Event) -> QuerySet[Device]:
    in_use = event.devices.filter(revoked_at=None).select_related("event", "user")
    return in_use.with_role().order_by("name", "pk")


def _holds(event: Event) -> QuerySet[Hold]:
    return event.holds.select_related("ticket", "event").prefetch_related("members").order_by("name", "pk")


def _discounts(event: Event) -> QuerySet[Discount]:
    used = event.discounts.select_related("event").with_used()
    return used.prefetch_related("tickets").order_by("name", "pk")


@transaction.atomic(durable=True)
def _delete(row: Model) -> None:
    row.delete()


TICKETS = Sheet(
    "tickets",
    gettext_lazy("Tickets"),
    forms.TicketRow,
    lambda event: event.tickets.order_by("position", "pk").with_quotas(),
    _save,
    Ticket,
    figures=[
        (gettext_lazy("sold"), lambda ticket: ticket.sold),
        (gettext_lazy("left"), lambda ticket: "∞" if ticket.available is None else ticket.available),
    ],
    acts=[deleting(stock.delete_ticket)],
    more="admin:tickets_ticket_change",
    none_yet=gettext_lazy("Nothing is for sale yet: name a kind of ticket and its price."),
)
MEMBERS = Sheet(
    "members",
    gettext_lazy("People"),
    RoleForm,
    _people,
    _save,
    None,
    figures=[
        (gettext_lazy("name"), lambda member: member.user.name),
        (gettext_lazy("e-mail"), lambda member: member.user.email),
    ],
    acts=[deleting(lambda member: take_out([member]), gettext_lazy("Take out"))],
)
INVITATIONS = Sheet(
    "invitations",
    gettext_lazy("Invited"),
    forms.InvitationRow,
    _open_invitations,
    _invite,
    lambda: Invitation(role=Role.CASHIER),
    stays={"role": lambda invitation: invitation.get_role_display()},
    figures=[(gettext_lazy("works until"), lambda invitation: invitation.expires_at)],
    acts=[
        RowAct("renew", gettext_lazy("Another link"), _renew),
        deleting(invitations.withdraw, gettext_lazy("Withdraw")),
    ],
    none_yet=gettext_lazy("Whoever is to help gets a link: type an address and choose a role."),
    is_fixed=True,
)
TILLS = Sheet(
    "tills",
    gettext_lazy("Tills"),
    forms.TillRow,
    lambda event: event.tills.order_by("name"),
    _save,
    Till,
    more="admin:shifts_till_change",
    none_yet=gettext_lazy("Cash needs a till: name the first."),
)
STATIONS = Sheet(
    "gates",
    gettext_lazy("Gates"),
    forms.StationRow,
    lambda event: event.stations.order_by("name").with_passages().prefetch_related("tickets"),
    _save,
    Station,
    figures=[
        (gettext_lazy("came in"), lambda station: station.entered),
        (gettext_lazy("went out"), lambda station: station.left),
    ],
    acts=[deleting(_delete)],
    more="admin:door_station_change",
    none_yet=gettext_lazy("Without a gate the door lets in every ticket of the event."),
)
DEVICES = Sheet(
    "devices",
    gettext_lazy("Devices"),
    forms.DeviceRow,
    _in_use,
    _save,
    Device,
    figures=[
        (gettext_lazy("last seen"), lambda device: device.last_seen_at),
    ],
    stays={"role": lambda device: Role(device.role).label if device.role else "-"},
    acts=[
        RowAct("pair", gettext_lazy("Pair"), _pair),
        deleting(lifecycle.revoke, gettext_lazy("Revoke")),
    ],
    more="admin:devices_device_change",
    none_yet=gettext_lazy("A tablet that is paired needs no log-in: name the first."),
)
QUOTAS = Sheet(
    "quotas",
    gettext_lazy("Quotas"),
    forms.QuotaRow,
    lambda event: event.quotas.order_by("name").select_related("event").prefetch_related("tickets"),
    _written(write_quota),
    Quota,
    figures=[
        (gettext_lazy("used"), lambda quota: quota.used),
        (gettext_lazy("left"), lambda quota: quota.left),
    ],
    acts=[deleting(delete_quota)],
    more="admin:limits_quota_change",
    none_yet=gettext_lazy("A quota limits several kinds together: 200 seats, whichever they are."),
)
HOLDS = Sheet(
    "holds",
    gettext_lazy("Holds"),
    forms.HoldRow,
    _holds,
    _written(write_hold),
    Hold,
    figures=[
        (gettext_lazy("sold"), lambda hold: hold.sold),
        (gettext_lazy("left"), lambda hold: hold.left),
    ],
    acts=[
        RowAct("give-back", gettext_lazy("Give back what is left"), lambda hold, _request: _given_back(hold)),
        deleting(delete_hold),
    ],
    more="admin:limits_hold_change",
    stays={"ticket": lambda hold: hold.ticket},
    none_yet=gettext_lazy("A hold sets some of a ticket aside, for the press say."),
)
DISCOUNTS = Sheet(
    "discounts",
    gettext_lazy("Discounts"),
    forms.DiscountRow,
    _discounts,
    _written(write_discount),
    Discount,
    figures=[(gettext_lazy("used"), lambda discount: discount.used)],
    acts=[deleting(delete_discount)],
    more="admin:prices_discount_change",
    none_yet=gettext_lazy("A discount takes something off, by a button at the till or by a code."),
)


def _given_back(hold: Hold) -> None:
    give_back(hold)


@dataclass(frozen=True)
class Section:
    """A tab: its tables, and perhaps a form about the event itself."""

    name: str
    title: Label
    sheets: Sequence[Sheet] = ()
    form: type[Any] | None = None

    def sheet(self, name: str) -> Sheet | None:
        return next((sheet for sheet in self.sheets if sheet.name == name), None)


SECTIONS = {
    section.name: section
    for section in (
        Section("tickets", gettext_lazy("Tickets"), [TICKETS]),
        Section("people", gettext_lazy("People"), [MEMBERS, INVITATIONS]),
        Section("places", gettext_lazy("Tills and gates"), [TILLS, STATIONS]),
        Section("devices", gettext_lazy("Devices"), [DEVICES]),
        Section("limits", gettext_lazy("Limits"), [QUOTAS, HOLDS]),
        Section("money", gettext_lazy("Money"), [DISCOUNTS], forms.MoneyForm),
        Section("settings", gettext_lazy("Settings"), (), forms.SettingsForm),
    )
}
