"""Measure what a sale costs, on this machine, and write it down.

make bench          about a quarter of an hour; writes RESULTS.md and throughput.svg
make bench-quick    does it all work? Its figures mean little.
"""

import argparse
import signal
import sys
import tempfile
from pathlib import Path

from tqdm import tqdm

from benchmarks import load, plot, report
from benchmarks.matrix import FULL, QUICK, Plan, Row
from benchmarks.results import Results
from benchmarks.stage import Sample, Stage, staged

HERE = Path(__file__).resolve().parent


def measure(stage: Stage, plan: Plan) -> dict[Row, list[Sample]]:
    samples: dict[Row, list[Sample]] = {row: [] for row in plan.rows()}
    with tqdm(total=plan.rounds * len(plan.round()), unit="row", dynamic_ncols=True) as bar:
        for rows in plan.in_order():
            bar.set_description("a new round")
            stage.start_round()
            for row in rows:
                bar.set_description(str(row))
                samples[row].append(stage.measure(row))
                bar.update()
    return samples


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small matrix, a second for each row")
    quick = parser.parse_args().quick
    load.check_generator()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are stopped
    plan, output = (QUICK, HERE / "quick") if quick else (FULL, HERE)
    # Short, because the path of a Unix socket has at most 107 characters.
    with tempfile.TemporaryDirectory(prefix="onsite-bench-", dir="/tmp") as folder:
        print("Starting and filling the databases ...", file=sys.stderr)
        with staged(plan, Path(folder)) as stage:
            samples = measure(stage, plan)
            version = stage.postgres.execute("SHOW server_version")
    results = Results(plan, samples, stage.statements, stage.locks, stage.round_trips)
    output.mkdir(exist_ok=True)
    command = "make bench-quick" if quick else "make bench"
    text = report.markdown(results, command=command, postgres=version)
    (output / "RESULTS.md").write_text(text)
    plot.draw(results, output / "throughput.svg")
    print(text)
    for row in results.failed:
        print(f"FAILED: {row}: {results.summary(row).failures}", file=sys.stderr)
    return 1 if results.failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
