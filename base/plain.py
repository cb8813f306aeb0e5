"""Dataclasses as what JSON holds, and back: for facts that are kept for good and read by later versions."""

from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


def plain(value: Any) -> Any:
    """Dataclasses as objects, sequences as arrays, sums and times (in UTC) as texts that say them exactly."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def read(kind: type[T], data: dict[str, Any]) -> T:
    """The dataclass `kind` of what `plain` made of one. A field that is not there has its default, so that
    what was written before there was such a field is read; what `kind` does not know is left out.
    """
    hints = _hints(kind)  # type: ignore[arg-type]  # mypy does not see that a type can be hashed
    return kind(**{name: _read(hints[name], value) for name, value in data.items() if name in hints})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    names = {field.name for field in fields(kind)}
    return {name: hint for name, hint in get_type_hints(kind).items() if name in names}


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], part) for part in value)
    if NoneType in get_args(hint):
        (hint,) = {*get_args(hint)} - {NoneType}
    if hint is datetime:
        return datetime.fromisoformat(value)
    if hint is Decimal:
        return Decimal(value)
    return read(hint, value) if isinstance(value, dict) else value
