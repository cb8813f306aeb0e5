"""The drawer of a till: opened with a float, counted blind, closed with a numbered report.

A sale that takes money holds the shift's row against its closing (`at_work`), so a payment is either
in the report or in the next shift, never in between. Closing waits for the sales under way.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from base import money
from base.database import Transient, retry_transient
from base.errors import Conflict, Forbidden, Invalid, NotFound
from base.idempotency import check_same
from base.money import AMOUNT_DIGITS
from base.sql.kept import kept
from events.models import Event, Role, role_at
from shifts.desk import Desk
from shifts.models import CashCount, CashMovement, Relief, Shift, Till

HELD = "FOR KEY SHARE OF shifts_shift"
# What is done with a shift in the transaction that closes it: it is announced; and the books, which stand
# above and keep its report, put their act here when they are ready.
when_closing: list[Callable[[Shift], object]] = []
LARGEST = Decimal(10) ** (AMOUNT_DIGITS - 2)


def at_work(event: Event, desk: Desk) -> Shift | None:
    """The open shift of the desk's till, or else of who is there at this event, held open until the
    transaction ends. None when neither has one.

    Raises `NotFound` `unknown-till` for a till that is not the event's, and what `check_at_work` raises.
    """
    if desk.till_id is not None:
        shifts = _open_at_till(event_id=event.pk, till_id=desk.till_id)
        if not shifts and not Till.objects.filter(pk=desk.till_id, event=event).exists():
            raise NotFound.of("unknown-till", _("The event has no such till."), "till")
        check_at_work(event, shifts[0] if shifts else None, desk.by)
    elif desk.by is not None:
        shifts = _open_of_cashier(event_id=event.pk, cashier_id=desk.by.pk)
    else:
        return None
    return shifts[0] if shifts else None


def _with_its_till(shift: Shift, till_called: str) -> Shift:
    shift.till_name = till_called
    return shift


@kept(locks=HELD, into=_with_its_till)
def _open_at_till(event_id: int, till_id: int) -> QuerySet[Shift]:
    open_shifts = Shift.objects.open().filter(till__event_id=event_id, till_id=till_id)
    return open_shifts.annotate(till_called=F("till__name")).order_by()


@kept(locks=HELD, into=_with_its_till)
def _open_of_cashier(event_id: int, cashier_id: int) -> QuerySet[Shift]:
    open_shifts = Shift.objects.open().filter(till__event_id=event_id, cashier_id=cashier_id)
    return open_shifts.annotate(till_called=F("till__name")).order_by()


def works_at(event: Event, shift: Shift | None, by: User | None) -> bool:
    """Whether `by` may use the drawer of a till of the event, of which `shift` is the open one: whose shift
    it is, who was let in there (`relieve`), organizers, and scripts.
    """
    if by is None or (shift is not None and is_recorded(shift, by)):
        return True
    return role_at(event, by) == Role.ORGANIZER


def is_recorded(shift: Shift, user: User) -> bool:
    """Whether the books say that `user` works at the drawer."""
    return shift.cashier_id == user.pk or shift.reliefs.filter(user=user).exists()


def check_at_work(event: Event, shift: Shift | None, by: User | None) -> None:
    """Raise `Forbidden` `not-at-this-till` unless `works_at`."""
    if not works_at(event, shift, by):
        detail = _("You do not work at this till: open a shift there, or be let in by whoever works there.")
        raise Forbidden.of("not-at-this-till", detail, "till")


def check_in_name(shift: Shift | None, desk: Desk) -> None:
    """Raise `Forbidden` `not-at-this-till` for a sale in the name of somebody who does not work at `shift`,
    the open one of the desk's till.
    """
    other = desk.in_name_of
    if other is None or other == desk.by:
        return
    if shift is None or desk.till_id is None or not is_recorded(shift, other):
        detail = _("Only a sale of somebody who works at this till's open shift can be finished here.")
        raise Forbidden.of("not-at-this-till", detail, "in_name_of")


def relieve(*, shift: Shift, user: User, let_in_by: User | None, at: datetime | None = None) -> Relief:
    """Record that `user` works at the drawer of an open shift from now on: let in by a colleague, or
    (None) logged in at the till itself. The caller has made sure of that. Said again, it changes nothing.
    """
    values = {"let_in_by": let_in_by, "created_at": at or timezone.now()}
    relief, _made = Relief.objects.get_or_create(shift=shift, user=user, defaults=values)
    return relief


@retry_transient
def open_shift(
    *, till: Till, cashier: User, opening_float: Decimal, note: str = "", at: datetime | None = None
) -> Shift:
    """Begin a shift with `opening_float` in the drawer. The caller has made sure that `cashier` may
    sell at the till's event.

    Raises `Invalid` for a float that is no sum of money, `no-coins` for one that no coins make, and
    `reason-required` for another one than stayed at the till's last close without a `note`; `Conflict`
    `till-in-use` or `shift-open` when the till or the cashier has an open shift.
    """
    _check_cash(opening_float, till.event, "opening_float")
    shift = Shift(till=till, cashier=cashier, opening_float=opening_float, opened_at=at or timezone.now())
    try:
        with transaction.atomic(durable=True):
            _check_free(till, cashier)
            shift.left_before = left_in_drawer(till)
            shift.float_note = _float_note(shift, note)
            shift.save()
    except IntegrityError as error:
        _check_free(till, cashier)  # somebody was faster
        raise Transient from error  # and has closed again meanwhile
    return shift


def _float_note(shift: Shift, note: str) -> str:
    """Why the shift begins with another sum than was left; empty if it does not."""
    if not shift.has_another_float:
        return ""
    if not note.strip():
        detail = _("At the last close %(left)s stayed in the drawer: say why it is another sum.")
        left = money.display(shift.left_before or Decimal(0), shift.till.event.currency)
        raise Invalid.of("reason-required", detail % {"left": left}, "note")
    return note.strip()


def _check_free(till: Till, cashier: User) -> None:
    taken = Shift.objects.open().filter(till=till).select_related("cashier").first()
    if taken is not None:
        detail = _("%(till)s is in use: %(cashier)s has an open shift there.")
        numbers = {"till": till.name, "cashier": taken.cashier}
        raise Conflict.of("till-in-use", detail % numbers, "till")
    own = Shift.objects.open().filter(cashier=cashier).select_related("till__event").first()
    if own is not None:
        detail = _("%(cashier)s has an open shift already, at %(till)s of %(event)s.")
        numbers = {"cashier": cashier, "till": own.till, "event": own.till.event}
        raise Conflict.of("shift-open", detail % numbers)


@retry_transient
def move_cash(
    *,
    shift: Shift,
    amount: Decimal,
    reason: str,
    desk: Desk,
    idempotency_key: str | None = None,
    at: datetime | None = None,
) -> CashMovement:
    """Put cash into the drawer (`amount` above zero) or take it out (below), in the name of the desk's
    `by`. Said again with the same `idempotency_key`, it moves nothing and returns the
    movement that was made. More may be taken out than is expected to be there: a refusal would tell how
    much that is.

    Raises `Invalid` without an amount, a reason or somebody who does it, `no-coins` for an amount that no
    coins make, and `idempotency-key-reused` for the key of another movement; `Conflict` `shift-closed`,
    `Forbidden` `not-at-this-till`.
    """
    by = _check_movement(shift, amount, reason, desk)
    with transaction.atomic(durable=True):
        shift = _locked(shift, by)
        asked = CashMovement(
            shift=shift,
            amount=amount,
            reason=reason.strip(),
            created_by=by,
            created_at=at or timezone.now(),
            idempotency_key=idempotency_key or None,
        )
        asked.keep_letterhead()
        made = idempotency_key and shift.movements.filter(idempotency_key=idempotency_key).first()
        if made:
            check_same(made.said, asked.said, "idempotency_key")
            return made
        asked.save()
        return asked


def _check_movement(shift: Shift, amount: Decimal, reason: str, desk: Desk) -> User:
    """Who moves the cash."""
    _check_cash(amount.copy_abs(), shift.till.event, "amount")
    if amount == 0:
        raise Invalid.of("invalid-amount", _("Say how much is put in or taken out."), "amount")
    if not reason.strip():
        raise Invalid.of("reason-required", _("Say what the money is for."), "reason")
    if desk.by is None:
        raise Invalid.of("required", _("Say who moves the money."), "by")
    return desk.by


@retry_transient
def count(
    *,
    shift: Shift,
    cash: Decimal,
    card: Decimal,
    by: User,
    pieces: Mapping[str, int] | None = None,
    at: datetime | None = None,
) -> CashCount:
    """Keep what was counted: the drawer's cash, and the card terminal's total. Every count is kept;
    the last one holds. A terminal's total is below zero when more was given back than taken.
    Raises `Invalid` for what is no sum of money, and `no-coins` for cash that no coins make; `Conflict`
    `shift-closed`, `Forbidden` `not-at-this-till`.
    """
    _check_cash(cash, shift.till.event, "cash")
    _check_sum(card.copy_abs(), shift.till.event.currency, "card")
    with transaction.atomic(durable=True):
        shift = _locked(shift, by)
        return CashCount.objects.create(
            shift=shift,
            cash=cash,
            card=card,
            expected_cash=expected_cash(shift),
            expected_card=expected_card(shift),
            pieces=dict(pieces or {}),
            counted_by=by,
            counted_at=at or timezone.now(),
        )


@retry_transient
def close_shift(
    *,
    shift: Shift,
    by: User,
    note: str = "",
    stays: Decimal | None = None,
    to_safe: Decimal | None = None,
    count_id: int | None = None,
    at: datetime | None = None,
) -> Shift:
    """Close a counted shift, give it the next number of its till, and have its report kept. Of the cash
    that was counted, so much `stays` in the drawer, for the next shift, and the rest goes `to_safe`: the
    one of them that is not said is what the other leaves; without both, all of it stays. `count_id` names
    the count that the person who closes has seen.

    Raises `Conflict`: `shift-closed`; `unanswered-card` while a guest at the card terminal was
    neither approved nor declined; `money-due` while card money that was taken here for tickets that had
    gone to others was not given back; `not-counted`; `count-outdated` when money moved after the last
    count, or that is another one. Raises `Invalid` `reason-required` for a difference without a `note`,
    `sum-differs` where what stays and what goes do not make what was counted, `no-coins` where no coins
    make the one or the other; `Forbidden` `not-at-this-till`.
    """
    with transaction.atomic(durable=True):
        shift = _locked(shift, by)
        _check_answered(shift)
        _check_nothing_due(shift)
        counted = _counted(shift, count_id)
        if (counted.difference or counted.card_difference) and not note.strip():
            detail = _("What was counted differs from what is expected: say why.")
            raise Invalid.of("reason-required", detail, "note")
        shift.stays, shift.to_safe = _shared_out(shift, counted.cash, stays, to_safe)
        till = Till.objects.select_for_update(no_key=True).get(pk=shift.till_id)
        last = till.shifts.aggregate(last=Max("number"))["last"] or 0
        shift.number, shift.closed_at, shift.closed_by = last + 1, at or timezone.now(), by
        shift.note, shift.locked_at = note.strip(), None
        shift.save(
            update_fields=["number", "closed_at", "closed_by", "note", "stays", "to_safe", "locked_at"]
        )
        for act in when_closing:
            act(shift)
    return shift


def _locked(shift: Shift, by: User) -> Shift:
    """The shift as it is now, for who works there. The full lock, because it must keep out `at_work`."""
    locked = Shift.objects.select_for_update(of=("self",)).select_related("till__event").get(pk=shift.pk)
    if not locked.is_open:
        raise Conflict.of("shift-closed", _("The shift is closed already."))
    check_at_work(locked.till.event, locked, by)
    return locked


def _check_answered(shift: Shift) -> None:
    waiting = list(shift.orders.unpaid().filter(awaits_card=True).values_list("identifier", flat=True))
    if waiting:
        detail = ngettext(
            "The card payment of order %s was not answered: approved or declined?",
            "The card payments of orders %s were not answered: approved or declined?",
            len(waiting),
        )
        raise Conflict.of("unanswered-card", detail % ", ".join(waiting), orders=waiting)


def _check_nothing_due(shift: Shift) -> None:
    due = shift.payments.filter(order__money_due=True).order_by("order")
    orders = list(due.values_list("order__identifier", flat=True).distinct())
    if orders:
        detail = ngettext(
            "The card money of order %s is still to be given back.",
            "The card money of orders %s is still to be given back.",
            len(orders),
        )
        raise Conflict.of("money-due", detail % ", ".join(orders), orders=orders)


def _shared_out(
    shift: Shift, counted: Decimal, stays: Decimal | None, to_safe: Decimal | None
) -> tuple[Decimal, Decimal]:
    """What stays in the drawer and what goes to the safe, which is all that was counted."""
    currency = shift.till.event.currency
    for name, said in (("stays", stays), ("to_safe", to_safe)):
        if said is not None:
            _check_cash(said, shift.till.event, name)
    if stays is None:
        stays = max(counted - (to_safe or 0), Decimal(0))
    if to_safe is None:
        to_safe = max(counted - stays, Decimal(0))
    if stays + to_safe != counted:
        detail = _("What stays and what goes to the safe make %(sum)s, but %(counted)s was counted.")
        numbers = {"sum": stays + to_safe, "counted": counted}
        shown = {name: money.display(number, currency) for name, number in numbers.items()}
        raise Invalid.of("sum-differs", detail % shown, "to_safe", counted=f"{counted:.2f}")
    return round(stays, 2), round(to_safe, 2)


def _counted(shift: Shift, count_id: int | None) -> CashCount:
    """The count that holds, if it is the one that was seen, and no money has moved since."""
    counted = shift.last_count
    if counted is None:
        raise Conflict.of("not-counted", _("Count the drawer before the shift is closed."))
    if count_id not in (None, counted.pk):
        raise Conflict.of("count-outdated", _("The drawer was counted again meanwhile: look at that count."))
    if (counted.expected_cash, counted.expected_card) != (expected_cash(shift), expected_card(shift)):
        detail = _("Money has moved since the drawer was counted: count again.")
        raise Conflict.of("count-outdated", detail)
    return counted


def should_hold(shift: Shift, *, cash: Decimal, moved: Decimal) -> Decimal:
    """What the drawer should hold: the float, the cash of its payments less what went back, and what was
    moved, in the event's currency.
    """
    return shift.opening_float + cash + moved


def expected_cash(shift: Shift) -> Decimal:
    """What the drawer should hold now, in the event's currency."""
    cash, moved = _sum(shift.payments.filter(tender="cash")), _sum(shift.movements.all())
    return should_hold(shift, cash=cash, moved=moved)


