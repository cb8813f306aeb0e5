import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db.models import Manager
from django.http import HttpResponse
from django.utils.encoding import force_str
from django.utils.http import parse_header_parameters
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework_json_api import renderers
from rest_framework_json_api.utils import get_resource_type_from_serializer

from base.api.links import home_in, linked, root_of


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
    """JSON:API, with errors in the order in which they were found, and sparse fieldsets that know
    dasherized names (DJA 8.1 compares them with the Python ones here).
    """

    @classmethod
    def _filter_sparse_fields(
        cls, serializer: Serializer[Any], fields: dict[str, Any], resource_name: str
    ) -> dict[str, Any]:
        request = serializer.context.get("request")
        asked = request.query_params.get(f"fields[{resource_name}]") if request else None
        if asked is None:
            return fields
        names = asked.replace("-", "_").split(",")
        return {name: field for name, field in fields.items() if name in names}

    @classmethod
    def build_json_resource_obj(
        cls,
        fields: Mapping[str, Any],
        resource: Mapping[str, Any],
        resource_instance: Any,
        resource_name: str,
        serializer: Any,
        force_type_resolution: bool = False,
    ) -> dict[str, Any]:
        """With links, which DJA makes by a look into the URL map for each."""
        built: dict[str, Any] = super().build_json_resource_obj(
            fields, resource, resource_instance, resource_name, serializer, force_type_resolution
        )
        one, context = getattr(serializer, "child", serializer), cast(dict[str, Any], serializer.context)
        if "root" not in context:
            context["root"] = root_of(context["request"])
        if one.out_of_reach(resource_instance):
            built.pop("relationships", None)
            return built
        home = home_in(context["root"], resource_name, resource_instance)
        document = linked(built, home, one.unseen(resource_instance))
        more = {name: {"links": {"related": f"{home}/{name}"}} for name in one.leads_to(resource_instance)}
        if more and f"fields[{resource_name}]" not in context["request"].query_params:
            document["relationships"] = {**document.get("relationships", {}), **more}
        return document

    @classmethod
    def extract_root_meta(cls, serializer: Any, resource: Any) -> dict[str, Any]:
        """With what the view says beside, such as what was ignored of the document that this answers."""
        meta: dict[str, Any] = super().extract_root_meta(serializer, resource)
        return {**meta, **serializer.context["view"].meta()}

    @classmethod
    def extract_included(
        cls,
        fields: Mapping[str, Any],
        resource: Mapping[str, Any],
        resource_instance: Any,
        included_resources: Iterable[str],
        included_cache: dict[str, dict[str, Any]],
    ) -> None:
        """Each included resource is made once, by one serializer for all of a kind; DJA's own makes a
        serializer with all its fields for each, and each ticket anew for every attendee.
        """
        paths = [path.split(".", 1) for path in included_resources]
        for name in dict.fromkeys(first for first, *_rest in paths):
            deeper = [rest[0] for first, *rest in paths if first == name and rest]
            field = fields[name]
            serializer = cls._serializer_of(field.parent, name)
            resource_type = get_resource_type_from_serializer(serializer)
            for instance in _related(field, resource_instance):
                known = included_cache[resource_type]
                if str(instance.pk) in known and not deeper:
                    continue
                shown = serializer.to_representation(instance)
                known[str(instance.pk)] = cls.build_json_resource_obj(
                    serializer.fields, shown, instance, resource_type, serializer
                )
                cls.extract_included(serializer.fields, shown, instance, deeper, included_cache)

    @staticmethod
    def _serializer_of(parent: Serializer[Any], name: str) -> Serializer[Any]:
        made: dict[Any, Serializer[Any]] = cast(dict[str, Any], parent.context).setdefault("included", {})
        key = (type(parent), name)
        if key not in made:
            made[key] = parent.included_serializers[name](context=parent.context)  # type: ignore[attr-defined]
        return made[key]

    def render_errors(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return JSONRenderer.render(self, {"errors": data}, accepted_media_type, renderer_context)


def _related(field: Any, instance: Any) -> Iterable[Any]:
    """What a relationship of the instance leads to."""
    found = getattr(instance, field.source)
    if found is None:
        return []
    if isinstance(found, Manager):
        return cast(Iterable[Any], found.all())
    return found if isinstance(found, list) else [found]


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
