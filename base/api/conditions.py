"""`filter=[{"name": "state", "op": "eq", "val": "published"}]`: what the Open Event Server's clients ask
lists for, by the attributes that have a filter of our own (`base.api.filters`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from io import BytesIO
from operator import and_, or_
from typing import Any

from django import forms
from django.db.models import CharField, Lookup, Q, QuerySet
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from rest_framework.exceptions import ParseError
from rest_framework.request import Request

from base.api.parameters import BadParameter
from base.api.parsing import load_json

PARAMETER = "filter"
MOST_CONDITIONS, MOST_DEEP, MOST_VALUES = 50, 10, 100
EQUALS, COMPARES, LIKE = ("eq", "ne", "in_"), ("lt", "le", "gt", "ge"), ("like", "ilike")
RELATED = ("has", "any")
SPELT = {"is_": "eq", "isnot": "ne"}  # as their frontend asks for null
LOOKUPS = {"lt": "lt", "le": "lte", "gt": "gt", "ge": "gte", "like": "like", "ilike": "ilike"}
# What nothing has here, so that it is null of everything.
NEVER = ("deleted_at", "discount_code_id")

Rows = QuerySet[Any]


class Like(Lookup):
    """SQL's `LIKE`, where `%` and `_` stand for others and nothing else does."""

    lookup_name = "like"
    template = "{} LIKE {} ESCAPE '\\'"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        left, left_params = self.process_lhs(compiler, connection)
        right, right_params = self.process_rhs(compiler, connection)
        params = (*left_params, *(str(value).replace("\\", "\\\\") for value in right_params))
        return self.template.format(left, right), params


class ILike(Like):
    """The same in any case."""

    lookup_name = "ilike"
    template = "UPPER({}) LIKE UPPER({}) ESCAPE '\\'"


CharField.register_lookup(Like)
CharField.register_lookup(ILike)


@dataclass(frozen=True)
class Relation:
    """A relationship whose other end can be asked about: by the filters of `filterset` (a class or its
    path), those of `rows` (all that `user` may see, if it says nothing), found by `at` the rows here.
    `only` says which attributes, if not all.
    """

    filterset: str
    at: Callable[[Rows], Q]
    only: Callable[[Request], frozenset[str] | None] = lambda request: None
    rows: Callable[[Request, Any], Rows] = lambda request, model: model.objects.for_user(request.user)


class Id(filters.NumberFilter):
    field_class: Any = forms.IntegerField


ID = Id(field_name="pk", min_value=0, max_value=10**18 - 1)


def _refuse(detail: str) -> BadParameter:
    return BadParameter(PARAMETER, detail)


def conditions(text: str, filterset: Any, request: Request) -> Q:
    """What a list's rows must be. Raises `BadParameter`."""
    try:
        asked = load_json(BytesIO(text.encode()))
    except ParseError as error:
        raise _refuse(_("This is no valid JSON.")) from error
    if not isinstance(asked, list):
        raise _refuse(_("Send a list of conditions."))
    return Asked(request).all_of(asked, Known(filterset), 0)


@dataclass(frozen=True)
class Known:
    """What may be asked about the rows of a list, or of the other end of a relationship."""

    filterset: Any
    only: frozenset[str] | None = None
    rows: Any = None

    @cached_property
    def whole(self) -> dict[str, filters.Filter]:
        """By attribute the filters that compare with a whole value."""
        return {name: made for name, made in self.filterset.base_filters.items() if "__" not in name}

    @cached_property
    def compared(self) -> dict[str, filters.Filter]:
        """By attribute the filters of what comes before and after."""
        ends = "__gte"
        found = self.filterset.base_filters.items()
        return {name.removesuffix(ends): made for name, made in found if name.endswith(ends)}

    @property
    def relations(self) -> Mapping[str, Relation]:
        return getattr(self.filterset, "relations", {})

    @property
    def names(self) -> list[str]:
        unasked = getattr(self.filterset, "unasked", ())
        known = {"id", *self.whole, *self.compared, *self.relations} - set(unasked)
        return sorted(known if self.only is None else known & self.only)

    def plain(self, name: str) -> filters.Filter | None:
        """The filter of an attribute, if it is one of a column."""
        found = ID if name == "id" else self.compared.get(name) or self.whole.get(name)
        return None if found is None or found.method else found


