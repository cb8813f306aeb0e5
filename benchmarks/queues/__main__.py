"""How long guests wait at the desks and the doors, and how many must serve. Writes QUEUES.md and queues.svg.

make bench-queues                                                      some minutes
python -m benchmarks.queues --guests 3000 --walk-ups 0.3 --within 10    how many an event of your own needs
python -m benchmarks.queues --guests 3000 --desks 4 --doors 5           how long they wait there
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.queues.line import always
from benchmarks.queues.plans import CONCERT, PLANS, Plan, house, measured_answers, nights, serve
from benchmarks.queues.report import HALL, USUAL, Staffing, cases, staffed, text
from benchmarks.queues.simulation import Answers, simulate

FOLDER = Path(__file__).parents[1]


def write(answers: Answers) -> None:
    from benchmarks.queues.plot import draw  # needs what the rest does without

    usual = [staffed(plan, answers) for plan in PLANS]
    found = text(answers, usual)
    (FOLDER / "QUEUES.md").write_text(found)
    print(found)
    hall = next(one for one in usual if one.plan is HALL)
    first = nights(HALL)[0]
    planned, fewer, _more, _half, outage = cases(hall, answers).items()
    draw({name: simulate(house, first) for name, house in (planned, fewer, outage)}, FOLDER / "queues.svg")


def plan_one(terms: argparse.Namespace, answers: Answers) -> None:
    crowd = replace(HALL.crowd, walk_ups=terms.walk_ups)
    plan = Plan("yours", terms.guests, 1, CONCERT, crowd)
    found = staffed(plan, answers, terms.within)
    one = Staffing(plan, terms.desks or found.desks, terms.doors or found.doors)
    served = serve(plan, house(plan, always(one.desks), always(one.doors), answers))
    for name, number, desks in (("desks", one.desks, True), ("doors", one.doors, False)):
        print(
            f"{number} {name}: half wait {served.wait(desks, 0.5):.1f} minutes at most, 19 of 20 "
            f"{served.wait(desks):.1f}; {served.longest(desks):.0f} guests in the longest queue"
        )


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.queues",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--guests", type=int, help="who come to one entrance, as to a concert")
    parser.add_argument("--walk-ups", type=float, default=0.2, help="the share that buys there; 0.2")
    parser.add_argument("--within", type=float, default=USUAL, help="minutes that 19 of 20 wait; 10")
    parser.add_argument("--desks", type=int, help="instead of the fewest that do")
    parser.add_argument("--doors", type=int, help="instead of the fewest that do")
    parser.add_argument("--answer", type=float, help="seconds of the application's answers")
    terms = parser.parse_args()
    answers = measured_answers()
    if terms.answer is not None:
        answers = replace(answers, till=terms.answer, door=terms.answer)
    if terms.guests:
        plan_one(terms, answers)
    else:
        write(answers)
    return 0


if __name__ == "__main__":
    sys.exit(main())
