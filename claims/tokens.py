"""The secret in an order's claim link: computed, never stored (docs/adr/0025)."""

from base64 import b32encode
from datetime import datetime, timedelta

from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from attendees.models import Attendee
from base.asking import concerns
from base.claim_links import PROOF, TOKEN
from base.identifiers import LENGTH
from orders.models import Order

# So long after the event whoever was there may still want the receipt.
SHOWN_FOR = timedelta(days=30)


def token_of(order: Order) -> str:
    """The order's token: its identifier and a proof that follows from SECRET_KEY. It is another one, and the
    one before is nobody's, as soon as a code of the order is replaced.
    """
    reissues = order.reissues if order.reissues is not None else order.count_reissues()
    said = f"{order.pk}|{order.identifier}|{reissues}"
    proof = b32encode(salted_hmac("claims.tokens", said, algorithm="sha256").digest()).decode()
    return (order.identifier + proof[:PROOF]).lower()


def is_shown(order: Order, at: datetime) -> bool:
    """Whether the order's link leads anywhere at `at` (UTC), if somebody has it."""
    if not order.event.claims or order.standing.is_gone or not order.live:
        return False
    return at <= order.event.ends_at + SHOWN_FOR


def link_of(request: HttpRequest, order: Order) -> str:
    """The address for the guest of an order whose event and attendees are at hand, on the host that was
    asked; empty where the link leads nowhere. Costs no statement of an order that was read `with_reissues`.
    """
    if not is_shown(order, timezone.now()):
        return ""
    return request.build_absolute_uri(reverse("claim", args=[token_of(order)]))


def find(token: str, at: datetime) -> Order | None:
    """The order behind a token at `at` (UTC), with its event, attendees and payments at hand; None for one
    that is wrong or was replaced, and for an order that is over or not shown: nobody learns which.
    """
    if not TOKEN.fullmatch(token):
        return None
    attendees = Attendee.objects.select_related("ticket", "ended_by")
    orders = Order.objects.with_reissues().select_related("event", "shift__till", "seller", "buyer")
    orders = orders.prefetch_related(
        Prefetch("attendees", attendees), "payments", "adjustments", "corrections"
    )
    order = orders.by_reference(token[:LENGTH]).first()
    if order is None or not constant_time_compare(token_of(order), token) or not is_shown(order, at):
        return None
    concerns(order.event_id)
    return order
