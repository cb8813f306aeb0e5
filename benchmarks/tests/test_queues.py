"""The simulation against what is known of queues: by theory, and by what holds of every one."""

import math
import random
import statistics
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.queues.line import always
from benchmarks.queues.night import Crowd, Guest, Party, Spread, Stretch, parties
from benchmarks.queues.simulation import Answers, House, Run, longest, quantile, queue, simulate, waits

WARM_UP = 500  # guests, until a queue that began empty is as it will be
NIGHTS, GUESTS = 20, 4_000
# Of 20 nights the mean lies within so many standard errors but for once in 2,000 (Student, 19 degrees).
SURE = 4.2


def erlang_c(servers: int, load: float) -> float:
    """The share of guests who must wait in M/M/c, offered `load` erlangs."""
    top = load**servers / math.factorial(servers) * servers / (servers - load)
    return top / (sum(load**n / math.factorial(n) for n in range(servers)) + top)


def one_by_one(seed: int, rate: float, scan) -> list[Party]:
    """Guests who come singly, `rate` a second, and need a door for what `scan` draws."""
    dice, at, made = random.Random(seed), 0.0, []
    for _guest in range(GUESTS):
        at += dice.expovariate(rate)
        made.append(Party(at, (Guest(scan(dice)),)))
    return made


def settled(servers: int, rate: float, scan) -> list[list[float]]:
    """The waits of each night once it has settled."""
    house = House(desks=always(1), doors=always(servers))
    nights = (simulate(house, one_by_one(seed, rate, scan)) for seed in range(NIGHTS))
    return [[visit.wait for visit in night.doors[WARM_UP:]] for night in nights]


def is_expected(found: list[float], expected: float) -> bool:
    error = statistics.stdev(found) / math.sqrt(len(found))
    return abs(statistics.mean(found) - expected) < SURE * error


@pytest.mark.parametrize(("servers", "used"), [(1, 0.6), (3, 0.8), (10, 0.85)])
def test_poisson_arrivals_and_exponential_service_wait_as_erlang_c_says(servers, used):
    rate = servers * used  # of a service that takes one second
    nights = settled(servers, rate, lambda dice: dice.expovariate(1))

    must_wait = erlang_c(servers, rate)
    leaves = servers - rate
    assert is_expected([statistics.mean(night) for night in nights], must_wait / leaves)
    assert is_expected([sum(wait > 0 for wait in night) / len(night) for night in nights], must_wait)
    beyond = [sum(wait > 2 for wait in night) / len(night) for night in nights]
    assert is_expected(beyond, must_wait * math.exp(-2 * leaves))
    # The bounds are narrow enough to tell it from a door more.
    assert not is_expected(
        [statistics.mean(night) for night in nights], erlang_c(servers + 1, rate) / (leaves + 1)
    )


def test_lognormal_service_at_one_door_waits_as_pollaczek_and_khinchine_say():
    spread, rate = Spread(1, 0.5), 0.6
    nights = settled(1, rate, spread.draw)

    square = spread.mean**2 * math.exp(0.25)
    expected = rate * square / (2 * (1 - rate * spread.mean))
    assert is_expected([statistics.mean(night) for night in nights], expected)


shares = st.floats(0, 1)
staffs = st.lists(st.tuples(st.floats(0, 5_000), st.integers(0, 6)), max_size=4).map(
    lambda rows: tuple(sorted(rows))
)
crowds = st.builds(Crowd, walk_ups=shares, cash=shares, looks=shares, refused=shares, back=shares)
outages = st.tuples(st.floats(0, 4_000), st.floats(0, 4_000)).map(lambda ends: tuple(sorted(ends)))
answers = st.builds(
    Answers, till=st.floats(0, 5), door=st.floats(0, 5), offline=st.floats(0, 5), patience=st.just(3)
)
houses = st.builds(House, desks=staffs, doors=staffs, answers=answers, outage=outages, walk=st.floats(0, 90))


