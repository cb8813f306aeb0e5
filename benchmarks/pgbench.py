"""The sale's own SQL statements from pgbench: what PostgreSQL does without Python in front."""

import os
import re
import statistics
import subprocess
from pathlib import Path

from benchmarks.load import Outcome
from benchmarks.server import Postgres
from benchmarks.world import HOT

# pgbench has no strings to compute with, so what must be unique are numbers: a counter of each
# client for identifiers and keys (8 digits), random ones of 19 digits for codes.
CODES = "random(1000000000000000000, 8999999999999999999)"
ROOM = 1_000_000


def script(sale: dict) -> str:
    """A pgbench script from one captured sale (`statements.capture`): the same statements, one by
    one, with the ticket and the values that must be unique taken from variables.
    """
    lines = [
        r"\set n :n + 1",
        r"\set identifier :base + :n * 16 + :client_id",
        r"\set ticket random(:first, :last)",
    ]
    lines += [rf"\set code{index} {CODES}" for index, _code in enumerate(sale["codes"])]
    lines += [_with_variables(sql.rstrip(";"), sale) + ";" for sql in sale["sql"]]
    return "\n".join(lines) + "\n"


def _with_variables(sql: str, sale: dict) -> str:
    sql = " ".join(sql.split())
    sql = sql.replace(f"'{sale['key']}'", "'pgbench-:identifier'")
    sql = sql.replace(f"'{sale['identifier']}'", "':identifier'")
    for index, code in enumerate(sale["codes"]):
        sql = sql.replace(f"'{code}'", f"'P:code{index}'")
    # The order's id was drawn with the look at the key; of the others' only the last drawn is at hand.
    sql = re.sub(rf"\b{sale['order']}\b", "currval('orders_order_id_seq')", sql)
    if insert := re.match(r'INSERT INTO "(\w+)" \("id"', sql):
        sql = re.sub(r"(VALUES |\), )\(\d+, ", rf"\1(nextval('{insert[1]}_id_seq'), ", sql)
    return re.sub(rf"\b{HOT}\b", ":ticket", sql)


class Pgbench:
    """Runs a script against one database; each run draws its identifiers from a range of its own."""

    def __init__(self, server: Postgres, database: str, folder: Path, sale: dict) -> None:
        self.server, self.database, self.folder = server, database, folder
        self.script = folder / "sale.sql"
        self.script.write_text(script(sale))
        self.runs = 0

    def run(self, *, tickets: tuple[int, int], clients: int, seconds: int) -> Outcome:
        self.runs += 1
        variables = {"n": 0, "base": 10_000_000 + self.runs * ROOM, "first": tickets[0], "last": tickets[1]}
        log = self.folder / f"pgbench-{self.runs}"
        command = [
            *(str(self.server.programs / "pgbench"), "-n", "-M", "simple", "-U", "postgres"),
            *("-h", str(self.server.socket_folder), "-c", str(clients), "-j", "1", "-T", str(seconds)),
            *("-f", str(self.script), "--log", "--log-prefix", str(log)),
            *(f"-D{name}={value}" for name, value in variables.items()),
            self.database,
        ]
        before = os.times()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        after = os.times()
        latencies = _latencies(log)
        rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
        failures = "" if done.returncode == 0 else f"pgbench: {done.stderr.strip().splitlines()[-1]}"
        return Outcome(
            seconds=len(latencies) / float(rate[1]) if rate else seconds,
            requests=len(latencies),
            p50=statistics.median(latencies) if latencies else 0,
            p99=latencies[int(len(latencies) * 0.99)] if latencies else 0,
            cpu=sum(after[2:4]) - sum(before[2:4]),
            failures=failures,
        )


def _latencies(prefix: Path) -> list[float]:
    """Milliseconds of each transaction, ascending."""
    logs = prefix.parent.glob(f"{prefix.name}.*")
    rows = (row.split() for log in logs for row in log.read_text().splitlines())
    return sorted(int(row[2]) / 1000 for row in rows)
