"""A test is deleted with all that happened at it, and nothing else ever is."""

import threading
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import ApiToken, User
from attendees.corrections import correct
from attendees.tests.factories import DraftFactory
from audit.models import Change
from base.errors import Conflict, DomainError, Forbidden, NotFound
from books.checking import differences
from books.checks import CHECKS
from books.sealing import seal_days
from door.admission import check_in
from door.scan import Scan
from events.models import Event, FormerIdentifier, Role
from events.tests.factories import EventFactory, MemberFactory
from home import deleting
from home.copying import rehearse
from home.deleting import ROWS, delete_test
from home.models import Tick
from home.tests.tables import leads_to, tables_of_events
from limits.quotas import write_quota
from onsite_project.tests.house import Filled
from orders.amending import Ask
from orders.models import GivenUp, Order
from orders.partial import cancel_attendees
from orders.reissue import swap_code
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import ordered_online, sold_onsite
from orders.tests.rush import at_once
from orders.tests.test_locks import wait_until_somebody_waits_for_us
from shifts import drawer
from shifts.desk import Desk
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


def filled(**event):
    """An event with a row of every table that belongs to one."""
    place = Filled(**event)
    ask = Ask(Desk(place.organizer), "broken")
    sold = sold_onsite(
        event=place.event, lines=[Line(place.dear.pk, 3)], seller=place.organizer, payments=[Paid("card")]
    )
    first, second, _third = sold.attendees.order_by("pk")
    cancel_attendees(sold, attendees=[first.pk], ask=ask, amount=5)
    swap_code(sold, attendee=second.pk, ask=ask)
    correct(second, by=place.organizer, firstname="Bo")
    drawer.relieve(shift=place.own["shift"], user=place.colleague, let_in_by=None)
    write_quota(place.quota, [place.unsold])
    place.station.tickets.add(place.unsold)
    FormerIdentifier.objects.create(event=place.event, identifier=f"once-{place.event.pk}")
    Tick.objects.create(event=place.event, point="printer", by=place.organizer)
    place.event.paragraphs.create(language="de", text="Linie 7")
    place.event.phones.create(user=place.colleague, browser="phone", waiting=1, told_at=timezone.now())
    seal_days(timezone.now() + timedelta(days=3))
    return place


@pytest.fixture
def rehearsal(db):
    return filled(name="Rehearsal", identifier="rehearsal-1", is_test=True)


@pytest.fixture
def real(db):
    return filled(name="Real", identifier="real-1")


def everything():
    """Every row of every table, by model and key."""
    return {
        (model, row.pk): [field.value_to_string(row) for field in model._meta.concrete_fields]
        for model in apps.get_models(include_auto_created=True)
        for row in model._base_manager.all()
    }


def of_event(event):
    """The tables, of those that belong to events, with a row that leads to this one, by any way."""
    reached = {Event: set(Event.objects.filter(pk=event.pk).values_list("pk", flat=True))}
    tables = tables_of_events()
    before = None
    while before != (before := {model: len(keys) for model, keys in reached.items()}):
        for model in tables:
            for field in model._meta.concrete_fields:
                if field.is_relation and (keys := reached.get(field.related_model)):
                    rows = model._base_manager.filter(**{f"{field.name}__in": keys})
                    reached.setdefault(model, set()).update(rows.values_list("pk", flat=True))
    return {model for model, keys in reached.items() if keys}


# --- whole ----------------------------------------------------------------------------------------


def test_every_table_of_an_event_is_deleted():
    assert {model for model, _ways in ROWS} == tables_of_events() | {Event}


def test_what_leads_to_another_is_deleted_before_it():
    """But for those that lead to each other, which the database looks at when all are gone."""
    order = {model: place for place, (model, _ways) in enumerate(ROWS)}
    late = {
        (model.__name__, target.__name__)
        for model in order
        for target in leads_to(model)
        if order.get(target, len(order)) < order[model]
    }
    assert late == {("Attendee", "Amendment")} or not late


def test_nothing_leads_to_a_test_that_was_deleted(rehearsal):
    assert of_event(rehearsal.event) == tables_of_events() | {Event}  # it had one of everything
    delete_test(rehearsal.event, by=rehearsal.organizer)
    assert not of_event(rehearsal.event)


def test_event_beside_it_is_not_touched(real):
    before, wrong = everything(), differences(CHECKS)
    rehearsal = filled(name="Rehearsal", identifier="rehearsal-1", is_test=True)
    delete_test(rehearsal.event, by=rehearsal.organizer)
    after = everything()
    assert {key: after.get(key) for key in before} == before
    new = {model for model, _pk in after.keys() - before.keys()}
    assert new <= {User, Change, ApiToken}
    assert differences(CHECKS) == wrong


def test_trail_keeps_who_deleted_which_test(rehearsal):
    event, organizer = rehearsal.event, rehearsal.organizer
    delete_test(event, by=organizer)
    change = Change.objects.get(kind="events.event")
    assert (change.by, change.event, change.row) == (organizer, None, event.pk)
    assert (change.name, change.act) == ("Rehearsal (TEST)", Change.Act.REMOVED)
    assert change.before["identifier"] == "rehearsal-1"


def test_accounts_of_its_tablets_are_gone(rehearsal):
    users = [rehearsal.device.user, rehearsal.cashier_device.user]
    ApiToken.objects.create(user=users[0])
    GivenUp.objects.create(actor=users[1], key="x", by=users[1], created_at=timezone.now())
    delete_test(rehearsal.event, by=rehearsal.organizer)
    assert not User.objects.filter(pk__in=[user.pk for user in users]).exists()
    assert User.objects.filter(pk=rehearsal.cashier.pk, is_active=True).exists()


