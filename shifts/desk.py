"""Where money passes: the desk at which somebody sells, is paid, gives back or moves cash."""

from dataclasses import dataclass

from accounts.models import User


@dataclass(frozen=True)
class Desk:
    """Who acts, and at which till; a script is nobody, nowhere.

    The caller has made sure that `by` may sell at the event. `till_id` names a till whose open shift the
    money belongs to, else it is that of `by`; whether it is the event's, and `by` works there, is judged
    where it is used (`drawer.at_work`). `in_name_of` is the first seller of a sale that got no answer, which
    whoever follows at the till finishes: both must work at its open shift (`drawer.check_in_name`).

    `drawer_required` refuses cash without an open shift to cashiers, and to everybody who names a till, as
    every door does but scripts. `at_screen`, where a drawer stands, it refuses it to everybody.
    """

    by: User | None = None
    till_id: int | None = None
    drawer_required: bool = False
    at_screen: bool = False
    in_name_of: User | None = None

    @property
    def seller(self) -> User | None:
        """Whose sale it is."""
        return self.in_name_of or self.by
