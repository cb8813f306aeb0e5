"""One HTTP client: a request at a time, each written down whatever comes of it."""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from faults.log import Log, Said

JSON_API = "application/vnd.api+json"


@dataclass(frozen=True)
class Request:
    """What is sent, and what the log shall say of it: `act`, `key` and `asked`."""

    method: str
    path: str
    act: str
    key: str
    asked: Mapping[str, Any]
    data: Mapping[str, Any] | None = None

    @property
    def body(self) -> str | None:
        return None if self.data is None else json.dumps({"data": self.data})


@dataclass
class Client:
    """Asks in the name of one person, the servers in turn. `patience` is how many seconds it waits for an
    answer.
    """

    ports: Sequence[int]
    who: str
    token: str
    event: int
    log: Log
    began: float
    patience: float
    asked: int = 0

    def _next_port(self) -> int:
        self.asked += 1
        return self.ports[self.asked % len(self.ports)]

    def ask(self, request: Request, patience: float | None = None) -> Said:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": JSON_API}
        if request.key:
            headers["Idempotency-Key"] = request.key
        connection = HTTPConnection("127.0.0.1", self._next_port(), timeout=patience or self.patience)
        sent = time.monotonic()
        try:
            connection.request(request.method, request.path, request.body, headers)
            answer = connection.getresponse()
            status, code, told = answer.status, "", _read(answer.read())
            if status >= 400:
                code, told = _code(told), {}
        except (OSError, HTTPException) as error:
            status, code, told = 0, type(error).__name__, {}
        finally:
            connection.close()
        return self._written(request, sent, status, code, told)

    def _written(self, request: Request, sent: float, status: int, code: str, told: dict[str, Any]) -> Said:
        said = Said(
            event=self.event,
            who=self.who,
            act=request.act,
            key=request.key,
            sent=round(sent - self.began, 4),
            took=round(time.monotonic() - sent, 4),
            status=status,
            code=code,
            asked=dict(request.asked),
            told=_needed(told),
        )
        self.log.write(said)
        return said


def _read(body: bytes) -> dict[str, Any]:
    try:
        return json.loads(body or b"{}")
    except ValueError:
        return {}


def _code(body: Mapping[str, Any]) -> str:
    errors = body.get("errors") or [{}]
    return str(errors[0].get("code", ""))


def _needed(body: Mapping[str, Any]) -> dict[str, Any]:
    """Of an answer what the checker holds against the books."""
    found = body.get("data")
    match found:
        case {"type": "order", "id": pk, "attributes": attributes}:
            rows = found.get("relationships", {}).get("attendees", {}).get("data", [])
            return {
                "order": int(pk),
                "identifier": attributes["identifier"],
                "status": attributes["status"],
                "attendees": [int(row["id"]) for row in rows],
            }
        case {"type": "check-in", "id": pk, "attributes": attributes}:
            return {"check-in": int(pk), "answer": attributes["answer"]}
    return {}