def expected_card(shift: Shift) -> Decimal:
    """What the card terminal should say, in the event's currency."""
    return _sum(shift.payments.filter(tender="card"))


def _sum(rows: QuerySet[Any]) -> Decimal:
    # Rounded by the field's own two decimals: SQLite adds in floats.
    return round(rows.aggregate(sum=Sum("amount"))["sum"] or Decimal(0), 2)


def _check_cash(amount: Decimal, event: Event, name: str) -> None:
    _check_sum(amount, event.currency, name)
    step = event.cash_rounding
    if step is not None and not money.in_coins(amount, step):
        detail = money.without_coins(step, event.currency)
        raise Invalid.of("no-coins", detail, name, step=money.wire_money(step))


def _check_sum(amount: Decimal, currency: str, name: str) -> None:
    if not amount.is_finite() or not 0 <= amount < LARGEST:
        raise Invalid.of("invalid-amount", _("This is not a sum of money."), name)
    if not money.fits(amount, currency):
        raise Invalid.of("invalid-amount", money.misfit(currency), name)


def left_in_drawer(till: Till) -> Decimal | None:
    """What stayed in the till's drawer at its last close; None if it was never closed."""
    last = till.shifts.filter(closed_at__isnull=False).order_by("-number").first()
    return None if last is None else last.left


def suggested_float(till: Till) -> Decimal:
    """What should lie in the drawer now: what stayed at the last close."""
    return left_in_drawer(till) or Decimal("0.00")
