"""Statements that are built once.

Django builds the SQL of a queryset anew each time, which costs the hot queries of a sale several
times what the database takes to answer them. A kept queryset is written as usual, so a rule about
rows keeps its one home; its SQL is kept, and only the values change. Where PostgreSQL answers, it has
parsed and planned the statement before (`base.sql.prepared`).
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial, wraps
from typing import Any, NamedTuple, ParamSpec, TypeVar, overload

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.db.models.base import ModelState
from django.db.models.query import RelatedPopulator, get_related_populators
from django.db.models.signals import post_init, pre_init
from django.db.models.sql.compiler import SQLCompiler

from base.sql.prepared import Row, Statement, next_id

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
R = TypeVar("R")
Locks = str | Callable[..., str]


class Plan(NamedTuple):
    statement: Statement
    model: type[Model]
    fields: list[str]  # the names of the first columns; none of `values_list`, whose rows stay what they are
    annotations: list[str]  # of those after them
    beside: Sequence[RelatedPopulator]  # what makes other rows of those after these (`select_related`)
    convert: Callable[[Iterable[Row]], Iterable[Sequence[Any]]]
    into: Callable[..., Any]

    def objects(self, rows: Iterable[Row]) -> list[Any]:
        """Rows of the database as what the queryset would have given, or `into` makes of that."""
        if not self.fields:
            return [tuple(row) for row in self.convert(rows)]
        return [self._object(row) for row in self.convert(rows)]

    def _object(self, row: Sequence[Any]) -> Any:
        many, instance = len(self.fields), _instance(self.model, self.fields, row)
        for other in self.beside:
            other.populate(row, instance)
        return self.into(instance, **dict(zip(self.annotations, row[many:], strict=not self.beside)))


def _instance(model: type[M], fields: Sequence[str], row: Sequence[Any]) -> M:
    """What `Model.from_db` makes of the first columns, by a tenth of its calls: of a model that
    `_check_made_as_ever` has let pass.
    """
    instance = model.__new__(model)
    state = instance._state = ModelState()
    state.adding, state.db = False, DEFAULT_DB_ALIAS
    instance.__dict__.update(zip(fields, row, strict=False))
    return instance


def _check_made_as_ever(model: type[Model]) -> None:
    """Raises `TypeError` for a model that does something of its own when a row becomes an instance."""
    own = (model.__init__, model.from_db.__func__) != (Model.__init__, Model.from_db.__func__)  # type: ignore[attr-defined]
    if own or pre_init.has_listeners(model) or post_init.has_listeners(model):
        raise TypeError(f"{model.__name__} makes its instances in its own way.")


def _annotated(instance: Model, **annotations: Any) -> Model:
    for name, value in annotations.items():
        setattr(instance, name, value)
    return instance


def _compiler(queryset: QuerySet[Any]) -> SQLCompiler:
    compiler: SQLCompiler = queryset.query.get_compiler(connection=connection)
    return compiler


@overload
def kept(build: Callable[P, QuerySet[Any, R]]) -> Callable[P, list[R]]: ...
@overload
def kept(*, locks: Locks) -> Callable[[Callable[P, QuerySet[M]]], Callable[P, list[M]]]: ...
@overload
def kept(
    *, locks: Locks = "", into: Callable[..., R], draws: type[Model] | None = None
) -> Callable[[Callable[P, QuerySet[Any]]], Callable[P, list[R]]]: ...
def kept(
    build: Callable[..., QuerySet[Any]] | None = None,
    *,
    locks: Locks = "",
    into: Callable[..., Any] = _annotated,
    draws: type[Model] | None = None,
) -> Any:
    """Decorate a function of keyword arguments that returns a queryset: it is called once for each
    shape of its arguments, and from then on the decorated one runs the kept SQL with the new values.

    Numbers, strings and sequences of numbers are values. `None`, booleans and `AtMost` belong to the shape,
    and so does a sequence's length: they may change the SQL. Whatever else the function looks at, a setting
    say, is what it was at the first call. Returns the rows as model instances, annotations and
    `select_related` included; of a `values_list` as tuples. Or as what `into` makes of an instance and its
    annotations, by their names: a small type that says what was read.

    `locks`, or what it gives for the arguments, ends the SQL where the database locks rows. It is for what
    Django cannot say: `FOR KEY SHARE`, a lock that many may hold at once and that only the plain
    `select_for_update()` waits for, and locks of two strengths in one statement, taken in the order in
    which they are named.

    `draws`: on PostgreSQL, for each row, once it is locked, the id of a row of that model which is to be
    written (`base.sql.together`); `into` is told it as `drawn_id`.
    """
    if build is None:
        return partial(kept, locks=locks, into=into, draws=draws)
    plans: dict[Row, Plan] = {}

    @wraps(build)
    def run(**values: Any) -> list[Any]:
        shape = (connection.vendor, *((name, _shape(value)) for name, value in values.items()))
        if shape not in plans:
            plans[shape] = _plan(build, values, locks, into, draws)
        plan = plans[shape]
        return plan.objects(plan.statement.rows(_flat(values.values())))

    return run


class AtMost(int):
    """How many rows a statement reads: `rows[:most]`."""


def _is_shape(value: Any) -> bool:
    return value is None or isinstance(value, bool | AtMost)


def _shape(value: Any) -> Any:
    if _is_shape(value):
        return value
    return len(value) if isinstance(value, list | tuple) else type(value)


def _flat(values: Collection[Any]) -> list[Any]:
    return [part for value in values for part in (value if isinstance(value, list | tuple) else (value,))]


def _plan(
    build: Callable[..., QuerySet[Any]],
    values: dict[str, Any],
    locks: Locks,
    into: Callable[..., Any],
    draws: type[Model] | None,
) -> Plan:
    """Build the queryset with marks in place of values, and see where in the SQL they end up."""
    marks: list[Any] = []

    def mark(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [mark(part) for part in value]
        marks.append(value if _is_shape(value) else _mark(value, len(marks)))
        return marks[-1]

    rows = build(**{name: mark(value) for name, value in values.items()})
    _check_made_as_ever(rows.model)
    compiler = _compiler(rows)
    sql, found = compiler.as_sql()
    places = {m: index for index, m in enumerate(marks) if not _is_shape(m)}
    if any(p not in places and _is_marked(p) for p in found):
        raise TypeError(f"{build.__qualname__} does not pass its values on as they are.")
    if locks and connection.features.has_select_for_update:
        sql = f"{sql} {locks(**values) if callable(locks) else locks}"
    annotations = [alias for _column, _sql, alias in compiler.select if alias is not None]
    select = compiler.select
    shown = {"select_fields": []} if rows.query.values_select else compiler.klass_info
    beside = get_related_populators(shown, select, DEFAULT_DB_ALIAS)  # type: ignore[call-arg]  # of Django 6
    if draws is not None and beside:
        raise TypeError(f"{build.__qualname__} draws an id, and reads other rows beside.")
    if draws is not None and connection.vendor == "postgresql":
        # A subquery that locks is never made one with what is around it: its rows are had before.
        sql = f"SELECT seen.*, {next_id(draws)} FROM ({sql}) seen"  # noqa: S608 - all of it ours
        annotations.append("drawn_id")
    converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
    return Plan(
        Statement(build.__name__, sql, [(True, places[p]) if p in places else (False, p) for p in found]),
        rows.model,
        [select[place][0].target.attname for place in shown["select_fields"]],
        annotations,
        beside,
        partial(compiler.apply_converters, converters=converters) if converters else _as_they_are,
        into,
    )


def _as_they_are(rows: Iterable[Row]) -> Iterable[Row]:
    return rows


FIRST_MARK = -1_000_000_000


def _mark(value: Any, index: int) -> Any:
    """A value of the same type that nobody sends."""
    if isinstance(value, int):
        return FIRST_MARK - index
    if isinstance(value, str):
        return f"\x01{index}"
    raise TypeError(f"Only numbers and strings can be kept, not {type(value).__name__}.")


def _is_marked(parameter: Any) -> bool:
    """Whether a mark was changed on its way into the SQL, where its value would never replace it."""
    if isinstance(parameter, int):
        return parameter <= FIRST_MARK // 2
    return isinstance(parameter, str) and "\x01" in parameter
