#!/usr/bin/env python
"""Whether the tests would notice: changes the code in a small way, many times, and runs the tests of it.

    .venv/bin/python tools/mutants.py                                      # 150 changes, an hour or two
    .venv/bin/python tools/mutants.py --number 20 --only shifts/drawer.py

Each mutant is one change, tried on SQLite in a temporary copy of the checkout, by the tests that run its
line. One that no test notices has
`survived`: a test is missing, or the change makes no difference. The same `--seed` draws the same mutants.
"""

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coverage import CoverageData

# What is changed, and the tests that should notice, those that notice most first.
TARGETS = [
    ("orders/sales.py", ["orders/tests", "till/tests"]),
    ("orders/sale.py", ["orders/tests"]),
    ("tickets/stock.py", ["tickets/tests", "orders/tests"]),
    ("limits/stock.py", ["limits/tests"]),
    ("limits/shelf.py", ["limits/tests"]),
    ("orders/settlement.py", ["orders/tests"]),
    ("orders/lifecycle.py", ["orders/tests", "till/tests"]),
    ("door/admission.py", ["door/tests", "orders/tests/test_admit_at_the_sale.py"]),
    ("shifts/drawer.py", ["shifts/tests", "orders/tests"]),
]
CHOSEN = ".tests-to-run"
ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT = (".git", ".venv", "__pycache__", ".hypothesis", ".pytest_cache", ".ruff_cache", "*.sqlite3*")
PYTEST = ["-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-m", "not browser", "--hypothesis-seed=0"]
LIMIT = 600  # seconds; then it hangs
COVERAGE = ["-n", "auto", "--cov=.", "--cov-context=test", "--cov-report=", "--cov-fail-under=0"]
SWAPPED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
}
DELETED = (ast.Assign, ast.AnnAssign, ast.AugAssign)


@dataclass(frozen=True)
class Mutant:
    source: str
    line: int
    change: str
    text: str
    """The whole module with the change."""

    def __str__(self) -> str:
        return f"{self.source}:{self.line}  {self.change}"


def mutants_of(source: str) -> Iterator[Mutant]:
    """Every change of a module that is known here."""
    tree = ast.parse((ROOT / source).read_text())
    in_functions = _in_functions(tree)
    for node, parent, name, index in list(_places(tree)):
        for other in _changed(node, in_functions):
            _put(parent, name, index, other)
            yield Mutant(source, node.lineno, f"{_shown(node)}  ->  {_shown(other)}", ast.unparse(tree))
            _put(parent, name, index, node)


def _places(tree: ast.AST) -> Iterator[tuple[ast.AST, ast.AST, str, int | None]]:
    """Every node with a line, and where it hangs: its parent, the field, and the index in a list."""
    for parent in ast.walk(tree):
        for name, value in ast.iter_fields(parent):
            several = isinstance(value, list)
            for index, node in enumerate(value if several else [value]):
                if hasattr(node, "lineno"):
                    yield node, parent, name, index if several else None


def _put(parent: ast.AST, name: str, index: int | None, node: ast.AST) -> None:
    if index is None:
        setattr(parent, name, node)
    else:
        getattr(parent, name)[index] = node


def _in_functions(tree: ast.AST) -> set[ast.AST]:
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {node for function in functions for node in ast.walk(function)}


def _changed(node: ast.AST, in_functions: Collection[ast.AST]) -> Iterator[ast.AST]:
    """The node in other words that mean something else. A statement goes only in a function: a module
    without one of its names would not tell anything.
    """
    match node:
        case ast.Compare(ops=ops):
            for index, operator in enumerate(ops):
                if type(operator) in SWAPPED:
                    swapped = [*ops[:index], SWAPPED[type(operator)](), *ops[index + 1 :]]
                    yield _with(node, ops=swapped)
        case ast.BoolOp(op=op) | ast.BinOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPPED:
            yield _with(node, op=SWAPPED[type(op)]())
        case ast.Constant(value=value) if type(value) in (bool, int) and value in (0, 1):
            yield _with(node, value=type(value)(1 - value))
        case ast.UnaryOp(op=ast.Not()):
            yield node.operand
    is_call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)
    if (is_call or isinstance(node, DELETED)) and node in in_functions:
        yield ast.copy_location(ast.Pass(), node)


def _with(node: ast.AST, **changes: object) -> ast.AST:
    other = copy.copy(node)
    for name, value in changes.items():
        setattr(other, name, value)
    return other


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 70 else f"{text[:69]}…"


class Copy:
    """A copy of the checkout in which the tests run, and which of them run which line."""

    def __init__(self, folder: Path, sources: Collection[str]) -> None:
        self.folder = folder
        shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(*LEFT_OUT), symlinks=True)
        tests = sorted({path for source in sources for path in dict(TARGETS)[source]})
        if self._run([*tests, *COVERAGE], None):
            sys.exit(f"The tests fail as it is: {' '.join(tests)}")
        data = CoverageData(str(folder / ".coverage"))
        data.read()
        self.reached = {source: data.contexts_by_lineno(str(folder / source)) for source in sources}

    def judge(self, mutant: Mutant) -> str:
        """What the tests say to a mutant: `killed`, `timed out` or `survived`."""
        path = self.folder / mutant.source
        path.write_text(mutant.text)
        try:
            return "killed" if self._run(self._reaching(mutant), LIMIT) else "survived"
        except subprocess.TimeoutExpired:
            return "timed out"
        finally:
            shutil.copy(ROOT / mutant.source, path)

    def _reaching(self, mutant: Mutant) -> list[str]:
        """The tests that run the line; all of the module's for one that runs when it is imported."""
        contexts = self.reached[mutant.source].get(mutant.line, [])
        tests = dict.fromkeys(context.partition("|")[0] for context in contexts if context)
        known = dict(TARGETS)[mutant.source]
        first = [test for path in known for test in sorted(tests) if test.startswith(path)]
        return list(dict.fromkeys(first)) or known

    def _run(self, tests: Sequence[str], limit: float | None) -> int:
        """What pytest answers: 0 if all of them pass."""
        (self.folder / CHOSEN).write_text("\n".join(tests))
        sqlite = {"DATABASE_URL": "sqlite:///db.sqlite3", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *PYTEST, f"@{CHOSEN}"],
            cwd=self.folder,
            env={**os.environ, **sqlite},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=limit,
        ).returncode


def main() -> None:
    """Draw the mutants, try each, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--number", type=int, default=150, help="how many mutants (150)")
    parser.add_argument("--seed", type=int, default=1, help="which ones (1)")
    sources = [source for source, _tests in TARGETS]
    parser.add_argument("--only", action="append", choices=sources, help="of this module; may be repeated")
    asked = parser.parse_args()
    every = [mutant for source in asked.only or sources for mutant in mutants_of(source)]
    drawn = random.Random(asked.seed).sample(every, min(asked.number, len(every)))
    print(f"{len(drawn)} of {len(every)} mutants", flush=True)
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        checkout = Copy(Path(folder) / "checkout", {mutant.source for mutant in drawn})
        for mutant in sorted(drawn, key=lambda mutant: (mutant.source, mutant.line)):
            verdict = checkout.judge(mutant)
            survived += verdict == "survived"
            print(f"{verdict:9}  {mutant}", flush=True)
    print(f"{len(drawn) - survived} noticed, {survived} survived")


if __name__ == "__main__":
    main()
