"""What is done to an order out of turn, twice, or in another way than the screen offers it."""

from decimal import Decimal

import pytest

from base.errors import DomainError, Forbidden
from base.tests.client import document
from door.admission import check_in, check_out
from door.scan import Scan
from events.models import Event, Member
from limits.holds import give_back, write_hold
from limits.models import Hold
from limits.tests.factories import hold_of
from orders.amending import Ask
from orders.exchanges import exchange
from orders.lifecycle import cancel, complete
from orders.models import Order
from orders.partial import cancel_attendees
from orders.refunds import refund
from orders.restoring import restore
from orders.sale import Guest, Line
from orders.settlement import Paid
from orders.story import story_of
from shifts.desk import Desk
from tickets.tests.factories import FreeTicketFactory, TicketFactory
from till.receipt import receipt_of

pytestmark = pytest.mark.django_db


def first(order):
    return order.attendees.order_by("pk")[0]


def page(order, act=""):
    return f"/till/{order.event.identifier}/orders/{order.identifier}/" + (f"acts/{act}/" if act else "")


def test_money_of_an_earlier_act_is_not_asked_for_again(client, sell, cashier):
    order = sell(payments=[Paid("cash")])
    one, two = order.attendees.order_by("pk")
    cancel_attendees(order, attendees=[one.pk], ask=Ask(Desk(cashier)))  # 20.00 handed out
    client.force_login(cashier)
    after = client.post(page(order, "swap-code"), {"guest": two.pk}, follow=True).content.decode()
    assert "Give back: 20.00" not in after


def test_change_of_the_sale_is_not_given_again(client, event, sell, cashier):
    vip = TicketFactory(event=event, price=35)
    order = sell(payments=[Paid("cash", Decimal(40), Decimal(50))])
    client.force_login(cashier)
    sent = {"guests": [first(order).pk], "to": f"{vip.pk}:cash:35.00", "reason": "Exchanged"}
    after = client.post(page(order, "exchange"), sent, follow=True).content.decode()  # the guest PAYS 15
    assert 'class="change"' not in after


def test_nothing_done_hands_out_nothing(api, sell, cashier, member):
    order = sell(payments=[Paid("cash")])
    cancel_attendees(order, attendees=[first(order).pk], ask=Ask(Desk(cashier)))
    sent = document("order", None, attendees=[first(order).pk])
    url = f"/v1/orders/{order.identifier}/cancel-attendees"
    assert api(cashier).post(url, sent).json()["meta"]["given-back"]["total"] == "0.00"


def test_colleague_is_told_no_money_of_an_open_drawer(api, sell, cashier, member):
    order = sell(payments=[Paid("cash")])
    cancel_attendees(order, attendees=[first(order).pk], ask=Ask(Desk(cashier)))
    sent = document("order", None, attendees=[first(order).pk])
    answer = api(member("cashier")).post(f"/v1/orders/{order.identifier}/cancel-attendees", sent)
    assert "20.00" not in str(answer.json()["meta"])


def test_notes_told_anew_hand_out_nothing(api, organizer, sell, cashier):
    order = sell(payments=[Paid("cash")])
    cancel_attendees(order, attendees=[first(order).pk], ask=Ask(Desk(cashier)))
    sent = document("order", order.pk, **{"order-notes": "VIP"})
    answer = api(organizer).patch(f"/v1/orders/{order.identifier}", sent)
    assert answer.json()["meta"]["given-back"]["total"] == "0.00"


def test_card_that_was_at_the_terminal_is_booked(sell, cashier):
    order = sell(awaits_card=True, card_amount=Decimal(40))
    try:
        cancel_attendees(order, attendees=[first(order).pk], ask=Ask(Desk(cashier)))
    except DomainError:
        pass  # would be right
    order = complete(Order.objects.get(pk=order.pk), payments=[Paid("card", Decimal(40))], desk=Desk(cashier))
    assert order.balance == 40


def test_donation_beyond_any_price(api, organizer, sell, event, shift):
    order = sell(payments=[Paid("cash")])
    gift = TicketFactory(event=event, name="Gift", type="donation", price=0)
    till = {"till": {"data": {"type": "till", "id": str(shift.till_id)}}}
    card = [{"tender": "card", "amount": "999999979.99"}]
    sent = document(
        "order", None, till, attendees=[first(order).pk], ticket=gift.pk, price="999999999.99", payments=card
    )
    assert api(organizer).post(f"/v1/orders/{order.identifier}/exchange", sent).status_code == 422


def test_ticket_that_was_used_up_admits_nobody_by_exchange(sell, adult, event, cashier):
    event.reentry = Event.Reentry.NONE
    event.save()
    order = sell(lines=[Line(adult.pk, 1)], payments=[Paid("cash")])
    old = first(order)
    check_in(Scan(event=event, code=old.code), by=None)
    check_out(Scan(event=event, code=old.code), by=None)
    assert check_in(Scan(event=event, code=old.code), by=None).answer == "already-checked-in"
    other = TicketFactory(event=event, name="Other", price=20)
    with pytest.raises(Forbidden):
        exchange(order, attendees=[old.pk], ticket=other.pk, ask=Ask(Desk(cashier)))  # no leave, no reason


