"""Who may work at a colleague's drawer: whoever was let in there, and nobody else."""

from decimal import Decimal

import pytest

from accounts import guessing
from accounts.limits import Share
from accounts.models import SpentAllowance
from accounts.pins import set_pin
from base.errors import Forbidden
from base.tests.client import error, order_document, relation
from onsite_project.tests.url_map import addresses
from orders.models import Order
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.desk import Desk
from shifts.models import CashMovement, Relief
from shifts.tests.factories import ShiftFactory, TillFactory
from tickets.tests.factories import TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(cashier):
    return cashier.shifts.select_related("till__event").get()


@pytest.fixture
def colleague(member, event):
    """A cashier with a shift of their own, at another till."""
    return ShiftFactory(till__event=event, cashier=member("cashier")).cashier


@pytest.fixture
def order(event, shift):
    adult = TicketFactory(event=event, name="Adult", price=20, quantity=10)
    return sold_onsite(
        event=event,
        lines=[Line(adult.pk, 1)],
        payments=[Paid("cash")],
        seller=shift.cashier,
        status="completed",
    )


@pytest.fixture
def pages(event, order):
    """Every page that takes `?till=`."""
    base = f"/till/{event.identifier}/"
    at = f"{base}orders/{order.identifier}/"
    papers = [f"{at}{page}" for page in ("", "codes/", "print/", "order.pdf")]
    shifts = [f"{base}shift/{page}" for page in ("", "movement/", "count/")]
    return [base, f"{base}state/", f"{base}recent/", f"{base}display/", f"{base}signed-in/", *papers, *shifts]


def acts(event, order):
    """Every form of the till and the shift."""
    at = f"/till/{event.identifier}/"
    sale = {f"quantity_{order.event.tickets.get().pk}": 1, "tender": "cash", "idempotency_key": "k"}
    out = {"direction": "out", "amount": "5", "reason": "x", "idempotency_key": "k"}
    return {
        at: sale,
        f"{at}orders/{order.identifier}/pay/": {"tender": "cash"},
        f"{at}orders/{order.identifier}/cancel/": {},
        f"{at}lock/": {},
        f"{at}shift/movement/": out,
        f"{at}shift/count/": {"sum": "1", "card": "0"},
    }


def test_till_of_a_colleague_is_closed_to_every_page_and_form(client, event, order, pages, shift, colleague):
    client.force_login(colleague)
    at = f"?till={shift.till_id}"
    assert {page: client.get(page + at).status_code for page in pages} == dict.fromkeys(pages, 403)
    forms = acts(event, order)
    refused = {page: client.post(page + at, form).status_code for page, form in forms.items()}
    assert refused == dict.fromkeys(forms, 403)
    assert (Order.objects.count(), CashMovement.objects.count(), shift.counts.count()) == (1, 0, 0)


def test_no_address_of_the_url_map_opens_the_till_of_a_colleague(client, event, order, shift, colleague):
    values = {"event": event.identifier, "identifier": order.identifier, "pk": shift.pk}
    opened = {}
    for path in addresses({**values, "reference": order.identifier}):
        if path.startswith(f"/till/{event.identifier}/"):
            client.force_login(colleague)
            statuses = {
                client.get(f"{path}?till={shift.till_id}").status_code,
                client.post(f"{path}?till={shift.till_id}").status_code,
            }
            opened[path] = statuses - {400, 403, 404, 405, 415}
    named = {path.rpartition(event.identifier)[2] for path, statuses in opened.items() if statuses}
    # where one is let in; where one can log out; where one is led back to one's own till
    assert named == {"/relief/", "/signed-in/", "/unlock/"}
    assert len(opened) > 20
    assert Order.objects.get().status == "completed"


def test_till_without_an_open_shift_is_one_at_which_nobody_works(client, event, order, pages, colleague):
    client.force_login(colleague)
    free = TillFactory(event=event)
    opens = f"/till/{event.identifier}/shift/"
    for page in pages:
        expected = {200, 302} if page.startswith(opens) else {403}
        assert client.get(f"{page}?till={free.pk}").status_code in expected, page
    page = client.get(f"/till/{event.identifier}/?till={free.pk}").content.decode()
    assert f"{opens}?till={free.pk}" in page


@pytest.mark.parametrize("who", ["organizer", "relief"])
def test_till_is_open_to_organizers_and_to_whoever_was_let_in(
    client, pages, shift, organizer, colleague, who
):
    drawer.relieve(shift=shift, user=colleague, let_in_by=None)
    client.force_login(organizer if who == "organizer" else colleague)
    statuses = {page: client.get(f"{page}?till={shift.till_id}").status_code for page in pages}
    assert statuses == dict.fromkeys(pages, 200)


def test_sale_and_change_through_the_api_are_refused_at_the_till_of_a_colleague(
    api, event, order, shift, colleague
):
    adult = event.tickets.get()
    body = order_document(event, (adult, 1), payments=[{"tender": "cash", "amount": "20"}])
    body["data"]["relationships"]["till"] = relation("till", shift.till_id)
    answers = [api(colleague).post("/v1/orders?onsite=true", body)]
    for status in ("completed", "cancelled"):
        pending = sold_onsite(event=event, lines=[Line(adult.pk, 1)], seller=shift.cashier, status="pending")
        change = {
            "type": "order",
            "id": str(pending.pk),
            "attributes": {"status": status},
            "relationships": {"till": relation("till", shift.till_id)},
        }
        answers.append(api(colleague).patch(f"/v1/orders/{pending.pk}", {"data": change}))
    for answer in answers:
        assert (answer.status_code, error(answer)["code"]) == (403, "not-at-this-till")
        assert error(answer)["source"] == {"pointer": "/data/relationships/till"}


