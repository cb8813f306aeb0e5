"""How drf-spectacular describes what is really sent."""

from drf_spectacular.openapi import AutoSchema
from drf_spectacular_jsonapi.schemas.openapi import JsonApiAutoSchema


class Schema(JsonApiAutoSchema):
    pass


class PlainSchema(AutoSchema):
    """Of the views that speak plain JSON."""


def finish(result: dict, **kwargs: object) -> dict:
    return result
