"""What was asked of the server and what it told: one line of JSON for each request."""

import json
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

# What the clients do, and whom the watchers stand for.
SELL, COMPLETE, CANCEL, GIVE_UP, SCAN, HEALTH = "sell", "complete", "cancel", "give-up", "scan", "health"
DOOR, TILL, HEALTHZ = "door", "another ticket", "/healthz"
# What a client who asks only for what is allowed may be refused for.
REFUSALS = frozenset({"sold-out", "given-up", "undo-over", "guest-inside", "order-cancelled"})
LANES = (DOOR, TILL, HEALTHZ)


@dataclass(frozen=True)
class Said:
    """One request. `sent` and `took` are seconds, from the start of the run; `status` is 0 where no answer
    came, and `code` then says why. `asked` and `told` are what the checker needs of the two bodies.
    """

    event: int
    who: str
    act: str
    key: str
    sent: float
    took: float
    status: int
    code: str = ""
    asked: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def answered(self) -> float:
        return self.sent + self.took

    @property
    def is_done(self) -> bool:
        """Whether the client was told that it is done."""
        return 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """Whether there is nothing left to try: it is done, or refused."""
        return 200 <= self.status < 500

    @property
    def was_hung_up_on(self) -> bool:
        """Whether no answer came although the client would have waited."""
        return self.status == 0 and self.code != "TimeoutError"

    def is_noticed(self, since: float, until: float) -> bool:
        """Whether it was under way between the two and met something out of the ordinary."""
        is_odd = self.status >= 500 or self.took > 2 or self.code not in ("", "TimeoutError")
        return self.sent < until and self.answered > since and is_odd and self.code not in REFUSALS

    def __str__(self) -> str:
        """For people who look for it in the log."""
        return f"{self.act} {self.key} of {self.who}, sent at {self.sent:.3f} s"


class Log:
    """Written by many clients at once, each line as soon as it is known."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._alone = threading.Lock()

    def write(self, said: Said) -> None:
        with self._alone, self.path.open("a") as file:
            print(json.dumps(asdict(said)), file=file)

    def of(self, event: int) -> list[Said]:
        """What was said of an event, read back from the file."""
        return [said for said in read(self.path) if said.event == event]


def read(path: Path) -> Iterable[Said]:
    with path.open() as lines:
        for line in lines:
            yield Said(**json.loads(line))
