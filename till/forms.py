"""The till's form: what a cashier typed, and how the sale's refusals find their way beside it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, cast

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from attendees.models import Attendee
from attendees.names import NAMES, checked
from base import languages
from base.errors import DomainError, Problem
from base.forms import CountField, money_field
from base.idempotency import new_key
from base.money import PRICE_DIGITS
from events.models import Event
from orders.forms import MoneyBackForm, at_first, money_choices
from orders.lifecycle import cancel, complete, give_back
from orders.models import Order, Payment
from orders.sale import Guest, Line, Sale
from orders.settlement import TENDERS, Paid
from shifts.desk import Desk
from shifts.models import Shift
from tickets.models import Ticket
from tickets.stock import MAX_ATTENDEES

UNPAID = "unpaid"
CHOICES = [*TENDERS, (UNPAID, _("not paid yet"))]


@dataclass(frozen=True)
class Row:
    """One ticket on the page, with its fields."""

    ticket: Ticket
    quantity: BoundField
    price: BoundField | None
    names: BoundField


class SaleForm(forms.Form):
    """Quantities of an event's tickets, names that guests gave, and how it is paid."""

    tender = forms.ChoiceField(
        label=_("Paid by"), choices=CHOICES, initial=Payment.Tender.CASH, widget=forms.RadioSelect
    )
    admit = forms.BooleanField(label=_("Admit now"), required=False)
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=255)

    def __init__(
        self,
        *args: Any,
        currency: str,
        tickets: Sequence[Ticket],
        chosen: bool = False,
        admit: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **{"initial": {"idempotency_key": new_key(), "admit": admit}, **kwargs})
        self.tickets = tickets
        self.fields["tendered"] = money_field(currency, label=_("Cash given"), required=False)
        self.fields["amount"] = money_field(currency, required=False)
        for ticket in tickets:
            self._add_fields(ticket, chosen)
            price = partial(money_field, currency, required=False, max_digits=PRICE_DIGITS)
            self.fields[f"shown_{ticket.pk}"] = price()
            if ticket.type == Ticket.Type.DONATION:
                self.fields[f"price_{ticket.pk}"] = price(label=_("Each gives"), initial=ticket.min_price)

    def _add_fields(self, ticket: Ticket, chosen: bool) -> None:
        self.fields[f"quantity_{ticket.pk}"] = CountField(
            label=ticket.name,
            required=False,
            max_value=MAX_ATTENDEES,
            initial=1 if chosen else None,
        )
        self.fields[f"names_{ticket.pk}"] = forms.CharField(
            label=_("Names, if given"),
            required=False,
            max_length=5000,
            widget=forms.TextInput(attrs={"placeholder": _("Ana Silva, Bo Li"), "autocomplete": "off"}),
        )

    @property
    def rows(self) -> Iterator[Row]:
        for ticket in self.tickets:
            price = f"price_{ticket.pk}"
            yield Row(
                ticket,
                self[f"quantity_{ticket.pk}"],
                self[price] if price in self.fields else None,
                self[f"names_{ticket.pk}"],
            )

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors and not self.ordered():
            self.add_error(None, _("Choose how many of which ticket."))
        for ticket, _quantity in self.ordered():
            try:
                self._line(ticket)
            except DomainError as refusal:
                self._show(f"names_{ticket.pk}", refusal.problems[0])
        return self.cleaned_data

    def ordered(self) -> list[tuple[Ticket, int]]:
        """The tickets of which there is to be at least one."""
        quantities = ((ticket, self.cleaned_data.get(f"quantity_{ticket.pk}")) for ticket in self.tickets)
        return [(ticket, quantity) for ticket, quantity in quantities if quantity]

    def _line(self, ticket: Ticket) -> Line:
        names = re.split(r"[,;\n]", self.cleaned_data.get(f"names_{ticket.pk}", ""))
        return Line(
            ticket.pk,
            self.cleaned_data[f"quantity_{ticket.pk}"],
            self.cleaned_data.get(f"price_{ticket.pk}"),
            tuple(_guest(name) for name in names if name.strip()),
        )

    def sale(self, event: Event) -> Sale:
        """What was typed, as a sale at the event."""
        tender, tendered = self.cleaned_data["tender"], self.cleaned_data["tendered"]
        cash = tender == Payment.Tender.CASH
        return Sale(
            event,
            [self._line(ticket) for ticket, _quantity in self.ordered()],
            [] if tender == UNPAID else [Paid(tender, tendered=tendered if cash else None)],
            amount=self._believed(),
            admit=self.cleaned_data["admit"],
        )

    def total(self) -> Decimal:
        """What it costs at the prices of the form's tickets."""
        return self._sum({ticket.pk: ticket.price for ticket in self.tickets})

    def _believed(self) -> Decimal | None:
        """What the page has shown that it costs: its total, else what its prices make; None for a form that
        says nothing of them.
        """
        typed = self.cleaned_data
        shown = {ticket.pk: typed[f"shown_{ticket.pk}"] for ticket, _quantity in self.ordered()}
        if typed["amount"] is not None or None in shown.values():
            return cast("Decimal | None", typed["amount"])
        return self._sum(shown)

    def _sum(self, prices: Mapping[int, Decimal]) -> Decimal:
        """What is ordered costs, at `prices` by the tickets' ids or at what is given."""
        given = {ticket.pk: self.cleaned_data.get(f"price_{ticket.pk}") for ticket in self.tickets}
        each = {pk: price if (gift := given[pk]) is None else gift for pk, price in prices.items()}
        return sum((each[ticket.pk] * quantity for ticket, quantity in self.ordered()), Decimal(0))

    def show(self, refusal: DomainError) -> None:
        """Put each problem of a refused sale beside what it is about."""
        if any(problem.code == "idempotency-key-reused" for problem in refusal.problems):
            self.data = {**self.data, "idempotency_key": new_key()}
            self.add_error(None, _("This sale was made already. Press Sell again to make another one."))
            return
        tickets = [ticket for ticket, _quantity in self.ordered()]  # before errors take values away
        for problem in refusal.problems:
            self._show(self._field_of(problem, tickets), problem)

    def _field_of(self, problem: Problem, tickets: Sequence[Ticket]) -> str | None:
        match problem.path:
            case ("lines", int(index), str(part)):
                ticket = tickets[index]
                name = f"{part}_{ticket.pk}"
                return name if name in self.fields else f"quantity_{ticket.pk}"
            case ("payments", int(), "tendered"):
                return "tendered"
            case ("admit",):
                return "admit"
        return None

    def _show(self, field: str | None, problem: Problem) -> None:
        self.add_error(field, forms.ValidationError(problem.detail, code=problem.code))


