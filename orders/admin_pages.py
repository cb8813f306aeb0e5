"""The admin's page on which an organizer cancels orders: why, and what becomes of the money."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.authentication import user_of
from base import money
from base.errors import DomainError
from orders.forms import CancelledMoneyForm
from orders.lifecycle import cancel
from orders.models import Order, Payment
from orders.takings import GiveBack
from shifts.desk import Desk
from shifts.models import Shift


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=Order._meta.get_field("cancel_reason").max_length,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": ""}),
    )


@dataclass(frozen=True)
class Question:
    """An order to be cancelled, and the form that asks about its money, if it holds any."""

    order: Order
    form: CancelledMoneyForm | None

    @property
    def paid(self) -> str:
        """`20.00 EUR cash, 5.00 EUR card`."""
        return ", ".join(
            f"{money.display(amount, self.order.currency)} {Payment.Tender(tender).label}"
            for tender, amount in self.order.paid_by.items()
        )

    def answer(self, desk: Desk) -> tuple[Desk, GiveBack | None]:
        return self.form.answer(desk) if self.form else (desk, GiveBack())


def cancel_orders(
    modeladmin: ModelAdmin[Order], request: HttpRequest, orders: QuerySet[Order]
) -> HttpResponse | None:
    """Ask for the reason and about the money, then cancel."""
    data = request.POST if "reason" in request.POST else None
    chosen = orders.select_related("event", "shift").prefetch_related("payments")
    questions = _questions(list(chosen), user_of(request).pk, data)
    form = ReasonForm(data)
    answered = [question.form.is_valid() for question in questions if question.form]
    if not form.is_valid() or not all(answered):
        return _ask(modeladmin, request, questions, form)
    _cancel_each(modeladmin, request, questions, form.cleaned_data["reason"])
    return None


def _questions(orders: Sequence[Order], own: int, data: object) -> list[Question]:
    drawers: dict[int, list[Shift]] = defaultdict(list)
    shifts = Shift.objects.open().filter(till__event__in={order.event_id for order in orders})
    for shift in shifts.select_related("till", "cashier").order_by("till__name"):
        drawers[shift.till.event_id].append(shift)
    return [
        Question(
            order,
            CancelledMoneyForm(data, order=order, drawers=drawers[order.event_id], own=own)
            if order.balance and (order.is_unpaid or order.status == Order.Status.COMPLETED)
            else None,
        )
        for order in orders
    ]


def _cancel_each(
    modeladmin: ModelAdmin[Order], request: HttpRequest, questions: Sequence[Question], reason: str
) -> None:
    at = timezone.now()
    ended: list[Order] = []
    for question in questions:
        desk, money_back = question.answer(Desk(user_of(request), drawer_required=True))
        try:
            order = cancel(question.order, desk=desk, reason=reason, money_back=money_back, at=at)
        except DomainError as refusal:
            modeladmin.message_user(request, f"{question.order}: {refusal}", messages.ERROR)
        else:
            ended += [order] if order.status == Order.Status.CANCELLED else []
    if ended:
        modeladmin.message_user(request, _outcome(ended, at), messages.SUCCESS)


def _outcome(cancelled: Sequence[Order], at: datetime) -> str:
    """How many orders are cancelled, and the money to hand out for those that were not before `at`."""
    number = len(cancelled)
    detail = ngettext("%d order is cancelled.", "%d orders are cancelled.", number) % number
    now = [order for order in cancelled if order.cancelled_at == at]
    earlier = [str(order) for order in cancelled if order.cancelled_at != at]
    before = _("Cancelled before, nothing more goes back: %s.") % ", ".join(earlier) if earlier else ""
    return " ".join(filter(None, [detail, *_handed_out(now), *_kept(now), before]))


def _handed_out(orders: Sequence[Order]) -> list[str]:
    """What goes back, in one sentence for each currency: by tender and till, and in total."""
    back = Payment.objects.filter(order__in=[order.pk for order in orders], reverses__isnull=False)
    rows = back.exclude(tender=Payment.Tender.ROUNDING).select_related("order", "shift__till")
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows.order_by("tender", "pk"):
        where = row.shift.till.name if row.shift else _("outside any drawer")
        sums[row.order.currency][f"{row.get_tender_display()} ({where})"] -= row.amount
    return [
        _("To hand out: %(parts)s; %(total)s in total.")
        % {
            "parts": ", ".join(f"{money.display(sum, currency)} {name}" for name, sum in parts.items()),
            "total": money.display(sum(parts.values(), Decimal(0)), currency),
        }
        for currency, parts in sums.items()
    ]


def _kept(orders: Sequence[Order]) -> list[str]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for order in orders:
        if order.money_kept:
            sums[order.currency] += order.amount
    return [_("Kept: %s.") % money.display(sum, currency) for currency, sum in sums.items()]


def _ask(
    modeladmin: ModelAdmin[Order], request: HttpRequest, questions: Sequence[Question], form: ReasonForm
) -> HttpResponse:
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": _("Cancel orders"),
        "opts": modeladmin.opts,
        "questions": questions,
        "form": form,
        "media": modeladmin.media,
    }
    return TemplateResponse(
        request, "admin/orders/order/cancel.html", context, status=422 if form.is_bound else 200
    )