@st.composite
def nights(draw) -> list[Party]:
    curve = [Stretch(0, 1_000, draw(st.integers(0, 150))), Stretch(1_500, 2_000, draw(st.integers(0, 150)))]
    return parties(draw(crowds), curve, draw(st.integers(0, 2**32)))


@settings(max_examples=60, deadline=None)
@given(house=houses, night=nights())
def test_nobody_is_lost_or_doubled(house, night):
    run = simulate(house, night)

    assert run.came == sum(len(party.guests) for party in night)
    assert run.came + run.came_back == run.let_in + run.refused + run.left_waiting
    bought = sum(visit.guests for visit in run.desks if math.isfinite(visit.ended))
    with_tickets = sum(len(party.guests) for party in night if party.sale is None)
    assert sum(visit.guests for visit in run.doors) == bought + with_tickets + run.came_back


@settings(max_examples=60, deadline=None)
@given(house=houses, night=nights())
def test_who_came_first_is_served_first_and_nobody_by_whom_is_not_there(house, night):
    run = simulate(house, night)

    for visits, staff in ((run.desks, house.desks), (run.doors, house.doors)):
        assert all(visit.came <= visit.begun <= visit.ended for visit in visits)
        for one, other in pairwise(visits):
            assert one.came <= other.came
            assert one.begun <= other.begun
        for visit in visits:
            if math.isfinite(visit.begun):
                serving = sum(other.begun <= visit.begun < other.ended for other in visits)
                there = [number for since, number in staff if since <= visit.begun]
                assert serving <= there[-1]


@settings(max_examples=60, deadline=None)
@given(house=houses, night=nights())
def test_a_queue_is_as_long_as_its_waits_add_up_to(house, night):
    """Little's law, of any span in which the queue begins and ends empty."""
    run = simulate(replace(house, desks=(*house.desks, (5_001, 1)), doors=(*house.doors, (5_001, 1))), night)

    for visits in (run.desks, run.doors):
        steps = queue(visits)
        area = sum(length * (after - at) for (at, length), (after, _next) in pairwise(steps))
        assert area == pytest.approx(sum(waits(visits)), abs=1e-3)
        assert not steps or steps[-1][1] == 0


@settings(max_examples=60, deadline=None)
@given(house=houses, night=nights(), more=st.integers(1, 3))
def test_a_desk_more_lets_nobody_wait_longer_at_the_desks(house, night, more):
    larger = replace(house, desks=tuple((since, number + more) for since, number in house.desks))

    before, after = (simulate(one, night).desks for one in (house, larger))
    assert all(one.begun >= other.begun for one, other in zip(before, after, strict=True))


@settings(max_examples=60, deadline=None)
@given(house=houses, night=nights(), more=st.integers(1, 3))
def test_a_door_more_lets_nobody_wait_longer_at_the_doors(house, night, more):
    house = replace(house, answers=Answers(door=0.1, offline=0.1))
    once = [
        replace(party, guests=tuple(replace(guest, away=None) for guest in party.guests)) for party in night
    ]
    larger = replace(house, doors=tuple((since, number + more) for since, number in house.doors))

    before, after = (simulate(one, once).doors for one in (house, larger))
    assert all(one.begun >= other.begun for one, other in zip(before, after, strict=True))


@settings(max_examples=50, deadline=None)
@given(house=houses, crowd=crowds, seed=st.integers(0, 2**32))
def test_the_same_seed_is_the_same_night(house, crowd, seed):
    curve = [Stretch(0, 600, 100)]
    assert simulate(house, parties(crowd, curve, seed)) == simulate(house, parties(crowd, curve, seed))


def test_another_seed_is_another_night():
    curve = [Stretch(0, 600, 100)]
    assert parties(Crowd(), curve, 1) != parties(Crowd(), curve, 2)


