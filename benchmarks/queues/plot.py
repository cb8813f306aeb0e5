"""Who waits at the desks and at the doors, minute by minute of one night."""

from pathlib import Path

from benchmarks.plot import pyplot, save
from benchmarks.queues.plans import MINUTE
from benchmarks.queues.simulation import Run, queue

COLOURS = ("#2a6fb3", "#b3402a", "#6b6b6b")
UNTIL = 180  # minutes


def draw(nights: dict[str, Run], path: Path) -> None:
    """Each night by its name."""
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.6))
    for (name, run), colour in zip(nights.items(), COLOURS, strict=True):
        for axes, visits in zip(panels, (run.desks, run.doors), strict=True):
            lengths = by_minute(queue(visits))
            axes.plot(range(len(lengths)), lengths, color=colour, label=name)
    for axes, where in zip(panels, ("at the desks", "at the doors"), strict=True):
        axes.set(xlabel="minutes since the doors opened", ylabel=f"guests who wait {where}", ylim=(0, None))
        axes.grid(alpha=0.3)
    panels[0].set_ylim(top=1.35 * panels[0].get_ylim()[1])  # room for the legend
    panels[0].legend(loc="upper left")
    save(figure, path)


def by_minute(steps: list[tuple[float, int]]) -> list[int]:
    """How many wait at the end of each minute."""
    lengths, waiting, steps = [], 0, list(reversed(steps))
    for minute in range(UNTIL + 1):
        while steps and steps[-1][0] <= minute * MINUTE:
            waiting = steps.pop()[1]
        lengths.append(waiting)
    return lengths
