"""Refusals of the domain, as plain exceptions.

The API's exception handler and the pages answer with a refusal's `status`; a script reads it on its
terminal.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from base.asking import refused_by

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Problem:
    """One thing that was refused.

    `path` leads to the value at fault from the arguments of the function that refused it, for
    example `("lines", 1, "quantity")`; it is empty when the whole request is at fault. `meta`
    holds the numbers that `detail` speaks of, as numbers.
    """

    code: str
    detail: str
    path: Path = ()
    meta: Mapping[str, Any] = field(default_factory=dict)

    def under(self, *head: str | int, drop: int = 0) -> Self:
        """The same problem as a caller sees it: its path below `head`, without its first `drop` steps."""
        return replace(self, path=(*head, *self.path[drop:]))


class DomainError(Exception):
    """A refusal with at least one problem; whatever was begun has been rolled back.

    `status` is the HTTP status code under which every door answers it.
    """

    status: int

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem.detail) for problem in problems))
        self.problems = problems
        refused_by(problem.code for problem in problems)

    @classmethod
    def of(cls, code: str, detail: str, *path: str | int, **meta: Any) -> Self:
        """The refusal with a single problem."""
        return cls(Problem(code, detail, path, meta))

    def under(self, *head: str | int, drop: int = 0) -> Self:
        """The same refusal, each of its problems `under` there."""
        return type(self)(*(problem.under(*head, drop=drop) for problem in self.problems))


class Invalid(DomainError):
    """The request makes no sense, whatever the state of the event."""

    status = 422


class TooMuch(DomainError):
    """More is asked for than one answer holds."""

    status = 400


class Forbidden(DomainError):
    """The user sees this, but may not do it."""

    status = 403


class NotFound(DomainError):
    """There is no such thing, or the user may not know of it."""

    status = 404


class Conflict(DomainError):
    """The request makes sense, but not in the present state: sold out, closed, done already."""

    status = 409


class TooManyTries(DomainError):
    """Whoever asks has to wait; the problem says how many `seconds`."""

    status = 429

    @property
    def seconds(self) -> int:
        return int(self.problems[0].meta["seconds"])


class TooMany(DomainError):
    """More than anybody needs; the problem says how many there may be."""

    status = 429


class Busy(DomainError):
    """The database did not answer in time; the problem says whether anything can have been written."""

    status = 503
