"""What is typed at a drawer: sums, or how many of each coin and note; and refusals beside it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from accounts import pins
from accounts.authentication import UserRequest
from accounts.forms import secret
from accounts.models import User
from base.errors import DomainError, Forbidden, Problem
from base.forms import CountField, money_field
from base.idempotency import new_key
from events.approvals import possible_approvers
from shifts.denominations import pieces, worth
from shifts.lock import Lock, opens_by_pin
from shifts.models import CashCount, Shift

MOST_PIECES = 99_999


class Refusable(forms.Form):
    """A form that shows what the drawer refuses. `moved` says which field holds what the drawer calls
    differently.
    """

    moved: Mapping[str, str] = {}

    def show(self, refusal: DomainError) -> list[Problem]:
        """Put each problem beside its field; those that are about no field are returned."""
        general = []
        for problem in refusal.problems:
            name = str(problem.path[0]) if problem.path else ""
            field = self.moved.get(name, name)
            if field in self.fields:
                self.add_error(field, forms.ValidationError(problem.detail, code=problem.code))
            else:
                general.append(problem)
        return general


@dataclass(frozen=True)
class Piece:
    """One coin or note, with the field for how many there are."""

    face: Decimal
    count: BoundField


class CashForm(Refusable):
    """The cash in a drawer: one sum, or how many of each coin and note. After `is_valid`, `cash` is
    the sum and `counted` the pieces by their face, none if a sum was typed. Coins below the `step` to which
    cash is rounded are not asked for.
    """

    def __init__(self, *args: Any, currency: str, step: Decimal | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cash = Decimal(0)
        self.counted: dict[str, int] = {}
        self.fields["sum"] = money_field(currency, label=_("Cash in the drawer"), required=False)
        self.faces = {f"piece_{face:f}": face for face in pieces(currency, step)}
        for name in self.faces:
            self.fields[name] = CountField(required=False, max_value=MOST_PIECES)

    @property
    def pieces(self) -> Iterator[Piece]:
        for name, face in self.faces.items():
            yield Piece(face, self[name])

    @property
    def has_pieces(self) -> bool:
        """Whether anything was typed as pieces, so that they are shown again."""
        return self.is_bound and any(self[name].value() or self[name].errors for name in self.faces)

    def clean(self) -> dict[str, Any]:
        super().clean()
        cleaned = self.cleaned_data
        counted = {
            f"{face:f}": cleaned[name]
            for name, face in self.faces.items()
            if cleaned.get(name) is not None and name in cleaned
        }
        typed = cleaned.get("sum")
        total = worth(counted)
        if self.errors:
            return cleaned
        if not counted and typed is None:
            self.add_error("sum", _("Count the cash, or type its sum. An empty drawer is 0."))
        elif counted and typed is not None and typed != total and "sum" in self.changed_data:
            detail = _("The pieces make %(total)s: correct them, or leave the sum empty.")
            self.add_error("sum", forms.ValidationError(detail, params={"total": total}))
        self.cash, self.counted = (total, counted) if counted else (typed or Decimal(0), {})
        return cleaned


class OpenForm(CashForm):
    """The opening float of a shift at the till that the form names. `left` is what stayed at the till's
    last close, if anybody knows.
    """

    moved = {"opening_float": "sum"}

    note = forms.CharField(
        label=_("Reason, if it is another sum than stayed"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, left: Decimal | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.left = left


class CountForm(CashForm):
    """A blind count: what lies there, and what the card terminal says."""

    moved = {"cash": "sum"}

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, currency=currency, **kwargs)
        self.fields["card"] = money_field(
            currency,
            label=_("Total of the card slips"),
            min_value=None,
            help_text=_("As the terminal's report says. 0 if no cards were taken."),
        )


class CloseForm(Refusable):
    """Why something differs, and where the cash that was counted goes: all of it stays, until somebody says
    otherwise.
    """

    note = forms.CharField(
        label=_("Reason of the difference"),
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    count = forms.IntegerField(required=False)

    def __init__(self, *args: Any, currency: str, counted: CashCount | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stays, to_safe = counted and counted.cash, counted and Decimal("0.00")
        self.fields["stays"] = money_field(
            currency, label=_("Stays in the drawer"), required=False, initial=stays
        )
        self.fields["to_safe"] = money_field(
            currency, label=_("To the safe"), required=False, initial=to_safe
        )

    @property
    def parts(self) -> list[BoundField]:
        return [self["stays"], self["to_safe"]]

    def terms(self) -> dict[str, Any]:
        """What `close_shift` needs to know of what was typed."""
        cleaned = self.cleaned_data
        return {
            "note": cleaned["note"],
            "stays": cleaned["stays"],
            "to_safe": cleaned["to_safe"],
            "count_id": cleaned["count"],
        }


class MovementForm(Refusable):
    """Cash that goes in or out of the drawer other than by a sale."""

    IN, OUT = "in", "out"

    direction = forms.ChoiceField(
        label=_("Direction"), choices=[(IN, _("Pay in")), (OUT, _("Pay out"))], widget=forms.RadioSelect
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    idempotency_key = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = money_field(currency, label=_("Amount"))
        self.fields["idempotency_key"].initial = new_key()

    def movement(self) -> dict[str, Any]:
        """What `move_cash` needs to know of what was typed."""
        amount = self.cleaned_data["amount"]
        return {
            "amount": amount if self.cleaned_data["direction"] == self.IN else -amount,
            "reason": self.cleaned_data["reason"],
            "idempotency_key": self.cleaned_data["idempotency_key"],
        }

    def show(self, refusal: DomainError) -> list[Problem]:
        if any(problem.code == "idempotency-key-reused" for problem in refusal.problems):
            self.data = {**self.data, "idempotency_key": new_key()}
            self.add_error(None, _("This was written down before, otherwise. Press again to move more cash."))
            return []
        return super().show(refusal)


class ReliefForm(forms.Form):
    """Who lets the user in at a drawer, with their PIN or password. After `is_valid`, `colleague` has."""

    def __init__(self, *args: Any, shift: Shift, request: UserRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.shift, self.request = shift, request
        there = Q(pk=shift.cashier_id) | Q(pk__in=shift.reliefs.values("user"))
        colleagues = User.objects.filter(there, is_active=True, is_device=False)
        choices = {user.pk: str(user) for user in colleagues} | dict(possible_approvers(shift.till.event))
        self.fields["colleague"] = forms.TypedChoiceField(
            label=_("Let in by"), coerce=int, choices=list(choices.items())
        )
        # Named like every other password, so that whoever keeps a refused form leaves it out.
        self.fields["password"] = secret(_("PIN or password"), autocomplete="off")

    def clean(self) -> dict[str, Any]:
        super().clean()
        if not self.errors:
            self.colleague = User.objects.get(pk=self.cleaned_data["colleague"])
            self._prove(self.cleaned_data["password"])
        return self.cleaned_data

    def _prove(self, password: str) -> None:
        """Guesses are counted, at PINs and at passwords."""
        asker, approver = self.request.user, self.colleague
        try:
            if pins.PIN.fullmatch(password):
                pins.check_pin(asker=asker, approver=approver, pin=password)
            else:
                pins.check_password_instead(asker=asker, approver=approver, password=password)
        except Forbidden as refusal:
            self.add_error("password", refusal.problems[0].detail)


class UnlockForm(forms.Form):
    """Who comes to a locked till, and their PIN. After `is_valid`, `user` has typed it."""

    def __init__(self, *args: Any, lock: Lock, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lock = lock
        people = sorted(lock.candidates, key=lambda user: str(user).lower())
        self.by_pin = {user.pk: user for user in people if opens_by_pin(user)}
        self.by_password = [user for user in people if user.pk not in self.by_pin]
        self.fields["who"] = forms.TypedChoiceField(
            label=_("Who are you?"),
            coerce=int,
            widget=forms.RadioSelect,
            choices=[(pk, str(user)) for pk, user in self.by_pin.items()],
        )
        # Named like every other password, so that whoever keeps a refused form leaves it out.
        self.fields["password"] = secret(
            _("PIN"), autocomplete="off", inputmode="numeric", maxlength="6", **{"class": "pin-field"}
        )

    def clean(self) -> dict[str, Any]:
        """Guesses are counted as for approvals; it is who has locked the till that asks."""
        super().clean()
        if self.errors:
            return self.cleaned_data
        self.user = self.by_pin[self.cleaned_data["who"]]
        try:
            pin = self.cleaned_data["password"]
            pins.check_pin(asker=self.lock.by, approver=self.user, pin=pin, forgives=False)
        except Forbidden as refusal:
            self.add_error("password", refusal.problems[0].detail)
        return self.cleaned_data
