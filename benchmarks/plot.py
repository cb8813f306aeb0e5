"""Throughput against the attendees sold: in one order, and before it."""

from pathlib import Path

import matplotlib as mpl

from benchmarks.results import Results

mpl.use("svg")
mpl.rcParams |= {"svg.hashsalt": "onsite", "svg.fonttype": "none", "font.size": 9}

from matplotlib import pyplot as pyplot  # noqa: E402 - after the choice of what it draws with
from matplotlib.figure import Figure  # noqa: E402

COLOURS = {False: "#b3402a", True: "#2a6fb3"}


def draw(results: Results, path: Path) -> None:
    figure, (by_size, by_sold) = pyplot.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    for spread, colour in COLOURS.items():
        label = "100 tickets" if spread else "one ticket"
        sales = [row for row in results.group("sale") if row.clients == 8 and row.spread == spread]
        sold = [row for row in results.group("sold") if row.spread == spread]
        for axes, rows, places in (
            (by_size, sales, [row.attendees for row in sales]),
            (by_sold, sold, range(len(sold))),
        ):
            found = [results.summary(row) for row in rows]
            rates = [summary.rate for summary in found]
            below = [summary.rate - summary.slowest for summary in found]
            above = [summary.fastest - summary.rate for summary in found]
            axes.errorbar(
                places, rates, yerr=[below, above], marker="o", capsize=3, color=colour, label=label
            )
    by_size.set(xscale="log", xlabel="attendees in one order", ylabel="orders a second", ylim=(0, None))
    by_size.set_xticks(results.plan.attendees, [str(size) for size in results.plan.attendees])
    by_sold.set(xlabel="attendees sold before, 4 in one order")
    by_sold.set_xticks(range(len(results.plan.sold)), [f"{sold:,}" for sold in results.plan.sold])
    for axes in (by_size, by_sold):
        axes.grid(alpha=0.3)
        axes.minorticks_off()
    by_size.legend(title="8 clients sell")
    save(figure, path)


def save(figure: Figure, path: Path) -> None:
    """As SVG that is the same for the same figures."""
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    path.write_text("\n".join(line.rstrip() for line in path.read_text().splitlines()) + "\n")
