"""What was measured, and whether it is good enough."""

import math
import statistics
from dataclasses import dataclass

from benchmarks.matrix import BARE, BARE_DOOR, PGBENCH, Plan, Row, sold_site
from benchmarks.stage import Sample


@dataclass(frozen=True)
class Summary:
    """A row over all rounds: medians, and the slowest and fastest round."""

    rate: float
    slowest: float
    fastest: float
    p50: float
    p99: float
    application: float | None
    database: float | None
    generator: float
    failures: str


@dataclass(frozen=True)
class Must:
    """A demand and what was found; `at_most` tells the direction."""

    text: str
    found: float
    bound: float
    at_most: bool = False

    @property
    def is_met(self) -> bool:
        return self.found <= self.bound if self.at_most else self.found >= self.bound


@dataclass(frozen=True)
class Results:
    plan: Plan
    samples: dict[Row, list[Sample]]
    statements: dict[str, dict]
    locks: dict[str, dict[str, float]]
    round_trips: dict[int, float]

    def group(self, group: str) -> list[Row]:
        """The rows of one table, in the order of a round."""
        return [row for row in self.plan.rows() if row.group == group]

    def find(self, **facts: object) -> Row:
        """The only row of which these facts hold."""
        (found,) = (
            row
            for row in self.plan.rows()
            if all(getattr(row, name) == value for name, value in facts.items())
        )
        return found

    def summary(self, row: Row) -> Summary:
        samples = self.samples[row]
        rates = [sample.rate for sample in samples]
        return Summary(
            rate=statistics.median(rates),
            slowest=min(rates),
            fastest=max(rates),
            p50=statistics.median(sample.outcome.p50 for sample in samples),
            p99=statistics.median(sample.outcome.p99 for sample in samples),
            application=_median([sample.application for sample in samples]),
            database=_median([sample.database for sample in samples]),
            generator=statistics.median(sample.outcome.cpu / sample.outcome.seconds for sample in samples),
            failures="; ".join(sample.outcome.failures for sample in samples if sample.outcome.failures),
        )

    def ratio(self, first: Row, second: Row) -> float:
        """How many times as fast the first is: the median over rounds, each compared with itself."""
        pairs = zip(self.samples[first], self.samples[second], strict=True)
        return statistics.median(one.rate / other.rate if other.rate else 0 for one, other in pairs)

    def slower(self, first: Row, second: Row) -> float:
        """How many times as long the first takes, each pair of a round compared with itself, by its p50."""
        pairs = zip(self.samples[first], self.samples[second], strict=True)
        return statistics.median(
            one.outcome.p50 / other.outcome.p50 if one.outcome.p50 and other.outcome.p50 else math.inf
            for one, other in pairs
        )

    @property
    def failed(self) -> list[Row]:
        """The rows in which any request was not answered as it should be."""
        return [row for row in self.samples if self.summary(row).failures]

    def musts(self) -> list[Must]:
        return [
            *self._yardsticks(),
            *self._sizes(),
            *self._sold(),
            self._most_statements(),
            self._tail(),
            *self._door(),
            *self._reads(),
            *self._lists(),
        ]

    def _yardsticks(self) -> list[Must]:
        found = []
        for site, name, bound in ((BARE, "bare DRF + ORM", 0.75), (PGBENCH, "pgbench, same SQL", 0.25)):
            for spread in (False, True):
                ours = self.find(group="sale", clients=8, attendees=4, spread=spread)
                theirs = self.find(group="yardstick", site=site, spread=spread)
                text = f"orders/s, 4 attendees, {_tickets(spread)}, 8 clients, against {name}"
                found.append(Must(text, self.ratio(ours, theirs), bound))
        return found

    def _sizes(self) -> list[Must]:
        least, most = self.plan.attendees[0], self.plan.attendees[-1]
        found = []
        for spread in (False, True):
            few, many = (
                self.find(group="sale", clients=8, attendees=attendees, spread=spread)
                for attendees in (least, most)
            )
            text = f"orders/s with {least} attendee against {most}, {_tickets(spread)}, 8 clients"
            found.append(Must(text, self.ratio(few, many), 4, at_most=True))
        return found

    def _sold(self) -> list[Must]:
        most = self.plan.sold[-1]
        found = []
        for spread in (False, True):
            none, much = (self.find(group="sold", site=sold_site(sold), spread=spread) for sold in (0, most))
            text = f"orders/s with none sold against {most:,} sold, {_tickets(spread)}"
            found.append(Must(text, self.ratio(none, much), 1.1, at_most=True))
        return found

    def sql(self, attendees: int) -> int:
        """How many statements one order sends."""
        return len(self.statements[str(attendees)]["sql"])

    def _most_statements(self) -> Must:
        most = max(map(self.sql, self.plan.attendees))
        return Must("SQL statements of an order, BEGIN and COMMIT included", most, 12, at_most=True)

    def _door(self) -> list[Must]:
        """A scan against the least that a request with one statement can do, and against the least that the
        same tools can do for a scan, as one door waits for it.
        """
        select, ours = (
            self.find(group="check-in", what=what, clients=1) for what in ("bare SELECT", "check-in")
        )
        scan = self.find(group="check-in", site=BARE_DOOR)
        text = "p50 of a check-in against {}, 1 client"
        return [
            Must(text.format("a bare SELECT"), self.slower(ours, select), 3, at_most=True),
            Must(text.format(scan.what), self.slower(ours, scan), 1.33, at_most=True),
            Must("SQL statements of a check-in, BEGIN and COMMIT included", self.door_sql, 10, at_most=True),
        ]

    def _reads(self) -> list[Must]:
        *ours, bare = self.plan.compared_reads
        return [
            Must(f"{row.what}/s, 8 clients, against a bare SELECT", self.ratio(row, bare), 0.2)
            for row in ours
        ]

    def _lists(self) -> list[Must]:
        *ours, bare = self.group("list")
        return [
            Must(f"an event's {row.what}/s, 8 clients, against a bare SELECT", self.ratio(row, bare), 0.2)
            for row in ours
        ]

    @property
    def door_sql(self) -> float:
        """How many statements one check-in sends; infinite if it fails."""
        sql = self.statements["check-in"]["sql"]
        return math.inf if sql is None else len(sql)

    def _tail(self) -> Must:
        def tail(row: Row) -> float:
            return statistics.median(
                sample.outcome.p99 / sample.outcome.p50 if sample.outcome.p50 else 0
                for sample in self.samples[row]
            )

        rows = [row for row in [*self.group("sale"), *self.group("sold")] if row.clients == 8]
        worst = max(rows, key=tail)
        return Must(f"p99 against p50, worst row of 8 clients ({worst})", tail(worst), 4, at_most=True)


def _tickets(spread: bool) -> str:
    return "spread" if spread else "hot"


def _median(values: list[float | None]) -> float | None:
    return None if None in values else statistics.median(values)
