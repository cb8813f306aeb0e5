"""The load: wrk, one thread, a connection for each client.

Sync workers close every connection, so each request opens one; that is the same for all rows. The
percentiles are wrk's, which counts a long answer also for the requests that it kept from being sent.
"""

import json
import os
import re
import resource
import secrets
import shutil
import subprocess
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from benchmarks.world import code_of

SCRIPT = Path(__file__).with_name("load.lua")
WARM_UPS = 12
MISSING = "The benchmarks need wrk: `apt-get install wrk`, `brew install wrk`."
JSON_API, JSON = "application/vnd.api+json", "application/json"


@dataclass(frozen=True)
class Request:
    """What to send. `{n}` in path and body becomes a random number from `first` to `last`, `{code}` in
    the body the code of the attendee of that number, and `{nonce}` something new.
    """

    method: str
    path: str
    body: str = ""
    token: str = ""
    first: int = 0
    last: int = 0
    content_type: str = JSON_API

    @property
    def expected(self) -> int:
        """The only status that counts as done."""
        return 201 if self.method == "POST" else 200

    def example(self) -> bytes | None:
        """A body as it is sent."""
        body = self.body.replace("{n}", str(self.last)).replace("{code}", code_of(self.last))
        return body.replace("{nonce}", str(uuid4())).encode() or None


@dataclass(frozen=True)
class Outcome:
    """What a load did: times in milliseconds, `cpu` the generator's own seconds."""

    seconds: float
    requests: int
    p50: float
    p99: float
    cpu: float
    failures: str = ""


def check_generator() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit(MISSING)


def warm_up(url: str, request: Request) -> None:
    """Send a few, one after the other: connects the workers to their database, and waits behind
    whatever the row before has left in the queue.
    """
    for _ in range(WARM_UPS):
        sent = urllib.request.Request(
            url + request.path.replace("{n}", str(request.last)),
            method=request.method,
            data=request.example(),
            headers={"Content-Type": request.content_type, "Idempotency-Key": secrets.token_hex(16)}
            | ({"Authorization": f"Bearer {request.token}"} if request.token else {}),
        )
        try:
            with urllib.request.urlopen(sent, timeout=30) as answer:
                answer.read()
        except OSError:  # a refusal is one, too; the row itself will count it
            continue


def run(url: str, request: Request, *, clients: int, seconds: int) -> Outcome:
    """Load `url` from so many clients, each sending its next request when it has its answer."""
    environment = {
        **os.environ,
        "LOAD_METHOD": request.method,
        "LOAD_PATH": request.path,
        "LOAD_BODY": request.body,
        "LOAD_TOKEN": request.token,
        "LOAD_TYPE": request.content_type,
        "LOAD_FIRST": str(request.first),
        "LOAD_LAST": str(request.last),
        "LOAD_KEY": secrets.token_hex(8),
        "LOAD_SEED": str(secrets.randbelow(2**31)),
    }
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", "30s", "-s", str(SCRIPT), url]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"^RESULT (.*)$", done.stdout, re.MULTILINE)
    if not found:
        return Outcome(seconds, 0, 0, 0, 0, failures=f"wrk: {' '.join(done.stderr.split())}")
    result = json.loads(found[1])
    good = result["statuses"].pop(str(request.expected), 0)
    wrong = [f"{count} x {status}" for status, count in result["statuses"].items()]
    if result["lost"]:
        wrong.append(f"{result['lost']} without an answer")
    return Outcome(
        seconds=result["seconds"],
        requests=good,
        p50=result["p50"],
        p99=result["p99"],
        cpu=after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        failures=", ".join(wrong) or ("" if good else "nothing was answered"),
    )
