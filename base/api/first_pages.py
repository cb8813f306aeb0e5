"""The page with which a list begins, by statements that are built once: nearly everybody asks for it, and for
nothing in particular.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from base.api.cursors import Ordering
from base.api.nearest import part
from base.api.pagination import Pagination

# So many rows the statement reads: those of the page, and one if it goes on.
ROWS = (api_settings.PAGE_SIZE or 0) + 1


def total(rows: QuerySet[Any]) -> "Subquery[Any]":
    """SQL for how many of the rows there are, to be read beside each of them; null for none."""
    every = rows.order_by().annotate(every=Value(1)).values("every")
    return Subquery(every.annotate(n=Count("*")).values("n"))


class FirstPages:
    """A viewset's list that is asked for without any parameter."""

    # Whether another table alone tells its rows from all others (`base.api.nearest`).
    is_told_elsewhere: ClassVar[bool] = False

    @classmethod
    def in_order(cls, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows in the order in which the list has them, if none is asked for."""
        ordering: Sequence[str] = getattr(cls, "ordering", ())
        return rows.order_by(*ordering) if ordering else rows

    @classmethod
    def first(cls, rows: QuerySet[Any], counted: Combinable | None = None) -> QuerySet[Any]:
        """Those with which the list begins, each with how many are `listed`; `counted` says that, where it is
        had more cheaply than by a look at each.
        """
        rows = cls.in_order(rows)
        ordering = Ordering.of(rows)
        begun = ordering.applied(rows).annotate(listed=counted or total(rows))
        return part(begun, ordering, 0, ROWS) if cls.is_told_elsewhere else begun[:ROWS]

    def first_rows(self) -> Sequence[Any] | None:
        """The rows of `first`; None where they are to be looked up as for any other page."""
        raise NotImplementedError

    def fits(self, rows: Sequence[Any]) -> bool:
        """Give the rows all that they are shown by; whether one answer holds that."""
        return len(rows) <= settings.MOST_ROWS

    def told(self, page: Sequence[Any]) -> HttpResponse:
        """The answer that has the rows of the page."""
        view: Any = self
        answer: HttpResponse = view.paginator.get_paginated_response(
            view.get_serializer(page, many=True).data
        )
        return answer

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        view: Any = self
        rows = None if request.query_params else self.first_rows()
        if rows is None or not self.fits(rows):
            response: Response = super().list(request, *args, **kwargs)  # type: ignore[misc]  # of a viewset
            return response
        paginator: Pagination = view.paginator
        page = paginator.begin(request, rows, self.in_order(view.queryset))
        return cast(Response, self.told(page))  # as one answers here
