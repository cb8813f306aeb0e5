"""The hardened way in: whatever bytes a client sends become plain data, or a clear 400."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any, NoReturn

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser
from rest_framework_json_api.utils import get_resource_name

from base.errors import Conflict


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body-too-large"


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def load_json(stream: IO[bytes]) -> Any:
    """The JSON document in `stream`, numbers with a fraction as `Decimal`.

    Raises `ParseError` for anything that is no UTF-8 JSON a database could hold, and
    `BodyTooLarge` beyond `DATA_UPLOAD_MAX_MEMORY_SIZE`.
    """
    body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise BodyTooLarge(_("The body is too large."))
    try:
        text = body.decode("utf-8")
        document = json.loads(text, parse_float=Decimal, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            # Half of a surrogate pair is a string in JSON, but no text in any database.
            json.dumps(document, ensure_ascii=False, default=str).encode("utf-8")
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise ParseError(_("The body is no valid JSON document.")) from error
    return document


class PlainJSONParser(BaseParser):
    """Plain JSON objects, as `/auth/session` takes them."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        document = load_json(stream)
        if not isinstance(document, dict):
            raise ParseError(_("The body must be a JSON object."))
        return document


class MislabelledJSONParser(PlainJSONParser):
    """The same from clients that call all that they send a JSON:API document."""

    media_type = "application/vnd.api+json"


class Sent(dict[str, Any]):
    """What a document says, by Python names; and the `spelling` of its attributes and relationships."""

    spelling: Mapping[str, str] = {}


class JSONAPIParser(BaseParser):
    """A JSON:API resource object, flattened to one dict for a serializer.

    Attributes and relationships keep their values and get Python names. `_id` is the client's id of
    the resource, which only PATCH looks at.
    """

    media_type = "application/vnd.api+json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Sent:
        document = load_json(stream)
        data = document.get("data") if isinstance(document, dict) else None
        if not isinstance(data, dict):
            raise ParseError(_("The body must be a JSON:API document with one resource object."))
        self._check_type(data, parser_context)
        attributes, relationships = self._members(data, "attributes"), self._members(data, "relationships")
        sent = Sent({**_pythonic(attributes), **_linkages(relationships), "_id": data.get("id")})
        sent.spelling = {_python_name(name): name for name in (*attributes, *relationships)}
        return sent

    @staticmethod
    def _check_type(data: dict[str, Any], parser_context: Mapping[str, Any] | None) -> None:
        expected = get_resource_name(parser_context)
        if data.get("type") != expected:
            detail = _('The resource object must have the type "%s".') % expected
            raise Conflict.of("wrong-type", detail, "data", "type")

    @staticmethod
    def _members(data: dict[str, Any], name: str) -> dict[str, Any]:
        members = data.get(name)
        if members is None:
            return {}
        if not isinstance(members, dict):
            raise ParseError(_('"%s" must be an object.') % name)
        return members


def _python_name(name: str) -> str:
    return name.replace("-", "_")


def _pythonic(members: Mapping[str, Any]) -> dict[str, Any]:
    return {_python_name(name): value for name, value in members.items()}


def _linkages(relationships: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in relationships.items():
        if not isinstance(value, dict):
            raise ParseError(_('The relationship "%s" must be an object.') % _python_name(name))
    return {_python_name(name): value.get("data") for name, value in relationships.items()}
