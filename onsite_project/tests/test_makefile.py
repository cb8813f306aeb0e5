"""What `make` does in a fresh clone, where nothing is installed yet."""

import re
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.alike

ROOT = Path(__file__).parents[2]
MAKEFILE = ROOT / "Makefile"
TAKE_AWAY = {"clean", "reset"}
AFTER_THE_PACKAGES = ".env: | .venv/.installed"

# An environment takes a while to make, and whatever is in it succeeds.
PYTHON = """#!/bin/sh
[ "$2" = venv ] || exit 0
sleep 0.2
for place; do :; done
mkdir -p "$place/bin"
for name in python pip pytest ruff biome mypy openapi-spec-validator; do
    printf '#!/bin/sh\\n' > "$place/bin/$name"
    chmod +x "$place/bin/$name"
done
"""


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `make` reads of a clone, and a Python that is quick."""
    python = tmp_path / "python"
    python.write_text(PYTHON)
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "Makefile").write_text(MAKEFILE.read_text().replace("/usr/bin/python3", str(python)))
    for requirements in ROOT.glob("requirements*.txt"):
        shutil.copy(requirements, tmp_path)
    (tmp_path / "docs/clients/node_modules").mkdir(parents=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / "docs/clients" / name, tmp_path / "docs/clients")
    return tmp_path


def make(clone: Path, *targets: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--jobs=8", f"PYTHON={clone / 'python'}", "WORKERS=1", "BROWSERS=1", *targets]
    return subprocess.run(command, cwd=clone, capture_output=True, text=True, timeout=60, check=False)


def commands() -> list[str]:
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE.read_text(), re.MULTILINE)
    assert phony is not None
    return phony[1].split()


@pytest.mark.parametrize("target", [name for name in commands() if name not in TAKE_AWAY])
def test_a_fresh_clone_can_begin_with_any_command_several_at_a_time(clone: Path, target: str) -> None:
    made = make(clone, target)

    assert made.returncode == 0, made.stderr


def test_the_secret_is_seen_to_be_made_too_early(clone: Path) -> None:
    """The control: what the clone would say if the packages were not waited for."""
    makefile = clone / "Makefile"
    assert AFTER_THE_PACKAGES in makefile.read_text()
    makefile.write_text(makefile.read_text().replace(AFTER_THE_PACKAGES, ".env:"))

    made = make(clone, "lint")

    assert made.returncode == 2
    assert ".env" in made.stderr
    assert not (clone / ".env").exists()
