"""What the README shows works as it stands there."""

import json
import re

import pytest
from django.conf import settings
from django.core.management import call_command

from accounts.models import User
from base.tests.client import ApiClient
from events.models import Event
from orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def readme(monkeypatch):
    monkeypatch.setenv("DEMO_PASSWORD", "onsite-demo")
    call_command("seed_demo", "--empty", verbosity=0)
    return (settings.BASE_DIR / "README.md").read_text()


def test_shell_example_sells(readme, capsys):
    (script,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    exec(compile(script, "README.md", "exec"), {})
    order = Order.objects.order_by("pk").last()
    assert f"{order.identifier} 40.00 EUR" in capsys.readouterr().out
    assert order.attendees.first().full_name == "Ana Silva"


def test_curl_example_answers_201(readme):
    body = re.search(r"-d '(\{\"data\".*?)'\n```", readme, re.DOTALL)[1]
    document = json.loads(body)
    # The tickets' ids are those of a fresh database, which this one is not.
    ids = list(Event.objects.get(identifier="demo").tickets.order_by("position").values_list("pk", flat=True))
    for line in document["data"]["attributes"]["on-site-tickets"]:
        line["id"] = str(ids[int(line["id"]) - 1])
    client = ApiClient(User.objects.get(email="cashier@example.com"))
    response = client.post("/v1/orders?onsite=true&include=attendees", document)
    assert response.status_code == 201
    assert response.json()["data"]["attributes"]["payments"][0]["change"] == "2.00"


@pytest.mark.parametrize(
    "example", ["demo Adult=2 Child=1 --tender cash", "demo Supporter=1@10 --tender card"]
)
def test_command_example_sells(readme, example, capsys):
    assert f"manage.py sell_onsite {example}" in readme
    call_command("sell_onsite", *example.split())
    assert "completed" in capsys.readouterr().out
