"""Tills and shifts by token: what a cashier does at the shift's pages, by the same acts."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, cast

from django.db.models import QuerySet
from django.http import Http404
from rest_framework import status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer

from accounts.authentication import user_of
from accounts.models import User
from base.api.fields import resolve_reference
from base.api.views import Resource
from base.asking import concerns
from base.errors import DomainError
from base.idempotency import HEADER, check_key
from base.identifiers import parse_reference
from events.lists import OfEvents
from events.models import Act, Event
from shifts import drawer
from shifts.denominations import pieces
from shifts.desk import Desk
from shifts.filters import CountFilter, MovementFilter, ShiftFilter
from shifts.models import (
    CashCount,
    CashMovement,
    OfShiftQuerySet,
    Shift,
    Till,
)
from shifts.openapi import close_schema, count_schema, move_schema, open_schema
from shifts.serializers import (
    CLOSE_FORM,
    COUNT_FORM,
    MOVEMENT_FORM,
    OPEN_FORM,
    CountSerializer,
    MovementSerializer,
    ShiftSerializer,
    TillSerializer,
    check_pieces,
)

LONGEST_KEY = 64


class TillViewSet(OfEvents, Resource, viewsets.ReadOnlyModelViewSet[Till]):
    """The tills of an event, for whoever may sell there."""

    needs = Act.SELL
    queryset = Till.objects.all()
    serializer_class = TillSerializer
    ordering_fields = ["name"]
    ordering = ["name"]


class OfShifts(Resource):
    """What is answered to an act: a row that was made, or changed."""

    form: Serializer[Any]

    def forms(self) -> list[type[Serializer[Any]]]:
        return [type(self.form)]

    def asked(self) -> dict[str, Any]:
        """What is sent, as its form takes it."""
        form: dict[str, Any] = self.form.run_validation(self.request.data)
        return form

    def shift(self) -> Shift:
        """The shift that something is to be done to, of an event at which one sells; whether one works in it
        the drawer judges. Raises `Http404`.
        """
        reference = parse_reference(self.kwargs["reference"])
        shifts = Shift.objects.where_sells(user_of(self.request)).select_related("till__event", "cashier")
        found = None if reference is None else shifts.by_reference(reference).first()
        if found is None:
            raise Http404
        concerns(found.till.event_id)
        return found

    def answer(self, made: CashCount | CashMovement | Shift) -> Response:
        """201, and what was made."""
        headers = self.get_success_headers(told := self.get_serializer(made).data)
        return Response(told, status=status.HTTP_201_CREATED, headers=headers)


class ShiftViewSet(OfEvents, OfShifts, viewsets.ReadOnlyModelViewSet[Shift]):
    """Shifts: one's own, and of an event that one organizes all."""

    needs = Act.SELL
    queryset = Shift.objects.select_related("till", "cashier", "closed_by")
    serializer_class = ShiftSerializer
    filterset_class = ShiftFilter
    ordering_fields = ["id", "opened_at", "closed_at", "number"]
    moved = {"note": "/data/attributes/float-note", "till": "/data/relationships/till"}

    @property
    def form(self) -> Serializer[Any]:  # type: ignore[override]  # by what is done
        return OPEN_FORM if self.action == "create" else CLOSE_FORM

    @classmethod
    def of(cls, rows: Any, event: Event, user: User) -> QuerySet[Any]:
        found: QuerySet[Any] = rows.of(event, user)
        return found

    @open_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Open a shift at a till, with what lies in its drawer."""
        user, sent = user_of(request), cast(dict[str, Any], request.data)
        till = resolve_reference(sent.get("till"), Till, user, "till")
        concerns(till.event_id)
        form = self.asked()
        opening_float, note = form["opening_float"], form.get("float_note", "")
        opened = drawer.open_shift(till=till, cashier=user, opening_float=opening_float, note=note)
        return self.answer(opened)

    @close_schema
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Close a shift that was counted: it gets its number, and its report is kept."""
        self.moved = {}  # the note is another one here
        shift = self.shift()
        self._check_id(shift)
        terms = self.asked()
        del terms["state"]
        closed = drawer.close_shift(shift=shift, by=user_of(request), **terms)
        return Response(self.get_serializer(closed).data)


class MovementViewSet(OfShifts, viewsets.ReadOnlyModelViewSet[CashMovement]):
    """Cash moved in a shift that one reads, and what one has moved oneself."""

    queryset = CashMovement.objects.select_related("created_by")
    serializer_class = MovementSerializer
    filterset_class = MovementFilter
    ordering_fields = ["id", "created_at", "amount"]
    form = MOVEMENT_FORM

    def get_queryset(self) -> QuerySet[CashMovement]:
        return cast(OfShiftQuerySet[CashMovement], super().get_queryset()).for_user(user_of(self.request))

    @move_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Put cash into the drawer of an open shift, or take it out."""
        shift, desk, key = self.shift(), Desk(user_of(request)), _key(request)
        with _refusals_at_header():
            return self.answer(drawer.move_cash(shift=shift, desk=desk, idempotency_key=key, **self.asked()))


class CountViewSet(OfShifts, viewsets.ReadOnlyModelViewSet[CashCount]):
    """What was counted in a shift that one reads."""

    queryset = CashCount.objects.select_related("counted_by")
    serializer_class = CountSerializer
    filterset_class = CountFilter
    ordering_fields = ["id", "counted_at"]
    form = COUNT_FORM

    def get_queryset(self) -> QuerySet[CashCount]:
        return cast(OfShiftQuerySet[CashCount], super().get_queryset()).for_user(user_of(self.request))

    @count_schema
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Count the drawer of an open shift, before one is told what is expected. Every count is kept."""
        shift, form = self.shift(), self.asked()
        event = shift.till.event
        faces = {f"{face.normalize():f}": f"{face:f}" for face in pieces(event.currency, event.cash_rounding)}
        faces |= {name: name for name in faces.values()}
        counted = check_pieces(form, faces)
        cash, card = form["cash"], form["card"]
        return self.answer(
            drawer.count(shift=shift, cash=cash, card=card, pieces=counted, by=user_of(request))
        )


def _key(request: Request) -> str | None:
    """The `Idempotency-Key`, as long as it is kept. Raises `Invalid` `invalid-idempotency-key`."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    check_key(key)
    return key if len(key) < LONGEST_KEY else hashlib.sha256(key.encode()).hexdigest()


@contextmanager
def _refusals_at_header() -> Iterator[None]:
    """Make what is refused of the key point to where it was sent."""
    try:
        yield
    except DomainError as refusal:
        at_key = [problem.path == ("idempotency_key",) for problem in refusal.problems]
        if not any(at_key):
            raise
        raise type(refusal)(*(replace(problem, path=HEADER) for problem in refusal.problems)) from refusal
