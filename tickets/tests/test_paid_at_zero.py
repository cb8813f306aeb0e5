"""Whoever makes a paid ticket that costs nothing is asked once whether that is meant."""

import pytest

from base.tests.client import document, relation
from events.models import Event
from tickets.forms import AT_ZERO, TicketForm
from tickets.models import Ticket
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db
ADD = "/admin/tickets/ticket/add/"


@pytest.fixture
def send(client, event, organizer):
    """Sends the admin's form of a new ticket, or of one that is there, with these changes."""
    client.force_login(organizer)

    def send(ticket=None, **changes):
        url = f"/admin/tickets/ticket/{ticket.pk}/change/" if ticket else ADD
        form = client.get(url).context["adminform"].form
        shown = {name: form[name].value() for name in form.fields}
        sent = {name: value for name, value in shown.items() if value is not None and value is not False}
        return client.post(url, {**sent, **({} if ticket else {"event": event.pk}), **changes})

    return send


def asks(answer):
    return f'name="{AT_ZERO}"' in answer.content.decode()


def test_new_one_is_asked_for_and_saved_once_it_is_confirmed(send):
    answer = send(name="Crew", type="paid", price="0.00")
    assert asks(answer)
    assert "A paid ticket at 0.00 EUR: do you mean free?" in answer.content.decode()
    assert not Ticket.objects.exists()
    confirmed = send(name="Crew", type="paid", price="0.00", **{AT_ZERO: "on"})
    assert confirmed.status_code == 302, confirmed.context["errors"]
    assert (Ticket.objects.get().type, Ticket.objects.get().price) == ("paid", 0)


def test_price_is_shown_as_the_currency_has_it(send, event):
    Event.objects.filter(pk=event.pk).update(currency="JPY")
    assert "A paid ticket at 0 JPY: do you mean free?" in send(name="Crew", type="paid").content.decode()


@pytest.mark.parametrize(("kind", "price"), [("free", "0"), ("donation", "0"), ("paid", "0.01")])
def test_no_other_is_asked_for(send, kind, price):
    assert send(name="Crew", type=kind, price=price).status_code == 302


@pytest.mark.parametrize(
    ("before", "after"), [({"price": 20}, {"price": "0"}), ({"type": "free", "price": 0}, {"type": "paid"})]
)
def test_one_that_becomes_so_is_asked_for(send, event, before, after):
    ticket = TicketFactory(event=event, **before)
    assert asks(send(ticket, **after))
    assert send(ticket, **after, **{AT_ZERO: "on"}).status_code == 302


def test_one_that_is_so_is_not_asked_for_again(send, event):
    ticket = TicketFactory(event=event, type="paid", price=0)
    assert send(ticket, name="Crew").status_code == 302
    assert Ticket.objects.get().name == "Crew"


def test_box_belongs_to_the_rows_own_form(event):
    form = TicketForm({"name": "Crew", "type": "paid", "price": "0", "event": event.pk})
    form.fields["price"].widget.attrs["form"] = "row-1"
    assert f'name="{AT_ZERO}" form="row-1"' in str(form.errors["price"])


def test_api_takes_it(api, event, organizer):
    body = document("ticket", None, {"event": relation("event", event.pk)}, name="Crew", type="paid")
    assert api(organizer).post("/v1/tickets", body).status_code == 201
    assert Ticket.objects.get().price == 0
