"""Which discounts a sale asks for, and whether it gets them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.utils.translation import gettext as _

from base.errors import Conflict, Invalid, NotFound, Path, Problem
from base.sql.kept import kept
from events.models import Event
from prices.models import Discount, typed_code

CODE: Path = ("code",)
USED_UP = "discount-used-up"


class Unknown(NotFound):
    """A discount that the event has not; `codes` are those that were named."""

    def __init__(self, *problems: Problem, codes: frozenset[str] = frozenset()) -> None:
        super().__init__(*problems)
        self.codes = codes


@dataclass(frozen=True)
class Claim:
    """A discount that is asked for: by its id, or by the code that the guest shows.

    Raises `Invalid` unless it is named in one of these ways.
    """

    discount_id: int | None = None
    code: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if (self.discount_id is None) != bool(typed_code(self.code)):
            raise Invalid.of("required", _("Name a discount by its id or by its code."))

    def names(self, discount: Discount) -> bool:
        """Whether that is the one."""
        if self.discount_id is None:
            return discount.code == typed_code(self.code)
        return discount.pk == self.discount_id


def claimed(event: Event, claims: Mapping[Path, Claim], at: datetime) -> dict[Claim, Discount]:
    """The discounts that are asked for at these paths, with their tickets at hand. Until the transaction ends
    they stay as they are, and those that work so often only stay locked: this sale is one more.

    Raises, with a problem for each that fails: `Unknown` `unknown-discount`; `Invalid` `code-required` for
    one that is named by its id although it has a code; `Conflict` `discount-ended`, `discount-used-up`.
    """
    rows = _held_for(event, claims.values())
    found = {claim: row for claim in claims.values() for row in rows if claim.names(row)}
    _check_known(claims, found)
    used_up = _used_up([row for row in found.values() if row.limit is not None])
    problems = [
        problem for path, claim in claims.items() if (problem := _problem_of(found[claim], path, at, used_up))
    ]
    if problems:
        raise Conflict(*problems)
    return found


def look(event: Event, code: str, at: datetime) -> Discount:
    """The discount with the code that a guest shows, with its tickets at hand: what a sale would get just
    now. Raises as `claimed`.
    """
    claim = Claim(code=code)
    rows = list(_named(event.pk, [], [typed_code(code)]).prefetch_related("tickets"))
    _check_known({CODE: claim}, {claim: rows[0]} if rows else {})
    if problem := _problem_of(rows[0], CODE, at, _counted_out(rows)):
        raise Conflict(problem)
    return rows[0]


def is_used_up(refusal: Conflict) -> bool:
    """Whether a sale was refused because of a discount that others have used up: they may give it back."""
    return any(problem.code == USED_UP for problem in refusal.problems)


def check_again(event: Event, ids: Sequence[int]) -> None:
    """Hold those discounts, by id, for a sale that gave them up when it ended. Raises `Conflict`
    `discount-used-up` if others have used one up meanwhile. Must run inside a transaction.
    """
    if not ids:
        return
    rows = _held(event_id=event.pk, ids=ids, codes=[])
    used_up = _used_up([row for row in rows if row.limit is not None])
    problems = [_is_used_up(row, ()) for row in rows if row.pk in used_up]
    if problems:
        raise Conflict(*problems)


def _named(event_id: int, ids: Sequence[int], codes: Sequence[str]) -> QuerySet[Discount]:
    return Discount.objects.filter(Q(pk__in=ids) | Q(code__in=codes), event=event_id).order_by("pk")


# Many sales hold one at once. Whoever changes or deletes it waits for them, and they for that.
_held = kept(locks="FOR KEY SHARE")(_named)


def _held_for(event: Event, claims: Iterable[Claim]) -> list[Discount]:
    """The discounts that are asked for, by id, with their tickets at hand."""
    ids, codes = set[int](), set[str]()
    for claim in claims:
        if claim.discount_id is None:
            codes.add(typed_code(claim.code))
        else:
            ids.add(claim.discount_id)
    rows = _held(event_id=event.pk, ids=sorted(ids), codes=sorted(codes))
    prefetch_related_objects(rows, "tickets")
    return rows


def _check_known(claims: Mapping[Path, Claim], found: Mapping[Claim, Discount]) -> None:
    unknown = [
        Problem("unknown-discount", _("The event has no such discount."), path)
        for path, claim in claims.items()
        if claim not in found
    ]
    if unknown:
        codes = {typed_code(claim.code) for claim in claims.values() if claim not in found and claim.code}
        raise Unknown(*unknown, codes=frozenset(codes))
    without_code = [
        Problem("code-required", _("%s is given for its code only.") % found[claim].name, path)
        for path, claim in claims.items()
        if found[claim].code and not claim.code
    ]
    if without_code:
        raise Invalid(*without_code)


def _used_up(limited: Sequence[Discount]) -> set[int]:
    """Which of those, by id, have been used as often as they work; locked against other sales."""
    if not limited:
        return set()
    ids = {row.pk for row in limited}
    # By pk, before everything that a sale locks of its stock (docs/adr/0002).
    list(Discount.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk").values_list("pk"))
    return _counted_out(limited)


def _counted_out(rows: Sequence[Discount]) -> set[int]:
    ids = {row.pk for row in rows}
    # Of one without a limit there may be a hundred thousand, which nobody needs to know.
    now = Discount.objects.with_used().filter(pk__in=ids, limit__isnull=False).order_by()
    return {row.pk for row in now if row.limit is not None and row.used >= row.limit}


def _problem_of(discount: Discount, path: Path, at: datetime, used_up: set[int]) -> Problem | None:
    if discount.is_over(at):
        return Problem("discount-ended", _("%s is not given any more.") % discount.name, path)
    return _is_used_up(discount, path) if discount.pk in used_up else None


def _is_used_up(discount: Discount, path: Path) -> Problem:
    detail = _("%(name)s was used already, as often as it works: %(limit)s.")
    return Problem(
        USED_UP,
        detail % {"name": discount.name, "limit": discount.limit},
        path,
        {"limit": discount.limit},
    )
