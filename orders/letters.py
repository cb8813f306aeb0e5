"""What becomes of an order, told to its guest by mail; `till.order_letters` writes it."""

from collections.abc import Sequence
from datetime import datetime

from accounts.models import User
from orders.models import Order
from outbox import mailing
from outbox.announcing import Happening
from outbox.models import MailTopic, Topic


def placed(order: Order, buyer: User, at: datetime) -> None:
    """What was ordered online, to whose account it is."""
    language = order.event.paper_language
    mailing.post(
        MailTopic.ORDER, to=buyer.email, event_id=order.event_id, at=at, language=language, order=order.pk
    )


def restored(order: Order, at: datetime) -> None:
    """That its tickets, if they are valid again, let in as before: to whom, the worker asks."""
    if order.is_valid:
        language = order.event.paper_language
        mailing.post(MailTopic.RESTORED, event_id=order.event_id, at=at, language=language, order=order.pk)


def told(order: Order, happenings: Sequence[Happening], at: datetime) -> None:
    """That it was cancelled, or money went back: to whom, the worker asks."""
    by_topic = {happening.topic: happening for happening in happenings}
    back = by_topic.get(Topic.ORDER_REFUNDED)
    if back is None and Topic.ORDER_CANCELLED not in by_topic:
        return
    topic = MailTopic.CANCELLED if Topic.ORDER_CANCELLED in by_topic else MailTopic.REFUNDED
    refunded = back.data["meta"]["refunded"] if back else None
    language = order.event.paper_language
    mailing.post(topic, event_id=order.event_id, at=at, language=language, order=order.pk, refunded=refunded)
