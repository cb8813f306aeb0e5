"""The page with which a list begins, by statements that are built once: nearly everybody asks for it, and for
nothing in particular.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Subquery, Value
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings

from base.api.pagination import Pagination

# So many rows the statement reads: those of the page, and one if it goes on.
ROWS = (api_settings.PAGE_SIZE or 0) + 1


def total(rows: QuerySet[Any]) -> "Subquery[Any]":
    """SQL for how many of the rows there are, to be read beside each of them as `total`."""
    every = rows.order_by().annotate(every=Value(1)).values("every")
    return Subquery(every.annotate(n=Count("*")).values("n"))


class FirstPages:
    """A viewset's list that is asked for without any parameter."""

    def first_rows(self) -> Sequence[Any] | None:
        """Up to `ROWS` of them, with all that they are shown by, and their `total`; None where they are to be
        looked up as for any other page.
        """
        raise NotImplementedError

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        view: Any = self
        rows = None if request.query_params or view.parent is not None else self.first_rows()
        if rows is None or len(rows) > settings.MOST_ROWS:
            response: Response = super().list(request, *args, **kwargs)  # type: ignore[misc]  # of a viewset
            return response
        paginator: Pagination = view.paginator
        page = paginator.begin(request, rows, view.queryset)
        return paginator.get_paginated_response(view.get_serializer(page, many=True).data)
