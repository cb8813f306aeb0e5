"""One request, one order: however often a client has to send it.

The key is kept with the order in the same transaction, so it can neither outlive the order nor be
missing from it. See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from attendees.models import Attendee
from base.database import Transient, retry_transient
from base.errors import Conflict, Invalid
from base.idempotency import HEADER, check_key, check_same
from base.identifiers import readable_identifier
from base.sql.prepared import Row, Statement, send
from base.sql.together import Ids, drawing, drawn, together
from door.models import CheckIn
from events.approvals import Approval
from events.models import Event
from orders.models import NOBODY, GivenUp, Order, Payment
from orders.sale import Sold, Terms
from shifts import drawer
from shifts.desk import Desk


def fingerprint(terms: Terms, **beside: Any) -> str:
    """A digest of everything that makes one request differ from another: what kind it is, each of its
    fields, and what is sent beside it.
    """
    canonical = json.dumps([type(terms).__name__, terms.said(), beside], sort_keys=True, default=_plain)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    """What JSON does not know: a row by its id, an approval by whose it is and without the PIN, any
    other part of a request field by field.
    """
    match value:
        case Decimal():
            return str(value.normalize())
        case Model():
            return value.pk
        case Approval():
            return value.user_id
    said = {field.name: getattr(value, field.name) for field in fields(value)}
    later = [field.name for field in fields(value) if field.metadata.get("later")]
    return {name: part for name, part in said.items() if part is not None or name not in later}


@retry_transient
def once(
    *,
    actor: User | None,
    key: str | None,
    fingerprint: str,
    write: Callable[..., Sold],
    rows: Mapping[type[Model], int],
) -> Sold:
    """Run `write`, which is told the `identifier`, `idempotency_key` and `fingerprint` to keep with the
    order, in one durable transaction, or return what an earlier run made. Scripts without a seller (no
    `actor`) share their keys. The ids of so many `rows` of each model of `DRAWN` are drawn before, and what
    is written goes out together.

    The key is locked before it is looked up: a retry waits for its own first try, and gets that order, not
    "sold out". A refusal leaves nothing behind, so the key may try again.

    Raises what `write` raises; `Invalid` `idempotency-key-reused` when the key belongs to another
    request; `Conflict` `given-up` when it was given up; `Busy`.
    """
    if key is not None:
        check_key(key)
    identifier = readable_identifier()
    try:
        with transaction.atomic(durable=True):
            known, ids = _look_and_draw(actor, key, rows)
            if earlier := _sold(known, fingerprint):
                return earlier
            with together(ids):
                return write(identifier=identifier, idempotency_key=key, fingerprint=fingerprint)
    except IntegrityError as lost_a_draw:
        if Order.objects.filter(identifier=identifier).exists():
            raise Transient from lost_a_draw
        raise


@retry_transient
def give_up(*, key: str, desk: Desk, event: Event | None = None, at: datetime | None = None) -> Order | None:
    """Promise that the request with that key of the desk's seller will never be sold. In the name of another
    than who gives up, the desk names a till of the `event`.

    Returns None, and the promise is on disk; or the order, if it was sold after all, and nothing is promised.
    It waits for a sale with that key that is under way. Said again, it answers the same.

    Raises `Invalid` for a key that is none, or nobody's; what `drawer.at_work` and `drawer.check_in_name`
    raise; `Conflict` `too-many-given-up` beyond `settings.GIVEN_UP_KEYS`
    of one user; `Busy` while the sale takes longer than a lock is waited for: then nothing is promised.
    """
    check_key(key)
    if desk.by is None or desk.seller is None:
        detail = _("An Idempotency-Key that is given up belongs to a user: name the seller.")
        raise Invalid.of("idempotency-key-without-user", detail, *HEADER)
    with transaction.atomic(durable=True):
        known = _known(desk.seller, key, alone=True)
        if desk.in_name_of is not None:
            drawer.check_in_name(drawer.at_work(event, desk) if event else None, desk)
        if known is not None:
            return None if known.order_id is None else Order.objects.get(pk=known.order_id)
        _check_number(desk.by)
        GivenUp.objects.create(actor=desk.seller, key=key, by=desk.by, created_at=at or timezone.now())
    return None


def _check_number(by: User) -> None:
    if GivenUp.objects.filter(by=by).count() >= settings.GIVEN_UP_KEYS:
        detail = _("One account gives up at most %d requests.") % settings.GIVEN_UP_KEYS
        raise Conflict.of("too-many-given-up", detail, limit=settings.GIVEN_UP_KEYS)


class Known(NamedTuple):
    """What there is of a key: the order that was made with it, or (None) the promise that none will be."""

    order_id: int | None
    fingerprint: str


# Held until the transaction ends, by whoever sells with the key and whoever gives it up.
LOCK = Statement("lock_key", "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))")
KNOWN_SQL = """
    SELECT 'key', id, fingerprint FROM orders_order
    WHERE COALESCE(seller_id, buyer_id, 0) = %s AND idempotency_key = %s
    UNION ALL SELECT 'key', NULL, '' FROM orders_givenup WHERE actor_id = %s AND key = %s
