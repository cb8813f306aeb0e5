"""QUEUES.md: who waits how long, and how many must serve."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from benchmarks.queues.line import always
from benchmarks.queues.night import Spread
from benchmarks.queues.plans import (
    MINUTE,
    NIGHTS,
    PLANS,
    Plan,
    crowded,
    fewest_desks,
    fewest_doors,
    fewest_together,
    half_at_first,
    house,
    serve,
)
from benchmarks.queues.simulation import Answers, House

WITHIN = (5, 10, 15)  # minutes that 19 of 20 may wait
USUAL = 10
ANSWERS = (0.1, 0.5, 1, 2, 5)  # seconds
OUTAGE = 10  # minutes
UNEVEN = 4 / 3
_CLUB, HALL, STADIUM, _FESTIVAL = PLANS


@dataclass(frozen=True)
class Staffing:
    """Of one entrance."""

    plan: Plan
    desks: int
    doors: int


def staffed(plan: Plan, answers: Answers, within: float = USUAL) -> Staffing:
    desks = fewest_desks(plan, answers, within)
    return Staffing(plan, desks, fewest_doors(plan, answers, within, always(desks)))


def table(head: str, rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Markdown; the columns of `head` are divided by bars."""
    yield f"| {head} |"
    yield "|" + " --- |" * (head.count("|") + 1)
    yield from ("| " + " | ".join(map(str, row)) + " |" for row in rows)


def peaks(usual: list[Staffing], answers: Answers) -> Iterator[str]:
    def row(one: Staffing) -> Iterator[object]:
        plan = one.plan
        served = serve(plan, house(plan, always(one.desks), always(one.doors), answers))
        yield from (plan.name, f"{plan.guests:,}", plan.entrances, f"{plan.crowd.walk_ups:.0%}")
        yield f"{plan.peak:.1f}"
        for desks in (True, False):
            yield f"{served.busiest_minute(desks) * plan.entrances / 60:.2f}"
        yield f"{one.desks * plan.entrances} ({fewest_together(plan, answers, USUAL)})"
        yield one.doors * plan.entrances
        for desks in (True, False):
            waited = (served.wait(desks, share) for share in (0.5, 0.95))
            yield " / ".join(f"{minutes:.1f}" for minutes in waited)
        yield f"{served.longest(False):.0f}"

    head = (
        "event | guests | entrances | walk-ups | arrivals/s | sales/s | scans/s | desks (at one place) "
        "| doors | wait at desks, p50 / p95 | at doors | longest queue of an entrance"
    )
    yield from table(head, map(row, usual))


def limits(usual: list[Staffing], answers: Answers) -> Iterator[str]:
    def row(one: Staffing) -> Iterator[object]:
        yield one.plan.name
        for within in WITHIN:
            found = one if within == USUAL else staffed(one.plan, answers, within)
            yield f"{found.desks * one.plan.entrances} + {found.doors * one.plan.entrances}"

    yield from table("event | " + " | ".join(f"{w} minutes" for w in WITHIN), map(row, usual))


def slower(one: Staffing, measured: Answers) -> Iterator[str]:
    """What becomes of a plan if answers take longer."""

    def row(seconds: float) -> Iterator[object]:
        answers = replace(measured, till=seconds, door=seconds)
        served = serve(one.plan, house(one.plan, always(one.desks), always(one.doors), answers))
        needed = staffed(one.plan, answers)
        yield f"{seconds:g} s"
        for desks in (True, False):
            yield f"{served.wait(desks):.1f}"
        yield from (needed.desks, needed.doors)

    head = (
        f"answer | p95 at the desks ({one.desks}), minutes | at the doors ({one.doors}) "
        f"| desks for {USUAL} minutes | doors for {USUAL} minutes"
    )
    yield from table(head, map(row, ANSWERS))


def cases(one: Staffing, answers: Answers) -> dict[str, House]:
    """What may become of a plan."""
    begins = one.plan.busiest.begins
    usual = house(one.plan, always(one.desks), always(one.doors), answers)
    half = replace(usual, desks=half_at_first(one.desks, one.plan), doors=half_at_first(one.doors, one.plan))
    outage = replace(usual, outage=(begins, begins + OUTAGE * MINUTE))
    return {
        "as planned": usual,
        "a desk and a door less": replace(usual, desks=always(one.desks - 1), doors=always(one.doors - 1)),
        "a desk and a door more": replace(usual, desks=always(one.desks + 1), doors=always(one.doors + 1)),
        "half of them until most come": half,
        f"no network for {OUTAGE} minutes when most come": outage,
    }


