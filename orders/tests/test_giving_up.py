"""A request that got no answer is given up: what was answered "not sold" is never sold."""

import threading
import time
from contextlib import contextmanager
from functools import partial

import pytest
from django.db import connection

from base.errors import Busy, Conflict
from base.tests.client import error, order_document, relation
from orders import idempotency
from orders.idempotency import give_up
from orders.models import GivenUp, Order
from orders.sale import Line
from orders.tests.factories import sold_onsite
from orders.tests.rush import at_once
from orders.tests.test_locks import elsewhere
from shifts import drawer
from shifts.desk import Desk
from shifts.tests.factories import ShiftFactory
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

KEY = "a sale without an answer"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ticket(event):
    return TicketFactory(event=event, quantity=10)


def sell(event, ticket, seller, **more):
    return sold_onsite(event=event, lines=[Line(ticket.pk, 1)], seller=seller, idempotency_key=KEY, **more)


def body(event=None, till=None, seller=None):
    named = {"event": ("event", event), "till": ("till", till), "in-name-of": ("user", seller)}
    links = {name: relation(type_, one.pk) for name, (type_, one) in named.items() if one}
    return {"data": {"type": "order", "relationships": links}}


def sell_for(client, event, ticket, *, till=None, seller):
    document = order_document(event, (ticket, 1), status="completed")
    document["data"]["relationships"] |= body(till=till, seller=seller)["data"]["relationships"]
    return client.post("/v1/orders?onsite=true", document, **{"Idempotency-Key": KEY})


def post(client, *, key=KEY, **named):
    return client.post("/v1/orders/given-up", body(**named), **{"Idempotency-Key": key})


class TestPromise:
    def test_given_up_it_is_never_sold(self, event, ticket, cashier):
        assert give_up(key=KEY, desk=Desk(cashier)) is None
        for _again in range(2):
            with pytest.raises(Conflict) as refusal:
                sell(event, ticket, cashier)
            assert refusal.value.problems[0].code == "given-up"
        assert not Order.objects.exists()
        ticket.refresh_from_db()
        assert ticket.sold == 0

    def test_sold_it_is_not_given_up(self, event, ticket, cashier):
        order = sell(event, ticket, cashier)
        assert give_up(key=KEY, desk=Desk(cashier)) == order
        assert sell(event, ticket, cashier) == order
        assert not GivenUp.objects.exists()

    def test_said_again_it_is_the_same(self, cashier):
        assert [give_up(key=KEY, desk=Desk(cashier)) for _ in range(3)] == [None] * 3
        assert GivenUp.objects.count() == 1

    def test_a_sale_with_a_comp_is_refused_without_a_guess_at_the_pin(self, event, ticket, organizer):
        give_up(key=KEY, desk=Desk(organizer))
        line = Line(ticket.pk, 1, 0, reason="Press")
        with pytest.raises(Conflict):
            sold_onsite(event=event, lines=[line], seller=organizer, idempotency_key=KEY)

    def test_keys_of_two_users_are_two_keys(self, event, ticket, cashier, organizer):
        give_up(key=KEY, desk=Desk(organizer))
        assert sell(event, ticket, cashier)

    def test_one_account_gives_up_only_so_many(self, cashier, settings):
        settings.GIVEN_UP_KEYS = 1
        give_up(key=KEY, desk=Desk(cashier))
        with pytest.raises(Conflict) as refusal:
            give_up(key="another", desk=Desk(cashier))
        assert refusal.value.problems[0].code == "too-many-given-up"
        assert give_up(key=KEY, desk=Desk(cashier)) is None


class TestApi:
    def test_not_sold(self, api, event, ticket, cashier):
        answer = post(api(cashier))
        assert answer.status_code == 204
        client = api(cashier)
        refused = client.sell(event, (ticket, 1), headers={"Idempotency-Key": KEY})
        assert error(refused)["code"] == "given-up"

    def test_sold(self, api, event, ticket, cashier):
        order = sell(event, ticket, cashier)
        answer = post(api(cashier))
        assert answer.status_code == 200
        assert answer.json()["data"]["attributes"]["identifier"] == order.identifier

    @pytest.mark.parametrize("key", ["", "x" * 256, "ä"])
    def test_no_key(self, api, cashier, key):
        assert post(api(cashier), key=key).status_code in (400, 422)
        assert not GivenUp.objects.exists()

    def test_nobody(self, api):
        assert post(api()).status_code == 401


