"""The one place where a refusal becomes an HTTP answer with JSON:API error objects."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.views import set_rollback

from base import database
from base.api.parameters import filter_parameter
from base.asking import refused_by
from base.errors import DomainError, Path, TooManyTries

# Resource members that stand under `relationships` in a document; everything else is an attribute.
RELATIONSHIPS = frozenset(
    {
        "event",
        "ticket",
        "tickets",
        "attendees",
        "attendee",
        "till",
        "station",
        "in_name_of",
        "count",
        "members",
    }
)


def error_object(
    status: int,
    code: str,
    detail: str,
    *,
    source: Mapping[str, str] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One error object: https://jsonapi.org/format/#error-objects."""
    error: dict[str, Any] = {
        "status": str(status),
        "code": code,
        "title": HTTPStatus(status).phrase,
        "detail": str(detail),
    }
    if source:
        error["source"] = dict(source)
    if meta:
        error["meta"] = dict(meta)
    return error


def pointer_to(path: Path, moved: Mapping[str, str] | None = None) -> str:
    """The JSON pointer of a value in a request document, from its path in the domain.

    `moved` says where the document keeps what the domain calls differently.
    """
    if not path:
        return "/data"
    first, *rest = path
    if first == "data":
        home = "/data"
    elif moved and first in moved:
        home = moved[str(first)]
    elif first in RELATIONSHIPS:
        home = f"/data/relationships/{first}" + ("/data" if rest else "")
    else:
        home = f"/data/attributes/{first}"
    return "/".join([home, *map(str, rest)]).replace("_", "-")


def _leaves(detail: Any, path: Path = ()) -> Iterator[tuple[Path, exceptions.ErrorDetail]]:
    """Every message in a serializer's nested errors, with the path to its value."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            inside = path if key == api_settings.NON_FIELD_ERRORS_KEY else (*path, key)
            yield from _leaves(value, inside)
    elif isinstance(detail, list):
        for index, value in enumerate(detail):
            inside = path if isinstance(value, str) else (*path, index)
            yield from _leaves(value, inside)
    else:
        yield path, detail


def _validation_errors(
    error: exceptions.ValidationError, reading: bool, moved: Mapping[str, str] | None
) -> tuple[int, list[dict[str, Any]]]:
    """422 with pointers for what was sent in a body, 400 with parameters for what a URL asked."""
    if reading:
        return 400, [
            error_object(
                400,
                "invalid-parameter",
                leaf,
                source={"parameter": filter_parameter(str(path[0]))} if path else None,
            )
            for path, leaf in _leaves(error.detail)
        ]
    return 422, [
        error_object(422, str(leaf.code).replace("_", "-"), leaf, source={"pointer": pointer_to(path, moved)})
        for path, leaf in _leaves(error.detail)
    ]


def _from_domain(error: DomainError, moved: Mapping[str, str] | None) -> tuple[int, list[dict[str, Any]]]:
    status = error.status
    return status, [
        error_object(status, p.code, p.detail, source=_source(p.path, status, moved), meta=p.meta)
        for p in error.problems
    ]


def _source(path: Path, status: int, moved: Mapping[str, str] | None) -> dict[str, str] | None:
    """Where the fault lies: a value of the document, a header, or nowhere that could be named."""
    if path and path[0] == "headers":
        return {"header": str(path[1])}
    return {"pointer": pointer_to(path, moved)} if path or status in (409, 422) else None


def _translate(exc: Exception) -> Exception:
    if isinstance(exc, Http404):
        # One body for what does not exist and for what one may not know of.
        return exceptions.NotFound(_("There is no such thing here."))
    if isinstance(exc, PermissionDenied):
        return exceptions.PermissionDenied()
    if database.is_busy(exc):
        return database.busy(exc, outside=True)
    return exc


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """DRF's hook: the answer to whatever a view raised, or None for what is our own fault (500)."""
    exc = _translate(exc)
    view, request = context["view"], context["request"]
    moved = getattr(view, "moved", None)
    headers: dict[str, str] = {}
    if isinstance(exc, DomainError):
        status, errors = _from_domain(exc, moved)
        if isinstance(exc, TooManyTries):
            headers["Retry-After"] = str(exc.seconds)
    elif isinstance(exc, exceptions.ValidationError):
        status, errors = _validation_errors(exc, reading=request.method in ("GET", "HEAD"), moved=moved)
    elif isinstance(exc, exceptions.APIException):
        status = exc.status_code
        code = str(exc.get_codes()).replace("_", "-")
        parameter = getattr(exc, "parameter", None)
        source = {"parameter": parameter} if parameter else None
        errors = [error_object(status, code, str(exc.detail), source=source)]
        if auth_header := getattr(exc, "auth_header", None):
            headers["WWW-Authenticate"] = auth_header
        if wait := getattr(exc, "wait", None):
            headers["Retry-After"] = str(int(wait))
    else:
        return None
    set_rollback()
    refused_by(error["code"] for error in errors)
    return Response(errors, status=status, headers=headers)


def _bare(request: HttpRequest, status: int, code: str, detail: str) -> JsonResponse:
    refused_by([code])
    return JsonResponse(
        {"errors": [error_object(status, code, detail)]},
        status=status,
        content_type="application/vnd.api+json",
    )


def not_found(request: HttpRequest) -> JsonResponse:
    """The answer under `/v1/` and `/auth/` where no route leads."""
    return _bare(request, 404, "not-found", _("There is no such thing here."))


def bad_request(request: HttpRequest) -> JsonResponse:
    """The answer under `/v1/` and `/auth/` to a request that Django itself refuses."""
    return _bare(request, 400, "bad-request", _("The request is malformed."))


def unavailable(request: HttpRequest, refusal: DomainError) -> JsonResponse:
    """The answer under `/v1/` and `/auth/` where the database failed before or after the view."""
    return _bare(request, refusal.status, refusal.problems[0].code, refusal.problems[0].detail)


def server_error(request: HttpRequest) -> JsonResponse:
    """The answer under `/v1/` and `/auth/` to a fault of ours."""
    return _bare(request, 500, "server-error", _("Something broke on our side. It has been logged."))
