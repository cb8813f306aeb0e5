"""A row of a table as a form: shown, judged, written."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import ProtectedError
from django.forms import BoundField, ModelChoiceField
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _

from base import times
from base.database import retry_transient
from base.errors import DomainError
from base.identifiers import parse_id
from events import planning
from events.models import Event
from home.forms import offer
from home.sheet_forms import RowAct, Section, Sheet, Shown

NEW = "new"


class Cell(NamedTuple):
    """A field that can be changed, or what stands there."""

    label: str
    field: BoundField | None
    stays: object = ""


@dataclass
class Row:
    """A row of a sheet with its form. `shows` is the page that what was done to it leads to."""

    event: Event
    sheet: Sheet
    form: Any
    pk: int | None
    figures: list[tuple[Any, object]]  # of what is stored, whatever was typed
    refusal: str = ""
    status: int = 200
    shows: Shown | None = None

    def refuse(self, why: str, status: int) -> None:
        self.refusal, self.status = why, status

    @property
    def key(self) -> str:
        """Names it in the page."""
        return f"{self.sheet.name}-{self.pk or NEW}"

    @property
    def is_new(self) -> bool:
        return self.pk is None

    @property
    def name(self) -> str:
        return _("new") if self.is_new else str(self.form.instance)

    @property
    def can_be_saved(self) -> bool:
        return self.is_new or not self.sheet.is_fixed

    def cell(self, name: str, label: str) -> Cell:
        if name in self.form.fields and self.can_be_saved:
            return Cell(label, self.form[name])
        stays = self.sheet.stays.get(name)
        return Cell(label, None, stays(self.form.instance) if stays else self.form[name].value())

    @property
    def acts(self) -> list[RowAct]:
        return [] if self.is_new else [act for act in self.sheet.acts if not act.asks]

    @property
    def asking_acts(self) -> list[RowAct]:
        return [] if self.is_new else [act for act in self.sheet.acts if act.asks]


def _new(sheet: Sheet, event: Event) -> Any:
    row: Any = sheet.new() if sheet.new else None
    if row is not None:
        row.event = event
    return row


def _figures(sheet: Sheet, event: Event, instance: Any) -> Iterator[tuple[Any, object]]:
    for label, figure in sheet.figures:
        value = None if instance.pk is None else figure(instance)
        yield label, times.moment(value, event.timezone) if isinstance(value, datetime) else value


def row_of(sheet: Sheet, event: Event, instance: Any, data: Any = None) -> Row:
    """The row of that instance, which may be a new one; with `data` as it was sent."""
    row = Row(event, sheet, None, instance.pk, [*_figures(sheet, event, instance)])
    form = sheet.form(data, instance=instance, auto_id=f"{row.key}-%s", use_required_attribute=False)
    offer(form, event)
    for field in form.fields.values():
        field.widget.attrs["form"] = f"{row.key}-form"
    row.form = form
    return row


@dataclass
class Table:
    """A sheet with its rows, the last of them empty where one can be added."""

    sheet: Sheet
    rows: list[Row]

    @property
    def is_empty(self) -> bool:
        return all(row.is_new for row in self.rows)

    @property
    def columns(self) -> list[tuple[str, str]]:
        """The fields, each with its label: those of a new row are all."""
        if not self.rows:
            return []
        return [(name, str(field.label)) for name, field in self.rows[-1].form.fields.items()]

    @property
    def lines(self) -> Iterator[tuple[Row, list[Cell]]]:
        for row in self.rows:
            yield row, [row.cell(name, label) for name, label in self.columns]


def table_of(sheet: Sheet, event: Event, sent: Row | None = None) -> Table:
    """All rows of the event; with what was `sent` in its place, if it was refused."""
    kept = {sent.key: sent} if sent is not None and sent.sheet is sheet else {}
    rows = [row_of(sheet, event, instance) for instance in sheet.rows(event)]
    if sheet.new is not None:
        rows.append(row_of(sheet, event, _new(sheet, event)))
    rows = [kept.get(row.key, row) for row in rows]
    _look_up_once(rows)
    return Table(sheet, rows)


def _look_up_once(rows: list[Row]) -> None:
    """What one row offers all do, and a look-up for each would be many."""
    offered: dict[str, list[Any]] = {}
    for row in rows:
        for name, field in row.form.fields.items():
            if isinstance(field, ModelChoiceField):
                if name not in offered:
                    choices: Any = field.choices
                    offered[name] = list(choices)
                field.widget.choices = offered[name]


def act_on(section: Section, event: Event, request: HttpRequest) -> Row:
    """Do what was asked of one row: save it, or one of its acts; 404 where there is no such row or act. What
    was refused stands in the row, and nothing of it is written.
    """
    sheet = section.sheet(request.POST.get("sheet", ""))
    if sheet is None:
        raise Http404
    do, named = request.POST.get("do", ""), request.POST.get("row", "")
    return _saved(sheet, event, named, request) if do == "save" else _acted(sheet, event, named, do, request)


@retry_transient
@transaction.atomic(durable=True)
def _saved(sheet: Sheet, event: Event, named: str, request: HttpRequest) -> Row:
    row = row_of(sheet, event, _instance(sheet, event, named), request.POST)
    if not row.can_be_saved:
        raise Http404
    if not row.form.is_valid():
        row.status = 422
        return row
    try:
        if row.is_new:
            planning.check_more(row.form._meta.model, event)
        row.shows = sheet.save(row.form, request)
    except DomainError as refusal:
        transaction.set_rollback(True)
        row.refuse(str(refusal), refusal.status)
    return row


@retry_transient
@transaction.atomic(durable=True)
def change_event(form_class: type[Any], event: Event, data: Any) -> Any:
    """The form with which an event was changed, if nothing stands in its `errors`."""
    form = form_class(data, instance=event, use_required_attribute=False)
    if form.is_valid():
        try:
            planning.save_changes(form.instance, form.changed_data)
        except DomainError as refusal:
            transaction.set_rollback(True)
            form.add_error(None, str(refusal))
    return form


def _acted(sheet: Sheet, event: Event, named: str, do: str, request: HttpRequest) -> Row:
    act = next((act for act in sheet.acts if act.name == do), None)
    if act is None or named == NEW:
        raise Http404
    row = row_of(sheet, event, _instance(sheet, event, named))
    try:
        row.shows = act.do(row.form.instance, request)
    except DomainError as refusal:
        row.refuse(str(refusal), refusal.status)
    except ProtectedError:
        row.refuse(_("It was used, and stays for what was done with it."), 409)
    return row


def _instance(sheet: Sheet, event: Event, named: str) -> Any:
    if named == NEW and sheet.new is not None:
        return _new(sheet, event)
    found = sheet.rows(event).filter(pk=parse_id(named)).first()
    if found is None:
        raise Http404
    return found
