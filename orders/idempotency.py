"""One request, one order: however often a client has to send it.

The key is kept with the order in the same transaction, so it can neither outlive the order nor be
missing from it. See https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/.
"""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import fields
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from base.database import Transient, retry_transient
from base.errors import Conflict, Invalid
from base.idempotency import check_same
from base.identifiers import readable_identifier
from base.sql.kept import kept
from events.approvals import Approval
from orders.models import Order
from orders.sale import Sold, Terms

HEADER = ("headers", "Idempotency-Key")
KEY = re.compile(r"[\x20-\x7e]{1,255}", re.ASCII)


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
    return {field.name: getattr(value, field.name) for field in fields(value)}


@retry_transient
def once(*, actor: User | None, key: str | None, fingerprint: str, write: Callable[..., Sold]) -> Sold:
    """Run `write`, which is told the `identifier`, `idempotency_key` and `fingerprint` to keep with the
    order, in one durable transaction, or return what an earlier run made.

    The key is looked up before `write` judges the stock, and again when `write` is refused: a retry
    that waited behind its own first try must get that order, not "sold out". A refusal leaves
    nothing behind, so the key may try again.

    Raises what `write` raises; `Invalid` `idempotency-key-reused` when the key belongs to another
    request; `Busy`.
    """
    if key is not None and not KEY.fullmatch(key):
        raise Invalid.of(
            "invalid-idempotency-key",
            _("An Idempotency-Key has 1 to 255 printable ASCII characters."),
            *HEADER,
        )
    if key is not None and actor is None:
        detail = _("An Idempotency-Key belongs to a user: name the seller.")
        raise Invalid.of("idempotency-key-without-user", detail, *HEADER)
    identifier = readable_identifier()
    try:
        with transaction.atomic(durable=True):
            return replay(actor, key, fingerprint) or write(
                identifier=identifier, idempotency_key=key, fingerprint=fingerprint
            )
    except (Conflict, IntegrityError) as refusal:
        earlier = replay(actor, key, fingerprint)
        if earlier is not None:
            return earlier
        lost_a_draw = isinstance(refusal, IntegrityError)
        if lost_a_draw and Order.objects.filter(identifier=identifier).exists():
            raise Transient from refusal
        raise


@kept
def _made(actor_id: int, key: str) -> QuerySet[Order]:
    return Order.objects.made_with(User(pk=actor_id), key).only("pk", "fingerprint").order_by()


def replay(actor: User | None, key: str | None, fingerprint: str) -> Sold | None:
    """What an earlier request with this key has sold; None without one. Raises `Invalid`
    `idempotency-key-reused` when it was another request.
    """
    if actor is None or key is None:
        return None
    made = _made(actor_id=actor.pk, key=key)
    if not made:
        return None
    check_same(made[0].fingerprint, fingerprint, *HEADER)
    orders = Order.objects.select_related("event").prefetch_related("attendees__ticket", "payments")
    order = orders.get(pk=made[0].pk)
    return Sold(order, list(order.attendees.all()), list(order.payments.all()))
