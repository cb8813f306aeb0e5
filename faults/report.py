"""The figures, for the terminal and for docs/reliability.md."""

import os
import platform
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.server import ROOT
from faults.control import Planted
from faults.log import LANES
from faults.outcome import Outcome

PAGE = ROOT / "docs" / "reliability.md"
BEGIN, END = "<!-- figures: written by `make faults` -->", "<!-- end of the figures -->"
HEADS = (
    "fault",
    "requests",
    "acknowledged",
    "503",
    "no answer",
    "other 5xx",
    "lost",
    "doubled",
    "oversold",
    "books",
    "longest request",
    *(f"gap: {lane}" for lane in LANES),
    "served again after",
)
NAMES = {"postgresql": "PostgreSQL", "sqlite": "SQLite"}


def line(outcome: Outcome) -> str:
    """One outcome on one line, for whoever watches the run."""
    lost, doubled, oversold, books = outcome.figures
    gaps = " ".join(f"{outcome.gaps[lane]:.1f}" for lane in LANES)
    again = "never" if outcome.recovery is None else f"{outcome.recovery:.1f} s"
    return (
        f"{NAMES[outcome.vendor]}: {outcome.fault.name}: {outcome.requests} requests, {outcome.acknowledged}"
        f" acknowledged, {outcome.busy} 503, {outcome.unanswered} no answer, {outcome.faults} other 5xx;"
        f" lost {lost}, doubled {doubled}, oversold {oversold}, books {books};"
        f" longest {outcome.longest:.1f} s, gaps {gaps}, again after {again}"
    )


def markdown(outcomes: Sequence[Outcome], planted: Sequence[Planted], missing: Sequence[str]) -> str:
    load = os.getloadavg()[1]
    parts = [
        f"Measured by `make faults` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores"
        f" ({platform.machine()}), Python {platform.python_version()}; the machine's load in the last five"
        f" minutes was {load:.1f}. Times are seconds; in brackets where the fault itself stops this watcher.",
        *(_table(vendor, outcomes) for vendor in NAMES if any(one.vendor == vendor for one in outcomes)),
        _control(planted),
    ]
    if missing:
        parts.append("Not injected: " + "; ".join(missing) + ".")
    return "\n\n".join(parts)


def _table(vendor: str, outcomes: Sequence[Outcome]) -> str:
    rows = [one for one in outcomes if one.vendor == vendor]
    lines = [HEADS, ["---", *["---:"] * (len(HEADS) - 1)], *map(_cells, rows), _total(rows)]
    return f"### {NAMES[vendor]}\n\n" + "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cells(outcome: Outcome) -> list[str]:
    again = "never" if outcome.recovery is None else f"{outcome.recovery:.1f}"
    return [
        outcome.fault.name,
        *_numbers([outcome]),
        f"{outcome.longest:.1f}",
        *_gaps(outcome),
        again,
    ]


def _gaps(outcome: Outcome) -> Iterator[str]:
    for lane, gap in outcome.gaps.items():
        yield f"({gap:.1f})" if lane in outcome.fault.closed else f"{gap:.1f}"


def _numbers(outcomes: Sequence[Outcome]) -> list[str]:
    names = ("requests", "acknowledged", "busy", "unanswered", "faults")
    sums = [sum(getattr(one, name) for one in outcomes) for name in names]
    return [
        f"{number:,}" for number in [*sums, *(sum(part) for part in zip(*_figures(outcomes), strict=True))]
    ]


def _figures(outcomes: Sequence[Outcome]) -> list[tuple[int, ...]]:
    return [one.figures for one in outcomes]


def _total(outcomes: Sequence[Outcome]) -> list[str]:
    open_gaps = [
        max((one.gaps[lane] for one in outcomes if lane not in one.fault.closed), default=0.0)
        for lane in LANES
    ]
    longest = max(one.longest for one in outcomes)
    again = max(one.recovery or 0.0 for one in outcomes)
    return [
        "**all**",
        *_numbers(outcomes),
        f"{longest:.1f}",
        *(f"{gap:.1f}" for gap in open_gaps),
        f"{again:.1f}",
    ]


def _control(planted: Sequence[Planted]) -> str:
    found = sum(one.found for one in planted)
    names = ", ".join(dict.fromkeys(one.name for one in planted))
    return f"The control: {found} of {len(planted)} planted losses were found ({names})."


def write(text: str, page: Path = PAGE, marks: tuple[str, str] = (BEGIN, END)) -> None:
    """Put the figures where the page has them."""
    begin, end = marks
    before, _, rest = page.read_text().partition(begin)
    _, _, after = rest.partition(end)
    page.write_text(f"{before}{begin}\n\n{text}\n\n{end}{after}")
