"""The one table of what is possible when."""

from pathlib import Path

import pytest
from django.conf import settings

from base.errors import Conflict
from orders import lifecycle, partial, refunds, reissue, restoring, states
from orders.exchanges import exchange
from orders.models import Order

ACTS = {
    states.Act.COMPLETE: lifecycle.complete,
    states.Act.CANCEL: lifecycle.cancel,
    states.Act.EXPIRE: lifecycle.expire_overdue,
    states.Act.GIVE_BACK: lifecycle.give_back,
    states.Act.RESTORE: restoring.restore,
    states.Act.CANCEL_ATTENDEES: partial.cancel_attendees,
    states.Act.REFUND: refunds.refund,
    states.Act.EXCHANGE: exchange,
    states.Act.SWAP_CODE: reissue.swap_code,
    states.Act.TRANSFER: reissue.transfer,
}


def test_every_act_is_a_function_and_in_the_table():
    assert set(ACTS) == set(states.Act) == set(states.TABLE)
    assert all(act.__name__.startswith(name.value) for name, act in ACTS.items())


def test_the_documentation_draws_it():
    assert states.diagram() in Path(settings.BASE_DIR, "docs/orders.md").read_text()


@pytest.mark.parametrize("state", Order.Status.values)
def test_what_is_not_in_the_table_is_refused_by_the_name_of_the_state(state):
    order = Order(status=state)
    for act, allowed in states.TABLE.items():
        if state in allowed:
            states.check(order, act)
        else:
            with pytest.raises(Conflict) as refusal:
                states.check(order, act)
            assert refusal.value.problems[0].code == f"order-{state}"
