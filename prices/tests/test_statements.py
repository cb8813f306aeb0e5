"""What a discount costs: nothing where there is none."""

import pytest

from base.tests.client import order_document
from orders.tests.test_statements import statements
from prices.tests.factories import discount_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def sale(api, cashier, event):
    """What a sale costs; twice before, so that all is prepared."""
    client = api(cashier)

    def sale(*lines, **attributes):
        for _warm in range(2):
            assert client.sell(event, *lines, **attributes).status_code == 201
        body = order_document(event, *lines, **attributes)
        return statements(lambda: client.post("/v1/orders?onsite=true", body))

    return sale


def test_sale_without_one_asks_for_none(sale, event, adult):
    plain = sale((adult, 1))
    discount_of(event, percent=10)
    assert len(sale((adult, 1))) == len(plain)
    assert not [sql for sql in plain if "prices_" in sql]


def test_costs_the_same_for_one_ticket_and_for_fifteen(sale, event, adult, child):
    claim = {"id": discount_of(event, percent=10, tickets=[adult, child]).pk}
    one = sale((adult, 1), discount=claim)
    assert len(sale((adult, 10), (child, 5), discount=claim)) == len(one)
    assert len(one) == len(sale((adult, 1))) + 2  # the discount, and what it is for


def test_voucher_costs_its_lock_and_its_count_beside(sale, event, adult):
    claim = {"code": discount_of(event, percent=10, code="X", limit=99).code}
    # Beside, the try is paid for, in a transaction of its own, and given back.
    assert len(sale((adult, 1), discount=claim)) == len(sale((adult, 1))) + 4 + 4
