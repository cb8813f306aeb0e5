#!/usr/bin/env python
"""Send what the OpenAPI document allows and forbids to every operation, as cashier and as organizer: no
answer may be a fault of ours, or one that the document does not know.

    python tools/with_postgres.py python tools/fuzz.py [EXAMPLES] [SEED]

The same seed sends the same. Needs an empty database, which it fills.
"""

import logging
import os
import sys
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import django

sys.path.insert(0, os.getcwd())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onsite_project.settings")
os.environ["SECURE_SSL_REDIRECT"] = "0"
django.setup()

from django.conf import settings
from django.core.management import call_command
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks, openapi
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

# So that what is tried is the API, not how often it may be tried.
settings.AXES_ENABLED = False
settings.ALLOWED_HOSTS = ["*"]

from accounts.models import ApiToken
from events.tests.factories import EventFactory, MemberFactory
from onsite_project.wsgi import application
from orders.sale import Line
from orders.tests.factories import sold_onsite
from shifts.tests.factories import ShiftFactory
from tickets.tests.factories import DonationFactory, FreeTicketFactory, TicketFactory

Answers = defaultdict[str, Counter[int]]
EXAMPLES, SEED = 5000, 20_260_101
CHECKS = [
    checks.not_a_server_error,
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_headers_conformance,
    openapi_checks.response_schema_conformance,
]
JUST = how(
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


class World:
    """An event with something of every kind, so that what is sent finds it: ids by resource type."""

    def __init__(self) -> None:
        event = EventFactory()
        self.people = {role: MemberFactory(event=event, role=role).user for role in ("cashier", "organizer")}
        tickets = [
            TicketFactory(event=event, quantity=None),
            DonationFactory(event=event),
            FreeTicketFactory(event=event),
        ]
        shift = ShiftFactory(till__event=event, cashier=self.people["cashier"])
        lines = [Line(tickets[0].pk, 2), Line(tickets[2].pk, 1)]
        orders = [
            sold_onsite(event=event, lines=lines, status=status, payment_mode=mode, admit=admit)
            for status, mode, admit in [
                ("completed", "onsite", True),
                ("completed", "bank", False),
                ("pending", None, False),
            ]
        ]
        guests = [attendee for order in orders for attendee in order.attendees.all()]
        self.codes = [guest.code for guest in guests]
        self.ids: dict[str, list[Any]] = {
            "event": [event.pk, event.identifier],
            "ticket": [ticket.pk for ticket in tickets],
            "order": [name for order in orders for name in (order.pk, order.identifier)],
            "attendee": [guest.pk for guest in guests],
            "till": [shift.till_id],
            "station": [event.stations.create(name="North").pk],
            "check-in": list(event.check_ins.values_list("pk", flat=True)),
        }

    def kind_of(self, parameter: str, path: str) -> str:
        """The resource type that a parameter of a path names."""
        return (
            path.split("/")[2].removesuffix("s") if parameter == "reference" else parameter.replace("_", "-")
        )

    def aim(self, sent: Any, choose: Any) -> Any:
        """What is sent, with the ids of things that are there in its resource identifiers."""
        if isinstance(sent, list):
            return [self.aim(part, choose) for part in sent]
        if not isinstance(sent, dict):
            return sent
        aimed = {name: self.aim(part, choose) for name, part in sent.items()}
        kind = aimed.get("type")
        if isinstance(kind, str) and kind in self.ids and "id" in aimed:
            aimed["id"] = str(choose(self.ids[kind]))
        elif "quantity" in aimed and "id" in aimed:
            aimed["id"] = choose(self.ids["ticket"])
        if "code" in aimed:
            aimed["code"] = choose(self.codes)
        return aimed


def tokens(world: World) -> Iterator[tuple[str, str]]:
    """Who asks, each with a fresh token: the one before may have been given back."""
    for role, user in world.people.items():
        yield role, ApiToken.objects.create(user=user)[1]


def fuzz(
    operation: Any, mode: GenerationMode, world: World, examples: int, number: int, answers: Answers
) -> dict[str, str]:
    """What was wrong with the answers of one operation: what it is, and the request by `curl`. `answers`
    counts them.
    """
    found: dict[str, str] = {}

    @seed(number)
    @how(JUST, max_examples=examples)
    @given(case=operation.as_strategy(mode), aims=st.integers(0, 3), random=st.randoms(use_true_random=False))
    def ask(case: Any, aims: int, random: Any) -> None:
        if aims:  # else whatever was thought of
            for name in case.path_parameters or {}:
                ids = world.ids.get(world.kind_of(name, operation.path))
                if ids:
                    case.path_parameters[name] = str(random.choice(ids))
            case.body = world.aim(case.body, random.choice)
        if aims > 1:  # the body alone is odd
            case.headers = {}
            case.query = {"onsite": "true"} if operation.label == "POST /v1/orders" else {}
        for role, token in tokens(world):
            response = case.call(headers={"Authorization": f"Bearer {token}"})
            answers[operation.label][response.status_code] += 1
            try:
                case.validate_response(response, checks=CHECKS)
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    what = f"{operation.label} as {role}: {response.status_code} {failure.title}"
                    found.setdefault(what, f"{failure.message[:600]}\n{case.as_curl_command()[:600]}")

    # Nothing can be wrong with what takes nothing, and needs no token.
    with suppress(*([Unsatisfiable] if mode is GenerationMode.NEGATIVE else [])):
        ask()
    return found


def main() -> int:
    examples = int(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    number = int(sys.argv[2]) if len(sys.argv) > 2 else SEED
    warnings.simplefilter("ignore")
    logging.getLogger("django.request").setLevel(logging.ERROR)
    call_command("migrate", verbosity=0)
    world = World()
    schema = openapi.from_wsgi("/v1/schema", app=application)
    operations = [result.ok() for result in schema.get_all_operations()]
    each = max(1, examples // (len(operations) * len(GenerationMode) * len(world.people)))
    found: dict[str, str] = {}
    answers: Answers = defaultdict(Counter)
    for operation in operations:
        for mode in GenerationMode:
            found |= fuzz(operation, mode, world, each, number, answers)
    for label, statuses in answers.items():
        print(label, ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items())))
    for what, how_ in found.items():
        print(f"\n{what}\n{how_}")
    sent = each * len(operations) * len(GenerationMode) * len(world.people)
    print(
        f"\n{sent} requests to {len(operations)} operations, seed {number}: {len(found)} kinds of failures."
    )
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
