from django.apps import apps

from attendees.models import Attendee, RetiredCode
from benchmarks.sharding import (
    ADDED,
    AS_IT_IS,
    NONE,
    OTHER,
    OWN,
    PERHAPS,
    THROUGH,
    judged,
    placed,
    report,
    uniques,
)
from orders.models import Order, Payment
from outbox.models import Message
from shifts.models import Relief, Shift
from tickets.models import Ticket


def verdicts(model):
    return {name: judged(model, fields) for name, fields in uniques(model)}


def test_a_table_reaches_its_event_by_itself_or_through_rows_that_it_always_has():
    assert [placed(model) for model in (Ticket, Order)] == [OWN, OWN]
    assert [placed(model) for model in (Attendee, Payment, RetiredCode)] == [THROUGH] * 3
    assert placed(Message) == PERHAPS
    assert placed(apps.get_model("accounts.User")) == NONE


def test_a_constraint_over_one_event_holds_and_one_over_all_does_not():
    assert verdicts(Ticket) == {"ticket_name_once_per_event": AS_IT_IS}
    assert verdicts(Relief) == {"relief_once_per_shift": ADDED}
    assert verdicts(Attendee) == {"attendee_code_once": OTHER, "attendee_replaced_once": ADDED}
    assert verdicts(Shift)["shift_open_once_per_till"] == ADDED
    assert verdicts(Shift)["shift_open_once_per_cashier"] == OTHER
    assert verdicts(Order) == {
        "order_identifier_once": OTHER,
        "order_idempotency_key_once_per_actor": OTHER,
        "order_list_key_once_per_event": AS_IT_IS,
    }


def test_every_table_is_told_of():
    text = report(list(apps.get_models(include_auto_created=True)))
    tables = text.partition("## Unique")[0]
    assert all(model._meta.db_table in tables for model in apps.get_models(include_auto_created=True))
