import pytest
from django.urls import reverse

from shifts.models import Till

pytestmark = pytest.mark.django_db


def test_till_does_not_get_the_name_of_another(client, organizer, event):
    client.force_login(organizer)
    first, second = (Till.objects.create(event=event, name=name) for name in ("Left", "Right"))
    response = client.post(reverse("admin:shifts_till_change", args=[second.pk]), {"name": first.name})
    assert response.status_code == 200
    assert "of this name already" in response.content.decode()
