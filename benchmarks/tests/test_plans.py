import math
from dataclasses import replace

import pytest

from benchmarks.queues.line import always
from benchmarks.queues.plans import (
    MOST,
    PLANS,
    Served,
    by_minute,
    crowded,
    fewest,
    fewest_desks,
    fewest_doors,
    fewest_together,
    half_at_first,
    house,
    measured,
    measured_answers,
    serve,
)
from benchmarks.queues.simulation import Answers, Run, Visit

CLUB = PLANS[0]
TWO_CLUBS = replace(CLUB, name="two clubs", guests=2 * CLUB.guests, entrances=2)
ANSWERS = Answers(till=0.2, door=0.1, offline=0.1)


def p95(desks, doors, *, at_desks):
    return serve(CLUB, house(CLUB, always(desks), always(doors), ANSWERS)).wait(at_desks)


@pytest.mark.parametrize(("within", "number"), [(20, 1), (10, 1), (9.9, 2), (2.5, 4), (0.1, 100)])
def test_the_fewest_is_the_first_that_will_do(within, number):
    assert fewest(lambda n: 10 / n, within) == number


def test_where_no_number_will_do_it_says_more_than_was_tried():
    assert fewest(lambda _n: math.inf, 10) == MOST


@pytest.mark.parametrize("within", [0.5, 5])
def test_a_desk_or_a_door_less_than_the_fewest_is_too_few(within):
    desks = fewest_desks(CLUB, ANSWERS, within)
    doors = fewest_doors(CLUB, ANSWERS, within, always(desks))

    assert desks > 1
    assert p95(desks, doors, at_desks=True) <= within < p95(desks - 1, doors, at_desks=True)
    assert p95(desks, doors, at_desks=False) <= within < p95(desks, doors - 1, at_desks=False)


def test_where_an_answer_takes_two_seconds_a_full_house_waits_longer_at_its_doors():
    full, slow = replace(CLUB, guests=3_000), replace(ANSWERS, door=2)
    quick_wait, slow_wait = (
        serve(full, house(full, always(99), always(4), answers)).wait(desks=False)
        for answers in (ANSWERS, slow)
    )
    assert slow_wait > quick_wait + 5


def test_one_box_office_for_two_entrances_needs_no_more_desks_than_two():
    apart = 2 * fewest_desks(TWO_CLUBS, ANSWERS, 1)
    assert fewest_together(TWO_CLUBS, ANSWERS, 1) <= apart


def test_entrances_share_the_guests_and_the_peak_is_of_all_of_them():
    assert sum(stretch.guests for stretch in TWO_CLUBS.arrivals) == pytest.approx(CLUB.guests)
    assert TWO_CLUBS.peak == pytest.approx(2 * CLUB.peak)
    assert CLUB.peak == pytest.approx(0.6 * CLUB.guests / (45 * 60))
    assert crowded(CLUB, 1.5).guests == 1_200


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.name)
def test_all_guests_of_a_plan_come_sometime(plan):
    assert sum(share for _from, _until, share in plan.curve) == pytest.approx(1)
    assert all(one[1] == other[0] for one, other in zip(plan.curve, plan.curve[1:], strict=False))
    assert sum(plan.crowd.sizes) == pytest.approx(1)


def test_half_of_the_staff_is_there_until_most_come():
    assert half_at_first(5, CLUB) == ((0, 3), (75 * 60, 5))


def test_what_was_done_in_the_busiest_minute_counts_orders_at_desks_and_guests_at_doors():
    visits = [Visit(3, 0, 0, 10), Visit(2, 0, 10, 59), Visit(4, 0, 59, 61), Visit(9, 0, math.inf, math.inf)]
    served = Served((Run(desks=visits, doors=visits),))
    assert (served.busiest_minute(True), served.busiest_minute(False)) == (2, 5)


def test_the_answers_are_those_that_the_screens_were_measured_with():
    answers = measured_answers()
    assert 0 < answers.door < answers.patience
    assert 0 < answers.till < answers.patience


def test_a_row_that_was_not_measured_is_named():
    with pytest.raises(SystemExit, match="till, CPU slowed 9x"):
        measured("till, CPU slowed 9x")


def test_the_picture_shows_who_waits_at_the_end_of_each_minute():
    assert by_minute([(10, 2), (50, 3), (60, 1), (130, 0)], 3) == [0, 1, 1, 0]