def test_kept_money_that_went_back_since_is_no_sale_again(sell, organizer, shift):
    ask = Ask(Desk(organizer, shift.till_id), "rain")
    order = sell(payments=[Paid("cash")])
    cancel(order, desk=ask.desk, reason="rain", money_back=None)
    refund(order, amount=Decimal(40), ask=ask)
    with pytest.raises(DomainError):
        restore(order, ask=ask)  # completed, paid 0.00, tickets admit


def test_words_of_a_refund_for_cancelled_tickets(sell, organizer, shift):
    order = sell(payments=[Paid("cash")])
    ask = Ask(Desk(organizer, shift.till_id), "rain")
    cancel(order, desk=ask.desk, reason="rain", money_back=None)
    refund(order, amount=Decimal(5), ask=ask)
    assert "Money given back, the tickets stay" not in [
        one.text for one in story_of(Order.objects.get(pk=order.pk))
    ]
    assert receipt_of(Order.objects.get(pk=order.pk)).goodwill_name == "Given back of what was kept"


def test_rename_takes_nothing_that_was_given_back_meanwhile(adult):
    hold = hold_of(adult, 5)
    read = Hold.objects.get(pk=hold.pk)  # PATCH {"name": "Press"} has read it
    give_back(hold)  # the colleague's
    read.name = "Press"
    write_hold(read, changed=["name"])
    assert Hold.objects.get().quantity == 0


def test_rename_does_not_open_a_hold_to_all(adult, event, cashier):
    hold = hold_of(adult, 5)
    read = Hold.objects.get(pk=hold.pk)
    hold.open_to = "members"
    write_hold(hold, [Member.objects.get(user=cashier, event=event)])
    read.name = "Press"
    write_hold(read, changed=["name"])
    assert Hold.objects.get().open_to == "members"


def test_dearer_is_not_believed_where_it_is_cheaper(sell, event, organizer, shift):
    vip = TicketFactory(event=event, price=35)
    order = sell(payments=[Paid("card", Decimal(40))])
    vip.price = 5  # the till still shows "each 15.00 more"
    vip.save()
    with pytest.raises(DomainError):
        exchange(
            order,
            attendees=[first(order).pk],
            ticket=vip.pk,
            ask=Ask(Desk(organizer, shift.till_id), "Exchanged"),
            payments=[Paid("card", Decimal(15))],
            amount=Decimal(15),
        )


def test_recent_names_who_still_comes(client, event, cashier, sell, adult):
    guests = (Guest("Ana", "Gone"), Guest("Bo", "Stays"))
    order = sell(lines=[Line(adult.pk, 2, guests=guests)], payments=[Paid("cash")])
    cancel_attendees(order, attendees=[first(order).pk], ask=Ask(Desk(cashier)))
    client.force_login(cashier)
    assert "Ana Gone" not in client.get(f"/till/{event.identifier}/recent/").content.decode()


def test_dead_code_brings_no_company(sell, event, cashier):
    order = sell(payments=[Paid("cash")])
    gone = first(order)
    cancel_attendees(order, attendees=[gone.pk], ask=Ask(Desk(cashier)))
    row = check_in(Scan(event=event, code=gone.code), by=None)
    assert row.answer == "cancelled"
    assert not (row.company and row.company.coming)


def test_tax_of_what_was_kept_stands_on_the_receipt(sell, adult, organizer, shift):
    adult.tax_rate = 19
    adult.save()
    order = sell(payments=[Paid("cash")])
    ask = Ask(Desk(organizer, shift.till_id), "x")
    cancel_attendees(order, attendees=[first(order).pk], ask=ask, money_back=None)
    receipt = receipt_of(Order.objects.get(pk=order.pk))
    assert sum(tax.gross for tax in receipt.taxes) == sum(one.amount for one in receipt.movements)


def test_where_the_price_of_an_exchange_is_wrong(api, organizer, sell, event, shift):
    order = sell(payments=[Paid("cash")])
    gift = TicketFactory(event=event, name="Gift", type="donation", price=0, min_price=5)
    till = {"till": {"data": {"type": "till", "id": str(shift.till_id)}}}
    sent = document(
        "order", None, till, attendees=[first(order).pk], ticket=gift.pk, reason="x", price="1.00"
    )
    answer = api(organizer).post(f"/v1/orders/{order.identifier}/exchange", sent)
    assert answer.json()["errors"][0]["source"]["pointer"] == "/data/attributes/price"


def test_free_order_was_not_paid(sell, event, cashier):
    free = FreeTicketFactory(event=event, name="Free")
    order = cancel(sell(lines=[Line(free.pk, 1)]), desk=Desk(cashier))
    with pytest.raises(DomainError) as refused:
        restore(order, ask=Ask(Desk(cashier)))
    assert "was paid" not in refused.value.problems[0].detail


def test_hold_that_is_used_up_says_so(sell, adult):
    hold = hold_of(adult, 1)
    sell(lines=[Line(adult.pk, 1, hold_id=hold.pk)])
    with pytest.raises(DomainError) as refused:
        sell(lines=[Line(adult.pk, 1, hold_id=hold.pk)])
    assert "Only 0" not in refused.value.problems[0].detail


def test_exchange_at_a_withdrawn_event(sell, event, cashier):
    order = sell(payments=[Paid("cash")])
    other = TicketFactory(event=event, name="B", price=20)
    event.state = "draft"
    event.save()
    with pytest.raises(DomainError):
        exchange(order, attendees=[first(order).pk], ticket=other.pk, ask=Ask(Desk(cashier)))
