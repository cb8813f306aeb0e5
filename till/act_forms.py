"""What the till asks before it does something to an order that was sold: a form for each act.

What decides is on the button that sends the form, so that each takes three taps from the order's page.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from attendees.models import Attendee
from attendees.names import NAMES
from base.forms import money_field
from base.idempotency import new_key
from base.identifiers import parse_id
from base.money import display
from events.approvals import Approval, possible_approvers
from events.models import Act, may
from orders import states
from orders.amending import Ask
from orders.exchanges import exchange
from orders.forms import KEEP, MoneyBackForm, at_first, money_choices
from orders.models import Order, Payment
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.reissue import swap_code, transfer
from orders.restoring import restore
from orders.settlement import Paid
from orders.takings import GiveBack
from shifts.desk import Desk
from shifts.models import Shift
from tickets.models import Ticket

# Whom and how much first; most need no more than that and a button.
IN_ORDER = ("guests", *NAMES, "sum", "amount", "reason", "money", "tender", "approver", "pin")
REASONS = (
    gettext_lazy("Changed their mind"),
    gettext_lazy("Sold by mistake"),
    gettext_lazy("Not as promised"),
)


@dataclass(frozen=True)
class Button:
    """What sends the form: a field's name and value, what it says, and what beside that."""

    name: str
    value: str
    label: str
    beside: str = ""


class ActForm(MoneyBackForm):
    """Why, and with whose leave; `order` has what is shown of it at hand, and its event the user's role."""

    act: states.Act
    title: str | Promise = ""
    moves_money = False
    keeps = False
    several = False
    names_guests = False

    reason = forms.CharField(label=gettext_lazy("Reason"), required=False, max_length=200)
    because = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    key = forms.CharField(required=False, max_length=255, widget=forms.HiddenInput)
    approver = forms.ChoiceField(label=gettext_lazy("Approved by"), required=False)
    pin = forms.CharField(
        label=gettext_lazy("PIN"),
        required=False,
        max_length=6,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )

    def __init__(
        self, *args: Any, order: Order, drawers: Sequence[Shift] = (), own: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **{"initial": {"key": new_key()}, **kwargs})
        self.order = order
        needs_leave = self.moves_money and not may(order.event.role, Act.MANAGE)
        organizers = possible_approvers(order.event) if needs_leave else []
        cast(forms.ChoiceField, self.fields["approver"]).choices = organizers
        if not organizers:
            del self.fields["approver"], self.fields["pin"]
        self._ask_about_money(drawers, own)
        if self.names_guests:
            self._ask_whom()

    def _ask_about_money(self, drawers: Sequence[Shift], own: int | None) -> None:
        if not self.moves_money or not self.order.balance or self.act == states.Act.RESTORE:
            del self.fields["money"], self.fields["tender"]
            return
        choices = money_choices(self.order, drawers)
        if not self.keeps:
            choices = [choice for choice in choices if choice[0] != KEEP]
        here = ("", _("Give it back here"))
        first = at_first(self.order, drawers, own)
        self.offer(choices if first else [here, *choices], first or "here")
        self.fields["money"].initial = first

    def _ask_whom(self) -> None:
        guests = [(str(one.pk), _named(one)) for one in self.order.live]
        asks = forms.MultipleChoiceField if self.several else forms.ChoiceField
        widget = forms.CheckboxSelectMultiple if self.several else forms.RadioSelect
        only = [pk for pk, _name in guests] if len(guests) == 1 else []
        initial = only if self.several else (only[0] if only else None)
        self.fields["guests"] = asks(
            label=_("Tickets"), choices=guests, widget=widget, initial=initial, required=True
        )

    @property
    def chosen(self) -> list[int]:
        """The ids of the guests that were chosen."""
        value = self.cleaned_data["guests"]
        return [int(pk) for pk in ([value] if isinstance(value, str) else value)]

    def shown(self) -> list[BoundField]:
        """The fields, in the order in which they are asked."""
        return sorted(self.visible_fields(), key=lambda field: IN_ORDER.index(field.name))

    def buttons(self) -> Iterator[Button]:
        """What sends it: a reason each, unless the act has others."""
        for reason in REASONS:
            yield Button("because", str(reason), str(reason))
        yield Button("because", "", _("For the reason above"))

    def ask(self, desk: Desk) -> Ask:
        typed = self.cleaned_data
        approver = parse_id(typed.get("approver"))
        pin = typed.get("pin") or ""
        approval = Approval(approver, pin) if approver is not None and pin else None
        reason = typed["reason"] or typed["because"]
        return Ask(desk, reason, approval, typed["key"] or None)

    def back_from(self, desk: Desk) -> tuple[Desk, GiveBack | None]:
        """How money goes back, and at which desk; the first choice where nothing was to be chosen."""
        return self.answer(desk) if "money" in self.fields else (desk, GiveBack())

    def carry_out(self, desk: Desk) -> None:
        """Do it as it was typed."""
        raise NotImplementedError


def _named(guest: Attendee) -> str:
    return f"{guest.sold_as} · {guest.full_name or guest.code[-4:]}"


class CancelTicketsForm(ActForm):
    act, title = states.Act.CANCEL_ATTENDEES, gettext_lazy("Cancel tickets")
    moves_money = keeps = several = names_guests = True

    def carry_out(self, desk: Desk) -> None:
        desk, money_back = self.back_from(desk)
        cancel_attendees(self.order, attendees=self.chosen, ask=self.ask(desk), money_back=money_back)