@pytest.mark.parametrize(
    "act",
    [
        lambda shift, by: drawer.move_cash(shift=shift, amount=Decimal(5), reason="x", desk=Desk(by)),
        lambda shift, by: drawer.count(shift=shift, cash=Decimal(0), card=Decimal(0), by=by),
        lambda shift, by: drawer.close_shift(shift=shift, by=by),
    ],
)
def test_every_act_at_a_drawer_asks_who_works_there(shift, colleague, act):
    with pytest.raises(Forbidden, match="do not work at this till"):
        act(shift, colleague)


class TestBeingLetIn:
    @pytest.fixture
    def url(self, event, shift):
        return f"/till/{event.identifier}/relief/?till={shift.till_id}"

    def let_in(self, client, url, by, password, **more):
        return client.post(url, {"colleague": by.pk, "password": password, **more})

    def test_by_the_password_of_whoever_works_there(self, client, url, event, shift, colleague):
        client.force_login(colleague)
        response = self.let_in(client, url, shift.cashier, "correct horse")
        assert response.url == f"/till/{event.identifier}/?till={shift.till_id}"
        assert client.get(response.url).status_code == 200
        relief = Relief.objects.get()
        assert (relief.shift, relief.user, relief.let_in_by) == (shift, colleague, shift.cashier)

    def test_by_the_pin_of_an_organizer(self, client, url, organizer, colleague):
        set_pin(organizer, "271828")
        client.force_login(colleague)
        assert self.let_in(client, url, organizer, "314159").status_code == 422
        assert self.let_in(client, url, organizer, "271828").status_code == 302
        assert Relief.objects.get().let_in_by == organizer

    @pytest.mark.parametrize("password", ["wrong horse", "", "123456"])
    def test_not_by_a_wrong_one(self, client, url, shift, colleague, password):
        client.force_login(colleague)
        assert self.let_in(client, url, shift.cashier, password).status_code == 422
        assert not Relief.objects.exists()

    def test_tries_of_passwords_are_paid_by_whoever_tries(self, client, url, shift, colleague):
        """Or they would keep the one who works there from logging in."""
        client.force_login(colleague)
        answers = [self.let_in(client, url, shift.cashier, f"wrong horse {n}").status_code for n in range(22)]
        assert answers == [422] * 20 + [429] * 2
        own = Share(guessing.ACCOUNT, "account", guessing.account_key(shift.cashier.email))
        assert not SpentAllowance.objects.filter(key=own.key).exists()

    def test_not_by_oneself_or_by_somebody_from_elsewhere(self, client, url, colleague, member):
        client.force_login(colleague)
        for other in (colleague, member("cashier")):
            assert self.let_in(client, url, other, "correct horse").status_code == 422
        assert not Relief.objects.exists()

    @pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example", "/admin/", "/till/other/"])
    def test_leads_on_within_the_event(self, client, url, event, shift, colleague, next_):
        client.force_login(colleague)
        response = self.let_in(client, url, shift.cashier, "correct horse", next=next_)
        assert response.url == f"/till/{event.identifier}/?till={shift.till_id}"

    def test_leads_back_to_the_page_that_was_refused(self, client, url, event, shift, colleague):
        client.force_login(colleague)
        wanted = f"/till/{event.identifier}/shift/?till={shift.till_id}"
        assert f'value="{wanted}"' in client.get(wanted).content.decode()
        assert self.let_in(client, url, shift.cashier, "correct horse", next=wanted).url == wanted

    def test_ends_with_the_shift(self, client, shift, colleague, event):
        drawer.relieve(shift=shift, user=colleague, let_in_by=None)
        drawer.count(shift=shift, cash=Decimal(100), card=Decimal(0), by=colleague)
        drawer.close_shift(shift=shift, by=colleague)
        ShiftFactory(till=shift.till)
        client.force_login(colleague)
        assert client.get(f"/till/{event.identifier}/?till={shift.till_id}").status_code == 403


class TestAtTheTillItself:
    """In the browser in which somebody who works there had opened the till's page."""

    def test_who_logs_in_next_is_recorded(self, client, event, shift, colleague):
        page = f"/till/{event.identifier}/?till={shift.till_id}"
        client.force_login(shift.cashier)
        client.get(page)
        client.post(f"/till/{event.identifier}/lock/?till={shift.till_id}")
        login = f"/admin/login/?next={page}"
        reached = client.post(login, {"next": page, "username": colleague.email, "password": "correct horse"})
        assert client.get(reached.url).status_code == 200
        relief = Relief.objects.get()
        assert (relief.user, relief.let_in_by) == (colleague, None)

    def test_log_in_over_the_page_counts_before_the_till_asks_anything(self, client, event, shift, colleague):
        client.force_login(shift.cashier)
        client.get(f"/till/{event.identifier}/?till={shift.till_id}")
        client.force_login(colleague)
        assert client.get(f"/till/{event.identifier}/signed-in/?till={shift.till_id}").status_code == 200
        assert Relief.objects.filter(user=colleague).exists()

    def test_browser_of_somebody_who_only_organizes_vouches_for_nobody(
        self, client, event, shift, organizer, colleague
    ):
        page = f"/till/{event.identifier}/?till={shift.till_id}"
        client.force_login(organizer)
        assert client.get(page).status_code == 200
        client.force_login(colleague)
        assert client.get(page).status_code == 403

    def test_cookie_cannot_be_made_up(self, client, event, shift, colleague):
        client.force_login(colleague)
        client.cookies[f"till-{event.pk}"] = f"{shift.pk}:1tXyZ:forged"
        assert client.get(f"/till/{event.identifier}/?till={shift.till_id}").status_code == 403
