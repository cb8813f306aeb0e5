"""What every resource's viewset shares."""

from collections.abc import Mapping, Sequence
from functools import cache, cached_property, wraps
from typing import Any, TypeVar, cast

from django.db.models import Model, QuerySet, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from rest_framework import status
from rest_framework.exceptions import ParseError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework_json_api.utils import get_resource_type_from_model
from rest_framework_json_api.views import PreloadIncludesMixin

from base.api.fields import visible
from base.api.links import home_in, relationship_links, root_of
from base.api.pagination import check_rows
from base.api.parameters import BadParameter, check_parameters
from base.api.parsing import Sent
from base.api.rendering import DocumentResponse
from base.asking import concerns
from base.errors import Conflict, Forbidden
from base.identifiers import parse_reference

LISTED = ("list", "linkages")
WRITES = ("create", "partial_update")
LINKAGES = ("linkage", "linkages")

Rows = TypeVar("Rows", bound=QuerySet[Any])


@cache
def names_of(*serializers: type[Serializer[Any]]) -> frozenset[str]:
    """The fields that any of these knows."""
    return frozenset(
        name for made in serializers for name in (*made().fields.keys(), *getattr(made, "led_to", ()))
    )


class Optioned:
    """OPTIONS: `Allow` says it all, to everybody; nothing is looked up for it."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method != "OPTIONS":
            super().initial(request, *args, **kwargs)  # type: ignore[misc]  # of a view

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        return Response(status=status.HTTP_204_NO_CONTENT)


class Resource(Optioned, PreloadIncludesMixin):
    """A viewset's manners: known query parameters only, objects by id or identifier, related ones.

    `query_parameters` names those a view understands beyond JSON:API's own.

    On the routes of a relationship (`base.api.links`), `parent` is the viewset of the resource whose
    relationship it is, and `through` leads from that row to the other (`event_id`), or from the rows of a
    list to it. Both ends are looked for among what the user may see.
    """

    query_parameters: frozenset[str] = frozenset()
    # Relationships of the Open Event Server that nothing has here: to include them includes nothing.
    elsewhere: frozenset[str] = frozenset()
    parent: "type[Any] | None" = None
    through = ""

    @classmethod
    def as_view(cls, *args: Any, **kwargs: Any) -> Any:
        """With `ETag`, and 304 for whoever has that already; a sale does not pass through there."""
        plain = super().as_view(*args, **kwargs)
        conditional = conditional_page(plain)

        @wraps(plain)
        def view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            return (conditional if request.method == "GET" else plain)(request, *args, **kwargs)

        return view

    def get_permissions(self) -> list[BasePermission]:
        own: list[BasePermission] = super().get_permissions()
        return [*(made() for made in self.parent.permission_classes), *own] if self.parent else own

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method == "OPTIONS" or self.action is None:
            return  # no such method here: 405
        check_parameters(
            request,
            listed=self.action in LISTED,
            resources=self.action not in LINKAGES,
            more=self.query_parameters,
        )
        if "include" in request.query_params:
            self._leave_out_elsewhere(request)
            self._check_include()
        if self.action in WRITES:
            self._check_document(request)

    def _leave_out_elsewhere(self, request: Request) -> None:
        """Go on as if nothing had been asked for that is nowhere here."""
        paths = request.query_params["include"].split(",")
        left = [path for path in paths if path.replace("-", "_").partition(".")[0] not in self.elsewhere]
        if len(left) < len(paths):
            query = request.query_params.copy()
            query.pop("include")
            if left:
                query["include"] = ",".join(left)
            request._request.GET = query  # type: ignore[assignment]  # not to be told from one sent

    def includes(self, relation: str) -> bool:
        """Whether what a relationship leads to is asked for."""
        paths = self.request.query_params.get("include", "").split(",")
        return relation in {path.partition(".")[0] for path in paths}

    def _check_include(self) -> None:
        """Refuse an unknown path now, not after something was written."""
        try:
            self.get_serializer()
        except ParseError as refusal:
            raise BadParameter("include", refusal.detail) from refusal

    def _check_document(self, request: Request) -> None:
        if "_id" not in request.data:
            raise ParseError(_("The body is empty."))
        if self.action == "create" and cast(dict[str, Any], request.data)["_id"] is not None:
            detail = _("The server gives the ids: leave it out.")
            raise Forbidden.of("client-id", detail, "data", "id")

    def forms(self) -> Sequence[type[Serializer[Any]]]:
        """What reads the document that was sent."""
        return [self.get_serializer_class()]

    def ignored(self) -> dict[str, Any]:
        """For `meta`: what was sent and is nothing here, neither to be written nor to be read."""
        sent = self.request.data if self.action in WRITES else None
        if not isinstance(sent, Sent):
            return {}
        known = names_of(self.serializer_class, *self.forms())
        unknown = [spelt for name, spelt in sent.spelling.items() if name not in known]
        return {"ignored": unknown} if unknown else {}

    def meta(self) -> dict[str, Any]:
        """What an answer says beside its resources."""
        return self.ignored()

    @cached_property
    def owner(self) -> Any:
        """The row whose relationship is asked for. Raises `Http404`."""
        reference = parse_reference(self.kwargs["reference"])
        rows: Any = visible(cast(Any, self.parent).queryset.model).for_user(self.request.user)
        found = None if reference is None else rows.by_reference(reference).first()
        if found is None:
            raise Http404
        concerns(getattr(found, "event_id", None))
        return found

    def related(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """What a to-one relationship leads to: null, where that is nothing."""
        if getattr(self.owner, self.through) is None:
            return DocumentResponse(None)
        response: HttpResponse = self.retrieve(request, *args, **kwargs)
        return response

    def linkage(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whom a to-one relationship leads to, by type and id."""
        return DocumentResponse(self._identifier(getattr(self.owner, self.through)), links=self._links())

    def linkages(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        """Whom a to-many relationship leads to, by type and id; in pages, as the related list."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()).prefetch_related(None))
        told = self.paginator.get_paginated_response([self._identifier(row.pk) for row in page]).data
        return DocumentResponse(told["results"], links={**self._links(), **told["links"]}, meta=told["meta"])

    def _identifier(self, pk: int | None) -> dict[str, str] | None:
        resource = get_resource_type_from_model(self.queryset.model)
        return None if pk is None else {"type": resource, "id": str(pk)}

    def _links(self) -> dict[str, str]:
        home, _relationships, name = self.request.build_absolute_uri(self.request.path).rsplit("/", 2)
        links = relationship_links(home, name)
        if self.parent is not None and name in self.parent.serializer_class().unseen(self.owner):
            del links["related"]
        return links

    def created(self, resource: str, row: Any) -> dict[str, str]:
        """The headers of an answer that tells of a new row."""
        return {"Location": home_in(root_of(self.request), resource, row)}

    def get_success_headers(self, data: Any) -> dict[str, str]:
        row = data.serializer.instance
        return self.created(get_resource_type_from_model(type(row)), row)

    def rows_beside(self, page: Sequence[Any]) -> Mapping[int, int]:
        """How many rows of other tables an answer needs for each of some resources, by id: those of
        relations that may be long. What every resource has one of is not counted.
        """
        return {}

    def how_many(self, rows: Rows) -> int:
        """How many rows a list has that does not end on its first page."""
        return rows.count()

    def filter_queryset(self, queryset: Rows) -> Rows:
        """Of a to-many relationship, its own rows."""
        if self.parent is not None and self.action in LISTED:
            own = self.queryset.model._default_manager.filter(**{self.through: self.owner})
            queryset = queryset.filter(pk__in=own.values("pk"))
        found: Rows = super().filter_queryset(queryset)
        return found

    def _reference(self) -> int | str | None:
        """Which one is asked for."""
        if self.parent is not None:
            reference: int = getattr(self.owner, self.through)
            return reference
        return parse_reference(self.kwargs["reference"])

    def get_object(self) -> Any:
        """The object that the URL names, among those the user may see; for PATCH the body's `id`
        must name it too.
        """
        reference = self._reference()
        if reference is None:
            raise Http404
        queryset = self.filter_queryset(self.get_queryset())
        lookups = queryset._prefetch_related_lookups
        found: Model | None = queryset.prefetch_related(None).by_reference(reference).first()
        if found is None:
            raise Http404
        concerns(getattr(found, "event_id", None))
        self.check_object_permissions(self.request, found)
        check_rows(1 + self.rows_beside([found]).get(found.pk, 0))
        prefetch_related_objects([found], *lookups)
        if self.request.method == "PATCH":
            self._check_id(found)
        return found

    def is_named(self, found: Any, sent: str) -> bool:
        """Whether it answers to that id."""
        return sent in (str(found.pk), getattr(found, "identifier", None))

    def _check_id(self, found: Model) -> None:
        sent = self.request.data["_id"]
        if sent is None:
            raise ParseError(_("The resource object must have an id."))
        if not self.is_named(found, str(sent)):
            detail = _("The id of the resource object is not the one in the URL.")
            raise Conflict.of("wrong-id", detail, "data", "id")
