from collections.abc import Iterable
from decimal import Decimal
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from base import money
from events.admin_site import EventListFilter
from events.models import Act
from limits.admin import LimitAdmin
from prices.discounts import delete_discount, write_discount
from prices.forms import DiscountForm
from prices.models import Discount, DiscountQuerySet


@admin.register(Discount)
class DiscountAdmin(LimitAdmin[Discount]):
    """For organizers: who sells is not to read the codes that guests must show."""

    reads = Act.MANAGE
    form = DiscountForm
    list_display = ["name", "event", "takes_off", "code", "limit", "used", "ends_at", "is_active"]
    list_filter = ["is_active", ("event", EventListFilter)]
    list_select_related = ["event"]
    search_fields = ["name", "code"]
    readonly_fields = ["used"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Discount]:
        return cast(DiscountQuerySet, super().get_queryset(request)).with_used()

    def save_model(self, request: HttpRequest, obj: Discount, form: Any, change: bool) -> None:
        write_discount(obj, form.named, changed=form.written)

    def delete_model(self, request: HttpRequest, obj: Discount) -> None:
        delete_discount(obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Discount]) -> None:
        for discount in queryset.order_by("pk"):  # as sales lock them
            delete_discount(discount)

    def get_deleted_objects(
        self, objs: Iterable[Discount], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """What tickets were sold with stays."""
        rows = list(objs)
        return self.deleted(rows, request, [str(row) for row in rows if row.attendees.exists()])

    @admin.display(description=_("takes off"))
    def takes_off(self, discount: Discount) -> str:
        if discount.percent is not None:
            return money.percent(discount.percent)
        each = "" if discount.once_per_sale else f" {_('each')}"
        return money.display(discount.amount or Decimal(0), discount.event.currency) + each

    @admin.display(description=_("used in sales"))
    def used(self, discount: Discount) -> int:
        return discount.used
