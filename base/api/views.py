"""What every resource's viewset shares."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import Model, QuerySet, prefetch_related_objects
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.request import Request
from rest_framework_json_api.views import PreloadIncludesMixin

from base.api.pagination import OFFSET, check_rows
from base.errors import Conflict
from base.identifiers import parse_reference

TYPES = "event|ticket|order|attendee|till|station|check-in"
ONE_PARAMETERS = re.compile(rf"include|fields\[({TYPES})\]", re.ASCII)
LIST_PARAMETERS = re.compile(
    rf"include|fields\[({TYPES})\]|sort|filter\[[\w.-]+\]|page\[(number|size|offset)\]", re.ASCII
)
PAGE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
LISTS = ("include", "sort")  # parameters with several values, each of which counts once

Rows = TypeVar("Rows", bound=QuerySet[Any])


class Resource(PreloadIncludesMixin):
    """A viewset's manners: known query parameters only, objects by id or identifier.

    `query_parameters` names those a view understands beyond JSON:API's own.
    """

    query_parameters: frozenset[str] = frozenset()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action is None:
            return  # no such method here: 405
        known = LIST_PARAMETERS if self.action == "list" else ONE_PARAMETERS
        for name, values in request.query_params.lists():
            if name not in self.query_parameters and not known.fullmatch(name):
                raise ParseError(_('Unknown query parameter "%s".') % name[:100])
            if len(values) > 1:
                raise ParseError(_('The query parameter "%s" is repeated.') % name[:100])
            if name.startswith("page["):
                self._check_page(name, values[0])
            if name in LISTS:
                self._check_once(name, values[0].split(","))
        if "include" in request.query_params:
            self.get_serializer()  # refuses an unknown path now, not after something was written
        if self.action in ("create", "partial_update") and "_id" not in request.data:
            raise ParseError(_("The body is empty."))

    @staticmethod
    def _check_page(name: str, value: str) -> None:
        if not PAGE.fullmatch(value) and (name, value) != (OFFSET, "0"):
            raise ParseError(_('"%s" must be a number above zero.') % name)

    @staticmethod
    def _check_once(name: str, values: list[str]) -> None:
        meant = [value.lstrip("-").replace("-", "_") for value in values]
        if len(set(meant)) < len(meant):
            raise ParseError(_('The query parameter "%s" names something twice.') % name)

    def rows_beside(self, page: Sequence[Any]) -> Mapping[int, int]:
        """How many rows of other tables an answer needs for each of some resources, by id: those of
        relations that may be long. What every resource has one of is not counted.
        """
        return {}

    def filter_queryset(self, queryset: Rows) -> Rows:
        """Filtered and sorted; equal rows in the order of their ids, or pages would repeat some."""
        found: Rows = super().filter_queryset(queryset)
        return found.order_by(*found.query.order_by, "pk") if found.query.order_by else found

    def get_object(self) -> Any:
        """The object that the URL names, among those the user may see; for PATCH the body's `id`
        must name it too.
        """
        reference = parse_reference(self.kwargs["reference"])
        if reference is None:
            raise Http404
        queryset = self.filter_queryset(self.get_queryset())
        lookups = queryset._prefetch_related_lookups
        found: Model | None = queryset.prefetch_related(None).by_reference(reference).first()
        if found is None:
            raise Http404
        self.check_object_permissions(self.request, found)
        check_rows(1 + self.rows_beside([found]).get(found.pk, 0))
        prefetch_related_objects([found], *lookups)
        if self.request.method == "PATCH":
            self._check_id(found)
        return found

    def _check_id(self, found: Model) -> None:
        sent = self.request.data["_id"]
        if sent is None:
            raise ParseError(_("The resource object must have an id."))
        if str(sent) not in (str(found.pk), getattr(found, "identifier", None)):
            detail = _("The id of the resource object is not the one in the URL.")
            raise Conflict.of("wrong-id", detail, "data", "id")
