"""What a URL may ask besides the address: each parameter that is refused is named."""

import re
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.request import Request

TYPES = (
    "event|ticket|order|attendee|till|station|check-in|payment|user"
    "|shift|movement|count|device|member|invitation|change|quota|hold|discount|export"
)
FIELDS = re.compile(rf"fields\[({TYPES})\]", re.ASCII)
LIST = re.compile(r"sort|filter|filter\[[\w.-]+\](\[[a-z]+\])?|page\[(number|size|after)\]", re.ASCII)
PAGE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)
ALL = ("page[size]", "0")  # as many as one answer holds
# What the Open Event Server's clients say to their caches.
UNHEARD = frozenset({"public", "cache", "nocache", "_"})
FILTER = re.compile(r"filter\[([\w.-]+)\](?:\[([a-z]+)\])?", re.ASCII)
# What follows a filter's name, `filter[created-at][ge]`, by Django's word for it.
OPERATORS = {"gte": "ge", "gt": "gt", "lte": "le", "lt": "lt"}
LOOKUPS = {"eq": "", **{operator: f"__{lookup}" for lookup, operator in OPERATORS.items()}}
NUMBERS = ("page[number]", "page[size]")
LISTS = ("include", "sort")  # parameters with several values, each of which counts once


class BadParameter(ParseError):
    """A parameter that cannot be answered: `source.parameter` says which."""

    def __init__(self, parameter: str, detail: Any) -> None:
        super().__init__(detail)
        self.parameter = parameter


class NoSuchPage(NotFound):
    """There are not so many pages."""

    parameter = "page[number]"


def filter_key(parameter: str) -> str | None:
    """What a filter set calls what `filter[...]`, perhaps with an operator, asks for; None, if that is no
    filter or no operator.
    """
    found = FILTER.fullmatch(parameter)
    if found is None or (found[2] or "eq") not in LOOKUPS:
        return None
    return found[1].replace("-", "_").replace(".", "__") + LOOKUPS[found[2] or "eq"]


def filter_parameter(key: str) -> str:
    """The parameter that asks for it."""
    name, _lookup, operator = key.rpartition("__")
    if operator in OPERATORS:
        return f"filter[{name.replace('_', '-')}][{OPERATORS[operator]}]"
    return f"filter[{key.replace('_', '-')}]"


def check_parameters(request: Request, *, listed: bool, resources: bool, more: frozenset[str]) -> None:
    """Raise `BadParameter` for what is unknown, repeated or no number, of a list or else of one resource;
    of whole `resources`, or else of their identifiers only.
    """
    for name, values in request.query_params.lists():
        if name in UNHEARD and request.method == "GET":
            continue
        whole = resources and (name == "include" or FIELDS.fullmatch(name))
        if not (name in more or whole or (listed and LIST.fullmatch(name))):
            raise BadParameter(name[:100], _('Unknown query parameter "%s".') % name[:100])
        if len(values) > 1:
            raise BadParameter(name[:100], _('The query parameter "%s" is repeated.') % name[:100])
        if name in NUMBERS and (name, values[0]) != ALL and not PAGE.fullmatch(values[0]):
            raise BadParameter(name, _('"%s" must be a number above zero.') % name)
        if name in LISTS:
            _check_once(name, values[0].split(","))


def _check_once(name: str, values: list[str]) -> None:
    meant = [value.lstrip("-").replace("-", "_") for value in values]
    if len(set(meant)) < len(meant):
        raise BadParameter(name, _('The query parameter "%s" names something twice.') % name)