def what_may_become(one: Staffing, answers: Answers) -> Iterator[str]:
    def row(case: str, house: House) -> Iterator[object]:
        served = serve(one.plan, house)
        yield case
        for desks in (True, False):
            yield f"{served.wait(desks, 0.5):.1f} / {served.wait(desks):.1f}"
            yield f"{served.longest(desks):.0f}"

    head = "| wait at desks, p50 / p95 | longest queue | wait at doors, p50 / p95 | longest queue"
    yield from table(head, (row(*case) for case in cases(one, answers).items()))


def uneven(one: Staffing, answers: Answers) -> str:
    """What becomes of the entrance that more guests take than its share."""
    busy = crowded(one.plan, UNEVEN)
    served = serve(busy, house(busy, always(one.desks), always(one.doors), answers))
    return (
        "Guests of the stadium do not share its entrances evenly. One that a third more take than its share "
        f"makes them wait {served.wait(False):.0f} minutes (p95) at the {one.doors} doors that were planned; "
        f"it needs {fewest_doors(busy, answers, USUAL, always(one.desks))}."
    )


def assumed() -> Iterator[str]:
    """What nobody has measured."""

    def row(plan: Plan) -> Iterator[object]:
        crowd = plan.crowd
        yield plan.name
        yield ", ".join(f"{a:g}-{b:g}: {share:.0%}" for a, b, share in plan.curve)
        yield f"{crowd.size:.1f}"
        yield f"{_seconds(crowd.card_sale)}, cash ({crowd.cash:.0%}) {_seconds(crowd.cash_sale)}"
        yield _seconds(crowd.scan)
        yield f"{crowd.looks:.0%}, {_seconds(crowd.look)}"
        yield f"{crowd.refused:.0%}, {_seconds(crowd.refusal)}"
        yield f"{crowd.back:.0%}" + (f", after {_seconds(crowd.away)}" if crowd.back else "")
        yield f"{3600 / crowd.entry:.0f}"

    head = (
        "event | guests come in minutes | in a group | sale by card | scan | second look | refused "
        "| go out and come back | guests an hour of a door that is never idle"
    )
    yield from table(head, map(row, PLANS))


def _seconds(spread: Spread) -> str:
    return f"{spread.median:g} s ({spread.mean:.0f})"


PAGE = """\
# How long guests wait, and how many must serve

Simulated by `make bench-queues`: {nights} nights of each row, always the same ones. Nothing is measured
here but three figures of [SCREENS.md](SCREENS.md) (p95, the slow tablet): a till has its answer within
{till:.0f} ms, a door within {door:.0f} ms, offline {offline:.0f} ms. What is assumed of people stands at
the end; `python -m benchmarks.queues --help` takes your own figures.

## So that 19 of 20 wait {usual} minutes at most

At the desks, and again at the doors; minutes, p50 / p95 of all guests of the night. Arrivals are those
expected when most come, sales and scans those of the busiest minute, of all entrances together. In brackets
the desks, if all walk-ups queued at one box office.

{peaks}

{uneven}

## For other waits

Desks + doors of all entrances, so that 19 of 20 wait at most

{limits}

## What may become of it

The concert hall.

{what_may_become}

![Guests who wait, by the minute](queues.svg)

The first of those nights. Without a network a door goes on by its own list; a till cannot sell.

## How much the application's answer matters

The concert hall with the staff that its measured answers need, if an answer took longer; and the staff that
it would need then. A door that has no answer for {patience:g} s decides by its list.

{hall}

An entrance of the stadium:

{stadium}

## What is assumed

Times are lognormal: the median, in brackets the mean, of hands and talk alone. Groups have one to six
guests, who buy together and pass one door one after the other. Guests come as a Poisson process whose rate
is even within each span.

{assumed}

Left out: who gives up and goes home, who jumps the queue, desks that differ, a queue at each single door
(here all free doors of an entrance take from one; where everybody chooses a queue, some wait longer), paper
that runs out. So these are the fewest that can do, not the many that are wise.
"""


def text(answers: Answers, usual: list[Staffing]) -> str:
    by_plan = {one.plan: one for one in usual}
    hall, stadium = by_plan[HALL], by_plan[STADIUM]
    tables = {
        "peaks": peaks(usual, answers),
        "limits": limits(usual, answers),
        "what_may_become": what_may_become(hall, answers),
        "hall": slower(hall, answers),
        "stadium": slower(stadium, answers),
        "assumed": assumed(),
    }
    return PAGE.format(
        nights=NIGHTS,
        usual=USUAL,
        patience=answers.patience,
        till=answers.till * 1000,
        door=answers.door * 1000,
        offline=answers.offline * 1000,
        uneven=uneven(stadium, answers),
        **{name: "\n".join(rows) for name, rows in tables.items()},
    )
