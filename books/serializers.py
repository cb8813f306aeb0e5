"""What reports say, by token: facts of `books.shift_report` and `books.figures`, described for the schema."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from rest_framework import serializers

from base.api.fields import InstantField, MoneyField
from base.money import SUM_DIGITS
from books.figures import Sold
from books.shift_report import Report
from books.totals import Totals


def money(**kwargs: Any) -> MoneyField:
    return MoneyField(max_digits=SUM_DIGITS, **kwargs)


class Facts(serializers.Serializer[Any]):
    """Some facts. What is no money and not told either while a drawer is still to be counted is `untold`."""

    untold: frozenset[str] = frozenset()


class SoldSerializer(Facts):
    """So many of one ticket at one price; while a drawer is still to be counted, without money."""

    ticket = serializers.CharField()
    quantity = serializers.IntegerField()
    price = money(required=False)
    amount = money(required=False)
    tax_rate = money(required=False, allow_null=True, help_text="In per cent")
    tax = money(required=False, help_text="That they include together")
    reason = serializers.CharField(help_text="Why it is not the ticket's own price")
    approver = serializers.CharField(help_text="Who answers for that")


class TakenSerializer(Facts):
    """What passed through one tender."""

    tender = serializers.CharField()
    payments = serializers.IntegerField()
    refunds = serializers.IntegerField()
    taken = money(required=False)
    given_back = money(required=False, help_text="Below zero")
    net = money(required=False)


class TaxSerializer(Facts):
    rate = money(help_text="In per cent")
    gross = money()
    tax = money()
    net = money()


class AdjustedSerializer(Facts):
    """Money kept of cancelled tickets, or given back as goodwill; below zero, it no longer counts."""

    kind = serializers.ChoiceField(["kept", "goodwill"])
    amount = money()
    tax_rate = money(allow_null=True, help_text="In per cent")
    tax = money(help_text="That it includes")


class GivenSerializer(Facts):
    discount = serializers.CharField()
    quantity = serializers.IntegerField(help_text="Tickets that cost less by it")
    amount = money(help_text="What it took off")


class FiguresSerializer(Facts):
    """Sales, cancellations and money of a shift, a day or an event."""

    untold = frozenset({"taxes", "returned", "kept", "kept_quantity", "outside", "adjusted", "discounts"})

    currency = serializers.CharField()
    sold_quantity = serializers.IntegerField()
    sold = money(required=False)
    given_up = money(required=False, help_text="The tickets that were cancelled and given back")
    kept_quantity = serializers.IntegerField(required=False)
    kept_amount = money(required=False, help_text="Cancelled, the money kept: among what is sold")
    rounding = money(required=False, help_text="What rounding cash gave to the guests")
    net = money(required=False, help_text="All money that came in less all that went out")
    sales = SoldSerializer(many=True)
    returned = SoldSerializer(many=True, required=False)
    kept = SoldSerializer(many=True, required=False)
    tenders = TakenSerializer(many=True)
    taxes = TaxSerializer(many=True, required=False)
    discounts = GivenSerializer(many=True, required=False)
    discounted = money(required=False, help_text="What discounts took off, together")
    adjusted = AdjustedSerializer(
        many=True, required=False, help_text="Kept of what is returned, and given back for what is not"
    )
    exchanged = money(required=False, help_text="Of what is sold, paid with tickets that were exchanged")
    outside = TakenSerializer(
        required=False, help_text="The cash that went through no drawer, among the tenders"
    )


class RefundSerializer(Facts):
    order = serializers.CharField()
    tender = serializers.CharField()
    amount = money()
    by = serializers.CharField()
    reason = serializers.CharField()


class CancelledSerializer(Facts):
    order = serializers.CharField()
    amount = money(required=False)
    by = serializers.CharField()
    reason = serializers.CharField()
    is_kept = serializers.BooleanField(help_text="The money was kept; else it was free")


class MovedSerializer(Facts):
    amount = money()
    reason = serializers.CharField()
    by = serializers.CharField()
    at = InstantField()


class CountedSerializer(Facts):
    cash = money()
    card = money()
    expected_cash = money()
    expected_card = money()
    difference = money()
    card_difference = money()
    by = serializers.CharField()
    at = InstantField()


class IssuerSerializer(Facts):
    name = serializers.CharField()
    address = serializers.CharField()
    tax_number = serializers.CharField()


class ReportSerializer(Facts):
    """The report of a shift: X while it is open, Z once it is closed, as it was signed. Until the drawer is
    counted, it tells a cashier no money from which the cash there could be told.
    """

    untold = frozenset({"float_note", "refunds", "movements", "counts"})

    event = serializers.CharField()
    zone = serializers.CharField(help_text="The event's time zone")
    till = serializers.CharField()
    cashier = serializers.CharField()
    number = serializers.IntegerField(allow_null=True)
    currency = serializers.CharField()
    opened_at = InstantField()
    closed_at = InstantField(allow_null=True)
    closed_by = serializers.CharField()
    was_forgotten = serializers.BooleanField()
    orders = serializers.IntegerField(help_text="That were completed")
    unpaid = serializers.IntegerField(help_text="Orders that wait for their money")
    note = serializers.CharField()
    figures = FiguresSerializer()
    cancelled = CancelledSerializer(many=True)
    opening_float = money(required=False)
    left_before = money(required=False, allow_null=True)
    float_note = serializers.CharField(required=False)
    paid_here = money(required=False)
    paid_elsewhere = money(required=False)
    expected_cash = money(required=False)
    expected_card = money(required=False)
    moved = money(required=False)
    stays = money(required=False, allow_null=True)
    to_safe = money(required=False, allow_null=True)
    refunds = RefundSerializer(many=True, required=False)
    movements = MovedSerializer(many=True, required=False)
    counts = CountedSerializer(many=True, required=False)
    issuer = IssuerSerializer()

    class Meta:
        resource_name = "report"


class DaySerializer(Facts):
    day = serializers.DateField(help_text="A business day")
    figures = FiguresSerializer()


class TotalsSerializer(Facts):
    """What an event sold and took, as a whole and by business day, the latest first."""

    whole = FiguresSerializer()
    days = DaySerializer(many=True)

    class Meta:
        resource_name = "totals"


def told_report(report: Report, *, blind: bool) -> dict[str, Any]:
    """The attributes of a report; if `blind`, without whatever is money."""
    if blind:
        figures = replace(report.figures, sales=_unpriced(report.figures.sales))
        report = replace(report, figures=figures)
    told: dict[str, Any] = _told(ReportSerializer(), report, blind)
    return told


def told_totals(totals: Totals) -> dict[str, Any]:
    told: dict[str, Any] = _told(TotalsSerializer(), totals)
    return told


def _unpriced(lines: Iterable[Sold]) -> tuple[Sold, ...]:
    """How many of each ticket, and why at another price: of what is at several prices, one line."""
    quantities: dict[tuple[str, str, str], int] = defaultdict(int)
    for line in lines:
        quantities[line.ticket, line.reason, line.approver] += line.quantity
    return tuple(
        Sold(ticket, Decimal(0), quantity, reason=reason, approver=approver)
        for (ticket, reason, approver), quantity in quantities.items()
    )


def _told(form: Any, value: Any, blind: bool = False) -> Any:
    """What a serializer makes of some facts."""
    if isinstance(form, serializers.ListSerializer):
        return [_told(form.child, part, blind) for part in value]
    if not isinstance(form, Facts):
        return None if value is None else form.to_representation(value)
    return {
        name.replace("_", "-"): _told(field, getattr(value, name), blind)
        for name, field in form.fields.items()
        if not (blind and (isinstance(field, MoneyField) or name in form.untold))
    }
