"""How drf-spectacular describes what is really sent; a test holds real answers against it."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular_jsonapi.schemas.openapi import JsonApiAutoSchema
from rest_framework.serializers import ModelSerializer, Serializer
from rest_framework_json_api.relations import ManyRelatedFieldWithNoData
from rest_framework_json_api.utils import (
    get_related_resource_type,
    get_resource_type_from_model,
    get_resource_type_from_serializer,
)

from base.api.operations import LOG_IN, refusal_components, refuse, require_body, summary_of, tag_of
from base.api.parameters import filter_parameter
from base.api.rendering import PlainJSONRenderer

Json: TypeAlias = dict[str, Any]

JSON_API = "application/vnd.api+json"
JSON = "application/json"
# Of what is no JSON; refusals are.
CSV, PDF = "text/csv", "application/pdf"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = {"type": "string"}
DIGITS = {"type": "string", "pattern": "^[0-9]{1,18}$"}
SENT_MONEY = {
    "type": "string",
    "pattern": r"^-?[0-9]{1,12}\.[0-9]{2}$",
    "description": "In the event's currency, always two decimals",
}
TAKEN_MONEY = {
    "anyOf": [{"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,2})?$"}, {"type": "number"}],
    "description": "In the event's currency, at most two decimals",
}


LINK = {"type": "string", "format": "uri"}
NO_LINK = {"type": ["string", "null"], "format": "uri"}


def ref(component: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{component}"}


NOTHING = {"type": "object", "required": ["data"], "properties": {"data": {"type": "null"}}}


def _answer(schema: Json) -> Json:
    return {"description": "", "content": {JSON_API: {"schema": schema}}}


def identifier_of(resource: str) -> dict[str, Any]:
    """The schema of a resource identifier object."""
    return {
        "type": "object",
        "required": ["type", "id"],
        "properties": {"type": {"const": resource}, "id": {"type": "string"}},
    }


def links(*names: str, required: Sequence[str] | None = None) -> Json:
    """The schema of a links object; all of it is required, unless that is said."""
    properties = dict.fromkeys(names, LINK)
    return {
        "type": "object",
        "required": list(names if required is None else required),
        "properties": properties,
    }


def resource_object(
    serializer: Serializer[Any], properties: Json, required: list[str], direction: str
) -> Json:
    """The schema of a resource object, from those of its serializer's fields."""
    attributes: Json = {}
    relationships: Json = {}
    for name, field in serializer.fields.items():
        if field.write_only if direction == "response" else field.read_only:
            continue
        if _is_relationship(field):
            relationships[name.replace("_", "-")] = _relationship(field)
        else:
            attributes[name.replace("_", "-")] = properties[name]
    identity: Json = {"type": {"const": get_resource_type_from_serializer(serializer)}}
    if direction == "response" or serializer.partial:
        identity["id"] = {"type": "string"}
    if direction == "response":
        identity["links"] = links("self")
        for relationship in relationships.values():
            relationship["properties"]["links"] = links("self", "related", required=["self"])
    document: Json = {"type": "object", "required": list(identity), "properties": identity}
    for member, parts in (("attributes", attributes), ("relationships", relationships)):
        if parts:
            needed = [name.replace("_", "-") for name in required if name.replace("_", "-") in parts]
            identity[member] = {"type": "object", "properties": parts}
            if direction == "request" and needed:
                identity[member]["required"] = needed
                document["required"].append(member)
    return document


def _is_relationship(field: Any) -> bool:
    one = getattr(field, "child", field)
    return hasattr(one, "resource") or hasattr(one, "get_queryset") or hasattr(one, "child_relation")


def _relationship(field: Any) -> dict[str, Any]:
    one = getattr(field, "child", field)
    many = one is not field or hasattr(field, "child_relation")
    linkage = identifier_of(getattr(one, "resource", None) or get_related_resource_type(one))
    if many:
        linkage = {"type": "array", "items": linkage}
    elif field.allow_null or field.read_only:
        linkage = {"anyOf": [linkage, {"type": "null"}]}
    needed = [] if isinstance(field, ManyRelatedFieldWithNoData) else ["data"]
    return {"type": "object", "required": needed, "properties": {"data": linkage}}