class Asked:
    """Conditions that are read for one request, and counted."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.left = MOST_CONDITIONS

    def all_of(self, asked: Any, known: Known, deep: int, join: Callable[[Q, Q], Q] = and_) -> Q:
        """What a list of conditions means; none of them is none."""
        if not isinstance(asked, list):
            raise _refuse(_("and and or take a list of conditions."))
        if deep > MOST_DEEP:
            raise _refuse(_("The conditions are nested more than %d deep.") % MOST_DEEP)
        found = [part for one in asked if (part := self.one(one, known, deep + 1))]
        return reduce(join, found) if found else Q()

    def one(self, asked: Any, known: Known, deep: int) -> Q:
        self.left -= 1
        if self.left < 0 or deep > MOST_DEEP:
            raise _refuse(_("At most %d conditions are taken, %d deep.") % (MOST_CONDITIONS, MOST_DEEP))
        match asked:
            case {"and": inner, **rest} if not rest:
                return self.all_of(inner, known, deep)
            case {"or": inner, **rest} if not rest:
                return self.all_of(inner, known, deep, or_)
            case {"not": inner, **rest} if not rest:
                inside = self.one(inner, known, deep + 1)
                return ~inside if inside else Q()
            case {"name": str(name), "op": str(op), "val": value, **rest} if not rest:
                return self.leaf(name, SPELT.get(op, op), value, known, deep)
        raise _refuse(_('A condition is {"name": ..., "op": ..., "val": ...}, or and, or, not of some.'))

    def leaf(self, spelt: str, op: str, value: Any, known: Known, deep: int) -> Q:
        name = spelt.replace("-", "_")
        if name in NEVER and known.only is None:
            return _null(op, value)
        if name not in known.names:
            told = ", ".join(one.replace("_", "-") for one in known.names)
            raise _refuse(_('There is no filter "%(name)s" here, but: %(known)s.') % _named(spelt, told))
        if op in RELATED and name in known.relations:
            return self.related(known.relations[name], value, deep)
        plain = known.plain(name)
        if plain is not None:
            return of_column(spelt, plain, op, value)
        if name in known.whole:
            return self.of_method(spelt, known, op, value)
        raise _refuse(_operators(spelt, RELATED))

    def related(self, relation: Relation, value: Any, deep: int) -> Q:
        """By what the other end is."""
        filterset = import_string(relation.filterset)
        rows = relation.rows(self.request, filterset._meta.model).order_by()
        known = Known(filterset, relation.only(self.request), rows)
        return relation.at(rows.filter(self.one(value, known, deep + 1)))

    def of_method(self, spelt: str, known: Known, op: str, value: Any) -> Q:
        """By a filter that knows more than one column: whole values only, lest what is not to be read be
        spelt out.
        """
        if op not in ("eq", "in_"):
            raise _refuse(_operators(spelt, ("eq", "in_")))
        name, model = spelt.replace("-", "_"), known.filterset._meta.model
        rows = model.objects.for_user(self.request.user).order_by()
        made = known.filterset(data={}, queryset=rows, request=self.request)
        one = made.filters[name]
        found = [one.filter(rows, _cleaned(spelt, one, each)).values("pk") for each in _values(op, value)]
        return reduce(or_, [Q(pk__in=each) for each in found], Q(pk__in=[]))


def of_column(spelt: str, plain: filters.Filter, op: str, value: Any) -> Q:
    """By what stands in one column."""
    field = plain.field_name or ""
    if op in ("eq", "ne") and value is None:
        return Q(**{f"{field}__isnull": op == "eq"})
    if op not in _allowed(plain):
        raise _refuse(_operators(spelt, _allowed(plain)))
    if op in LIKE:
        text = forms.CharField(strip=False, max_length=200)
        return Q(**{f"{field}__{op}": _cleaned_by(spelt, text, value)})
    values = [_cleaned(spelt, plain, each) for each in _values(op, value)]
    if op in COMPARES:
        return Q(**{f"{field}__{LOOKUPS[op]}": values[0]})
    found = Q(**{f"{field}__in": values})
    return ~found if op == "ne" else found


def _allowed(plain: filters.Filter) -> tuple[str, ...]:
    if isinstance(plain, filters.BooleanFilter):
        return EQUALS
    if isinstance(plain, filters.CharFilter | filters.ChoiceFilter):
        return (*EQUALS, *COMPARES, *LIKE)
    return (*EQUALS, *COMPARES)


def _null(op: str, value: Any) -> Q:
    """Of what is null of everything."""
    holds = op == "eq" and value is None
    if op not in EQUALS or (op == "ne" and value is not None):
        holds = False
    return ~Q(pk__in=[]) if holds else Q(pk__in=[])


def _values(op: str, value: Any) -> list[Any]:
    if op != "in_":
        return [value]
    if not isinstance(value, list) or len(value) > MOST_VALUES:
        raise _refuse(_("in_ takes a list of at most %d values.") % MOST_VALUES)
    return value


def _cleaned(spelt: str, one: filters.Filter, value: Any) -> Any:
    return _cleaned_by(spelt, one.field, value)


def _cleaned_by(spelt: str, field: forms.Field, value: Any) -> Any:
    """As the filter of our own takes it from the address: there all is text."""
    if value is None or value == "" or isinstance(value, dict | list):
        raise _refuse(_('Say what "%s" is to be.') % spelt)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    try:
        return field.clean(text)
    except forms.ValidationError as error:
        problem = " ".join(error.messages)
        raise _refuse(f"{spelt}: {problem}") from error


def _named(spelt: str, told: str) -> dict[str, str]:
    return {"name": spelt[:100], "known": told}


def _operators(spelt: str, allowed: tuple[str, ...]) -> str:
    return _('"%(name)s" takes one of: %(known)s.') % _named(spelt, ", ".join(allowed))