class RefundForm(ActForm):
    act, title = states.Act.REFUND, gettext_lazy("Give money back")
    moves_money = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        prices = sorted({one.price_paid for one in self.order.live if one.price_paid}, reverse=True)
        sums = [price for price in prices if price <= self.order.balance][:4] or [self.order.balance]
        sums = list(dict.fromkeys([*sums, self.order.balance]))
        shown = [(f"{value:.2f}", display(value, self.order.currency)) for value in sums]
        self.fields["sum"] = forms.ChoiceField(
            label=_("How much"), choices=shown, widget=forms.RadioSelect, initial=shown[0][0], required=False
        )
        self.fields["amount"] = money_field(self.order.currency, label=_("Another sum"), required=False)

    def carry_out(self, desk: Desk) -> None:
        amount = self.cleaned_data["amount"]
        if amount is None:
            amount = Decimal(self.cleaned_data["sum"] or 0)
        desk, money_back = self.back_from(desk)
        refund(self.order, amount=amount, ask=self.ask(desk), money_back=money_back or GiveBack())


class ExchangeForm(ActForm):
    """Each button is a ticket, what it costs, and how the difference is paid."""

    act, title = states.Act.EXCHANGE, gettext_lazy("Exchange tickets")
    moves_money = keeps = several = names_guests = True

    to = forms.RegexField(r"^\d{1,18}:(cash|card):\d{1,12}\.\d\d$", widget=forms.HiddenInput)

    def __init__(self, *args: Any, tickets: Sequence[Ticket] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.tickets = tickets
        self.fields["reason"].initial = _("Exchanged")

    def buttons(self) -> Iterator[Button]:
        prices = {one.price_paid for one in self.order.live}
        for ticket in self.tickets:
            more = ticket.price - prices.copy().pop() if len(prices) == 1 else None
            for tender in (Payment.Tender.CASH, Payment.Tender.CARD):
                if tender == Payment.Tender.CARD and more is not None and more <= 0:
                    continue
                yield Button(
                    "to",
                    f"{ticket.pk}:{tender}:{ticket.price:.2f}",
                    _("%(ticket)s, %(tender)s") % {"ticket": ticket.name, "tender": tender.label}
                    if more is None or more > 0
                    else ticket.name,
                    self._difference(ticket, more),
                )

    def _difference(self, ticket: Ticket, more: Decimal | None) -> str:
        if more is None:
            return display(ticket.price, self.order.currency)
        shown = display(abs(more), self.order.currency)
        return _("each %s back") % shown if more < 0 else _("each %s more") % shown

    def carry_out(self, desk: Desk) -> None:
        ticket, tender, price = self.cleaned_data["to"].split(":")
        chosen = self.chosen
        old = sum((one.price_paid for one in self.order.live if one.pk in chosen), Decimal(0))
        more = Decimal(price) * len(chosen) - old
        out_of, money_back = self.back_from(desk)
        exchange(
            self.order,
            attendees=chosen,
            ticket=int(ticket),
            ask=self.ask(out_of if more < 0 else desk),
            payments=[Paid(tender)] if more > 0 else [],
            money_back=money_back,
            amount=more,
        )


class RestoreForm(ActForm):
    act, title = states.Act.RESTORE, gettext_lazy("Restore the order")
    moves_money = True

    def carry_out(self, desk: Desk) -> None:
        restore(self.order, ask=self.ask(desk))

    def buttons(self) -> Iterator[Button]:
        yield Button("because", _("The guest came back"), _("The guest came back"))
        yield Button("because", "", _("For the reason above"))


class SwapCodeForm(ActForm):
    """Each button is a guest."""

    act, title = states.Act.SWAP_CODE, gettext_lazy("Lost ticket")

    guest = forms.RegexField(r"^\d{1,18}$", widget=forms.HiddenInput)

    def buttons(self) -> Iterator[Button]:
        for one in self.order.live:
            yield Button("guest", str(one.pk), _named(one), _("new code"))

    def carry_out(self, desk: Desk) -> None:
        swap_code(self.order, attendee=int(self.cleaned_data["guest"]), ask=self.ask(desk))


class TransferForm(ActForm):
    act, title = states.Act.TRANSFER, gettext_lazy("Pass on")
    names_guests = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in NAMES:
            field = cast("Any", Attendee._meta.get_field(name)).formfield(required=False)
            field.widget.attrs["autocomplete"] = "off"
            self.fields[name] = field

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not any(self.cleaned_data.get(name) for name in NAMES):
            self.add_error(None, _("Say who has it now."))
        return self.cleaned_data

    def buttons(self) -> Iterator[Button]:
        yield Button("because", "", _("Pass on, with a new code"))

    def carry_out(self, desk: Desk) -> None:
        names = {name: self.cleaned_data[name] for name in NAMES}
        transfer(self.order, attendee=self.chosen[0], names=names, ask=self.ask(desk))


FORMS: Mapping[str, type[ActForm]] = {
    form.act.value.replace("_", "-"): form
    for form in (CancelTicketsForm, RefundForm, ExchangeForm, SwapCodeForm, TransferForm, RestoreForm)
}


def possible(order: Order) -> list[tuple[str, str | Promise]]:
    """What can be done to an order at the till, by its name in the address and for people."""
    return [(name, form.title) for name, form in FORMS.items() if _is_possible(order, form.act)]


def _is_possible(order: Order, act: states.Act) -> bool:
    if not states.allows(order, act):
        return False
    match act:
        case states.Act.CANCEL_ATTENDEES:
            return len(order.live) > 1
        case states.Act.REFUND:
            return order.balance > 0
        case states.Act.RESTORE:
            return order.money_kept or (order.completed_at is None and not order.payments.all())
    return True