"""
WHOSE = [(True, 0), (True, 1), (True, 0), (True, 1)]
KNOWN = Statement("known_key", KNOWN_SQL, WHOSE)
# Of which a sale writes rows whose ids it needs to know.
DRAWN = (Order, Attendee, Payment, CheckIn)


@cache
def _known_and_drawn() -> Statement:
    counts = [(True, index + 2) for index in range(len(DRAWN))]
    return Statement("known_key", f"{KNOWN_SQL} UNION ALL {drawing(DRAWN)}", [*WHOSE, *counts])


@cache
def _drawn() -> Statement:
    return Statement("drawn", drawing(DRAWN))


def _known(actor: User | None, key: str, *, alone: bool) -> Known | None:
    """What there is of the key. `alone` in its transaction nobody else sells with it or gives it up, until
    that ends: they wait. (On SQLite every writer does.) The lock and the look are two statements, for one
    that waits sees what there was before it waited.
    """
    rows = _looked(actor, key, KNOWN, [], alone=alone)
    return _of_key(rows)


def _look_and_draw(
    actor: User | None, key: str | None, wanted: Mapping[type[Model], int]
) -> tuple[Known | None, Ids]:
    """What there is of the key, as if `alone`, and the ids of so many new rows."""
    counts = [wanted.get(model, 0) for model in DRAWN]
    if key is None:
        rows = _drawn().rows(counts)
    else:
        rows = _looked(actor, key, _known_and_drawn(), counts, alone=True)
    return _of_key(rows), drawn(rows, wanted)


def _looked(
    actor: User | None, key: str, look: Statement, counts: Sequence[int], *, alone: bool
) -> Sequence[Row]:
    whose = NOBODY if actor is None else actor.pk
    if alone and connection.vendor == "postgresql":
        return send(LOCK.part([key, whose]), look.part([whose, key, *counts]))
    return look.rows([whose, key, *counts])


def _of_key(rows: Sequence[Row]) -> Known | None:
    return next((Known(*known) for what, *known in rows if what == "key"), None)


def replay(actor: User | None, key: str | None, fingerprint: str) -> Sold | None:
    """What an earlier request with this key has sold; None without one. Raises `Invalid`
    `idempotency-key-reused` when it was another request; `Conflict` `given-up`.
    """
    return None if key is None else _sold(_known(actor, key, alone=False), fingerprint)


def _sold(known: Known | None, fingerprint: str) -> Sold | None:
    if known is None:
        return None
    if known.order_id is None:
        detail = _("This request was given up, and is sold no more: begin a new sale.")
        raise Conflict.of("given-up", detail, *HEADER)
    check_same(known.fingerprint, fingerprint, *HEADER)
    orders = Order.objects.select_related("event").prefetch_related("attendees__ticket", "payments")
    order = orders.get(pk=known.order_id)
    return Sold(order, list(order.attendees.all()), list(order.payments.all()))
