"""Who waits at the desks and at the doors, minute by minute of one night."""

from pathlib import Path

from benchmarks.plot import pyplot, save
from benchmarks.queues.plans import by_minute
from benchmarks.queues.simulation import Run, queue

COLOURS = ("#2a6fb3", "#b3402a", "#6b6b6b")
UNTIL = 180  # minutes


def draw(nights: dict[str, Run], path: Path) -> None:
    """Each night by its name."""
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.6))
    for (name, run), colour in zip(nights.items(), COLOURS, strict=True):
        for axes, visits in zip(panels, (run.desks, run.doors), strict=True):
            lengths = by_minute(queue(visits), UNTIL)
            axes.plot(range(len(lengths)), lengths, color=colour, label=name)
    for axes, where in zip(panels, ("at the desks", "at the doors"), strict=True):
        axes.set(xlabel="minutes since the doors opened", ylabel=f"guests who wait {where}", ylim=(0, None))
        axes.grid(alpha=0.3)
    panels[0].set_ylim(top=1.35 * panels[0].get_ylim()[1])  # room for the legend
    panels[0].legend(loc="upper left")
    save(figure, path)
