"""What the door's script asks of its page's views."""

import pytest

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