class Schema(JsonApiAutoSchema):
    """Of the JSON:API resources."""

    def _map_basic_serializer(self, serializer: Serializer[Any], direction: str) -> Json:
        plain: Json = AutoSchema._map_basic_serializer(self, serializer, direction)
        if PlainJSONRenderer in self.view.renderer_classes:
            return plain
        if not self.is_json_api_resource_serializer(serializer):
            plain["properties"] = {name.replace("_", "-"): s for name, s in plain["properties"].items()}
            plain["required"] = [name.replace("_", "-") for name in plain.get("required", [])]
            return plain
        required = plain.get("required", [])
        if not isinstance(serializer, ModelSerializer):  # a PATCH that is an act needs what the act needs
            required = [name for name, field in serializer.fields.items() if field.required]
        return resource_object(serializer, plain.get("properties", {}), required, direction)

    def _get_response_bodies(self, direction: Any = "response") -> Json:
        """Also of the routes of relationships (`base.api.links`)."""
        action = getattr(self.view, "action", "")
        if action in ("linkage", "linkages"):
            return {"200": _answer(self._linkage(many=action == "linkages"))}
        bodies: Json = super()._get_response_bodies(direction)
        if action == "related" and self._may_be_null():
            (content,) = bodies["200"]["content"].values()
            bodies["200"] = _answer({"anyOf": [content["schema"], NOTHING]})
        return bodies

    def _linkage(self, many: bool) -> Json:
        one = identifier_of(get_resource_type_from_model(self.view.queryset.model))
        data: Json = {"type": "array", "items": one} if many else one
        if not many and self._may_be_null():
            data = {"anyOf": [one, {"type": "null"}]}
        beside = page_of() if many else {}
        paged = beside.get("links", {}).get("properties", {})
        properties = {"data": data, **beside, "links": links("self", "related", required=["self"])}
        properties["links"]["properties"] |= paged
        return {"type": "object", "required": list(properties), "properties": properties}

    def _may_be_null(self) -> bool:
        """A relationship that is no column of its own, an attendee's event, is that of one that is there."""
        name, fields = self.view.through.removesuffix("_id"), self.view.parent.queryset.model._meta.fields
        return any(field.name == name and field.null for field in fields)

    def _resolve_path_parameters(self, variables: list[str]) -> list[Json]:
        described = _("An id; of an event or an order, its identifier does too.")
        return [
            {
                "name": name,
                "in": "path",
                "required": True,
                "schema": {"type": "string"},
                "description": described,
            }
            for name in variables
        ]

    def get_tags(self) -> list[str]:
        """Words that people read; what is plain JSON is the log-in."""
        if PlainJSONRenderer in self.view.renderer_classes:
            return [LOG_IN]
        return [tag_of(resource) for resource in super().get_tags()]

    def get_summary(self) -> str:
        summary: str | None = super().get_summary()
        return summary or summary_of(self.method.lower(), self.path)

    def get_operation_id(self) -> str:
        """`list-orders`, `create-order`: the URL names are unique, so these are."""
        operation_id: str = super().get_operation_id()
        return operation_id.removeprefix("v1_").replace("_", "-")


class WholeNumberScheme(OpenApiSerializerFieldExtension):
    """Taken as an integer or a string of digits, sent as an integer."""

    target_class = "base.api.fields.WholeNumberField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        integer = {"type": "integer", "minimum": 0}
        return integer if direction == "response" else {"anyOf": [integer, DIGITS]}


class MoneyScheme(OpenApiSerializerFieldExtension):
    """Taken as a decimal string or a number, sent as a string with two decimals."""

    target_class = "base.api.fields.MoneyField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        return SENT_MONEY if direction == "response" else TAKEN_MONEY


class BelievedMoneyScheme(MoneyScheme):
    target_class = "base.api.fields.BelievedMoneyField"


class WordyFlagScheme(OpenApiSerializerFieldExtension):
    target_class = "base.api.fields.WordyFlagField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        return {"anyOf": [{"type": "boolean"}, {"enum": ["true", "false"]}]}


class RelationScheme(OpenApiSerializerFieldExtension):
    """A to-many relationship, which `resource_object` describes: nothing is looked up for it."""

    target_class = "rest_framework.relations.ManyRelatedField"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        return {"type": "array", "items": {"type": "object"}}


class ClockScheme(OpenApiSerializerFieldExtension):
    """A time of day on the wall; OpenAPI's format `time` is one with an offset."""

    target_class = "rest_framework.fields.TimeField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Json:
        return {"type": "string", "pattern": r"^[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?$"}


class TokenScheme(OpenApiAuthenticationExtension):
    """The token header, which may also say `JWT` or `Token`."""

    target_class = "accounts.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        return {"type": "http", "scheme": "bearer", "description": "From `POST /auth/session`."}


class RefresherScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.RefresherAuthentication"
    name = "refresh-token"

    def get_security_definition(self, auto_schema: AutoSchema) -> Json:
        return {"type": "http", "scheme": "bearer", "description": "`refresh_token` of a log-in."}


ERRORS = {
    "type": "object",
    "required": ["errors"],
    "properties": {
        "errors": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["status", "code", "title", "detail"],
                "additionalProperties": False,
                "properties": {
                    "status": {"type": "string", "pattern": "^[45][0-9]{2}$"},
                    "code": {"type": "string", "description": "Stable, for programs"},
                    "title": {"type": "string"},
                    "detail": {"type": "string", "description": "For people"},
                    "source": {
                        "type": "object",
                        "properties": dict.fromkeys(("pointer", "parameter", "header"), TEXT),
                    },
                    "meta": {"type": "object", "description": "The numbers that `detail` speaks of"},
                },
            },
        }
    },
}
PAGES = ("first", "last", "next", "prev")
COUNT = {"type": "integer", "minimum": 0}


IGNORED = "What was sent and is no attribute or relationship here"


def page_of() -> Json:
    """The schemas of what stands beside the rows of a page."""
    page = {"type": "object", "properties": dict.fromkeys(("page", "pages", "count"), COUNT)}
    bounded = {"type": "object", "properties": dict.fromkeys(("asked", "most"), COUNT)}
    meta = {"count": COUNT, "pagination": page, "page-size": bounded}
    return {
        "links": {"type": "object", "properties": dict.fromkeys(PAGES, NO_LINK)},
        "meta": {"type": "object", "required": ["count"], "properties": meta},
    }


def _documents(schemas: Json) -> Iterator[tuple[str, Json]]:
    for name, schema in schemas.items():
        if "data" in schema.get("properties", {}) and not name.endswith("Request"):
            yield name, schema


def _unpage(responses: Json, schemas: Json) -> None:
    """What a POST answers is a whole list, not a page of one."""
    for answer in responses.values():
        for content in answer.get("content", {}).values():
            name = content["schema"].get("$ref", "").rpartition("/")[2]
            if name.startswith("Paginated"):
                rows = schemas[name]["properties"]["data"]
                content["schema"] = {"type": "object", "required": ["data"], "properties": {"data": rows}}


def _spelt(parameter: str) -> str:
    """A query parameter as it is sent: of a filter with its operator."""
    key = parameter.removeprefix("filter[").removesuffix("]")
    return filter_parameter(key) if key != parameter else parameter.replace("_", "-")


def finish(result: Json, generator: object, request: object, public: bool) -> Json:
    """What holds for the whole document: errors, included resources, dasherized filters."""
    schemas = result["components"]["schemas"]
    # Beside a guest, whoever checks guests in is told which order it is, without a link.
    schemas["OrderOfGuest"] = {**schemas["Order"], "required": ["type", "id"]}
    names = ("Attendee", "Event", "OrderOfGuest", "Ticket")
    included = {"type": "array", "items": {"anyOf": [ref(name) for name in names]}}
    for name, document in _documents(schemas):
        document["properties"]["included"] = included
        if name.startswith("Paginated"):
            document["required"] = ["data", "links", "meta"]
            document["properties"] |= page_of()
        else:
            document["properties"]["meta"] = {
                "type": "object",
                "properties": {"ignored": {"type": "array", "items": TEXT, "description": IGNORED}},
            }
    schemas["Errors"] = ERRORS
    schemes = result["components"]["securitySchemes"]
    result["components"]["securitySchemes"] = {"token": schemes["token"], **schemes}  # asked for first
    result["components"]["responses"] = refusal_components({"": JSON_API, "Plain": JSON}, ref("Errors"))
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            _finish_operation(path, method, operation, schemas)
    return result


def _finish_operation(path: str, method: str, operation: Json, schemas: Json) -> None:
    is_plain = not path.startswith("/v1/") or path.startswith("/v1/auth/") or path.endswith("/search")
    if method == "get" and path.startswith("/v1/"):
        operation["responses"]["304"] = {"description": "As it was, by `If-None-Match`"}
    if path.startswith(("/v1/events/{event}", "/v1/events/{reference}")):
        operation["responses"]["308"] = {"description": "The event is called otherwise now: by `Location`"}
    if method == "post":
        _unpage(operation["responses"], schemas)
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "query":
            parameter["name"] = _spelt(parameter["name"])
    operation.setdefault("security", [])  # who needs no token is said, too
    require_body(operation)
    kind, media_type = ("Plain", JSON) if is_plain else ("", JSON_API)
    refuse(operation, kind, media_type, ref("Errors"))
