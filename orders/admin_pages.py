"""The admin's page on which an organizer cancels orders, and says why."""

from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.contrib.admin import ModelAdmin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.authentication import user_of
from base.errors import DomainError
from orders.lifecycle import cancel
from orders.models import Order
from shifts.desk import Desk


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=Order._meta.get_field("cancel_reason").max_length,
        widget=forms.TextInput(attrs={"class": "vTextField", "autofocus": ""}),
    )


def cancel_orders(
    modeladmin: ModelAdmin[Order], request: HttpRequest, orders: QuerySet[Order]
) -> HttpResponse | None:
    """Ask for the reason, then cancel."""
    chosen = list(orders.select_related("event"))
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if not form.is_valid():
        return _ask(modeladmin, request, chosen, form)
    _cancel_each(modeladmin, request, chosen, form)
    return None


def _cancel_each(
    modeladmin: ModelAdmin[Order], request: HttpRequest, orders: Sequence[Order], form: ReasonForm
) -> None:
    done = 0
    desk = Desk(user_of(request), drawer_required=True)
    for order in orders:
        try:
            ended = cancel(order, desk=desk, reason=form.cleaned_data["reason"])
        except DomainError as refusal:
            modeladmin.message_user(request, f"{order}: {refusal}", messages.ERROR)
        else:
            done += ended.status == Order.Status.CANCELLED
    if done:
        detail = ngettext("%d order is cancelled.", "%d orders are cancelled.", done)
        modeladmin.message_user(request, detail % done, messages.SUCCESS)


def _ask(
    modeladmin: ModelAdmin[Order], request: HttpRequest, orders: Sequence[Order], form: ReasonForm
) -> HttpResponse:
    context = {
        **modeladmin.admin_site.each_context(request),
        "title": _("Cancel orders"),
        "opts": modeladmin.opts,
        "orders": orders,
        "form": form,
        "media": modeladmin.media,
    }
    return TemplateResponse(
        request, "admin/orders/order/cancel.html", context, status=422 if form.is_bound else 200
    )