def test_as_many_come_as_are_expected():
    curve = [Stretch(0, 600, 1_000), Stretch(600, 900, 3_000)]
    made = [party for seed in range(20) for party in parties(Crowd(), curve, seed)]

    early = sum(len(party.guests) for party in made if party.came < 600)
    assert early / 20 == pytest.approx(1_000, rel=0.03)
    assert sum(len(party.guests) for party in made) / 20 == pytest.approx(4_000, rel=0.03)
    assert statistics.mean(len(party.guests) for party in made) == pytest.approx(Crowd().size, rel=0.03)
    assert sum(party.sale is not None for party in made) / len(made) == pytest.approx(0.2, abs=0.01)


def at(came: float, *scans: float, sale: float | None = None) -> Party:
    return Party(came, tuple(Guest(scan) for scan in scans), sale)


def begun(run: Run) -> tuple[list[float], list[float]]:
    return [visit.begun for visit in run.desks], [visit.begun for visit in run.doors]


def test_who_bought_walks_to_the_door_and_waits_there_again():
    house = House(desks=always(1), doors=always(1), walk=60)
    run = simulate(house, [at(0, 10, sale=30), at(5, 10, 10, sale=30), at(85, 10)])

    # The second buys from 30 to 60 and is at the door at 120; the third comes straight to it.
    assert begun(run) == ([0, 30], [85, 95, 120])
    assert waits(run.doors) == [0, 0, 0, 5]


def test_desks_that_open_later_take_who_waits():
    house = House(desks=((100, 1), (110, 2)), doors=always(9))
    assert begun(simulate(house, [at(0, 1, sale=30) for _party in range(3)]))[0] == [100, 110, 130]


def test_a_desk_that_closes_ends_the_sale_that_it_has_begun():
    house = House(desks=((0, 2), (10, 1)), doors=always(9))
    assert begun(simulate(house, [at(0, 1, sale=30) for _party in range(3)]))[0] == [0, 0, 30]


def test_nothing_is_sold_in_an_outage_and_the_doors_go_on():
    slow = Answers(till=1, door=1, offline=0.5)
    house = House(desks=always(1), doors=always(1), answers=slow, outage=(100, 700))
    run = simulate(house, [at(80, 5, sale=30), at(90, 5), at(99, 5), at(99, 5, 5)])

    assert run.desks[0].ended == 701
    # The first is judged by the server, the others, one of whom was scanned at 101, by the door itself.
    assert [visit.ended for visit in run.doors] == [96, 104.5, 115.5, 706 + 1]


def test_a_sale_that_was_asked_before_the_outage_and_not_answered_is_answered_after_it():
    house = House(desks=always(1), doors=always(1), answers=Answers(till=2), outage=(100, 700))
    assert simulate(house, [at(69, 5, sale=30)]).desks[0].ended == 702
    assert simulate(house, [at(68, 5, sale=30)]).desks[0].ended == 100


def test_a_door_without_an_answer_decides_when_its_patience_ends():
    house = House(desks=always(1), doors=always(1), answers=Answers(door=20, offline=0.1))
    assert simulate(house, [at(0, 5)]).doors[0].ended == pytest.approx(8.1)


def test_who_is_refused_is_not_let_in_and_does_not_come_back():
    guests = (Guest(5, is_refused=True), Guest(5, away=100, again=5))
    run = simulate(House(desks=always(1), doors=always(1)), [Party(0, guests)])

    assert (run.let_in, run.refused, run.came_back) == (2, 1, 1)
    assert run.doors[1].came == 110


def test_of_nobody_nobody_waits():
    run = simulate(House(desks=(), doors=()), [])
    assert (quantile(waits(run.doors), 0.95), longest(run.doors)) == (0, 0)


def test_who_is_never_served_waits_for_ever():
    run = simulate(House(desks=(), doors=((0, 1), (10, 0))), [at(0, 20), at(1, 5, 5)])

    assert run.left_waiting == 2
    assert quantile(waits(run.doors), 0.95) == math.inf
    assert longest(run.doors) == 2
