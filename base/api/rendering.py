import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from django.db.models import Manager
from django.http import HttpResponse
from django.utils.encoding import force_str
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.utils.mediatypes import media_type_matches
from rest_framework_json_api import renderers
from rest_framework_json_api.utils import get_resource_type_from_serializer


class OneFormat(BaseContentNegotiation):
    """Every view answers in its one format, whatever `Accept` says: a 406 has never helped a till."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        for parser in parsers:
            if media_type_matches(parser.media_type, request.content_type):
                return parser
        return None

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

    def __init__(self, data: Any, **kwargs: Any) -> None:
        content = ENCODER.encode({"data": data})
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
    """Plain JSON, errors in the same shape as everywhere else."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is not None and force_str(response.status_code)[0] in "45":
            data = {"errors": data}
        return super().render(data, accepted_media_type, renderer_context)
