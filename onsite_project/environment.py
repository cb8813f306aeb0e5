"""Where the settings come from: the environment, and the file `.env` beside `manage.py`.

Each reader takes a name and what holds unless it is set; one that is set and empty is not set, where empty
means nothing. What is nonsense is noted, and the default goes on in its place, so that `refuse_nonsense`
tells of all at once. `read` takes anything of `base.given`.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from environ import Env

from base import given
from base.given import Unfit

T = TypeVar("T")
BASE_DIR = Path(__file__).resolve().parent.parent
LONGEST = 60  # of what was given, so much is shown
HIDDEN = "(not shown)"


class Environment:
    """Typed readers of the environment; `names` are the variables that were asked for, `nonsense` is what is
    wrong, a line each.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self.nonsense: list[str] = []

    def read(
        self,
        name: str,
        default: T,
        fit: Callable[[str], T],
        *,
        show: Callable[[str], str] = repr,
        empty: bool = False,
        exactly: bool = False,
    ) -> T:
        """What `fit` makes of the variable. `show` tells as much of it as may be told, where it is `Unfit`;
        `empty`: nothing is something, too; `exactly`: so are blanks round it.
        """
        text = self._given(name)
        if text is not None and not exactly:
            text = text.strip()
        if text is None or (not text and not empty):
            return default
        try:
            return fit(text)
        except Unfit as unfit:
            self.refuse(f"{name} is {_short(show(text))}; wanted: {unfit.wanted}")
            return default

    def _given(self, name: str) -> str | None:
        """As django-environ has it, `$OTHER` is what OTHER is; unless that is none, as in a password."""
        self.names.add(name)
        text = os.environ.get(name)
        if text is not None and text.startswith("$"):
            text = os.environ.get(text[1:], text)
        return text

    def refuse(self, line: str) -> None:
        """Something else is wrong with what it is run on."""
        self.nonsense.append(line)

    def flag(self, name: str, *, default: bool) -> bool:
        return self.read(name, default, given.flag)

    def whole(self, name: str, *, default: int, least: int = 1, most: int = given.MOST) -> int:
        return self.read(name, default, lambda text: given.whole(text, least, most))

    def seconds(self, name: str, *, default: float, least: float = 0.001) -> float:
        return self.read(name, default, lambda text: given.seconds(text, least))

    def text(self, name: str, *, default: str = "", lines: bool = False) -> str:
        """Anything; with `lines`, `\\n` begins another one."""
        text = self.read(name, default, str, empty=True)
        return text.replace("\\r\\n", "\n").replace("\\n", "\n") if lines else text

    def secret(self, name: str, *, shortest: int = 1) -> str:
        """What is never shown; empty for none."""
        return self.read(name, "", given.longer_than(shortest), show=lambda _text: HIDDEN, exactly=True)

    def url(self, name: str, default: T, fit: Callable[[str], T]) -> T:
        """What may hold a password."""
        return self.read(name, default, fit, show=given.without_secrets)

    def entries(
        self, name: str, *, default: Iterable[str] = (), each: Callable[[str], str] = str, empty: bool = True
    ) -> list[str]:
        """What stands between commas, each by itself."""
        return self.read(name, [*default], lambda text: given.entries(text, each), empty=empty)

    def refuse_nonsense(self) -> None:
        """End the process with a line for each setting that is wrong (`SystemExit`, which gunicorn, Django
        and Python let through without a traceback).
        """
        if self.nonsense:
            raise SystemExit("\n".join(self.nonsense))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


Env.read_env(BASE_DIR / ".env")
env = Environment()
