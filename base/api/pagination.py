from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.db.models import Model, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _
from drf_spectacular_jsonapi.schemas.pagination import JsonApiPageNumberPagination
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param
from rest_framework.views import APIView

from base.errors import TooMuch

OFFSET = "page[offset]"


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


class Pagination(JsonApiPageNumberPagination):
    """`page[number]` and `page[size]`, up to 100 rows; the total stands in `meta.count` too,
    where the Open Event Server's clients look for it.

    A page with all that belongs to it holds `MOST_ROWS` rows; it ends before one that does not fit, and its
    `links.next` goes on there (`page[offset]`).
    """

    start = count = shown = size = 0

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: APIView | None = None
    ) -> list[Any]:
        self.request = request
        self.size = self.get_page_size(request)
        self.count = queryset.count()
        self.start = self._start(request)
        if self.start and self.start >= self.count:
            raise NotFound(_("There is no such page."))
        # What belongs to the page is read once it is known how much of it fits.
        if not self.count:
            return []
        lookups = queryset._prefetch_related_lookups  # type: ignore[attr-defined]
        page = list(queryset.prefetch_related(None)[self.start : self.start + self.size])
        page = page[: fitting(page, view.rows_beside(page) if view else {})]  # type: ignore[attr-defined]
        prefetch_related_objects(page, *lookups)
        self.shown = len(page)
        return page

    def _start(self, request: Request) -> int:
        if OFFSET in request.query_params:
            return int(request.query_params[OFFSET])
        return (int(request.query_params.get(self.page_query_param, 1)) - 1) * self.size

    def get_paginated_response(self, data: list[Any]) -> Response:
        pages = max(1, -(-self.count // self.size))
        number = self.start // self.size + 1
        meta = {"pagination": {"page": number, "pages": pages, "count": self.count}, "count": self.count}
        links = {
            "first": self._page(1),
            "last": self._page(pages),
            "next": self._at(self.start + self.shown, number + 1),
            "prev": self._at(max(0, self.start - self.size), number - 1) if self.start else None,
        }
        return Response({"results": data, "meta": meta, "links": links})

    def _page(self, number: int) -> str:
        url = remove_query_param(self.request.build_absolute_uri(), OFFSET)
        return str(replace_query_param(url, self.page_query_param, number))

    def _at(self, start: int, number: int) -> str | None:
        """The page that begins at a row: by its number, where it has one."""
        if start >= self.count:
            return None
        if start == (number - 1) * self.size:
            return self._page(number)
        url = remove_query_param(self.request.build_absolute_uri(), self.page_query_param)
        return str(replace_query_param(url, OFFSET, start))

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        document: dict[str, Any] = super().get_paginated_response_schema(schema)
        document["properties"]["meta"]["properties"]["count"] = {"type": "integer", "minimum": 0}
        return document

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super().get_schema_operation_parameters(view)
        whole = {"type": "integer", "minimum": 0, "maximum": 999_999_999}
        described = "Begin at this row: in `links.next`, where a page ended early"
        offset = {"name": OFFSET, "required": False, "in": "query", "description": described, "schema": whole}
        return [*parameters, offset]
