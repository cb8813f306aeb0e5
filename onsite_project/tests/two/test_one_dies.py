"""One of two machines dies while they sell."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from itertools import count

import pytest
from django.db import connection, transaction

from onsite_project.tests.two.between import MAY_BE_SENT_TWICE
from onsite_project.tests.two.night import SELL
from onsite_project.tests.waiting import soon
from orders.models import Order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres, pytest.mark.walk]
OUTCOME_UNKNOWN = {502, 504}


class Seller:
    """Sells to one guest after the other until there is `enough`. One that has keys asks again where it is
    not known what became of a sale, one that has none goes on.
    """

    def __init__(self, night, guests, *, has_keys):
        self.client, self.night = night.client(night.member("organizer")), night
        self.guests, self.has_keys = guests, has_keys
        self.acknowledged, self.unknown, self.refused = {}, set(), set()

    def sell(self, enough):
        while not enough(self):
            guest = f"Guest {next(self.guests)}"
            self._ask(guest)
            while self.has_keys and guest in self.unknown - self.acknowledged.keys():
                self._ask(guest)

    def _ask(self, guest):
        key = {"Idempotency-Key": guest} if self.has_keys else {}
        answer = self.client.post(SELL, self.night.sale(order_notes=guest), **key)
        if answer.status == 201:
            self.acknowledged[guest] = answer.data["id"]
        elif answer.status in OUTCOME_UNKNOWN:
            self.unknown.add(guest)
        else:
            self.refused.add(answer.status)


def sellers_of(night):
    type(night.ticket).objects.update(quantity=100_000)
    guests = count()
    return [Seller(night, guests, has_keys=has_keys) for has_keys in (True, True, False, False)]


@contextmanager
def at_work(sellers, enough):
    """They sell meanwhile, and afterwards until there is `enough`."""
    with ThreadPoolExecutor(len(sellers)) as pool:
        selling = [pool.submit(seller.sell, enough) for seller in sellers]
        yield
    for one in selling:
        one.result()


def check_books(night, sellers):
    """Nothing that was acknowledged is lost, nothing is sold twice, and nothing of which nobody was told."""
    orders = list(Order.objects.values_list("order_notes", "pk"))
    sold = {guest: str(pk) for guest, pk in orders}
    acknowledged = {guest: pk for seller in sellers for guest, pk in seller.acknowledged.items()}
    unknown = set().union(*(seller.unknown for seller in sellers))
    assert len(sold) == len(orders), "sold twice"
    assert acknowledged.items() <= sold.items(), "lost"
    assert sold.keys() <= acknowledged.keys() | unknown
    assert night.sold == len(orders)
    assert all(seller.refused <= {503} for seller in sellers)  # busy: nothing was done
    assert all(seller.unknown <= seller.acknowledged.keys() for seller in sellers if seller.has_keys)


def test_one_dies_in_the_middle_of_sales_and_none_is_lost_or_doubled(night, machines):
    sellers = sellers_of(night)
    enough = threading.Event()
    with at_work(sellers, lambda seller: enough.is_set()):
        try:
            soon(lambda: all(len(seller.acknowledged) > 2 for seller in sellers))
            kill_over_a_sale(night, machines[0])
            before = {seller: len(seller.acknowledged) for seller in sellers}
            soon(lambda: all(len(seller.acknowledged) > before[seller] + 10 for seller in sellers))
        finally:
            enough.set()
    assert any(seller.unknown for seller in sellers), "it died over nothing"
    check_books(night, sellers)
    machines[0].start()
    soon(lambda: len({serves(night) for _each in range(2)}) == 2)


def kill_over_a_sale(night, machine):
    """While sales wait at both for a row that we hold."""
    with transaction.atomic():
        type(night.ticket).objects.select_for_update().get(pk=night.ticket.pk)
        soon(lambda: waiting() >= 2)
        machine.kill()


def waiting():
    """How many connections wait for a row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0]


def serves(night):
    client = night.client()
    client.get("/healthz")
    return client.served[-1]


@pytest.mark.parametrize("twice", [False, True])
def test_proxy_that_sent_a_sale_twice_would_be_found_out(machines, balancer, evening, twice):
    """Where answers are lost after the sale was made."""
    repeats = MAY_BE_SENT_TWICE | {"POST"} if twice else MAY_BE_SENT_TWICE
    night = evening(balancer(machines, repeats=repeats, loses=5))
    sellers = sellers_of(night)
    with at_work(sellers, lambda seller: len(seller.acknowledged) >= 10):
        pass
    with pytest.raises(AssertionError, match="sold twice") if twice else nullcontext():
        check_books(night, sellers)
