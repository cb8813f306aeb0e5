import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse
from django.utils.encoding import force_str
from django.utils.http import parse_header_parameters
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework_json_api import renderers
from rest_framework_json_api.utils import (
    format_field_names,
    get_included_resources,
    get_resource_name,
    get_resource_type_from_serializer,
)

from base.api.links import home_in, linked, root_of
from base.api.shapes import related, shape_of


class OneFormat(BaseContentNegotiation):
    """Every view answers in its one format, whatever `Accept` says: a 406 has never helped a till."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        """None (415) for extensions of JSON:API too: it has some, we have none. A profile may be named."""
        sent = request.content_type
        if ";" in sent and "ext" in parse_header_parameters(sent)[1]:
            return None
        return next((parser for parser in parsers if media_type_matches(parser.media_type, sent)), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


class DocumentResponse(HttpResponse):
    """A JSON:API document around `data` that was made by hand, of what JSON knows: there is nothing left
    for a renderer to do.
    """

    def __init__(self, data: Any, *, links: Any = None, meta: Any = None, **kwargs: Any) -> None:
        document = {"links": links, "data": data, "meta": meta}
        content = ENCODER.encode({name: part for name, part in document.items() if part or name == "data"})
        super().__init__(content, content_type=JSONAPIRenderer.media_type, **kwargs)


class JSONAPIRenderer(renderers.JSONRenderer):
    """JSON:API: resources by their shapes (`base.api.shapes`), each included one made once, with links and
    sparse fieldsets that know dasherized names; errors in the order in which they were found.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        shown = data["results"] if type(data) is dict and "results" in data else data
        serializer = getattr(shown, "serializer", None)
        if serializer is None:  # nothing, errors, or what was made by hand
            content: bytes = super().render(data, accepted_media_type, renderer_context)
            return content
        around = data if shown is not data else {}
        made = Document(serializer, get_resource_name(renderer_context)).made(shown, around)
        return JSONRenderer.render(self, made, accepted_media_type, renderer_context)

    def render_errors(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return JSONRenderer.render(self, {"errors": data}, accepted_media_type, renderer_context)


class Document:
    """The document of one answer, of what `serializer` has shown; its resources are of a type."""

    def __init__(self, serializer: Any, resource: str) -> None:
        self.serializer, self.resource = serializer, resource
        self.context: dict[str, Any] = serializer.context
        self.request: Request = self.context["request"]
        self.root = root_of(self.request)
        self.serializers: dict[Any, Any] = {}  # of what is included, by whose relationship it is
        self.included: dict[tuple[str, str], dict[str, Any]] = {}

    def made(self, shown: Any, around: Mapping[str, Any]) -> dict[str, Any]:
        """With the links and the `meta` that stand around what is shown."""
        many = hasattr(self.serializer, "child")
        one = self.serializer.child if many else self.serializer
        paths = get_included_resources(self.request, self.serializer)
        rows = (
            zip(shown, self.serializer.instance, strict=True) if many else [(shown, self.serializer.instance)]
        )
        data = []
        for told, row in rows:
            data.append(self._resource(one, self.resource, told, row))
            self._include(one, row, paths)
        document = {"links": around["links"]} if around.get("links") else {}
        document["data"] = data if many else data[0]
        if paths:
            ours = {(resource["type"], resource["id"]) for resource in data}
            document["included"] = [self.included[key] for key in sorted(self.included.keys() - ours)]
        meta = {**around.get("meta", {}), **self._meta(one, shown, many)}
        return {**document, "meta": format_field_names(meta)} if meta else document

    def _meta(self, one: Any, shown: Any, many: bool) -> dict[str, Any]:
        """With what the view says beside, such as what was ignored of the document that this answers."""
        told = one.get_root_meta(shown, many) if hasattr(one, "get_root_meta") else {}
        return {**told, **self.context["view"].meta()}

    def _resource(self, serializer: Any, resource: str, told: Mapping[str, Any], row: Any) -> dict[str, Any]:
        """A resource object. Where it is out of reach it has no links."""
        shape, asked = shape_of(serializer), serializer.asked
        made: dict[str, Any] = {"type": resource, "id": str(row.pk)}
        attributes = {
            shape.attributes[name]: value
            for name, value in told.items()
            if name in shape.attributes and (asked is None or name in asked)
        }
        if attributes:
            made["attributes"] = attributes
        if serializer.out_of_reach(row):
            return made
        relationships = {
            one.spelt: one.told(told.get(name))
            for name, one in shape.relationships.items()
            if asked is None or name in asked
        }
        if relationships:
            made["relationships"] = relationships
        home = home_in(self.root, resource, row)
        document = linked(made, home, serializer.unseen(row))
        more = {name: {"links": {"related": f"{home}/{name}"}} for name in serializer.leads_to(row)}
        if more and asked is None:
            document["relationships"] = {**document.get("relationships", {}), **more}
        return document

    def _include(self, parent: Any, row: Any, paths: Iterable[str]) -> None:
        """What the paths lead to from a row, each once."""
        steps = [path.split(".", 1) for path in paths]
        for name in dict.fromkeys(first for first, *_rest in steps):
            deeper = [rest[0] for first, *rest in steps if first == name and rest]
            serializer = self._serializer_of(parent, name)
            resource = get_resource_type_from_serializer(serializer)
            for other in related(row, shape_of(parent).relationships[name].source):
                key = (resource, str(other.pk))
                if key in self.included and not deeper:
                    continue
                told = serializer.to_representation(other)
                self.included[key] = self._resource(serializer, resource, told, other)
                self._include(serializer, other, deeper)

    def _serializer_of(self, parent: Any, name: str) -> Any:
        """One for all of a kind."""
        key = (type(parent), name)
        if key not in self.serializers:
            self.serializers[key] = parent.included_serializers[name](context=self.context)
        return self.serializers[key]


class PlainJSONRenderer(JSONRenderer):
    """Plain JSON, errors in the same shape as everywhere else, and the first one's words as `error`, where
    the Open Event Server's frontend looks for them.
    """

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is not None and force_str(response.status_code)[0] in "45":
            data = {"errors": data, "error": data[0]["detail"]}
        return super().render(data, accepted_media_type, renderer_context)
