"""The table of who may do what: read from `permissions.txt`, and written as `docs/permissions.md`."""

import re
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).with_name("permissions.txt")
PAGE = Path(__file__).parents[2] / "docs" / "permissions.md"
COLUMNS = ("nobody", "holder", "account", "buyer", "registrar", "cashier", "organizer")
# Who holds a claim link is nobody to every address but its own: where the table says nothing of them.
SAID = tuple(column for column in COLUMNS if column != "holder")
ROLES = ("registrar", "cashier", "organizer", "superuser")
LINE = re.compile(r"((?:[A-Z]+ )+)(\S+)(?: \((.+)\))?(?: \[(\w+) (\w+)\])?")
HEAD = """\
# Who may do what

Every address of Onsite, what it answers to whom. Written from the rules by hand in
`onsite_project/tests/permissions.txt`, of which `python -m onsite_project.tests.permissions` makes this
page; `onsite_project/tests/test_permissions.py` asks every address as everybody and fails where an
answer is another, or where an address is not listed.

- **yes**: answered, or done. **none**: answered, with nothing of the event in it. **login**: led to the
  log-in. **401**: not logged in. **403**: seen, but not allowed. **404**: not to be seen, as if it were not
  there.
- **account** is anybody with an account: strangers, who was a member once, and the staff and buyers of other
  events. A **device** has its role's answers, unless another stands beside them, and none of the admin. A
  revoked device is nobody; its token is 401 everywhere. A **superuser** is an organizer everywhere.
- A draft event is 404 to everybody but its members.
- A **holder** is whoever has the claim link of an order, which is in the address, and is not logged in. With
  it everybody is answered alike, and without it nobody is.
- What is not listed, no method of any address does.
"""


@dataclass(frozen=True)
class Rule:
    """One method of one address, and what it answers by column; `about` says which of several things."""

    section: str
    group: str
    method: str
    path: str
    about: str
    answers: tuple[str, ...]
    exception: str = ""  # "device" or "superuser", of whom
    other: str = ""  # is the answer

    @property
    def key(self):
        return f"{self.method} {self.path}" + (f" ({self.about})" if self.about else "")

    def answer(self, asker):
        """What the asker is to be answered."""
        if not asker.is_anonymous and self.exception in asker.kinds:
            return self.other
        column = asker.admin_column if self.path.startswith("admin/") else asker.column
        return self.answers[COLUMNS.index(column)]


def rules():
    """Every `Rule` of the table."""
    return [rule for section, lines in _sections() for rule in _rules(section, lines)]


def rights():
    """What each role may do with the rows of each of the admin's models: sets of words."""
    found = {}
    for _section, lines in _sections():
        for line in lines:
            if re.match(r"[a-z]+\.[a-z]+ ", line):
                model, *words = re.split(r" {2,}", line)
                found[model] = {r: {*w.split()} - {"-"} for r, w in zip(ROLES, words, strict=True)}
    return found


def _sections():
    """Each title with its lines, without the notes."""
    sections = []
    for line in TABLE.read_text().splitlines():
        if line.startswith("== "):
            sections.append((line[3:], []))
        elif line and not line.startswith("#"):
            sections[-1][1].append(line)
    return sections


def _rules(section, lines):
    answers, group = (), ""
    for line in lines:
        if line.startswith("= "):
            said, group = line[2:].split(" : ")
            answers = _answers(said.split(), line)
        elif found := LINE.fullmatch(line):
            methods, path, about, exception, other = found.groups(default="")
            for method in methods.split():
                yield Rule(section, group, method, path.strip("`"), about, answers, exception, other)


def _answers(said, line):
    """By column; a group of six says nothing of who holds a claim link."""
    if len(said) == len(SAID):
        said = [said[0], *said]
    assert len(said) == len(COLUMNS), line
    return tuple(said)


def page():
    """`docs/permissions.md`."""
    parts = [HEAD]
    for section, lines in _sections():
        parts.append(f"## {section}\n")
        grouped = {}
        for rule in _rules(section, lines):
            told = rule.exception and f"a {rule.exception}: {rule.other}"
            line = grouped.setdefault((rule.path, rule.about, rule.answers, told), (rule.group, []))
            line[1].append(rule.method)
        parts.append(_of_addresses(grouped) if grouped else _of_models())
    return "\n".join(parts)


def _row(*cells):
    return f"| {' | '.join(cells)} |\n"


def _of_addresses(grouped):
    rows = [_row("", "address", *COLUMNS), _row(*["---"] * (2 + len(COLUMNS)))]
    said = ""
    for (path, about, answers, told), (group, methods) in grouped.items():
        if group != said:
            said = group
            rows.append(_row("", f"**{group}**", *[""] * len(COLUMNS)))
        notes = "; ".join(filter(None, (about, told)))
        address = f"`/{path}`" + (f" ({notes})" if notes else "")
        rows.append(_row(", ".join(methods), address, *answers))
    return "".join(rows)


def _of_models():
    notes = (
        " By the role at the event; every device is led to the log-in, and whoever has no role anywhere"
        " makes\nevents alone. Staff of other events see lists without this event, and of its rows that"
        " they are not there.\n`read` is the list and the rows, `history` who changed what; the other words"
        " are the forms and actions.\n\n"
    )
    rows = [_row("", *ROLES), _row(*["---"] * (1 + len(ROLES)))]
    order = [word for words in rights().values() for by_role in words.values() for word in sorted(by_role)]
    order = list(dict.fromkeys(["read", "add", "change", "delete", "history", *order]))
    for model, by_role in rights().items():
        told = (" ".join(sorted(by_role[role], key=order.index)) or "-" for role in ROLES)
        rows.append(_row(f"`{model}`", *told))
    return notes + "".join(rows)


if __name__ == "__main__":
    PAGE.write_text(page())
