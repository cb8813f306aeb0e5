"""Guests who buy at the door are let in at once, if the event or the sale says so."""

from datetime import timedelta

import pytest

from attendees.models import Attendee
from base.errors import Conflict
from base.tests.client import document, error
from door.admission import Scan, check_in, check_out
from door.models import CheckIn
from door.tests.doors import assert_counted
from door.undo import undo
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.sale import Line
from shifts.desk import Desk

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("balanced")]


def inside():
    return [attendee.is_inside for attendee in Attendee.objects.order_by("pk")]


@pytest.fixture
def admits(event):
    event.admit_now = True
    event.save()


@pytest.fixture
def two_places(event):
    event.capacity = 2
    event.save()


class TestSale:
    def test_lets_in_when_asked(self, api, cashier, event, adult):
        response = api(cashier).sell(event, (adult, 2), status="completed", admit=True)
        assert response.status_code == 201
        assert inside() == [True, True]
        order = Order.objects.get()
        for row in CheckIn.objects.all():
            assert (row.direction, row.answer, row.moved, row.by) == ("in", "ok", 1, cashier)
            assert (row.occurred_at, row.received_at, row.event) == (
                order.created_at,
                order.created_at,
                event,
            )
            assert row.attendee.entered_at == order.created_at
        assert assert_counted(event) == 2

    def test_lets_nobody_in_unless_asked(self, api, cashier, event, adult):
        api(cashier).sell(event, (adult, 2), status="completed")
        assert inside() == [False, False]

    @pytest.mark.usefixtures("admits")
    def test_lets_in_as_the_event_says(self, api, cashier, event, adult):
        client = api(cashier)
        client.sell(event, (adult, 1), status="completed")
        client.sell(event, (adult, 1), status="completed", admit=False)
        assert inside() == [True, False]

    @pytest.mark.usefixtures("admits")
    def test_lets_nobody_in_who_has_not_paid(self, sell):
        sell(payment_mode="onsite", status="pending")
        sell(awaits_card=True)
        assert inside() == [False] * 4

    @pytest.mark.usefixtures("two_places")
    def test_in_a_full_house_sells_nothing(self, api, cashier, event, adult):
        client = api(cashier)
        assert client.sell(event, (adult, 1), status="completed", admit=True).status_code == 201
        response = client.sell(event, (adult, 2), status="completed", admit=True)
        assert response.status_code == 409
        assert error(response)["code"] == "full"
        assert error(response)["source"]["pointer"] == "/data/attributes/admit"
        adult.refresh_from_db()
        assert (adult.sold, Order.objects.count()) == (1, 1)
        assert assert_counted(event) == 1
        assert client.sell(event, (adult, 2), status="completed").status_code == 201

    def test_of_tickets_for_another_time_lets_nobody_in_yet(self, sell, adult, event, now):
        adult.valid_from = now + timedelta(hours=8)
        adult.save()
        sell(admit=True, status="completed", at=now)
        assert inside() == [False, False]
        guest = Attendee.objects.first()
        assert check_in(Scan(event, guest.code), by=None, at=now + timedelta(hours=9)).answer == "ok"


class TestCompletion:
    @pytest.fixture
    def order(self, sell):
        return sell(payment_mode="onsite", status="pending")

    def test_lets_in_when_asked(self, api, cashier, event, order):
        body = document("order", order.identifier, status="completed", admit=True)
        for _sent_twice in range(2):
            response = api(cashier).patch(f"/v1/orders/{order.identifier}", body)
            assert response.status_code == 200
        assert inside() == [True, True]
        assert assert_counted(event) == 2

    @pytest.mark.usefixtures("two_places")
    def test_in_a_full_house_completes_nothing(self, api, sell, cashier, event, order):
        sell(lines=[Line(event.tickets.get().pk, 1)], status="completed", admit=True)
        body = document("order", order.identifier, status="completed", admit=True)
        response = api(cashier).patch(f"/v1/orders/{order.identifier}", body)
        assert (response.status_code, error(response)["code"]) == (409, "full")
        order.refresh_from_db()
        assert (order.status, order.payments.count()) == ("pending", 0)

    @pytest.mark.usefixtures("two_places")
    def test_counts_nobody_twice_who_was_let_in_before(self, event, order, cashier):
        guest = order.attendees.first()
        check_in(Scan(event, guest.code, admitted=True), by=None)
        complete(order, desk=Desk(cashier), admit=True)
        assert inside() == [True, True]
        assert assert_counted(event) == 2


@pytest.fixture
def admitted(sell, event):
    """A completed order of two, let in by the sale; the event counts."""
    event.capacity = 5
    event.save()
    return sell(status="completed", admit=True)


class TestCancel:
    def test_checks_out_whom_the_sale_let_in(self, admitted, cashier, event):
        cancel(admitted, desk=Desk(cashier))
        assert inside() == [False, False]
        assert {guest.entered_at for guest in Attendee.objects.all()} == {None}
        undone = CheckIn.objects.filter(undoes__isnull=False)
        assert [(row.direction, row.moved, row.by) for row in undone] == [("out", -1, cashier)] * 2
        assert assert_counted(event) == 0

    def test_leaves_one_who_has_left_as_it_is(self, admitted, cashier, event):
        guest = admitted.attendees.first()
        check_out(Scan(event, guest.code), by=cashier)
        cancel(admitted, desk=Desk(cashier))
        assert inside() == [False, False]
        assert_counted(event)

    def test_is_refused_while_a_guest_is_inside_by_the_door(self, api, sell, cashier, event):
        order = sell(status="completed")
        guest = order.attendees.first()
        check_in(Scan(event, guest.code), by=cashier)
        body = document("order", order.identifier, status="cancelled")
        response = api(cashier).patch(f"/v1/orders/{order.identifier}", body)
        assert response.status_code == 409
        assert (error(response)["code"], error(response)["meta"]) == ("guest-inside", {"inside": 1})
        assert inside() == [True, False]
        check_out(Scan(event, guest.code), by=cashier)
        assert api(cashier).patch(f"/v1/orders/{order.identifier}", body).status_code == 200
        assert_counted(event)

    def test_is_refused_when_a_guest_of_the_sale_has_come_again(self, admitted, cashier, event):
        guest = admitted.attendees.first()
        check_out(Scan(event, guest.code), by=cashier)
        check_in(Scan(event, guest.code), by=cashier)
        with pytest.raises(Conflict) as refusal:
            cancel(admitted, desk=Desk(cashier))
        assert refusal.value.problems[0].meta == {"inside": 1}
        assert assert_counted(event) == 2

    def test_takes_back_one_whose_check_out_was_undone(self, admitted, cashier, event):
        guest = admitted.attendees.first()
        undo(check_out(Scan(event, guest.code), by=cashier), by=cashier)
        cancel(admitted, desk=Desk(cashier))
        assert assert_counted(event) == 0

    def test_leaves_what_was_before_the_sale(self, sell, cashier, event, now):
        order = sell(payment_mode="onsite", status="pending")
        guest = order.attendees.first()
        check_in(Scan(event, guest.code, admitted=True), by=None, at=now)
        check_out(Scan(event, guest.code), by=cashier, at=now)
        cancel(complete(order, desk=Desk(cashier), admit=True), desk=Desk(cashier))
        guest.refresh_from_db()
        assert (guest.is_inside, guest.entered_at, guest.left_at) == (False, now, now)
        assert assert_counted(event) == 0
