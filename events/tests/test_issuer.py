"""Who sells in law: the event's own, or the installation's, on all paper."""

from dataclasses import asdict
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from audit.models import Change
from events.issuer import Issuer, issuer_of
from events.tests.factories import EventFactory
from orders.sale import Line
from orders.settlement import Paid
from orders.tests.factories import sold_onsite
from shifts import drawer
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import TicketFactory
from till.receipt import receipt_of

pytestmark = pytest.mark.django_db
OWN = {
    "issuer_name": "Kulturverein <Nord> e.V.",
    "issuer_address": "Am Hafen 1\n20457 Hamburg",
    "issuer_tax_number": "DE123456789",
    "receipt_footer": "Danke!\nBis zum nächsten Mal.",
}


@pytest.fixture(autouse=True)
def installation(settings):
    settings.ISSUER_NAME = "House Ltd"
    settings.ISSUER_ADDRESS = "1 High Street\nLondon"
    settings.ISSUER_TAX_NUMBER = "GB999"
    settings.RECEIPT_FOOTER = "Thank you"


@pytest.fixture
def event(event):
    type(event).objects.filter(pk=event.pk).update(**OWN)
    event.refresh_from_db()
    return event


@pytest.fixture
def shift(event, member):
    shift = ShiftFactory(till__event=event, cashier=member("cashier"))
    line = Line(TicketFactory(event=event, price=20).pk, 1)
    sold_onsite(
        event=event, seller=shift.cashier, lines=[line], payments=[Paid("cash")], drawer_required=True
    )
    return shift


class TestIssuerOf:
    def test_event_without_one_has_the_installations(self):
        installations = Issuer("House Ltd", "1 High Street\nLondon", "GB999", "Thank you")
        assert issuer_of(EventFactory()) == installations

    def test_event_has_its_own(self, event):
        assert issuer_of(event) == Issuer(*OWN.values())

    @pytest.mark.parametrize("field", ["issuer_name", "issuer_address", "issuer_tax_number"])
    def test_two_firms_are_never_mixed(self, field):
        issuer = issuer_of(EventFactory(**{field: OWN[field]}))
        shown = [issuer.name, issuer.address, issuer.tax_number]
        assert sorted(shown) == ["", "", OWN[field]]
        assert issuer.footer == "Thank you"

    def test_footer_alone_changes_the_footer_alone(self):
        issuer = issuer_of(EventFactory(receipt_footer="Bye"))
        assert (issuer.name, issuer.footer) == ("House Ltd", "Bye")

    def test_nobody_is_named_where_none_is_set(self, settings):
        settings.ISSUER_NAME = settings.ISSUER_ADDRESS = settings.ISSUER_TAX_NUMBER = ""
        assert not issuer_of(EventFactory()).is_named

    def test_is_data_and_back(self, event):
        issuer = issuer_of(event)
        assert Issuer(**asdict(issuer)) == issuer


class TestPaper:
    SHOWN = ("Kulturverein &lt;Nord&gt; e.V.", "Am Hafen 1<br>20457 Hamburg", "DE123456789")

    @pytest.mark.parametrize("paper", ["roll", "a4"])
    def test_receipt_names_it(self, client, shift, paper):
        client.force_login(shift.cashier)
        order = shift.orders.get()
        address = f"/till/{shift.till.event.identifier}/orders/{order.identifier}/print/?paper={paper}"
        html = client.get(address).content.decode()
        for text in (*self.SHOWN, "Danke!<br>Bis zum nächsten Mal."):
            assert html.count(text) == 1

    def test_pdf_has_room_for_it(self, client, shift):
        type(shift.till.event).objects.update(issuer_address="x\n" * 9, receipt_footer="y\n" * 9)
        client.force_login(shift.cashier)
        order = shift.orders.get()
        assert receipt_of(order).issuer.footer
        response = client.get(f"/till/{shift.till.event.identifier}/orders/{order.identifier}/order.pdf")
        assert response.content.count(b"/Type /Page\n") == 2

    def test_reports_name_it(self, client, shift, organizer):
        client.force_login(organizer)
        base = f"/till/{shift.till.event.identifier}"
        report = f"{base}/shifts/{shift.pk}/report/"
        pages = [client.get(report)]
        drawer.count(shift=shift, cash=Decimal(120), card=Decimal(0), by=organizer)
        drawer.close_shift(shift=shift, by=organizer, note="")
        pages += [client.get(report), client.get(f"{base}/totals/")]
        for page in pages:
            for text in self.SHOWN:
                assert text in page.content.decode()

    def test_closed_report_keeps_it(self, client, shift, organizer):
        client.force_login(organizer)
        drawer.count(shift=shift, cash=Decimal(120), card=Decimal(0), by=organizer)
        drawer.close_shift(shift=shift, by=organizer, note="")
        report = f"/till/{shift.till.event.identifier}/shifts/{shift.pk}/report/"
        type(shift.till.event).objects.update(issuer_name="Another", issuer_address="", issuer_tax_number="")
        page = client.get(report).content.decode()
        for text in self.SHOWN:
            assert text in page
        assert "Another" not in page

    def test_says_nothing_where_nobody_is_named(self, client, shift, settings):
        settings.ISSUER_NAME = settings.ISSUER_ADDRESS = settings.ISSUER_TAX_NUMBER = ""
        settings.RECEIPT_FOOTER = ""
        event = shift.till.event
        type(event).objects.update(**dict.fromkeys(OWN, ""))
        event.refresh_from_db()
        ticket = event.tickets.get()
        order = sold_onsite(event=event, lines=[Line(ticket.pk, 1)], status="completed")
        client.force_login(shift.cashier)
        address = f"/till/{shift.till.event.identifier}/orders/{order.identifier}/print/"
        html = client.get(address).content.decode()
        assert 'class="issuer"' not in html
        assert 'class="footer"' not in html


class TestEditing:
    def test_organizers_edit_it_in_the_admin_and_the_trail_has_it(self, client, organizer):
        event = EventFactory()
        event.members.create(user=organizer, role="organizer")
        client.force_login(organizer)
        page = client.get(f"/admin/events/event/{event.pk}/change/")
        form = page.context["adminform"].form
        data = {name: form.get_initial_for_field(field, name) or "" for name, field in form.fields.items()}
        for name in ("starts_at", "ends_at"):
            data |= {f"{name}_0": data[name].date().isoformat(), f"{name}_1": data[name].time().isoformat()}
        for formset in page.context["inline_admin_formsets"]:
            prefix = formset.formset.prefix
            data |= {f"{prefix}-{key}": n for key, n in formset.formset.management_form.initial.items()}
            for row in formset.formset.initial_forms:
                data |= {f"{row.prefix}-id": row.instance.pk, f"{row.prefix}-event": event.pk}
                data[f"{row.prefix}-role"] = row.instance.role
        answer = client.post(f"/admin/events/event/{event.pk}/change/", data | OWN)
        assert answer.status_code == 302, answer.context["adminform"].errors
        event.refresh_from_db()
        assert issuer_of(event) == Issuer(*OWN.values())
        change = Change.objects.latest("pk")
        assert {name: change.after.get(name) for name in OWN} == OWN

    def test_has_as_many_lines_as_fit(self):
        for field in ("issuer_address", "receipt_footer"):
            with pytest.raises(ValidationError) as refusal:
                EventFactory.build(**{field: "x\n" * 11}).full_clean()
            assert field in refusal.value.message_dict
