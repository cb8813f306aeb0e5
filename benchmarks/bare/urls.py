"""The least that DRF and the ORM can do for a sale and for a scan: no log-in, no permission, no JSON:API,
no check of the form or of the stock, no payment, no idempotency, and nobody is judged. The tables are the
application's.
"""

from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from attendees.models import Attendee
from door.models import CheckIn
from orders.models import Order
from tickets.models import Ticket


@api_view(["POST"])
def sell(request: Request) -> Response:
    with transaction.atomic():
        ticket = Ticket.objects.select_for_update(no_key=True).get(pk=request.data["ticket"])
        quantity = request.data["quantity"]
        now = timezone.now()
        order = Order.objects.create(
            event_id=ticket.event_id,
            channel=Order.Channel.ONSITE,
            status=Order.Status.COMPLETED,
            payment_mode=Order.PaymentMode.ONSITE,
            amount=ticket.price * quantity,
            currency="EUR",
            created_at=now,
            completed_at=now,
        )
        Attendee.objects.bulk_create(
            Attendee(ticket=ticket, order=order, price_paid=ticket.price) for _ in range(quantity)
        )
        Ticket.objects.filter(pk=ticket.pk).update(sold=F("sold") + quantity)
    return Response({"id": order.pk, "identifier": order.identifier}, status=201)


@api_view(["POST"])
def check_in(request: Request) -> Response:
    with transaction.atomic():
        guest = Attendee.objects.select_for_update(no_key=True).get(code=request.data["code"])
        now = timezone.now()
        check = CheckIn.objects.create(
            event_id=request.data["event"],
            station_id=request.data["station"],
            attendee=guest,
            direction=CheckIn.Direction.IN,
            answer=CheckIn.Answer.OK,
            moved=1,
            occurred_at=now,
            received_at=now,
            nonce=request.data["nonce"],
        )
        Attendee.objects.filter(pk=guest.pk).update(is_inside=True, entered_at=now)
    return Response({"id": check.pk, "answer": check.answer}, status=201)


@api_view(["GET"])
def select(request: Request, ticket: int) -> Response:
    return Response(Ticket.objects.values("id", "name", "sold").get(pk=ticket))


def nothing(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


urlpatterns = [
    path("sell", sell),
    path("check-in", check_in),
    path("select/<int:ticket>", select),
    path("nothing", nothing),
]
