"""What a script, a list or a spreadsheet says is to be sold: lines of a sale, and where each was said."""

import csv
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar, cast

from django.utils.translation import gettext as _

from attendees.names import NAMES, checked
from base import typed
from base.errors import DomainError, Invalid, Problem
from base.identifiers import parse_reference
from events.models import Event
from orders.sale import Guest, Line

S = TypeVar("S")
T = TypeVar("T")

ITEM = re.compile(r"(?P<ticket>.+)=(?P<quantity>[0-9]{1,4})(@(?P<price>[0-9]{1,8}(\.[0-9]{1,2})?))?")
COLUMNS = ("ticket", "quantity", "price", *NAMES)
DELIMITERS = ",;\t"


@dataclass(frozen=True)
class Wanted:
    """So many of a ticket, by its id or name, as it was said at `where`; `names` are a guest's."""

    where: str
    ticket: str
    quantity: int = 1
    price: Decimal | None = None
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A line of a sale, and where it was said: rows of one ticket at one price are one line."""

    line: Line
    where: str


def item(text: str, where: str = "") -> Wanted:
    """`TICKET=QTY`, the ticket by id or name; `TICKET=QTY@PRICE` for a donation. Raises `Invalid`."""
    match = ITEM.fullmatch(text)
    if match is None:
        raise Invalid.of("invalid", _("%r is not of the form TICKET=QTY.") % text)
    price = Decimal(match["price"]) if match["price"] else None
    return Wanted(where or text, match["ticket"], int(match["quantity"]), price)


def guest(text: str) -> Wanted:
    """`TICKET=FIRSTNAME,LASTNAME,EMAIL`, the names as far as they are known: who one of the ordered
    tickets is for. Raises `Invalid`.
    """
    ticket, equals, names = text.rpartition("=")
    parts = names.split(",")
    if not equals or not ticket or len(parts) > len(NAMES):
        raise Invalid.of("invalid", _("%r is not of the form TICKET=FIRSTNAME,LASTNAME,EMAIL.") % text)
    return Wanted(text, ticket, 0, None, dict(zip(NAMES, parts, strict=False)))


def listed(text: str) -> list[Wanted]:
    """A row each: `TICKET=QTY`, or CSV whose first row names its columns, `ticket` and perhaps `quantity`
    (1 where there is none), `price`, `firstname`, `lastname`, `email`. Raises `Invalid` for all rows that
    are wrong.
    """
    rows = text.splitlines(keepends=True)
    head = next((row for row in rows if row.strip()), "").lower()
    delimiter = next(
        (sign for sign in DELIMITERS if "ticket" in _cells(next(csv.reader([head], delimiter=sign)))), None
    )
    if delimiter is not None:
        try:
            return _all(_row, _table(rows, delimiter))
        except csv.Error as error:
            raise Invalid.of("invalid", _("This is no CSV: %s.") % error) from error
    said = [(_("row %d") % number, row.strip()) for number, row in enumerate(rows, 1) if row.strip()]
    return _all(lambda where, row: item(row, where), said)


def _table(rows: Sequence[str], delimiter: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row by the names of its columns, and where it stands."""
    reader, head = csv.reader(rows, delimiter=delimiter), list[str]()
    for cells in map(_cells, reader):
        if not any(cells):
            continue
        if head:
            yield _("row %d") % reader.line_num, dict(zip(head, cells, strict=False))
        else:
            head = [name.lower() for name in cells]
            _check_head(head)


def _cells(row: Sequence[str]) -> list[str]:
    return [cell.strip() for cell in row]


def _check_head(head: Sequence[str]) -> None:
    unknown = [name for name in head if name not in COLUMNS or head.count(name) > 1]
    if unknown:
        detail = _("The columns are %(columns)s, each once; these are not: %(unknown)s.")
        told = {"columns": ", ".join(COLUMNS), "unknown": ", ".join(map(repr, unknown))}
        raise Invalid.of("invalid", detail % told)


def _row(where: str, cells: Mapping[str, str]) -> Wanted:
    quantity, price = cells.get("quantity") or "1", cells.get("price")
    if not re.fullmatch("[0-9]{1,4}", quantity):
        raise Invalid.of("invalid-quantity", _("%r is no quantity.") % quantity)
    if not cells.get("ticket"):
        raise Invalid.of("required", _("Which ticket?"))
    try:
        amount = typed.read(price) if price else None
    except typed.Misread as error:
        raise Invalid.of("invalid-amount", _("%r is no price.") % price) from error
    names = {name: cells[name] for name in NAMES if cells.get(name)}
    return Wanted(where, cells["ticket"], int(quantity), amount, names)


def lines(event: Event, wanted: Sequence[Wanted]) -> list[Asked]:
    """The lines of one sale. Raises `Invalid` for everything that names no ticket of the event, or a guest
    who cannot be called so.
    """
    by_name = dict(event.tickets.values_list("name", "pk"))
    guests = _all(lambda _where, one: _guest(one), _said(wanted))
    tickets = _all(lambda _where, one: _ticket(event, by_name, one.ticket), _said(wanted))
    prices = {ticket: one.price for ticket, one in zip(tickets, wanted, strict=True) if one.quantity}
    by_line: dict[tuple[int, Decimal | None], list[tuple[Wanted, Guest | None]]] = {}
    for ticket, one, guest in zip(tickets, wanted, guests, strict=True):
        # Who is named beside the tickets has one of those.
        price = one.price if one.quantity else prices.get(ticket)
        by_line.setdefault((ticket, price), []).append((one, guest))
    return _all(_line, ((_places([one for one, _guest in said]), (of, said)) for of, said in by_line.items()))


def _said(wanted: Sequence[Wanted]) -> Iterator[tuple[str, Wanted]]:
    return ((one.where, one) for one in wanted)


def _ticket(event: Event, by_name: Mapping[str, int], text: str) -> int:
    reference = parse_reference(text)
    if text not in by_name and not isinstance(reference, int):
        detail = _("%(event)s has no ticket %(ticket)r; it has: %(names)s.")
        told = {"event": event, "ticket": text, "names": ", ".join(by_name)}
        raise Invalid.of("not-found", detail % told)
    return by_name.get(text) or cast("int", reference)


def _guest(one: Wanted) -> Guest | None:
    return Guest(**checked(one.names)) if any(one.names.values()) else None


def _line(where: str, of: tuple[tuple[int, Decimal | None], list[tuple[Wanted, Guest | None]]]) -> Asked:
    (ticket, price), said = of
    guests = tuple(guest for _one, guest in said if guest)
    return Asked(Line(ticket, sum(one.quantity for one, _guest in said), price, guests), where)


def _places(said: Sequence[Wanted]) -> str:
    return ", ".join(dict.fromkeys(one.where for one in said))


def _all(read: Callable[[str, S], T], rows: Iterable[tuple[str, S]]) -> list[T]:
    """What is read of all rows. Raises `Invalid` for all that are refused, each problem below its place."""
    done: list[T] = []
    problems: list[Problem] = []
    for where, row in rows:
        try:
            done.append(read(where, row))
        except DomainError as refusal:
            problems += [problem.under(where) for problem in refusal.problems]
    if problems:
        raise Invalid(*problems)
    return done