def test_account_of_a_tablet_that_ordered_elsewhere_ends(rehearsal):
    ticket, buyer = TicketFactory(price=0, type="free"), rehearsal.device.user
    draft = DraftFactory(ticket=ticket, creator=buyer, email="ana@example.com")
    ordered_online(event=ticket.event, attendees=[draft], buyer=buyer)
    ApiToken.objects.create(user=buyer)
    delete_test(rehearsal.event, by=rehearsal.organizer)
    buyer.refresh_from_db()
    assert not buyer.is_active
    assert not ApiToken.objects.filter(user=buyer).exists()


# --- only a test ----------------------------------------------------------------------------------


def test_real_event_is_never_deleted(real):
    before = everything()
    with pytest.raises(Conflict, match="Only a test"):
        delete_test(real.event, by=real.organizer)
    real.event.is_test = True  # whatever somebody has made of the instance
    with pytest.raises(Conflict, match="Only a test"):
        delete_test(real.event, by=real.organizer)
    assert everything() == before


@pytest.mark.parametrize("role", ["cashier", "registrar", "buyer"])
def test_only_an_organizer_deletes_a_test(rehearsal, role):
    with pytest.raises(Forbidden):
        delete_test(rehearsal.event, by=getattr(rehearsal, role))
    assert Event.objects.filter(pk=rehearsal.event.pk).exists()


def test_organizer_of_another_event_deletes_nothing(rehearsal):
    with pytest.raises(Forbidden):
        delete_test(rehearsal.event, by=MemberFactory(role=Role.ORGANIZER).user)


def test_deleted_twice_is_not_there(rehearsal):
    User.objects.filter(pk=rehearsal.organizer.pk).update(is_superuser=True)
    rehearsal.organizer.refresh_from_db()
    delete_test(rehearsal.event, by=rehearsal.organizer)
    with pytest.raises(NotFound):
        delete_test(rehearsal.event, by=rehearsal.organizer)


def test_what_was_deleted_is_not_copied(rehearsal):
    delete_test(rehearsal.event, by=rehearsal.organizer)
    with pytest.raises(NotFound):
        rehearse(rehearsal.event, by=rehearsal.organizer)


@pytest.mark.parametrize("is_test", [True, False])
def test_event_is_a_test_for_good_or_never(is_test):
    event = EventFactory(is_test=is_test)
    event.is_test = not is_test
    event.save()
    assert Event.objects.get(pk=event.pk).is_test is is_test
    with pytest.raises(TypeError):
        event.save(update_fields=["is_test"])
    with pytest.raises(TypeError):
        Event.objects.filter(pk=event.pk).update(is_test=not is_test)
    with pytest.raises(TypeError), transaction.atomic():
        Event.objects.bulk_update([event], ["is_test"])
    assert Event.objects.get(pk=event.pk).is_test is is_test


def test_no_form_changes_whether_an_event_is_a_test():
    assert not Event._meta.get_field("is_test").editable


# --- while somebody sells -------------------------------------------------------------------------


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestSaleMeanwhile:
    @pytest.fixture
    def place(self):
        return Filled(name="Rehearsal", is_test=True)

    def sell(self, place):
        lines = [Line(place.dear.pk, 1)]
        return sold_onsite(event=place.event, lines=lines, seller=place.organizer, payments=[Paid("card")])

    @pytest.mark.parametrize("locks", [True, False])
    def test_sale_that_came_first_is_deleted_too(self, place, monkeypatch, locks):
        """The control locks nothing: it has looked for orders before the sale wrote its own, and then the
        database refuses to delete what that one leads to.
        """
        if not locks:
            monkeypatch.setattr(deleting, "_lock", lambda event: None)

        def sell():
            with transaction.atomic():
                list(place.event.tickets.select_for_update(no_key=True).order_by("pk"))
                wait_until_somebody_waits_for_us()
                values = {"currency": "EUR", "amount": 0, "created_at": timezone.now()}
                return Order.objects.create(
                    event=place.event, seller=place.organizer, channel="onsite", **values
                )

        sold, gone = at_once(sell, partial(self.delete_after, place))
        assert isinstance(sold, Order), sold
        assert gone is None if locks else isinstance(gone, IntegrityError), gone
        assert Event.objects.exists() is Order.objects.exists() is not locks

    def delete_after(self, place):
        """Once the sale has its locks."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        delete_test(place.event, by=place.organizer)

    def admit(self, place):
        return check_in(Scan(event=place.event, attendee_id=place.bought_guest.pk), by=place.registrar)

    def open(self, place):
        return drawer.open_shift(till=place.free_till, cashier=place.organizer, opening_float=Decimal(0))

    @pytest.mark.parametrize("act", ["sell", "admit", "open"])
    def test_what_comes_later_is_refused(self, place, monkeypatch, act):
        lock, is_locked = deleting._lock, threading.Event()

        def held(event):
            lock(event)
            is_locked.set()
            wait_until_somebody_waits_for_us()

        def come_later():
            assert is_locked.wait(timeout=30)
            return getattr(self, act)(place)

        monkeypatch.setattr(deleting, "_lock", held)
        came, gone = at_once(come_later, partial(delete_test, place.event, by=place.organizer))
        assert gone is None, gone
        assert isinstance(came, DomainError) or (act == "admit" and came.answer == "unknown"), came
        assert not of_event(place.event)

    def test_rush_is_sold_and_deleted_or_refused(self, place):
        *sold, gone = at_once(
            *[partial(self.sell, place)] * 6, partial(delete_test, place.event, by=place.organizer)
        )
        assert gone is None, gone
        assert all(isinstance(outcome, Order | DomainError) for outcome in sold), sold
        assert not Order.objects.exists()
        connection.check_constraints()
