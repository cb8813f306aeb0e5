"""What the door's script asks of its page's views."""

import pytest

from orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["list/", "search/?q=ana"])
class TestScript:
    def test_whose_page_is_logged_out_is_not_sent_elsewhere(self, client, event, path):
        assert client.get(f"/door/{event.identifier}/{path}").status_code == 401

    def test_whose_page_is_another_users_is_told_nothing(self, client, event, registrar, path):
        client.force_login(registrar)
        headers = {"X-Cashier": str(registrar.pk + 1)}
        assert client.get(f"/door/{event.identifier}/{path}", headers=headers).status_code == 401
        assert client.get(f"/door/{event.identifier}/{path}").status_code == 200


@pytest.mark.parametrize(
    ("status", "standing"), [("completed", "valid"), ("pending", "unpaid"), ("cancelled", "cancelled")]
)
def test_search_says_how_the_order_stands(client, event, guest, registrar, status, standing):
    Order.objects.update(status=status)
    client.force_login(registrar)
    path = f"/door/{event.identifier}/search/?q={guest.order.identifier}"
    [found] = client.get(path, headers={"X-Cashier": str(registrar.pk)}).json()["guests"]
    assert (found["id"], found["standing"]) == (guest.pk, standing)