def _guest(name: str) -> Guest:
    """Everything up to the last word is the first name. Raises `Invalid` for what cannot be a name."""
    first, _space, last = name.strip().rpartition(" ")
    return Guest(**checked({"firstname": first or last, "lastname": last if first else ""}))


class GuestForm(forms.ModelForm[Attendee]):
    """Who a guest is."""

    class Meta:
        model = Attendee
        fields = NAMES
        widgets = {name: forms.TextInput(attrs={"autocomplete": "off"}) for name in ("firstname", "lastname")}


class MailForm(forms.Form):
    """Where a guest's tickets go."""

    to = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "autofocus": ""}),
    )

    reads = forms.ChoiceField(label=_("The guest reads"), required=False, choices=languages.offered)


class OrderForm(forms.Form):
    """What becomes of an order; it asks nothing."""

    def __init__(self, *args: Any, order: Order, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order = order


class PayForm(OrderForm):
    """How what is left of an unpaid order is paid, and whether its guests are let in with it."""

    tender = forms.ChoiceField(
        label=_("Paid by"), choices=TENDERS, initial=Payment.Tender.CASH, widget=forms.RadioSelect
    )
    admit = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tendered"] = money_field(self.order.currency, label=_("Cash given"), required=False)
        self.fields["amount"] = money_field(self.order.currency, required=False)

    def carry_out(self, desk: Desk) -> None:
        """Complete the order as it was typed, if what the page has shown is still right."""
        tender, tendered = self.cleaned_data["tender"], self.cleaned_data["tendered"]
        paid = Paid(tender, tendered=tendered if tender == Payment.Tender.CASH else None)
        admit = self.cleaned_data["admit"] or None  # else as the event has it
        complete(self.order, desk=desk, payments=[paid], amount=self.cleaned_data["amount"], admit=admit)


class CancelForm(OrderForm, MoneyBackForm):
    """Why an order is cancelled, and what becomes of its money; an undo needs neither. `left` is what the
    page says is to pay.
    """

    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)
    field_order = ["reason"]

    def __init__(
        self, *args: Any, drawers: Sequence[Shift] = (), own: int | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["left"] = money_field(self.order.currency, required=False)
        self.offer(money_choices(self.order, drawers), at_first(self.order, drawers, own))

    def clean(self) -> dict[str, Any]:
        super().clean()
        if self.cleaned_data.get("left") not in (None, self.order.left_to_pay):
            self.add_error(None, _("Money has moved since: look at what was paid, and would go back."))
        return self.cleaned_data

    def carry_out(self, desk: Desk) -> None:
        """Cancel the order as it was typed."""
        desk, money_back = self.answer(desk)
        cancel(self.order, desk=desk, reason=self.cleaned_data["reason"], money_back=money_back)


class GivenBackForm(OrderForm):
    """The card's money went back."""

    def carry_out(self, desk: Desk) -> None:
        give_back(self.order, desk=desk)
