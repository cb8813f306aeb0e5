"""Every list of the admin, with all that its page offers."""

from collections.abc import Iterable, Iterator
from typing import Any

SEARCHES = ("last77", "first5 last12", "first", "A7C", "guest4711@example.com", "nobody at all")


def of(client: Any, models: Iterable[type[Any]] | None = None) -> Iterator[tuple[str, str]]:
    """The lists that the client sees, of all models or of these: what each is, and its address."""
    from django.contrib import admin
    from django.urls import reverse

    for model in admin.site._registry if models is None else models:
        model_admin = admin.site._registry[model]
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        answer = client.get(url)
        if answer.status_code == 200:
            listed, name = answer.context_data["cl"], str(model._meta.verbose_name_plural)
            for what, query in ((what, query) for ask in ASKED for what, query in ask(listed, model_admin)):
                yield f"{name}{what}", url + query


def _pages(listed: Any, _model_admin: Any) -> Iterator[tuple[str, str]]:
    yield "", ""
    if listed.multi_page:
        last = -(-listed.result_count // listed.list_per_page)
        yield from ((f", page {page}", f"?p={page}") for page in sorted({2, last}))


def _searches(_listed: Any, model_admin: Any) -> Iterator[tuple[str, str]]:
    if model_admin.search_fields:
        yield from ((f", search: {text}", f"?q={text.replace(' ', '+')}") for text in SEARCHES)


def _filters(listed: Any, _model_admin: Any) -> Iterator[tuple[str, str]]:
    """The first and the last choice of each."""
    for spec in listed.filter_specs:
        offered = [*spec.choices(listed)][1:]
        for choice in {each["query_string"]: each for each in offered[:1] + offered[-1:]}.values():
            yield f", by {spec.title}: {choice['display']}", choice["query_string"]


def _orders(listed: Any, model_admin: Any) -> Iterator[tuple[str, str]]:
    """By each column that can be sorted, both ways; of a long list that is by its own order."""
    columns = range(len(listed.list_display))
    sorts = [n for n in columns if listed.get_ordering_field(_name(listed.list_display[n], model_admin))]
    yield from ((f", sorted by {way}{n}", f"?o={way}{n}") for n in sorts for way in ("", "-"))


def _name(column: Any, model_admin: Any) -> Any:
    name = getattr(column, "__name__", column)
    return name if name in model_admin.list_display else column


def _days(listed: Any, model_admin: Any) -> Iterator[tuple[str, str]]:
    """Of the event with most rows, and of one day of it."""
    from django.db.models import Count, Min

    name, event = model_admin.date_hierarchy, model_admin.event_lookup
    if not (name and event):
        return
    events = listed.root_queryset.order_by().values_list(event.removesuffix("__exact"))
    found = events.annotate(rows=Count("pk"), first=Min(name)).order_by("-rows")[:1]
    for pk, _rows, day in found:
        yield ", days", f"?{event}={pk}"
        chosen = f"?{event}={pk}&{name}__year={day.year}&{name}__month={day.month}"
        yield ", a month", chosen
        yield ", a day", f"{chosen}&{name}__day={day.day}"


ASKED = (_pages, _searches, _filters, _orders, _days)
