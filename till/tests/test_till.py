"""The till page: a plain form through which staff sell."""

import re
from decimal import Decimal

import pytest

from events.tests.factories import EventFactory, MemberFactory
from orders.models import Order
from tickets.models import Ticket
from tickets.tests.factories import DonationFactory, TicketFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def adult(event):
    return TicketFactory(event=event, name="Adult", price=20, quantity=10)


@pytest.fixture
def url(event):
    return f"/till/{event.identifier}/"


@pytest.fixture
def till(client, cashier):
    client.force_login(cashier)
    return client


def key_of(response):
    return re.search(r'name="idempotency_key" value="([^"]+)"', response.content.decode())[1]


def hidden(response):
    """What the page sends along of its own."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', response.content.decode())
    return {name: value for name, value in inputs if name != "csrfmiddlewaretoken"}


def form(ticket, quantity, **fields):
    return {f"quantity_{ticket.pk}": quantity, "tender": "cash", "idempotency_key": "a key", **fields}


class TestWho:
    def test_log_in_comes_first_and_leads_back(self, client, url, cashier):
        response = client.get(url + "?tickets=1")
        assert response.status_code == 302
        assert response.url == f"/admin/login/?next={url}%3Ftickets%3D1"
        response = client.post(response.url, {"username": cashier.email, "password": "correct horse"})
        assert response.url == f"{url}?tickets=1"

    @pytest.mark.parametrize(("role", "status"), [("organizer", 200), ("cashier", 200), ("registrar", 403)])
    def test_members_by_role(self, client, url, member, adult, role, status):
        client.force_login(member(role))
        assert client.get(url).status_code == status
        assert client.post(url, form(adult, 1, tender="card")).status_code == (302 if status == 200 else 403)

    def test_strangers(self, client, url, stranger):
        client.force_login(stranger)
        assert client.get(url).status_code == 403
        assert client.get(f"/till/{EventFactory(state='draft').identifier}/").status_code == 404

    @pytest.mark.parametrize("identifier", ["nowhere", "0", "9" * 30, "a b"])
    def test_events_that_are_not_there(self, till, identifier):
        assert till.get(f"/till/{identifier}/").status_code == 404

    def test_form_without_csrf_token_is_refused(self, url, cashier, adult):
        from django.test import Client

        client = Client(enforce_csrf_checks=True)
        client.force_login(cashier)
        assert client.post(url, form(adult, 1)).status_code == 403
        assert not Order.objects.exists()


class TestSelling:
    def test_cash_given_is_typed_with_a_comma(self, till, url, adult):
        till.post(url, form(adult, 1, tendered="50,00"))
        assert Order.objects.get().payments.get().change == 30

    def test_donation_is_typed_with_a_comma(self, till, url, event):
        gift = TicketFactory(event=event, type="donation", price=0, min_price="1000.00")
        assert 'value="1000.00"' in till.get(url).content.decode()
        till.post(url, form(gift, 1, **{f"price_{gift.pk}": "1.234,5"}))
        assert Order.objects.get().amount == Decimal("1234.50")

    def test_sale_shows_order_attendees_and_change(self, till, url, adult, cashier):
        child = TicketFactory(event=adult.event, name="Child", price=8)
        fields = form(
            adult, 2, **{f"quantity_{child.pk}": 1, f"names_{adult.pk}": "Ana Maria Silva", "tendered": "50"}
        )
        response = till.post(url, fields, follow=True)
        order = Order.objects.get()
        page = response.content.decode()
        till_id = order.shift.till_id
        assert response.redirect_chain == [(f"{url}orders/{order.identifier}/?till={till_id}", 302)]
        assert order.identifier in page
        assert "2.00 EUR" in page
        for attendee in order.attendees.all():
            assert attendee.code in page
        assert (order.seller, order.status, order.amount) == (cashier, "completed", 48)
        first = order.attendees.first()
        assert (first.firstname, first.lastname) == ("Ana Maria", "Silva")

    def test_chosen_tickets_are_shown_with_one_each(self, till, url, adult):
        other = TicketFactory(event=adult.event, name="Balcony")
        page = till.get(f"{url}?tickets={adult.pk},abc,{10**30}").content.decode()
        assert f'name="quantity_{adult.pk}" value="1"' in page
        assert f"quantity_{other.pk}" not in page
        assert "Show all tickets" in page
        assert f"quantity_{other.pk}" in till.get(f"{url}?tickets=0").content.decode()

    def test_total_is_shown_without_selling(self, till, url, adult):
        response = till.post(url, form(adult, 3, check="1"))
        assert "60.00 EUR" in response.content.decode()
        assert not Order.objects.exists()

    def test_total_that_was_shown_is_what_it_is_sold_for(self, till, url, adult, event):
        gift = DonationFactory(event=event)
        given = {f"price_{gift.pk}": "7.50"}
        for fields in ({}, {f"quantity_{gift.pk}": 1, **given}, {f"quantity_{gift.pk}": 2, **given}):
            shown = till.post(url, form(adult, 2, check="1", idempotency_key=key_of(till.get(url)), **fields))
            response = till.post(url, {**form(adult, 2, **fields), **hidden(shown)})
            assert response.status_code == 302, response.content.decode()
        assert [order.amount for order in Order.objects.order_by("pk")] == [40, Decimal("47.50"), 55]

    @pytest.mark.parametrize("asked", [{"check": "1"}, None])
    def test_price_that_changed_since_it_was_shown_is_refused(self, till, url, adult, asked):
        page = till.post(url, form(adult, 2, **asked)) if asked else till.get(url)
        Ticket.objects.update(price=25)
        response = till.post(url, {**form(adult, 2), **hidden(page)})
        assert response.status_code == 422
        assert "50.00 EUR, not 40.00 EUR" in response.content.decode()
        assert "<strong>50.00 EUR</strong>" in response.content.decode()
        assert not Order.objects.exists()
        again = till.post(url, {**form(adult, 2), **hidden(response)})
        assert again.status_code == 302
        assert Order.objects.get().amount == 50

    @pytest.mark.parametrize("tender", ["cash", "card", "unpaid"])
    def test_quantity_changed_since_the_total_was_shown_is_refused(self, till, url, adult, tender):
        shown = till.post(url, form(adult, 2, check="1", tender=tender))
        response = till.post(url, {**form(adult, 3, tender=tender), **hidden(shown)})
        assert response.status_code == 422
        assert "60.00 EUR" in response.content.decode()
        assert not Order.objects.exists()

    def test_prices_in_yen_are_sent_as_they_are_shown(self, client, member):
        event = EventFactory(currency="JPY")
        ticket = TicketFactory(event=event, price=2000)
        client.force_login(MemberFactory(event=event, role="organizer").user)
        url = f"/till/{event.identifier}/"
        for page in (client.get(url), client.post(url, form(ticket, 1, check="1"))):
            fields = {
                **form(ticket, 1, tender="card"),
                **hidden(page),
                "idempotency_key": key_of(client.get(url)),
            }
            assert client.post(url, fields).status_code == 302
        assert [order.amount for order in Order.objects.all()] == [2000, 2000]

    def test_total_says_what_it_is_in_cash(self, till, url, adult, event):
        event.cash_rounding = Decimal("0.05")
        event.save()
        Ticket.objects.update(price=Decimal("13.49"))
        page = till.post(url, form(adult, 2, check="1")).content.decode()
        assert "26.98 EUR" in page
        assert "27.00 EUR in cash, rounded" in page

    def test_unpaid_sale_is_pending(self, till, url, adult):
        till.post(url, form(adult, 1, tender="unpaid"))
        assert Order.objects.get().status == "pending"

    def test_donation_is_what_each_gives(self, till, url, event):
        donation = DonationFactory(event=event)
        till.post(url, form(donation, 2, **{f"price_{donation.pk}": "7.50"}))
        assert Order.objects.get().amount == 15

    def test_double_submit_sells_once(self, till, url, adult):
        fields = form(adult, 1, idempotency_key=key_of(till.get(url)))
        first, second = till.post(url, fields), till.post(url, fields)
        assert first.url == second.url
        assert Order.objects.count() == 1

    def test_used_form_with_other_content_asks_once_more(self, till, url, adult):
        till.post(url, form(adult, 1))
        response = till.post(url, form(adult, 2))
        assert response.status_code == 422
        assert "made already" in response.content.decode()
        assert key_of(response) != "a key"
        till.post(url, form(adult, 2, idempotency_key=key_of(response)))
        assert Order.objects.count() == 2

    def test_event_without_tickets_says_so(self, till, url):
        assert "no tickets yet" in till.get(url).content.decode()


class TestRefusals:
    def refused(self, till, url, fields, status, *says):
        response = till.post(url, fields)
        page = response.content.decode()
        assert response.status_code == status
        assert "Nothing sold yet" in page
        for text in says:
            assert text in page
        assert not Order.objects.exists()
        return page

    def test_sold_out_stands_beside_what_was_typed(self, till, url, event):
        scarce = TicketFactory(event=event, name="Balcony", quantity=2)
        fields = form(scarce, 5, **{f"names_{scarce.pk}": "Ana Silva"})
        page = self.refused(till, url, fields, 409, "Only 2 Balcony are left, 5 wanted.", 'value="5"')
        assert 'value="Ana Silva"' in page

    def test_every_refused_line_has_its_own_message(self, till, url, event):
        scarce, plenty = TicketFactory(event=event, name="Stalls", quantity=1), TicketFactory(event=event)
        rare = TicketFactory(event=event, name="Balcony", quantity=2)
        fields = form(scarce, 2, **{f"quantity_{plenty.pk}": 1, f"quantity_{rare.pk}": 3})
        page = self.refused(till, url, fields, 409)
        stalls, good, balcony = (page.index(f'name="quantity_{t.pk}"') for t in (scarce, plenty, rare))
        assert stalls < page.index("Only 1 Stalls is left") < good
        assert balcony < page.index("Only 2 Balcony are left")

    def test_tendered_too_little(self, till, url, adult):
        self.refused(till, url, form(adult, 2, tendered="30"), 422, "Less was tendered", 'value="30"')

    def test_tendered_that_no_coins_make(self, till, url, adult, event):
        event.cash_rounding = Decimal("0.05")
        event.save()
        typed = form(adult, 1, tendered="20,03")
        self.refused(till, url, typed, 422, "cash goes in steps of 0.05 EUR", 'value="20,03"')

    def test_half_a_ticket_is_not_five(self, till, url, adult):
        self.refused(till, url, form(adult, "1,5"), 422, 'value="1,5"')

    @pytest.mark.parametrize("tendered", ["abc", "-1", "1.001", "1,234", "NaN", "1e30"])
    def test_tendered_that_is_no_amount(self, till, url, adult, tendered):
        self.refused(till, url, form(adult, 1, tendered=tendered), 422)

    @pytest.mark.parametrize("quantity", ["abc", "-1", "1.5", "501", str(10**30), ""])
    def test_quantity_that_is_none(self, till, url, adult, quantity):
        self.refused(till, url, form(adult, quantity), 422)

    @pytest.mark.parametrize("tender", ["", "gold"])
    def test_tender_that_is_none(self, till, url, adult, tender):
        self.refused(till, url, form(adult, 1, tender=tender), 422)

    def test_donation_below_its_least(self, till, url, event):
        donation = DonationFactory(event=event)
        self.refused(till, url, form(donation, 1, **{f"price_{donation.pk}": "1"}), 422, "at least 5.00 EUR")

    def test_more_names_than_tickets(self, till, url, adult):
        fields = form(adult, 1, **{f"names_{adult.pk}": "Ana, Bo"})
        self.refused(till, url, fields, 422, "More attendees are named")

    def test_name_with_nul(self, till, url, adult):
        self.refused(till, url, form(adult, 1, **{f"names_{adult.pk}": "a\x00b"}), 422)

    @pytest.mark.parametrize("key", ["", "é", "x" * 256, "a\x00"])
    def test_key_that_is_none(self, till, url, adult, key):
        self.refused(till, url, form(adult, 1, idempotency_key=key), 422)

    def test_ticket_of_another_event_is_not_on_the_form(self, till, url, adult):
        foreign = TicketFactory()
        self.refused(till, url, form(foreign, 1), 422)

    def test_draft_event(self, client, member):
        adult = TicketFactory(event__state="draft")
        client.force_login(member("cashier", at=adult.event))
        url = f"/till/{adult.event.identifier}/"
        assert "not published yet" in client.get(url).content.decode()
        self.refused(client, url, form(adult, 1), 409, "The event is not published yet.")


def test_order_of_another_event_is_not_shown(till, url, adult):
    till.post(url, form(adult, 1))
    order = Order.objects.get()
    assert till.get(f"{url}orders/{order.identifier.lower()}/").status_code == 200
    Order.objects.update(event=EventFactory())
    assert till.get(f"{url}orders/{order.identifier}/").status_code == 404
    assert till.get(f"{url}orders/%00/").status_code == 404