class TestInTheNameOf:
    """Who follows at a till, let in by a PIN, finishes or gives up a sale of who was there before."""

    @pytest.fixture
    def shift(self, event, cashier):
        return cashier.shifts.get()

    @pytest.fixture
    def follower(self, member, shift, cashier):
        follower = member("cashier")
        drawer.relieve(shift=shift, user=follower, let_in_by=cashier)
        return follower

    def test_finishes_it_under_the_first_seller(self, api, event, ticket, cashier, follower, shift):
        client = api(follower)
        made = [sell_for(client, event, ticket, till=shift.till, seller=cashier) for _twice in range(2)]
        assert [answer.status_code for answer in made] == [201, 201], made[0].content
        order = Order.objects.get()
        assert (order.seller, order.shift) == (cashier, shift)
        assert order.payments.get().created_by == follower
        assert sell(event, ticket, cashier, status="completed", till_id=shift.till_id) == order

    def test_gives_it_up(self, api, event, ticket, cashier, follower, shift):
        answer = post(api(follower), event=event, till=shift.till, seller=cashier)
        assert answer.status_code == 204
        assert GivenUp.objects.get().by == follower
        with pytest.raises(Conflict):
            sell(event, ticket, cashier)

    def test_learns_that_it_was_sold(self, api, event, ticket, cashier, follower, shift):
        order = sell(event, ticket, cashier)
        answer = post(api(follower), event=event, till=shift.till, seller=cashier)
        assert answer.json()["data"]["id"] == str(order.pk)

    @pytest.mark.parametrize(
        "who", ["a colleague elsewhere", "a stranger", "a registrar", "no till", "no event"]
    )
    def test_others_do_neither(self, api, event, ticket, cashier, member, stranger, registrar, shift, who):
        order = sell(event, ticket, cashier)
        asker = {"a stranger": stranger, "a registrar": registrar}.get(who) or member("cashier")
        till = None if who == "no till" else shift.till
        answer = post(api(asker), event=None if who == "no event" else event, till=till, seller=cashier)
        assert answer.status_code in (403, 404, 422), answer.content
        assert order.identifier not in answer.content.decode()
        assert not GivenUp.objects.exists()

    def test_nobody_sells_in_the_name_of_who_does_not_work_there(self, api, event, ticket, cashier, member):
        other = ShiftFactory(till__event=event, cashier=member("cashier")).cashier
        answer = sell_for(api(other), event, ticket, till=other.shifts.get().till, seller=cashier)
        assert (answer.status_code, error(answer)["code"]) == (403, "not-at-this-till")
        assert error(answer)["source"]["pointer"] == "/data/relationships/in-name-of"
        assert not Order.objects.exists()

    def test_an_organizer_is_held_to_the_same(self, api, event, ticket, organizer, cashier):
        answer = sell_for(api(organizer), event, ticket, seller=cashier)
        assert answer.status_code == 403
        assert not Order.objects.exists()


@contextmanager
def under_way(event, ticket, seller):
    """A sale that waits for its ticket until the block ends."""
    outcome = []
    thread = threading.Thread(target=lambda: outcome.extend(at_once(partial(sell, event, ticket, seller))))
    with elsewhere(partial(hold, ticket)):
        thread.start()
        wait_until_somebody_waits()
        yield outcome
    thread.join(20)


def hold(ticket, ready, done):
    Ticket.objects.select_for_update().get(pk=ticket.pk)
    ready.set()
    done.wait(20)


def wait_until_somebody_waits():
    deadline = time.monotonic() + 20
    with connection.cursor() as cursor:
        waiting = 0
        while not waiting:
            assert time.monotonic() < deadline
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            waiting = cursor.fetchone()[0]


@pytest.mark.postgres
class TestAtOnce:
    def test_eight_sales_and_eight_times_given_up_agree(self, event, ticket, cashier):
        for round_ in range(6):
            key = f"round {round_}"
            sale = partial(
                sold_onsite, event=event, lines=[Line(ticket.pk, 1)], seller=cashier, idempotency_key=key
            )
            outcomes = at_once(*[sale, partial(give_up, key=key, desk=Desk(cashier))] * 8)
            sold = Order.objects.filter(idempotency_key=key).first()
            assert (sold is None) == GivenUp.objects.filter(key=key).exists()
            if sold is None:
                assert {type(one) for one in outcomes[::2]} == {Conflict}
                assert set(outcomes[1::2]) == {None}
            else:
                assert set(outcomes) == {sold}

    def test_a_sale_under_way_is_waited_for(self, event, ticket, cashier):
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        with under_way(event, ticket, cashier) as outcome:
            for act in (partial(give_up, key=KEY, desk=Desk(cashier)), partial(sell, event, ticket, cashier)):
                with pytest.raises(Busy):
                    act()
        assert outcome == [Order.objects.get()]
        assert give_up(key=KEY, desk=Desk(cashier)) == outcome[0]
        connection.close()

    def test_without_the_lock_a_promise_is_broken(self, event, ticket, cashier, monkeypatch):
        """The control: looked up without a lock, a sale that is under way is not seen."""
        unlocked = partial(idempotency._known, alone=False)
        monkeypatch.setattr(idempotency, "_known", lambda *of, alone: unlocked(*of))
        with under_way(event, ticket, cashier) as outcome:
            assert give_up(key=KEY, desk=Desk(cashier)) is None
        assert outcome == [Order.objects.get()]
