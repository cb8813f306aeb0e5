"""The page and the API: who asks gets the table, or a file and how far it is; nobody else does."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from base.tests.client import document
from books.dialects import DIALECTS
from events.tests.factories import EventFactory, MemberFactory
from exports import asking
from exports.catalogue import TABLES
from exports.models import Export
from exports.tests.factories import asked_for, message_of, written
from exports.tests.test_files import sold_to
from exports.working import write
from orders.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, event, organizer):
    client.force_login(organizer)
    home = f"/events/{event.identifier}/exports/"

    def ask(path="", **sent):
        return client.post(f"{home}{path}", sent) if sent else client.get(f"{home}{path}")

    return ask


def body(response):
    return b"".join(response.streaming_content)


class TestPage:
    @pytest.mark.parametrize("table", TABLES)
    def test_csv_is_the_answer(self, page, event, table):
        sold_to(event, "Ana")
        response = page(what=f"{table}:csv", lang="de")
        file = body(response).decode("utf-8-sig")
        assert response["Content-Type"] == "text/csv; charset=utf-8"
        assert response["Content-Disposition"] == f'attachment; filename="{event.identifier}-{table}.csv"'
        assert len(file.splitlines()[0].split(";")) == len(TABLES[table].columns)
        assert Export.objects.get().state == "done"

    def test_excel_is_waited_for_and_fetched(self, page, event):
        sold_to(event, "Ana")
        assert page(what="orders:xlsx").status_code == 302
        export = Export.objects.get()
        assert "Waiting for the worker" in page().content.decode()
        assert page(f"{export.pk}/file/").status_code == 404
        write(message_of(export))
        assert f"{event.identifier}-orders.xlsx" in page().content.decode()
        (sheet,) = load_workbook(io.BytesIO(body(page(f"{export.pk}/file/"))))
        assert sheet["A2"].value == Order.objects.get().identifier

    def test_long_csv_is_written_into_a_file(self, page, event, settings):
        settings.STREAMED_ROWS = 0
        sold_to(event, "Ana")
        assert page(what="orders:csv", lang="de").status_code == 302
        export = Export.objects.get()
        assert (export.format, export.dialect, export.is_streamed) == ("csv", "de", False)

    @pytest.mark.parametrize("what", ["", "orders", "orders:pdf", "codes:csv", ":", "orders:csv:x"])
    def test_what_there_is_not_is_no_table(self, page, what):
        assert page(what=what, x="1").status_code == 404
        assert not Export.objects.exists()

    def test_refusal_stands_on_the_page(self, page, event):
        page(what="orders:xlsx")
        again = page(what="orders:xlsx")
        assert (again.status_code, "being written already" in again.content.decode()) == (409, True)

    def test_while_another_is_streamed_the_page_says_so(self, page, event, organizer):
        table = TABLES["orders"]
        asking.streamed(event=event, table=table, dialect=DIALECTS[0], by=organizer)
        response = page(what="orders:csv")
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "just being downloaded" in response.content.decode()

    def test_every_dialect_can_be_chosen(self, page, event):
        shown = page().content.decode()
        for dialect in DIALECTS:
            assert f'<option value="{dialect.key}"' in shown
            names = body(page(what="orders:csv", lang=dialect.key)).decode()
            assert len(next(csv.reader(io.StringIO(names), delimiter=dialect.separator))) == len(
                TABLES["orders"].columns
            )

    def test_costs_as_many_statements_with_one_as_with_three(
        self, page, event, organizer, django_assert_num_queries
    ):
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        written(event, organizer)
        page()
        with CaptureQueriesContext(connection) as queries:
            page()
        written(event, organizer, "attendees")
        written(event, organizer, "shifts")
        with django_assert_num_queries(len(queries)):
            page()

    @pytest.mark.parametrize("role", ["cashier", "registrar"])
    def test_is_for_organizers(self, client, event, member, organizer, role):
        export = written(event, organizer)
        client.force_login(member(role))
        home = f"/events/{event.identifier}/exports/"
        assert client.get(home).status_code == 403
        assert client.post(home, {"what": "orders:csv"}).status_code == 403
        assert client.get(f"{home}{export.pk}/file/").status_code == 403

    def test_file_of_another_event_is_not_there(self, page, event, organizer):
        other = EventFactory()
        MemberFactory(event=other, user=organizer, role="organizer")
        assert page(f"{written(other, organizer).pk}/file/").status_code == 404

    def test_totals_lead_there(self, client, event, organizer):
        client.force_login(organizer)
        totals = client.get(f"/till/{event.identifier}/totals/").content.decode()
        assert f"/events/{event.identifier}/exports/" in totals


class TestApi:
    def test_table_is_streamed(self, api, event, organizer):
        sold_to(event, "Ana", "Bo")
        response = api(organizer).get(f"/v1/events/{event.identifier}/exports/attendees.csv?lang=programs")
        assert response.status_code == 200
        rows = list(csv.DictReader(io.StringIO(body(response).decode())))
        assert [row["last name"] for row in rows] == ["Ana", "Bo"]

    def test_unknown_table_is_not_there(self, api, event, organizer):
        assert api(organizer).get(f"/v1/events/{event.pk}/exports/codes.csv").status_code == 404

    def test_too_long_a_one_is_refused_with_the_number(self, api, event, organizer, settings):
        settings.STREAMED_ROWS = 1
        sold_to(event, "Ana", "Bo")
        response = api(organizer).get(f"/v1/events/{event.pk}/exports/attendees.csv")
        (error,) = response.json()["errors"]
        assert (response.status_code, error["code"], error["meta"]) == (400, "too-many-rows", {"most": 1})

    def test_second_stream_is_busy(self, api, event, organizer):
        url = f"/v1/events/{event.pk}/exports/orders.csv"
        api(organizer).get(url)
        response = api(organizer).get(url)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (503, "export-running")

    def test_file_is_asked_for_followed_and_fetched(self, api, event, organizer):
        sold_to(event, "Ana")
        client = api(organizer)
        sent = document("export", None, {}, table="orders", format="csv", lang="de")
        made = client.post(f"/v1/events/{event.identifier}/exports", sent)
        assert made.status_code == 201
        url = made["Location"].removeprefix("http://testserver")
        told = client.get(url).json()["data"]
        assert told["attributes"]["state"] == "waiting"
        assert told["attributes"]["rows-total"] == 1
        assert client.get(f"{url}/file").status_code == 404
        write(message_of(Export.objects.get()))
        assert client.get(url).json()["data"]["attributes"]["state"] == "done"
        file = client.get(f"{url}/file")
        content = body(file)
        assert int(file["Content-Length"]) == len(content)
        assert b";" in content
        Export.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert client.get(f"{url}/file").status_code == 404

    @pytest.mark.parametrize(
        ("attributes", "pointer"),
        [
            ({"table": "codes", "format": "csv"}, "table"),
            ({"table": "orders", "format": "pdf"}, "format"),
            ({"format": "csv"}, "table"),
            ({"table": "orders"}, "format"),
            ({"table": ["orders"], "format": "csv"}, "table"),
        ],
    )
    def test_what_makes_no_sense_is_pointed_at(self, api, event, organizer, attributes, pointer):
        sent = document("export", None, {}, **attributes)
        response = api(organizer).post(f"/v1/events/{event.pk}/exports", sent)
        assert response.status_code == 422
        assert response.json()["errors"][0]["source"]["pointer"] == f"/data/attributes/{pointer}"
        assert not Export.objects.exists()

    def test_the_same_file_is_not_written_twice(self, api, event, organizer):
        asked_for(event, organizer)
        sent = document("export", None, {}, table="orders", format="xlsx")
        response = api(organizer).post(f"/v1/events/{event.pk}/exports", sent)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "export-waiting")

    def test_is_for_organizers(self, api, event, organizer, member):
        export = written(event, organizer)
        cashier = api(member("cashier"))
        assert cashier.get(f"/v1/events/{event.pk}/exports/orders.csv").status_code == 403
        assert cashier.get(f"/v1/exports/{export.pk}").status_code == 404
        assert cashier.get(f"/v1/exports/{export.pk}/file").status_code == 404
