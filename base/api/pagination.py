from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from drf_spectacular_jsonapi.schemas.pagination import JsonApiPageNumberPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from base.api.cursors import Ordering
from base.api.nearest import part
from base.api.parameters import BadParameter, NoSuchPage
from base.errors import TooMuch

AFTER = "page[after]"


def check_rows(rows: int) -> None:
    """Raise `TooMuch` `too-many-rows` for one resource that more belongs to than one answer holds."""
    most = settings.MOST_ROWS
    if rows > most:
        detail = _("More than %d rows belong to this: include less, or ask for its parts as lists.") % most
        raise TooMuch.of("too-many-rows", detail, limit=most)


def fitting(page: Sequence[Model], beside: Mapping[int, int]) -> int:
    """How many of a page's resources one answer holds, with the rows that belong to each, by id."""
    rows = 0
    for index, row in enumerate(page):
        alone = 1 + beside.get(row.pk, 0)
        rows += alone
        if rows > settings.MOST_ROWS:
            if index == 0:
                check_rows(alone)
            return index
    return len(page)


def _how_many(rows: QuerySet[Any], view: Any) -> int:
    counted: int = view.how_many(rows) if view else rows.count()
    return counted


class Pagination(JsonApiPageNumberPagination):
    """`page[number]`, or `page[after]` with the place where the page before ended, and `page[size]`, up to
    100 rows, or 0 for as many as one answer holds; the total stands in `meta.count` too, where the Open
    Event Server's clients look for it.

    `links.next` goes on behind the last row that was shown (`base.api.cursors`), so that nothing is repeated
    or left out while rows are added. A page with all that belongs to it holds `MOST_ROWS` rows; it ends
    before one that does not fit.
    """

    start = count = size = 0
    goes_on_at: str | None = None

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.request = request
        self.size = self.get_page_size(request) or 1
        ordering = Ordering.of(queryset)
        # What belongs to the page is read once it is known how much of it fits.
        lookups = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        rows = self._from_where(ordering, ordering.applied(queryset.prefetch_related(None)))
        begins = self.start == 0 and AFTER not in request.query_params
        if not begins:
            self.count = _how_many(queryset, view)
        if self.start and self.start >= self.count:
            raise NoSuchPage(_("There is no such page."))
        found = list(self._found(rows, ordering, view))
        page = found[: self.size]
        if begins:  # and perhaps ends: what is seen as a whole need not be counted
            self.count = len(found) if len(found) == len(page) else _how_many(queryset, view)
        page = page[: fitting(page, view.rows_beside(page) if view else {})]  # type: ignore[attr-defined]
        self.goes_on_at = ordering.cursor(page[-1]) if len(page) < len(found) else None
        prefetch_related_objects(page, *lookups)
        return page

    def _found(self, rows: QuerySet[Any], ordering: Ordering, view: Any) -> QuerySet[Any]:
        """The rows of the page, and one if it goes on."""
        stop = self.start + self.size + 1
        if not getattr(view, "is_told_elsewhere", False):
            return rows[self.start : stop]
        return part(rows, ordering, self.start, stop, self.request.query_params.get(AFTER))

    def begin(self, request: Request, rows: Sequence[Any], queryset: QuerySet[Any]) -> Sequence[Any]:
        """The first page of a list that is sorted as the queryset; each row says how many are `listed`."""
        self.request, self.start = request, 0
        self.size = self.get_page_size(request) or 1
        page = rows[: self.size]
        is_whole = len(page) == len(rows)
        self.count = len(rows) if is_whole else rows[0].listed
        self.goes_on_at = None if is_whole else Ordering.of(queryset).cursor(page[-1])
        return page

    def get_page_size(self, request: Request) -> int | None:
        """Of 0, as many as one answer holds."""
        asked = request.query_params.get(self.page_size_query_param)
        return int(settings.MOST_ROWS) if asked == "0" else super().get_page_size(request)

    def _from_where(self, ordering: Ordering, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows of which the page is some, and in `start` how many of them come before it."""
        cursor = self.request.query_params.get(AFTER)
        if cursor is None:
            self.start = (int(self.request.query_params.get(self.page_query_param, 1)) - 1) * self.size
            return rows
        if self.page_query_param in self.request.query_params:
            raise BadParameter(AFTER, _("Ask for a page by its number, or for what comes after a place."))
        try:
            return ordering.behind(rows, cursor)
        except ValueError:
            detail = _("This is no place in this list, as `links.next` names them.")
            raise BadParameter(AFTER, detail) from None

    def get_paginated_response(self, data: list[Any]) -> Response:
        pages = max(1, -(-self.count // self.size))
        by_number = AFTER not in self.request.query_params
        number = self.start // self.size + 1
        pagination = {**({"page": number} if by_number else {}), "pages": pages, "count": self.count}
        links = {
            "first": self._page(1),
            "last": self._page(pages),
            "next": self._goes_on(),
            "prev": self._page(number - 1) if number > 1 else None,
        }
        meta = {"pagination": pagination, "count": self.count, **self._bounded()}
        return Response({"results": data, "meta": meta, "links": links})

    def _bounded(self) -> dict[str, Any]:
        """What was asked for, where it was more than a page holds."""
        asked = self.request.query_params.get(self.page_size_query_param)
        if asked is None or (int(asked) <= self.size and not (asked == "0" and self.goes_on_at)):
            return {}
        return {"page-size": {"asked": int(asked), "most": self.size}}

    def _page(self, number: int) -> str:
        url = remove_query_param(self.request.build_absolute_uri(), AFTER)
        return str(replace_query_param(url, self.page_query_param, number))

    def _goes_on(self) -> str | None:
        if self.goes_on_at is None:
            return None
        url = remove_query_param(self.request.build_absolute_uri(), self.page_query_param)
        return str(replace_query_param(url, AFTER, self.goes_on_at))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = super().get_paginated_response_schema(schema)
        document["properties"]["meta"]["properties"]["count"] = {"type": "integer", "minimum": 0}
        return document

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        described = (
            "What comes after this place in the list, as `links.next` names it; without `page[number]`"
        )
        after = {
            "name": AFTER,
            "required": False,
            "in": "query",
            "description": described,
            "schema": {"type": "string"},
        }
        return [*parameters, after]
