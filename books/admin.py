"""Whether the books add up, for organizers: what the worker found, and the wish to have it look again."""

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from books import nightly
from books.checking import Difference
from books.checks import CHECKS
from books.models import BooksCheck
from events.admin import EventAdmin
from events.admin_site import EventListFilter, Ledger, ScopedAdmin
from events.models import Act, Event


@admin.register(BooksCheck)
class BooksCheckAdmin(Ledger[BooksCheck], ScopedAdmin[BooksCheck]):
    reads = Act.MANAGE
    list_display = ["event", "checked_at", "number"]
    list_filter = [("event", EventListFilter)]
    list_select_related = ["event"]
    fields = ["event", "checked_at", "number", "told"]
    actions = ["check_again"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        return [*super().get_readonly_fields(request, obj), "told"]

    @admin.display(description=_("what differs"))
    def told(self, check: BooksCheck) -> str:
        rules = {known.name: known.rule for known in CHECKS}
        found = [Difference(**difference) for difference in check.differences]
        lines = ((one.check, one, rules.get(one.check, "")) for one in found)
        return format_html_join("", "<div><b>{}</b>: {}. {}</div>", lines) or "-"

    @admin.action(description=_("Check the books of the chosen events again"), permissions=["manage"])
    def check_again(self, request: HttpRequest, queryset: QuerySet[BooksCheck]) -> None:
        _ask(self, request, queryset.values_list("event", flat=True))


@admin.action(description=_("Check the books of the chosen events"), permissions=["manage"])
def check_books(modeladmin: EventAdmin, request: HttpRequest, queryset: QuerySet[Event]) -> None:
    _ask(modeladmin, request, queryset.values_list("pk", flat=True))


def _ask(modeladmin: Any, request: HttpRequest, events: QuerySet[Any, int]) -> None:
    number = nightly.ask(events.order_by())
    detail = ngettext(
        "The worker checks the books of %d event: what it finds stands in the checks of the books.",
        "The worker checks the books of %d events: what it finds stands in the checks of the books.",
        number,
    )
    modeladmin.message_user(request, detail % number, messages.SUCCESS)


# The books stand above the events, whose page cannot know of them.
page = cast(Any, EventAdmin)
page.check_books, page.actions = check_books, [check_books.__name__]
